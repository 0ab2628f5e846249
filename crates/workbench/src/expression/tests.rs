use super::*;

/// Arithmetic on the same doubles in the same order.
const IDENTITY: f64 = 1e-15;
/// The same up to the order of a few additions, relative.
const SUM: f64 = 1e-14;

/// A few names: `month` and `share` are numbers, `gate.open` and `in_market` are truths.
fn resolve(parts: &[&str]) -> Result<(usize, Kind), NameProblem> {
    let names = ["month", "sales.share", "gate.open", "in_market"];
    let name = parts.join(".");
    match names.iter().position(|known| *known == name) {
        Some(position) if position < 2 => Ok((position, Kind::Number)),
        Some(position) => Ok((position, Kind::Truth)),
        None => Err(NameProblem {
            expected: "an observable".into(),
            nearest: crate::nearest::nearest(&name, names).map(Into::into),
        }),
    }
}

fn read(position: usize) -> f64 {
    [7.0, 0.02, 1.0, 0.0][position]
}

fn number(text: &str) -> f64 {
    parse_number(text, &resolve).unwrap().evaluate(&read)
}

fn truth(text: &str) -> bool {
    parse(text, &resolve, Kind::Truth).unwrap().holds(&read)
}

fn errors(text: &str) -> Vec<ExpressionError> {
    parse(text, &resolve, Kind::Truth).unwrap_err()
}

/// The only error of a text: offset, the text underlined, the whole message.
fn error(text: &str) -> (usize, String, String) {
    let errors = errors(text);
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    let error = &errors[0];
    let underlined = text[error.offset..error.offset + error.length].to_string();
    (error.offset, underlined, error.to_string())
}

#[test]
fn numbers_are_doubles() {
    assert!((number("7/12") - 7.0 / 12.0).abs() < IDENTITY);
    assert!((number("1 / 3 * 3") - 1.0).abs() < IDENTITY);
    assert!((number("-120e6 + 0x10") + 119_999_984.0).abs() < IDENTITY);
    assert!((number("2u * .5") - 1.0).abs() < IDENTITY);
}

#[test]
fn arithmetic_and_functions() {
    let expected = 7.0_f64.ln() + 2.0 * 1.5_f64.exp() - 3.0_f64.sqrt() + 8.0 - 1.0 + 4.0 + 2.0;
    let text = "ln(month) + 2*exp(1.5) - sqrt(3) + pow(2, 3) - min(1, 5) + max(4, -4) + abs(-2)";
    assert!((number(text) - expected).abs() < SUM * expected.abs());
    assert!((number("gate.open ? month : 0") - 7.0).abs() < IDENTITY);
    assert!((number("in_market ? month : 0.25") - 0.25).abs() < IDENTITY);
}

#[test]
fn truths() {
    assert!(truth("month >= 7 && sales.share < 0.021"));
    assert!(truth("!in_market || false"));
    assert!(truth("gate.open == true && in_market != true"));
    assert!(!truth("month == 6 || month > 7"));
    assert!(truth(
        "(month == 6 || month <= 7) && !(in_market && gate.open)"
    ));
    assert!(truth("month > 6 ? gate.open : in_market"));
}

#[test]
fn misspelt_names_are_underlined_and_corrected() {
    let (offset, underlined, message) = error("month > 1 && sales.shares > 0.1");
    assert_eq!((offset, underlined.as_str()), (13, "sales.shares"));
    assert!(
        message.ends_with("did you mean `sales.share`?"),
        "{message}"
    );
    let (_, underlined, _) = error("mnth > 1");
    assert_eq!(underlined, "mnth");
}

#[test]
fn all_mistakes_of_a_text_at_once() {
    let errors = errors("mnth > 1 && in_markt && month + gate.open > 2");
    let offsets: Vec<usize> = errors.iter().map(|error| error.offset).collect();
    assert_eq!(offsets, [0, 12, 36]);
}

#[test]
fn places_are_bytes_also_after_other_letters_and_lines() {
    let text = "month > 1 &&\n  mnth > 2";
    assert_eq!(error(text).0, text.find("mnth").unwrap());
    let text = "month > 1 // é ü\n && mnth > 2";
    assert_eq!(error(text).0, text.find("mnth").unwrap());
    let text = "month > 1 // é ü\n && gate.open + 2 > 3";
    assert_eq!(error(text).1, ".");
    let text = "month > 1 // é ü\n && month > )";
    assert_eq!(error(text).0, text.find(')').unwrap());
}

#[test]
fn kinds_do_not_mix() {
    for (text, part) in [
        (
            "month",
            "found a number as the whole expression, expected true or false",
        ),
        ("month && true", "found a number as the left side of `&&`"),
        (
            "gate.open > 0",
            "found true or false as the left side of `>`",
        ),
        (
            "1 < month < 3",
            "found true or false as the left side of `<`",
        ),
        ("gate.open == 1", "true or false compared with a number"),
        ("ln(gate.open) > 0", "an argument of `ln`"),
        ("(month ? 1 : 2) > 1", "what stands before `?`"),
        (
            "month > 1 ? 3 : gate.open",
            "a number before `:` and true or false after it",
        ),
        ("-gate.open > 1", "what `-` negates"),
        ("!month", "what `!` turns round"),
    ] {
        let (_, _, message) = error(text);
        assert!(message.contains(part), "{text}: {message}");
    }
    assert!(parse_number("month > 1", &resolve).is_err());
}

#[test]
fn what_is_not_arithmetic_is_refused() {
    for (text, part) in [
        ("'month' == 'x'", "a text in quotes"),
        ("[1, 2] == [1]", "a list, map or macro"),
        ("{1: 2} == {1: 2}", "a list, map or macro"),
        ("[1].all(x, x > 0)", "a list, map or macro"),
        ("has(sales.share)", "a member of something that is no name"),
        ("month.abs() > 1", "the call `.abs()`"),
        ("month % 2 == 0", "the operator `%`"),
        ("month in [1]", "the operator `in`"),
        ("month[1] == 1", "an index in brackets"),
        ("null == null", "`null`"),
        ("(1 + 2).x > 1", "a member of something"),
        ("log(month) > 1", "the function `log`"),
        ("min(1) > 0", "`min` with 1 arguments, expected 2"),
    ] {
        let errors = errors(text);
        assert!(errors[0].to_string().contains(part), "{text}: {errors:?}");
    }
    assert_eq!(errors("sqr(month) > 1")[0].nearest.as_deref(), Some("sqrt"));
}

#[test]
fn syntax_errors_say_what_to_write() {
    for (text, underlined, part) in [
        ("month = 3", "=", "`==`"),
        ("month > 3 and gate.open", "and", "`&&`"),
        ("month > 3 & gate.open", "&", "`&&`"),
        (
            "month >",
            "",
            "the end of the text, expected the rest of the expression",
        ),
        ("(month > 3", "", "the end of the text"),
        ("month > 3)", ")", "an expression such as"),
        ("month > 1e999", "1e999", "no number a double holds"),
        (
            "month > 99999999999999999999",
            "99999999999999999999",
            "no number a double holds",
        ),
        ("   ", "   ", "an empty text"),
    ] {
        let (_, at, message) = error(text);
        assert_eq!(at, underlined, "{text}: {message}");
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn long_and_deep_texts_do_not_overflow() {
    let deep = |open: &str, close: &str, times: usize| {
        format!("{}month > 1{}", open.repeat(times), close.repeat(times))
    };
    assert!(!errors(&deep("(", ")", 900)).is_empty());
    assert!(!errors(&deep("!(", ")", 600)).is_empty());
    assert!(!errors(&"x".repeat(LONGEST_TEXT + 1)).is_empty());
    let sum = format!("0{} > 1", "+1".repeat(LONGEST_TEXT / 2 - 5));
    assert!(truth(&sum));
    let names = format!("m{} > 1", ".m".repeat(LONGEST_TEXT / 2 - 5));
    assert_eq!(errors(&names).len(), 1);
    let choices = format!("{}gate.open", "gate.open ? in_market : ".repeat(60));
    assert!(!truth(&choices));
    let bangs = format!("{}gate.open", "!".repeat(LONGEST_TEXT - 20));
    assert!(truth(&bangs));
}

#[test]
fn formulas_read_columns() {
    let columns = ["id", "ram_gb", "battery_wh", "screen_in"];
    let formula = parse_formula("0.35*ln(ram_gb) + 0.15*screen_in", &columns).unwrap();
    assert_eq!(formula.columns(), [1, 3]);
    let row = [f64::NAN, 6.0, f64::NAN, 6.2];
    let expected = 0.35 * 6.0_f64.ln() + 0.15 * 6.2;
    assert!((formula.evaluate(&|column| row[column]) - expected).abs() < IDENTITY);
    let errors = parse_formula("0.35*ln(ramgb)", &columns).unwrap_err();
    assert_eq!(
        (errors[0].offset, errors[0].nearest.as_deref()),
        (8, Some("ram_gb"))
    );
    assert!(parse_formula("ram_gb > 2", &columns).is_err());
}
