//! Formulas of columns as users of R and pyblp write them: `1 + prices + log(hpwt) + C(region):space`.
//!
//! A formula is read without data into terms; with the table's columns it becomes the columns of a
//! matrix, each an expression that can be evaluated and differentiated. Rules of intercepts, of
//! interactions and of which levels are left out are those of patsy (Smith 2011), which pyblp uses.

mod design;
mod expression;
mod parse;
#[cfg(test)]
mod tests;

pub use design::Column;
pub use expression::Expression;
use std::ops::Range;

/// Columns that a formula is evaluated on.
pub trait Columns {
    /// Rows of the table.
    fn rows(&self) -> usize;
    /// A column of numbers, `(N,)`.
    fn numbers(&self, name: &str) -> Option<&[f64]>;
    /// A column of levels: for each row, `(N,)`, the position of its level, and the levels in their order.
    fn levels(&self, name: &str) -> Option<(&[u32], &[String])>;
    /// Names of all columns, for messages.
    fn names(&self) -> Vec<String>;
}

/// A mistake in a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Bytes of the formula that are wrong.
    pub range: Range<usize>,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// What to do; may be empty.
    pub help: String,
}

impl Slip {
    pub(crate) fn new(range: Range<usize>, found: impl Into<String>) -> Self {
        Self {
            range,
            found: found.into(),
            expected: String::new(),
            help: String::new(),
        }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// A formula as read.
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    constant: bool,
    terms: Vec<Term>,
    names: Vec<(String, Range<usize>)>,
}

/// Factors that are multiplied.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    factors: Vec<Factor>,
}

/// An expression of columns, or a column of levels.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    expression: Expression,
    categorical: bool,
    range: Range<usize>,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// The first mistake, with its place in the text.
    pub fn parse(text: &str) -> Result<Self, Slip> {
        parse::formula(text)
    }

    /// Reads arithmetic of columns, such as `log(fs) * fv`: one column, in which `+` adds numbers.
    ///
    /// # Errors
    /// The first mistake, with its place in the text.
    pub fn parse_value(text: &str) -> Result<Self, Slip> {
        parse::value(text)
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Columns that it names, in the order written, each with its place in the text.
    pub fn names(&self) -> &[(String, Range<usize>)] {
        &self.names
    }

    /// Whether a column stands in `C()`.
    pub fn has_levels_of(&self, name: &str) -> bool {
        let mut factors = self.terms.iter().flat_map(|term| &term.factors);
        factors.any(|factor| {
            factor.categorical && matches!(&factor.expression, Expression::Name(of) if of == name)
        })
    }

    /// Whether a column stands outside `C()`.
    pub fn has_numbers_of(&self, name: &str) -> bool {
        let mut factors = self.terms.iter().flat_map(|term| &term.factors);
        factors.any(|factor| !factor.categorical && factor.expression.depends_on(name))
    }

    /// Whether there is nothing but, perhaps, a constant.
    pub fn is_constant(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it makes no column at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && !self.constant
    }
}

impl Term {
    fn of(factors: impl IntoIterator<Item = Factor>) -> Self {
        let mut kept: Vec<Factor> = Vec::new();
        for factor in factors {
            if !kept.iter().any(|known| known.is_same(&factor)) {
                kept.push(factor);
            }
        }
        Self { factors: kept }
    }

    fn is_same(&self, other: &Self) -> bool {
        let holds = |set: &Self, factor: &Factor| set.factors.iter().any(|f| f.is_same(factor));
        self.factors.len() == other.factors.len()
            && self.factors.iter().all(|factor| holds(other, factor))
    }
}

impl Factor {
    fn is_same(&self, other: &Self) -> bool {
        self.categorical == other.categorical && self.expression == other.expression
    }
}
