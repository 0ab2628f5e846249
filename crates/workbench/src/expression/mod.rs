//! Text of conditions and formulas (the Common Expression Language) to checked expressions.
//!
//! Only the arithmetic and logic of CEL is taken: every number is a double (so `7/12` is 0.5833, not
//! 0), every name must be one that the caller knows, and truth and number never mix. Lists, strings,
//! macros and calls on a value are errors.

mod compile;
#[cfg(test)]
mod tests;

use beachhead_engine::plan::expression::{Expression, Observable};
use cel::parser::{ParseError, Parser};
use std::collections::BTreeSet;
use std::fmt;

/// Longest text that is read, bytes. Longer ones could nest deeper than a stack holds.
pub const LONGEST_TEXT: usize = 2_000;

/// Whether a value is a number or a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A double.
    Number,
    /// True or false.
    Truth,
}

impl Kind {
    /// For messages, e.g. "a number".
    pub fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Truth => "true or false",
        }
    }
}

/// Why a name is not one of those that an expression may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameProblem {
    /// What would have been right, in words.
    pub expected: String,
    /// The nearest valid name, if one is near.
    pub nearest: Option<String>,
}

/// A mistake in an expression, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Bytes that are wrong; 0 at the end of the text.
    pub length: usize,
    /// What stands there.
    pub found: String,
    /// What would have been right.
    pub expected: String,
    /// The nearest valid name, if one is near.
    pub nearest: Option<String>,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}, expected {}", self.found, self.expected)?;
        match &self.nearest {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExpressionError {}

/// Answers what a dotted name stands for; the slice holds its parts.
pub type Resolver<'a, V> = &'a dyn Fn(&[&str]) -> Result<(V, Kind), NameProblem>;

/// Reads a condition: an expression that is true or false.
///
/// # Errors
/// Every mistake in the text, in the order of their places.
pub fn parse_condition(
    text: &str,
    resolve: Resolver<'_, Observable>,
) -> Result<Expression, Vec<ExpressionError>> {
    parse(text, resolve, Kind::Truth)
}

/// Reads an expression whose value is a number.
///
/// # Errors
/// Every mistake in the text, in the order of their places.
pub fn parse_number<V: Copy>(
    text: &str,
    resolve: Resolver<'_, V>,
) -> Result<Expression<V>, Vec<ExpressionError>> {
    parse(text, resolve, Kind::Number)
}

/// A number computed from the columns of a table, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    expression: Expression<usize>,
}

impl Formula {
    /// Positions of the columns that it reads, in rising order.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = BTreeSet::new();
        self.expression.for_each_observable(&mut |column| {
            columns.insert(column);
        });
        columns.into_iter().collect()
    }

    /// The value for a row, whose cells `read` gives by column position. Not finite where the formula
    /// is not defined there, e.g. `ln` of a negative number.
    pub fn evaluate(&self, read: &impl Fn(usize) -> f64) -> f64 {
        self.expression.evaluate(read)
    }
}

/// Reads a formula over `columns`.
///
/// # Errors
/// Every mistake in the text, in the order of their places.
pub fn parse_formula(text: &str, columns: &[&str]) -> Result<Formula, Vec<ExpressionError>> {
    let resolve = |parts: &[&str]| {
        let name = parts.join(".");
        match columns.iter().position(|column| *column == name) {
            Some(position) => Ok((position, Kind::Number)),
            None => Err(NameProblem {
                expected: format!("a column of the table ({})", columns.join(", ")),
                nearest: crate::nearest::nearest(&name, columns.iter().copied()).map(Into::into),
            }),
        }
    };
    parse_number(text, &resolve).map(|expression| Formula { expression })
}

fn parse<V: Copy>(
    text: &str,
    resolve: Resolver<'_, V>,
    wanted: Kind,
) -> Result<Expression<V>, Vec<ExpressionError>> {
    let whole = |found: &str, expected: String| ExpressionError {
        offset: 0,
        length: text.len(),
        found: found.to_string(),
        expected,
        nearest: None,
    };
    if text.trim().is_empty() {
        return Err(vec![whole(
            "an empty text",
            format!("an expression that is {}", wanted.words()),
        )]);
    }
    if text.len() > LONGEST_TEXT {
        let expected =
            format!("at most {LONGEST_TEXT} bytes; split it into several steps or columns");
        return Err(vec![whole(&format!("{} bytes", text.len()), expected)]);
    }
    let (tree, source) = Parser::default()
        .parse_with_source_info(text)
        .map_err(|problems| vec![syntax_error(text, problems.errors.first())])?;
    compile::compile(text, &source, resolve, &tree, wanted)
}

/// The parser recovers and goes on, so only its first complaint is about what was written.
fn syntax_error(text: &str, problem: Option<&ParseError>) -> ExpressionError {
    let offset = problem
        .map_or(0, |problem| place(text, problem.pos))
        .min(text.len());
    let rest = &text[offset..];
    let token = first_token(rest);
    let expected = match token {
        "=" => "`==` to compare two values",
        "&" | "and" | "AND" => "`&&` for \"and\"",
        "|" | "or" | "OR" => "`||` for \"or\"",
        "not" | "NOT" => "`!` for \"not\"",
        "^" | "**" => "`pow(x, y)`",
        "" => "the rest of the expression",
        _ => "an expression such as `month >= 6 && sales.share > 0.02`",
    };
    let message = problem.map_or("", |problem| problem.msg.as_str());
    ExpressionError {
        offset,
        length: token.len(),
        found: match token {
            "" => "the end of the text".to_string(),
            _ if message.contains("literal") => {
                format!("`{token}`, which is no number a double holds")
            }
            _ => format!("`{token}`"),
        },
        expected: expected.to_string(),
        nearest: None,
    }
}

/// Byte offset of a parser's (line, column), both counted from 1 and columns in characters.
fn place(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start
        + rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(offset, _)| offset)
}

/// The word, number or sign at the start of `rest`; empty at the end.
fn first_token(rest: &str) -> &str {
    let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let Some(first) = rest.chars().next() else {
        return "";
    };
    if rest.starts_with("**") {
        return "**";
    }
    if in_word(first) {
        let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        return &rest[..end];
    }
    &rest[..first.len_utf8()]
}
