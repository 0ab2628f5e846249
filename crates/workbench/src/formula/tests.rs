use super::*;

/// The same mathematics in another order.
const SAME: f64 = 1e-14;
/// Central differences of step 1e-6.
const DIFFERENCE: f64 = 1e-8;

struct Sheet {
    numbers: Vec<(&'static str, Vec<f64>)>,
    levels: Vec<(&'static str, Vec<u32>, Vec<String>)>,
}

impl Columns for Sheet {
    fn rows(&self) -> usize {
        self.numbers[0].1.len()
    }

    fn numbers(&self, name: &str) -> Option<&[f64]> {
        let found = self.numbers.iter().find(|(known, _)| *known == name);
        found.map(|(_, values)| &values[..])
    }

    fn levels(&self, name: &str) -> Option<(&[u32], &[String])> {
        let found = self.levels.iter().find(|(known, ..)| *known == name);
        found.map(|(_, codes, levels)| (&codes[..], &levels[..]))
    }

    fn names(&self) -> Vec<String> {
        let numbers = self.numbers.iter().map(|(name, _)| *name);
        let levels = self.levels.iter().map(|(name, ..)| *name);
        let mut names: Vec<String> = numbers.map(str::to_owned).collect();
        for name in levels {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

fn sheet() -> Sheet {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Sheet {
        numbers: vec![
            ("prices", vec![2.0, 3.0, 5.0, 7.0]),
            ("x", vec![0.5, 1.5, 2.5, 4.0]),
            ("year", vec![1971.0, 1972.0, 1971.0, 1973.0]),
        ],
        levels: vec![
            ("region", vec![0, 1, 0, 1], texts(&["EU", "US"])),
            ("year", vec![0, 1, 0, 2], texts(&["1971", "1972", "1973"])),
        ],
    }
}

fn labels(text: &str) -> Vec<String> {
    labels_with(text, false)
}

fn labels_with(text: &str, absorbs: bool) -> Vec<String> {
    let columns = Formula::parse(text).unwrap().design(&sheet(), absorbs);
    columns
        .unwrap()
        .into_iter()
        .map(|column| column.label)
        .collect()
}

fn slip(text: &str) -> Slip {
    match Formula::parse(text) {
        Err(slip) => slip,
        Ok(formula) => formula.design(&sheet(), false).unwrap_err().remove(0),
    }
}

#[test]
fn the_constant_is_there_unless_taken_out() {
    assert_eq!(labels("prices"), ["1", "prices"]);
    assert_eq!(labels("1 + prices + x"), ["1", "prices", "x"]);
    for text in ["0 + prices", "prices - 1", "-1 + prices", "prices + 0"] {
        assert_eq!(labels(text), ["prices"], "{text}");
    }
    assert_eq!(labels("1"), ["1"]);
    assert_eq!(labels("prices - 0"), ["1", "prices"]);
    assert_eq!(labels_with("1 + prices", true), ["prices"]);
    assert!(Formula::parse("0").unwrap().is_empty());
}

#[test]
fn operators_between_terms() {
    assert_eq!(labels("prices * x"), ["1", "prices", "x", "prices*x"]);
    assert_eq!(labels("0 + x:prices"), ["prices*x"]);
    assert_eq!(labels("0 + prices / x"), ["prices", "prices*x"]);
    assert_eq!(labels("0 + (prices + x)**2"), ["prices", "x", "prices*x"]);
    assert_eq!(labels("prices*x - prices"), ["1", "x", "prices*x"]);
    assert_eq!(labels("0 + x + x"), ["x"]);
    assert_eq!(
        labels("0 + (prices + x):log(x)"),
        ["prices*log(x)", "x*log(x)"]
    );
}

#[test]
fn labels_are_those_of_the_reference() {
    assert_eq!(labels("0 + I(1 / x)"), ["1/x"]);
    assert_eq!(labels("0 + I(prices**2)"), ["prices**2"]);
    assert_eq!(labels("0 + log(x) + exp(x)"), ["log(x)", "exp(x)"]);
    assert_eq!(labels("0 + I((prices + x) * 2)"), ["(prices + x)*2"]);
    assert_eq!(labels("0 + I(x - (prices - 1))"), ["x - (prices - 1)"]);
}

#[test]
fn levels_leave_one_out_where_the_rest_spans_it() {
    assert_eq!(labels("C(region)"), ["1", "region['US']"]);
    assert_eq!(labels("0 + C(region)"), ["region['EU']", "region['US']"]);
    assert_eq!(labels("region"), ["1", "region['US']"]);
    assert_eq!(labels("C(year)"), ["1", "year[1972]", "year[1973]"]);
    assert_eq!(labels_with("C(region)", true), ["region['US']"]);
    assert_eq!(
        labels("0 + C(region):x"),
        ["x*region['EU']", "x*region['US']"].map(|l| {
            // Sorted by text: a level of `region` before `x`.
            let (x, level) = l.split_once('*').unwrap();
            format!("{level}*{x}")
        })
    );
    // x spans its part of the interaction.
    assert_eq!(labels("0 + x + C(region):x"), ["x", "region['US']*x"]);
    // Two columns of levels: the first whole, the second without its first level.
    assert_eq!(
        labels("0 + C(region) + C(year)"),
        ["region['EU']", "region['US']", "year[1972]", "year[1973]"]
    );
    assert_eq!(
        labels("C(region):C(year)").len(),
        6,
        "with the constant a full set of cells"
    );
}

#[test]
fn values_and_derivatives() {
    let data = sheet();
    for text in [
        "I(prices**2)",
        "log(prices)",
        "exp(I(-0.1 * prices))",
        "I(x / prices)",
        "I(1 / (prices + x))",
        "I(2**prices)",
        "I(-prices * (x - prices) / 3 + 1)",
        "I(prices**x)",
        "prices:x:C(region)",
    ] {
        let formula = Formula::parse(&format!("0 + {text}")).unwrap();
        for column in formula.design(&data, false).unwrap() {
            let exact = column.expression.derivative("prices").evaluate(&data);
            const STEP: f64 = 1e-6;
            let moved = |by: f64| {
                let mut moved = sheet();
                for price in &mut moved.numbers[0].1 {
                    *price += by;
                }
                column.expression.evaluate(&moved)
            };
            let (up, down) = (moved(STEP), moved(-STEP));
            for row in 0..data.rows() {
                let numeric = (up[row] - down[row]) / (2.0 * STEP);
                let gap = (exact[row] - numeric).abs();
                assert!(
                    gap <= DIFFERENCE * (1.0 + numeric.abs()),
                    "{text} row {row}: {} and {numeric}",
                    exact[row]
                );
            }
        }
    }
    let ratio = Formula::parse("0 + I(1 / x)").unwrap();
    let values = ratio.design(&data, false).unwrap()[0]
        .expression
        .evaluate(&data);
    assert!((values[3] - 0.25).abs() < SAME);
    let none = Formula::parse("0 + log(x)").unwrap();
    let column = &none.design(&data, false).unwrap()[0];
    assert_eq!(
        column.expression.derivative("prices"),
        Expression::Number(0.0)
    );
}

#[test]
fn long_tables_are_evaluated_in_blocks() {
    const ROWS: usize = 10_001;
    let data = Sheet {
        numbers: vec![("x", (0..ROWS).map(|row| row as f64).collect())],
        levels: Vec::new(),
    };
    let formula = Formula::parse("0 + I(2 * x + 1)").unwrap();
    let values = formula.design(&data, false).unwrap()[0]
        .expression
        .evaluate(&data);
    assert_eq!(values.len(), ROWS);
    assert!((values[ROWS - 1] - 20_001.0).abs() < SAME);
}

#[test]
fn mistakes_point_at_their_characters() {
    let check = |text: &str, at: &str, found: &str, rest: &str| {
        let slip = slip(text);
        assert_eq!(&text[slip.range.clone()], at, "{text}: {slip:?}");
        assert!(slip.found.contains(found), "{text}: {slip:?}");
        let words = format!("{}; {}", slip.expected, slip.help);
        assert!(words.contains(rest), "{text}: {slip:?}");
    };
    check(
        "1 + price",
        "price",
        "no column `price`",
        "did you mean `prices`?",
    );
    check(
        "1 + sqrt(x)",
        "sqrt",
        "the function `sqrt`",
        "one of `C`, `I`, `log`, `exp`",
    );
    check(
        "1 + lag(x)",
        "lag",
        "the function `lag`",
        "did you mean `log`?",
    );
    check("y ~ x", "~", "`~`", "write only what stands to the right");
    check("x^2", "^", "`^`", "a power is written `**`");
    check("2 * x", "2", "the number 2", "I(2 * x)");
    check("1 * x", "*", "a constant beside `*`", "I(2 * x)");
    check("x**0.5", "0.5", "the power 0.5", "I(x**0.5)");
    check("(x + prices", "", "the end of the formula", "`)`");
    check("x prices", "prices", "`prices`", "an operator");
    check("1 +", "", "the end of the formula", "a column");
    check("-x", "-", "`-` before the first term", "I(-x)");
    check(
        "log(region)",
        "log(region)",
        "the text column `region`",
        "a column of numbers",
    );
    check("C(x, y)", ",", "`,`", "columns, numbers");
    check("log(C(x))", "C", "`C()` inside", "`C(a):x`");
    check("I(a:b)", ":", "`:`", "interactions stand outside");
    check("1.2.3 + x", "1.2.3", "`1.2.3`", "a number");
    check(&"(".repeat(200), "(", "`(`", "100 deep");
    let absorbed = Formula::parse("C(region) + x").unwrap().absorbed(&sheet());
    assert_eq!(absorbed.unwrap_err()[0].help, "write `C(x)`");
}
