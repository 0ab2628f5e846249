//! Arithmetic of a column: evaluated over a table, differentiated with respect to a column, printed.

use super::Columns;
use std::fmt;

/// Rows that are evaluated at a time, so that what lies between does not grow with the table.
const BLOCK: usize = 4_096;

/// An expression of columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// A column of numbers.
    Name(String),
    /// 1 in rows of a level of a column, 0 in others.
    Level {
        /// The column.
        name: String,
        /// The level as text.
        level: String,
        /// Whether levels of the column are numbers, for the label.
        numeric: bool,
    },
    /// The other sign.
    Negative(Box<Expression>),
    /// A sum.
    Sum(Box<Expression>, Box<Expression>),
    /// A difference.
    Difference(Box<Expression>, Box<Expression>),
    /// A product.
    Product(Box<Expression>, Box<Expression>),
    /// A quotient.
    Quotient(Box<Expression>, Box<Expression>),
    /// A power.
    Power(Box<Expression>, Box<Expression>),
    /// A natural logarithm.
    Log(Box<Expression>),
    /// e to a power.
    Exp(Box<Expression>),
}

use Expression::{
    Difference, Exp, Level, Log, Name, Negative, Number, Power, Product, Quotient, Sum,
};

impl Expression {
    /// Whether a column occurs in it.
    pub fn depends_on(&self, wanted: &str) -> bool {
        match self {
            Number(_) => false,
            Name(name) | Level { name, .. } => name == wanted,
            Negative(of) | Log(of) | Exp(of) => of.depends_on(wanted),
            Sum(a, b) | Difference(a, b) | Product(a, b) | Quotient(a, b) | Power(a, b) => {
                a.depends_on(wanted) || b.depends_on(wanted)
            }
        }
    }

    /// The derivative with respect to a column of numbers.
    #[must_use]
    pub fn derivative(&self, wanted: &str) -> Self {
        let of = |part: &Self| part.derivative(wanted);
        match self {
            Number(_) | Level { .. } => Number(0.0),
            Name(name) => Number(f64::from(u8::from(name == wanted))),
            Negative(a) => negative(of(a)),
            Sum(a, b) => sum(of(a), of(b)),
            Difference(a, b) => difference(of(a), of(b)),
            Product(a, b) => sum(product(of(a), plain(b)), product(plain(a), of(b))),
            Quotient(a, b) => difference(
                quotient(of(a), plain(b)),
                quotient(
                    product(plain(a), of(b)),
                    Power(b.clone(), Box::new(Number(2.0))),
                ),
            ),
            Power(a, b) => match **b {
                Number(exponent) => {
                    let rest = power(plain(a), exponent - 1.0);
                    product(product(Number(exponent), rest), of(a))
                }
                _ => {
                    let inner = sum(
                        product(of(b), Log(a.clone())),
                        quotient(product(plain(b), of(a)), plain(a)),
                    );
                    product(self.clone(), inner)
                }
            },
            Log(a) => quotient(of(a), plain(a)),
            Exp(a) => product(self.clone(), of(a)),
        }
    }

    /// Its value in every row, `(N,)`; not-a-number where a column is not there.
    pub fn evaluate(&self, data: &dyn Columns) -> Vec<f64> {
        let rows = data.rows();
        let mut values = Vec::with_capacity(rows);
        let mut start = 0;
        while start < rows {
            let end = rows.min(start + BLOCK);
            values.extend_from_slice(&self.block(data, start, end));
            start = end;
        }
        values
    }

    fn block(&self, data: &dyn Columns, start: usize, end: usize) -> Vec<f64> {
        let unknown = || vec![f64::NAN; end - start];
        match self {
            Number(value) => vec![*value; end - start],
            Name(name) => data
                .numbers(name)
                .map_or_else(unknown, |values| values[start..end].to_vec()),
            Level { name, level, .. } => {
                let Some((codes, levels)) = data.levels(name) else {
                    return unknown();
                };
                let wanted = levels.iter().position(|known| known == level);
                codes[start..end]
                    .iter()
                    .map(|code| f64::from(u8::from(Some(*code as usize) == wanted)))
                    .collect()
            }
            Negative(a) => one(a.block(data, start, end), |x| -x),
            Log(a) => one(a.block(data, start, end), libm::log),
            Exp(a) => one(a.block(data, start, end), libm::exp),
            Sum(a, b) => two(a, b, data, start..end, |x, y| x + y),
            Difference(a, b) => two(a, b, data, start..end, |x, y| x - y),
            Product(a, b) => two(a, b, data, start..end, |x, y| x * y),
            Quotient(a, b) => two(a, b, data, start..end, |x, y| x / y),
            Power(a, b) => match **b {
                // Exact where the reference's array arithmetic is.
                Number(2.0) => one(a.block(data, start, end), |x| x * x),
                Number(-1.0) => one(a.block(data, start, end), |x| 1.0 / x),
                Number(0.5) => one(a.block(data, start, end), f64::sqrt),
                _ => two(a, b, data, start..end, libm::pow),
            },
        }
    }

    /// How tightly it binds when printed.
    fn rank(&self) -> u8 {
        match self {
            Sum(..) | Difference(..) => 0,
            Negative(_) => 1,
            Product(..) | Quotient(..) => 2,
            Power(..) => 3,
            Number(value) if *value < 0.0 => 1,
            Number(_) | Name(_) | Level { .. } | Log(_) | Exp(_) => 4,
        }
    }
}

fn one(mut values: Vec<f64>, of: fn(f64) -> f64) -> Vec<f64> {
    for value in &mut values {
        *value = of(*value);
    }
    values
}

fn two(
    a: &Expression,
    b: &Expression,
    data: &dyn Columns,
    rows: std::ops::Range<usize>,
    of: fn(f64, f64) -> f64,
) -> Vec<f64> {
    let mut values = a.block(data, rows.start, rows.end);
    let others = b.block(data, rows.start, rows.end);
    for (value, other) in values.iter_mut().zip(&others) {
        *value = of(*value, *other);
    }
    values
}

fn plain(of: &Expression) -> Expression {
    of.clone()
}

fn is(of: &Expression, value: f64) -> bool {
    matches!(of, Number(number) if *number == value)
}

fn negative(a: Expression) -> Expression {
    match a {
        Number(value) => Number(0.0 - value),
        other => Negative(Box::new(other)),
    }
}

fn sum(a: Expression, b: Expression) -> Expression {
    match (&a, &b) {
        _ if is(&a, 0.0) => b,
        _ if is(&b, 0.0) => a,
        (Number(x), Number(y)) => Number(x + y),
        _ => Sum(Box::new(a), Box::new(b)),
    }
}

fn difference(a: Expression, b: Expression) -> Expression {
    match (&a, &b) {
        _ if is(&b, 0.0) => a,
        _ if is(&a, 0.0) => negative(b),
        (Number(x), Number(y)) => Number(x - y),
        _ => Difference(Box::new(a), Box::new(b)),
    }
}

pub(super) fn product(a: Expression, b: Expression) -> Expression {
    match (&a, &b) {
        _ if is(&a, 0.0) || is(&b, 0.0) => Number(0.0),
        _ if is(&a, 1.0) => b,
        _ if is(&b, 1.0) => a,
        (Number(x), Number(y)) => Number(x * y),
        _ => Product(Box::new(a), Box::new(b)),
    }
}

fn quotient(a: Expression, b: Expression) -> Expression {
    if is(&a, 0.0) || is(&b, 1.0) {
        a
    } else {
        Quotient(Box::new(a), Box::new(b))
    }
}

fn power(a: Expression, exponent: f64) -> Expression {
    match exponent {
        0.0 => Number(1.0),
        1.0 => a,
        _ => Power(Box::new(a), Box::new(Number(exponent))),
    }
}

/// As the reference's labels: `1/income`, `log(hpwt)`, `prices**2`, `a + b`.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |part: &Self, at_least: u8| {
            if part.rank() < at_least {
                format!("({part})")
            } else {
                part.to_string()
            }
        };
        match self {
            Number(value) => write!(f, "{value}"),
            Name(name) => f.write_str(name),
            Level {
                name,
                level,
                numeric: true,
            } => write!(f, "{name}[{level}]"),
            Level { name, level, .. } => write!(f, "{name}['{level}']"),
            Negative(a) => write!(f, "-{}", inside(a, 2)),
            Sum(a, b) => write!(f, "{a} + {}", inside(b, 1)),
            Difference(a, b) => write!(f, "{a} - {}", inside(b, 2)),
            Product(a, b) => write!(f, "{}*{}", inside(a, 1), inside(b, 2)),
            Quotient(a, b) => write!(f, "{}/{}", inside(a, 1), inside(b, 3)),
            Power(a, b) => write!(f, "{}**{}", inside(a, 4), inside(b, 4)),
            Log(a) => write!(f, "log({a})"),
            Exp(a) => write!(f, "exp({a})"),
        }
    }
}
