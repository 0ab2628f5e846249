//! Units: what a field measures, and the text that may follow a number.
//!
//! A bare number is in the base unit of its field. A text carries its own unit and is converted:
//! a probability `1 − (1 − p)^(1/n)`, a retention `p^(1/n)`, a compound rate `(1 + r)^(1/n) − 1`,
//! a flow `x/n`, where n is the written period in base periods.

use beachhead_engine::futures::distribution::Conversion;

/// What a field measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number without a unit.
    Number,
    /// A share; text may be a percentage.
    Share,
    /// A probability a month.
    Probability,
    /// What is kept a month, of a stock that fades.
    Retention,
    /// A compound rate a year.
    RateAYear,
    /// A compound rate a month.
    RateAMonth,
    /// Something a month that adds up over time.
    Flow,
    /// Money.
    Money,
    /// Money for one unit of a product.
    MoneyPerUnit,
    /// Money a month.
    MoneyPerMonth,
    /// Money a user and month.
    MoneyPerUser,
    /// Utility per unit of money.
    PerMoney,
    /// Months.
    Duration,
    /// People.
    People,
}

/// A number with the unit it was written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The number; per cent, thousands, millions and billions are multiplied out.
    pub value: f64,
    /// From the written to the base unit.
    pub conversion: Conversion,
}

/// Why a text is not a measure of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitProblem {
    /// What is wrong.
    pub found: String,
    /// What to do about it.
    pub help: String,
}

const MONTHS_PER_YEAR: f64 = 12.0;
const MONTHS_PER_QUARTER: f64 = 3.0;
/// The convention of all lags and durations.
const DAYS_PER_MONTH: f64 = 30.0;
const DAYS_PER_WEEK: f64 = 7.0;

impl Kind {
    /// The base unit, with the scenario's currency.
    pub fn base_unit(self, currency: &str) -> String {
        match self {
            Self::Number => String::new(),
            Self::Share => "share".to_owned(),
            Self::Probability | Self::Retention | Self::RateAMonth | Self::Flow => {
                "1/month".to_owned()
            }
            Self::RateAYear => "1/year".to_owned(),
            Self::Money => currency.to_owned(),
            Self::MoneyPerUnit => format!("{currency}/unit"),
            Self::MoneyPerMonth => format!("{currency}/month"),
            Self::MoneyPerUser => format!("{currency}/user/month"),
            Self::PerMoney => format!("1/{currency}"),
            Self::Duration => "months".to_owned(),
            Self::People => "people".to_owned(),
        }
    }

    /// What is expected, in words with an example.
    pub fn expectation(self, currency: &str) -> String {
        match self {
            Self::Number => "a number without a unit".to_owned(),
            Self::Share => "a share, such as 0.62 or \"62 %\"".to_owned(),
            Self::Probability => {
                "a probability a month, such as 0.008 or \"0.8 %/month\"".to_owned()
            }
            Self::Retention => "what is kept a month, such as 0.6 or \"60 %/month\"".to_owned(),
            Self::RateAYear => "a rate a year, such as 0.1 or \"10 %/year\"".to_owned(),
            Self::RateAMonth => "a rate a month, such as 0.01 or \"12 %/year\"".to_owned(),
            Self::Flow => "a number a month, such as 0.046 or \"4.6 %/month\"".to_owned(),
            Self::Money => {
                format!("money in {currency}, such as 1.5e6 or \"{currency} 1.5 million\"")
            }
            Self::MoneyPerUnit => {
                format!("{currency} per unit, such as 40 or \"{currency} 40/unit\"")
            }
            Self::MoneyPerMonth => {
                format!("{currency} a month, such as 3e6 or \"{currency} 3 million/month\"")
            }
            Self::MoneyPerUser => {
                format!("{currency} a user and month, such as 0.4 or \"{currency} 0.4/user/month\"")
            }
            Self::PerMoney => {
                format!("utility per {currency}, such as 0.004 or \"0.004/{currency}\"")
            }
            Self::Duration => "months, such as 24, \"24 months\" or \"45 days\"".to_owned(),
            Self::People => "a number of people, such as 24e6 or \"24 million\"".to_owned(),
        }
    }

    /// The conversion of a bare number.
    pub fn base_conversion(self) -> Conversion {
        match self {
            Self::Probability => Conversion::Probability { periods: 1.0 },
            Self::Retention => Conversion::Retention { periods: 1.0 },
            Self::RateAYear | Self::RateAMonth => Conversion::Compound { periods: 1.0 },
            _ => Conversion::Scale(1.0),
        }
    }

    /// The conversion of what is written a period of so many months.
    fn per_period(self, months: f64) -> Conversion {
        match self {
            Self::Probability => Conversion::Probability { periods: months },
            Self::Retention => Conversion::Retention { periods: months },
            Self::RateAYear => Conversion::Compound {
                periods: months / MONTHS_PER_YEAR,
            },
            Self::RateAMonth => Conversion::Compound { periods: months },
            _ => Conversion::Scale(1.0 / months),
        }
    }

    fn has_currency(self) -> bool {
        matches!(
            self,
            Self::Money | Self::MoneyPerUnit | Self::MoneyPerMonth | Self::MoneyPerUser
        )
    }

    fn has_period(self) -> bool {
        matches!(
            self,
            Self::Probability
                | Self::Retention
                | Self::RateAYear
                | Self::RateAMonth
                | Self::Flow
                | Self::MoneyPerMonth
                | Self::MoneyPerUser
        )
    }
}

/// Reads a text such as `USD 3 million/month` as a measure of a kind.
///
/// # Errors
/// What is wrong with number or unit, and what to do.
pub fn parse_measure(text: &str, kind: Kind, currency: &str) -> Result<Measure, UnitProblem> {
    let parts = Parts::split(text)?;
    parts.check_currency(kind, currency)?;
    parts.check_percent(kind)?;
    let conversion = parts.conversion(kind, currency)?;
    Ok(Measure {
        value: parts.number * parts.multiplier,
        conversion,
    })
}

/// A text taken apart: `[words] number [%] [words] [/denominator]…`.
#[derive(Debug, Default)]
struct Parts {
    number: f64,
    multiplier: f64,
    percent: bool,
    currency: Option<String>,
    nouns: Vec<String>,
    denominators: Vec<String>,
}

impl Parts {
    fn split(text: &str) -> Result<Self, UnitProblem> {
        let mut halves = text.split('/');
        let head = halves.next().unwrap_or("");
        let mut parts = Self {
            multiplier: 1.0,
            ..Self::default()
        };
        parts.denominators = halves.map(|part| part.trim().to_owned()).collect();
        let head = spaced(head);
        let mut numbers = Vec::new();
        for word in head.split_whitespace() {
            if word == "%" {
                parts.percent = true;
                parts.multiplier /= 100.0;
            } else if let Some(factor) = magnitude(word) {
                parts.multiplier *= factor;
            } else if word.starts_with(|c: char| c.is_ascii_digit() || "+-−.".contains(c)) {
                numbers.push(word);
            } else if is_currency(word) {
                parts.currency = Some(word.to_owned());
            } else if let Some(code) = currency_of_symbol(word) {
                return problem(
                    format!("\"{text}\" names its currency by a symbol"),
                    format!("write the code, such as {code}"),
                );
            } else {
                parts.nouns.push(word.to_owned());
            }
        }
        match numbers[..] {
            [number] => parts.number = read_number(text, number)?,
            [] => return problem(format!("\"{text}\" has no number"), ""),
            _ => {
                return problem(
                    format!("\"{text}\" has more than one number"),
                    "write thousands with a low line, such as 24_000, and decimals with a point",
                );
            }
        }
        Ok(parts)
    }

    fn check_currency(&self, kind: Kind, currency: &str) -> Result<(), UnitProblem> {
        match &self.currency {
            Some(found) if kind.has_currency() && found != currency => problem(
                format!("money in {found}; the scenario's currency is {currency}"),
                format!("convert it to {currency} and say at what rate in the note"),
            ),
            Some(found) if !kind.has_currency() => {
                problem(format!("money ({found}) in a field that is not money"), "")
            }
            None if kind.has_currency() => problem(
                "a text without a currency where money is meant",
                format!("write {currency} before the number"),
            ),
            _ => Ok(()),
        }
    }

    fn check_percent(&self, kind: Kind) -> Result<(), UnitProblem> {
        if self.percent
            && !matches!(
                kind,
                Kind::Share
                    | Kind::Probability
                    | Kind::Retention
                    | Kind::RateAYear
                    | Kind::RateAMonth
                    | Kind::Flow
            )
        {
            return problem("a percentage in a field that is not a share or a rate", "");
        }
        Ok(())
    }

    /// What the words after the number say, for this kind.
    fn conversion(&self, kind: Kind, currency: &str) -> Result<Conversion, UnitProblem> {
        let mut nouns: Vec<&str> = self.nouns.iter().map(String::as_str).collect();
        let mut below: Vec<&str> = self.denominators.iter().map(String::as_str).collect();
        let mut conversion = kind.base_conversion();
        match kind {
            Kind::Duration => match take(&mut nouns, months_of) {
                Some(months) => conversion = Conversion::Scale(months),
                None => {
                    return problem(
                        "a duration without a unit of time",
                        "write days, weeks, months, quarters or years",
                    );
                }
            },
            Kind::People => drop(take(&mut nouns, |word| {
                is_one_of(word, &["people", "users"])
            })),
            Kind::MoneyPerUnit if take(&mut below, |word| is_one_of(word, &["unit"])).is_none() => {
                return problem("money without \"/unit\" where money per unit is meant", "");
            }
            Kind::MoneyPerUser => drop(take(&mut below, |word| is_one_of(word, &["user"]))),
            Kind::PerMoney if take(&mut below, |word| is_one_of(word, &[currency])).is_none() => {
                return problem(format!("a text without \"/{currency}\""), "");
            }
            Kind::Number if self.multiplier == 1.0 && nouns.is_empty() && below.is_empty() => {
                return problem(
                    "a text where a plain number is meant",
                    "leave the quotes out",
                );
            }
            Kind::Share if !self.percent => {
                return problem(
                    "a text without % where a share is meant",
                    "write \"62 %\" or the bare number 0.62",
                );
            }
            _ => {}
        }
        if kind.has_period() {
            match take(&mut below, months_of) {
                Some(months) => conversion = kind.per_period(months),
                None => {
                    return problem(
                        "a text without a period of time where a rate is meant",
                        "write /day, /week, /month, /quarter or /year after it",
                    );
                }
            }
        }
        match (nouns.first(), below.first()) {
            (Some(word), _) => problem(format!("unknown word \"{word}\" in a unit"), ""),
            (_, Some(word)) => problem(format!("the unit \"/{word}\" does not belong here"), ""),
            _ => Ok(conversion),
        }
    }
}

fn problem<T>(found: impl Into<String>, help: impl Into<String>) -> Result<T, UnitProblem> {
    Err(UnitProblem {
        found: found.into(),
        help: help.into(),
    })
}

/// Puts spaces where a number touches a word or a sign, so that `5%`, `24months` and `$4` come apart.
fn spaced(head: &str) -> String {
    let mut text = String::new();
    let mut previous = ' ';
    for letter in head.chars() {
        let is_exponent = matches!(letter, 'e' | 'E') && previous.is_ascii_digit();
        let starts_word = letter.is_alphabetic() && (previous.is_ascii_digit() || previous == '.');
        let ends_symbol = letter.is_ascii_digit() && "$€£¥".contains(previous);
        if letter == '%' || (starts_word && !is_exponent) || ends_symbol {
            text.push(' ');
        }
        text.push(letter);
        previous = letter;
    }
    text
}

fn read_number(text: &str, word: &str) -> Result<f64, UnitProblem> {
    let plain = word.replace('_', "").replace('−', "-");
    match plain.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => problem(
            format!("\"{word}\" in \"{text}\" is not a number"),
            "write thousands with a low line, such as 24_000, and decimals with a point",
        ),
    }
}

/// Takes the first word that `read` understands out of the list.
fn take<T>(words: &mut Vec<&str>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let (at, value) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| read(word).map(|value| (at, value)))?;
    words.remove(at);
    Some(value)
}

fn is_one_of(word: &str, list: &[&str]) -> Option<()> {
    list.contains(&word).then_some(())
}

fn months_of(word: &str) -> Option<f64> {
    Some(match word {
        "day" | "days" => 1.0 / DAYS_PER_MONTH,
        "week" | "weeks" => DAYS_PER_WEEK / DAYS_PER_MONTH,
        "month" | "months" => 1.0,
        "quarter" | "quarters" => MONTHS_PER_QUARTER,
        "year" | "years" => MONTHS_PER_YEAR,
        _ => return None,
    })
}

fn magnitude(word: &str) -> Option<f64> {
    Some(match word {
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        _ => return None,
    })
}

/// Whether a word is a currency code of three capitals (ISO 4217).
pub fn is_currency(word: &str) -> bool {
    word.len() == 3 && word.chars().all(|letter| letter.is_ascii_uppercase())
}

fn currency_of_symbol(word: &str) -> Option<&'static str> {
    Some(match word {
        "$" => "USD",
        "€" => "EUR",
        "£" => "GBP",
        "¥" => "CNY or JPY",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same mathematics in another order.
    const SAME: f64 = 1e-14;

    fn base(text: &str, kind: Kind) -> f64 {
        let measure = parse_measure(text, kind, "USD").unwrap();
        measure.conversion.apply(measure.value)
    }

    fn problem_of(text: &str, kind: Kind) -> String {
        parse_measure(text, kind, "USD").unwrap_err().found
    }

    #[test]
    fn rates_convert_by_their_kind() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < SAME * b.abs().max(1.0), "{a} {b}");
        near(
            base("5.5 %/quarter", Kind::Probability),
            1.0 - 0.945_f64.powf(1.0 / 3.0),
        );
        near(
            base("60 %/quarter", Kind::Retention),
            0.6_f64.powf(1.0 / 3.0),
        );
        near(base("10 %/year", Kind::RateAYear), 0.1);
        near(base("1 %/month", Kind::RateAYear), 1.01_f64.powi(12) - 1.0);
        near(
            base("12 %/year", Kind::RateAMonth),
            1.12_f64.powf(1.0 / 12.0) - 1.0,
        );
        near(base("4.6 %/month", Kind::Flow), 0.046);
        near(base("0.6/year", Kind::Flow), 0.05);
        near(base("USD 3 million/month", Kind::MoneyPerMonth), 3e6);
        near(base("36 million USD/year", Kind::MoneyPerMonth), 3e6);
        near(base("USD 40/unit", Kind::MoneyPerUnit), 40.0);
        near(base("USD 1.2/user/year", Kind::MoneyPerUser), 0.1);
        near(base("24 million", Kind::People), 24e6);
        near(base("24 million people", Kind::People), 24e6);
        near(base("45 days", Kind::Duration), 1.5);
        near(base("2years", Kind::Duration), 24.0);
        near(base("62%", Kind::Share), 0.62);
        near(base("USD 1_500", Kind::Money), 1500.0);
        near(base("0.004/USD", Kind::PerMoney), 0.004);
        near(base("USD 1.5e6", Kind::Money), 1.5e6);
    }

    #[test]
    fn wrong_and_missing_units_are_named() {
        assert!(problem_of("EUR 3/unit", Kind::MoneyPerUnit).contains("EUR"));
        assert!(problem_of("40/unit", Kind::MoneyPerUnit).contains("without a currency"));
        assert!(problem_of("USD 40", Kind::MoneyPerUnit).contains("/unit"));
        assert!(problem_of("5 %", Kind::Probability).contains("period"));
        assert!(problem_of("24", Kind::Duration).contains("unit of time"));
        assert!(problem_of("USD 4/month", Kind::Share).contains("not money"));
        assert!(problem_of("0.4", Kind::Number).contains("plain number"));
        assert!(problem_of("5 % of users", Kind::Share).contains("unknown word"));
        assert!(problem_of("$ 4", Kind::Money).contains("symbol"));
        assert!(problem_of("USD 1,5 million", Kind::Money).contains("not a number"));
        assert!(problem_of("24 million/month", Kind::People).contains("/month"));
        assert!(problem_of("million", Kind::People).contains("no number"));
        assert!(problem_of("3 %", Kind::Duration).contains("percentage"));
    }
}
