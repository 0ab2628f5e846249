//! Text of a formula to terms: `+ - * / : **` between terms, arithmetic inside `I()`, `log()`, `exp()`.

use super::expression::Expression;
use super::{Factor, Formula, Slip, Term};
use std::ops::Range;

/// Deepest nesting of brackets.
const DEEPEST: usize = 100;
/// Longest text of a formula, bytes.
const LONGEST: usize = 20_000;
/// Highest power of a bracket of terms: more would make more columns than any table bears.
const HIGHEST: f64 = 9.0;

/// What may be called.
const FUNCTIONS: [&str; 4] = ["C", "I", "log", "exp"];

/// An operation of two expressions.
type Binary = fn(Box<Expression>, Box<Expression>) -> Expression;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Number(f64),
    Name,
    Sign(&'static str),
    End,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

/// Terms while they are put together; a constant that was asked for or taken out.
#[derive(Clone, Debug, Default)]
struct Sum {
    constant: Option<bool>,
    terms: Vec<Term>,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    names: Vec<(String, Range<usize>)>,
}

pub(super) fn formula(text: &str) -> Result<Formula, Slip> {
    let mut parser = Parser::new(text)?;
    let sum = parser.sum(0)?;
    let left = parser.now();
    if left.kind != Kind::End {
        return Err(parser.unexpected("an operator: one of `+ - * / : **`"));
    }
    Ok(Formula {
        text: text.to_owned(),
        constant: sum.constant.unwrap_or(true),
        terms: sum.terms,
        names: parser.names,
    })
}

/// Arithmetic as a formula of one column.
pub(super) fn value(text: &str) -> Result<Formula, Slip> {
    let mut parser = Parser::new(text)?;
    let expression = parser.arithmetic(0)?;
    let left = parser.now();
    if left.kind != Kind::End {
        return Err(parser.unexpected("an operator: one of `+ - * / **`"));
    }
    let factor = Factor {
        expression,
        categorical: false,
        range: 0..text.len(),
    };
    Ok(Formula {
        text: text.to_owned(),
        constant: false,
        terms: vec![Term::of([factor])],
        names: parser.names,
    })
}

fn tokens(text: &str) -> Result<Vec<Token>, Slip> {
    const SIGNS: [&str; 8] = ["**", "+", "-", "*", "/", ":", "(", ")"];
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        if letter.is_whitespace() {
            at += letter.len_utf8();
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token {
                kind: Kind::Sign(sign),
                range: at..at + sign.len(),
            });
            at += sign.len();
        } else if letter.is_ascii_digit() || letter == '.' {
            let length = number_length(rest);
            let range = at..at + length;
            let Ok(value) = rest[..length].parse() else {
                return Err(Slip::new(range, format!("`{}`", &rest[..length]))
                    .expected("a number such as `2` or `0.5`"));
            };
            tokens.push(Token {
                kind: Kind::Number(value),
                range,
            });
            at += length;
        } else if letter.is_alphabetic() || letter == '_' {
            let ends = |c: char| !(c.is_alphanumeric() || c == '_');
            let length = rest.find(ends).unwrap_or(rest.len());
            tokens.push(Token {
                kind: Kind::Name,
                range: at..at + length,
            });
            at += length;
        } else {
            let mut slip = Slip::new(
                at..at + letter.len_utf8(),
                format!("`{letter}` in a formula"),
            )
            .expected("columns, numbers, `C() I() log() exp()` and `+ - * / : **`");
            if letter == '^' {
                slip = slip.help("a power is written `**`");
            } else if letter == '~' {
                slip = slip.help("write only what stands to the right of `~`");
            }
            return Err(slip);
        }
    }
    tokens.push(Token {
        kind: Kind::End,
        range: text.len()..text.len(),
    });
    Ok(tokens)
}

/// Bytes of a number: digits, a point, an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let is_sign = matches!(bytes[at], b'+' | b'-')
            && at > 0
            && matches!(bytes[at - 1], b'e' | b'E')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !(bytes[at].is_ascii_alphanumeric() || bytes[at] == b'.' || is_sign) {
            break;
        }
        at += 1;
    }
    at
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, Slip> {
        if text.len() > LONGEST {
            return Err(
                Slip::new(0..text.len(), "a formula of more than 20,000 characters")
                    .expected("a shorter one"),
            );
        }
        Ok(Self {
            text,
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
            names: Vec::new(),
        })
    }
}

impl Parser<'_> {
    fn now(&self) -> Token {
        self.tokens[self.at].clone()
    }

    fn step(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.now().kind, Kind::Sign(found) if found == sign);
        if is {
            self.step();
        }
        is
    }

    fn unexpected(&self, expected: &str) -> Slip {
        let token = self.now();
        let found = match token.kind {
            Kind::End => "the end of the formula".to_owned(),
            _ => format!("`{}`", &self.text[token.range.clone()]),
        };
        Slip::new(token.range, found).expected(expected)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Slip>) -> Result<T, Slip> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unexpected("brackets nested less than 100 deep"));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Terms joined by signs that bind at least as tightly as `least`: 0 `+ -`, 1 `* /`, 2 `:`, 3 `**`.
    fn sum(&mut self, least: u8) -> Result<Sum, Slip> {
        let mut left = self.signed(least)?;
        loop {
            let token = self.now();
            let (sign, rank) = match token.kind {
                Kind::Sign(sign @ ("+" | "-")) => (sign, 0),
                Kind::Sign(sign @ ("*" | "/")) => (sign, 1),
                Kind::Sign(sign @ ":") => (sign, 2),
                Kind::Sign(sign @ "**") => (sign, 3),
                _ => return Ok(left),
            };
            if rank < least {
                return Ok(left);
            }
            self.step();
            if sign == "**" {
                left = self.raised(left, &token)?;
                continue;
            }
            let right = self.sum(rank + 1)?;
            left = match sign {
                "+" => left.plus(right),
                "-" => left.minus(&right),
                _ => {
                    for side in [&left, &right] {
                        if side.constant.is_some() {
                            return Err(Slip::new(
                                token.range,
                                format!("a constant beside `{sign}`"),
                            )
                            .expected("columns on both sides")
                            .help("arithmetic stands inside `I()`, such as `I(2 * x)`"));
                        }
                    }
                    match sign {
                        ":" => left.times(&right),
                        "*" => left.clone().plus(right.clone()).plus(left.times(&right)),
                        // a / b is a + a:b, with all of a's factors at once.
                        _ => {
                            let all = left.terms.iter().flat_map(|term| term.factors.clone());
                            let all = Sum {
                                constant: None,
                                terms: vec![Term::of(all)],
                            };
                            left.plus(all.times(&right))
                        }
                    }
                }
            };
        }
    }

    fn raised(&mut self, left: Sum, sign: &Token) -> Result<Sum, Slip> {
        let exponent = self.now();
        let Kind::Number(power) = exponent.kind else {
            return Err(self.unexpected("a whole number of at least 1 after `**`"));
        };
        if power.fract() != 0.0 || !(1.0..=HIGHEST).contains(&power) {
            let found = format!("the power {power}");
            return Err(Slip::new(exponent.range, found)
                .expected("a whole number from 1 to 9: interactions up to that degree")
                .help("the power of a column is written `I(x**0.5)`"));
        }
        if left.constant.is_some() {
            return Err(Slip::new(sign.range.clone(), "a constant before `**`")
                .expected("columns in brackets, such as `(a + b)**2`"));
        }
        self.step();
        let mut all = left.clone();
        let mut product = left.clone();
        for _ in 1..power as usize {
            product = product.times(&left);
            all = all.plus(product.clone());
        }
        Ok(all)
    }

    fn signed(&mut self, least: u8) -> Result<Sum, Slip> {
        if self.takes("+") {
            return self.sum(1.max(least));
        }
        let token = self.now();
        if self.takes("-") {
            let inner = self.sum(1.max(least))?;
            return match inner.constant {
                Some(constant) if inner.terms.is_empty() => Ok(Sum {
                    constant: Some(!constant),
                    terms: Vec::new(),
                }),
                _ => Err(Slip::new(token.range, "`-` before the first term")
                    .expected("something that the term is taken from, such as `a*b - a`")
                    .help("the negative of a column is written `I(-x)`")),
            };
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Sum, Slip> {
        let token = self.now();
        match token.kind {
            Kind::Sign("(") => {
                self.step();
                let inner = self.deeper(|parser| parser.sum(0))?;
                if !self.takes(")") {
                    return Err(self.unexpected("`)`"));
                }
                Ok(inner)
            }
            Kind::Number(value) if value == 0.0 || value == 1.0 => {
                self.step();
                Ok(Sum {
                    constant: Some(value == 1.0),
                    terms: Vec::new(),
                })
            }
            Kind::Number(value) => Err(Slip::new(token.range, format!("the number {value}"))
                .expected("a column, or `1` or `0` for a constant or none")
                .help("arithmetic stands inside `I()`, such as `I(2 * x)`")),
            Kind::Name => {
                let factor = self.factor(token)?;
                Ok(Sum {
                    constant: None,
                    terms: vec![Term::of([factor])],
                })
            }
            _ => Err(self.unexpected("a column, `C() I() log() exp()`, `1` or `0`")),
        }
    }

    /// A column or a call.
    fn factor(&mut self, token: Token) -> Result<Factor, Slip> {
        let name = self.text[token.range.clone()].to_owned();
        let is_call =
            matches!(self.tokens.get(self.at + 1), Some(next) if next.kind == Kind::Sign("("));
        if name == "C" && is_call {
            self.step();
            self.step();
            let column = self.now();
            if column.kind != Kind::Name {
                return Err(self.unexpected("the name of a column inside `C()`"));
            }
            self.step();
            if !self.takes(")") {
                return Err(self
                    .unexpected("`)`: `C()` takes one column")
                    .help("levels of two columns together are written `C(a):C(b)`"));
            }
            let column_name = self.text[column.range.clone()].to_owned();
            self.names.push((column_name.clone(), column.range.clone()));
            return Ok(Factor {
                expression: Expression::Name(column_name),
                categorical: true,
                range: column.range,
            });
        }
        let start = token.range.start;
        let expression = self.value()?;
        let end = self.tokens[self.at.saturating_sub(1)].range.end;
        Ok(Factor {
            expression,
            categorical: false,
            range: start..end,
        })
    }

    /// A name, or a call of `I`, `log` or `exp`.
    fn value(&mut self) -> Result<Expression, Slip> {
        let token = self.now();
        let name = self.text[token.range.clone()].to_owned();
        self.step();
        if !self.takes("(") {
            self.names.push((name.clone(), token.range));
            return Ok(Expression::Name(name));
        }
        if !FUNCTIONS.contains(&name.as_str()) {
            let near = crate::nearest::nearest(&name, FUNCTIONS);
            let slip = Slip::new(token.range, format!("the function `{name}`"))
                .expected("one of `C`, `I`, `log`, `exp`");
            return Err(match near {
                Some(near) => slip.help(format!("did you mean `{near}`?")),
                None => slip.help("make a column of it in the table"),
            });
        }
        if name == "C" {
            return Err(Slip::new(token.range, "`C()` inside another expression")
                .expected("`C()` as a term or a part of an interaction, such as `C(a):x`"));
        }
        let inner = self.deeper(|parser| parser.arithmetic(0))?;
        if !self.takes(")") {
            return Err(self.unexpected("`)`"));
        }
        Ok(match name.as_str() {
            "log" => Expression::Log(Box::new(inner)),
            "exp" => Expression::Exp(Box::new(inner)),
            _ => inner,
        })
    }

    /// Arithmetic: 0 `+ -`, 1 `* /`; a power binds tighter than a sign before it.
    fn arithmetic(&mut self, least: u8) -> Result<Expression, Slip> {
        let mut left = self.power()?;
        loop {
            let (build, rank): (Binary, u8) = match self.now().kind {
                Kind::Sign("+") => (Expression::Sum, 0),
                Kind::Sign("-") => (Expression::Difference, 0),
                Kind::Sign("*") => (Expression::Product, 1),
                Kind::Sign("/") => (Expression::Quotient, 1),
                Kind::Sign(":") => {
                    return Err(self
                        .unexpected("arithmetic: `+ - * / **`")
                        .help("interactions stand outside `I()`"));
                }
                _ => return Ok(left),
            };
            if rank < least {
                return Ok(left);
            }
            self.step();
            let right = self.arithmetic(rank + 1)?;
            left = build(Box::new(left), Box::new(right));
        }
    }

    fn power(&mut self) -> Result<Expression, Slip> {
        if self.takes("+") {
            return self.deeper(Self::power);
        }
        if self.takes("-") {
            let inner = self.deeper(Self::power)?;
            return Ok(match inner {
                Expression::Number(value) => Expression::Number(-value),
                other => Expression::Negative(Box::new(other)),
            });
        }
        let base = self.operand()?;
        if self.takes("**") {
            let exponent = self.deeper(Self::power)?;
            return Ok(Expression::Power(Box::new(base), Box::new(exponent)));
        }
        Ok(base)
    }

    fn operand(&mut self) -> Result<Expression, Slip> {
        let token = self.now();
        match token.kind {
            Kind::Number(value) => {
                self.step();
                Ok(Expression::Number(value))
            }
            Kind::Name => self.value(),
            Kind::Sign("(") => {
                self.step();
                let inner = self.deeper(|parser| parser.arithmetic(0))?;
                if !self.takes(")") {
                    return Err(self.unexpected("`)`"));
                }
                Ok(inner)
            }
            _ => Err(self.unexpected("a column, a number, or `(`")),
        }
    }
}

impl Sum {
    fn plus(mut self, other: Self) -> Self {
        self.constant = other.constant.or(self.constant);
        for term in other.terms {
            if !self.terms.iter().any(|known| known.is_same(&term)) {
                self.terms.push(term);
            }
        }
        self
    }

    fn minus(mut self, other: &Self) -> Self {
        self.constant = other.constant.map(|constant| !constant).or(self.constant);
        self.terms
            .retain(|term| !other.terms.iter().any(|gone| gone.is_same(term)));
        self
    }

    fn times(&self, other: &Self) -> Self {
        let empty = Self::default();
        let pairs = self.terms.iter().flat_map(|left| {
            other
                .terms
                .iter()
                .map(move |right| Term::of(left.factors.iter().chain(&right.factors).cloned()))
        });
        pairs.fold(empty, |all, term| {
            all.plus(Self {
                constant: None,
                terms: vec![term],
            })
        })
    }
}
