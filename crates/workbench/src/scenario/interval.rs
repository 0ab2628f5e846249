//! Expressions over intervals: all values that a condition may have when little is known.

use beachhead_engine::plan::expression::{Binary, Expression, Function, Observable, Unary};

/// All values that something may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Interval {
    pub(super) const ANY: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
    pub(super) const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
    };
    pub(super) const TRUTH: Self = Self {
        low: 0.0,
        high: 1.0,
    };
    pub(super) const NOT_NEGATIVE: Self = Self {
        low: 0.0,
        high: f64::INFINITY,
    };

    pub(super) fn point(value: f64) -> Self {
        if value.is_nan() {
            Self::ANY
        } else {
            Self {
                low: value,
                high: value,
            }
        }
    }

    pub(super) fn truth(can_be_false: bool, can_be_true: bool) -> Self {
        Self {
            low: if can_be_false { 0.0 } else { 1.0 },
            high: if can_be_true { 1.0 } else { 0.0 },
        }
    }

    /// The hull of candidate ends; anything undefined gives everything.
    pub(super) fn hull(ends: &[f64]) -> Self {
        if ends.iter().any(|end| end.is_nan()) {
            return Self::ANY;
        }
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { low, high }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    pub(super) fn can_be_true(self) -> bool {
        self.low != 0.0 || self.high != 0.0
    }

    pub(super) fn can_be_false(self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }
}

/// All values of an expression, given those of its observables.
pub(super) fn evaluate(
    expression: &Expression,
    read: &impl Fn(Observable) -> Interval,
) -> Interval {
    match expression {
        Expression::Number(value) => Interval::point(*value),
        Expression::Observable(observable) => read(*observable),
        Expression::Unary(Unary::Negate, x) => {
            let x = evaluate(x, read);
            Interval {
                low: -x.high,
                high: -x.low,
            }
        }
        Expression::Unary(Unary::Not, x) => {
            let x = evaluate(x, read);
            Interval::truth(x.can_be_true(), x.can_be_false())
        }
        Expression::Binary(operator, x, y) => {
            let all = binary(*operator, evaluate(x, read), evaluate(y, read));
            if *operator == Binary::And && all.can_be_true() && contradicts_itself(expression) {
                Interval::ZERO
            } else {
                all
            }
        }
        Expression::Call(function, arguments) => {
            let arguments: Vec<Interval> = arguments.iter().map(|x| evaluate(x, read)).collect();
            call(*function, &arguments)
        }
        Expression::Conditional(condition, yes, no) => {
            let condition = evaluate(condition, read);
            match (condition.can_be_true(), condition.can_be_false()) {
                (true, false) => evaluate(yes, read),
                (false, true) => evaluate(no, read),
                _ => evaluate(yes, read).join(evaluate(no, read)),
            }
        }
    }
}

/// What is left of an observable's values: low and high, and whether the ends themselves are left out.
#[derive(Clone, Copy)]
struct Left {
    low: (f64, bool),
    high: (f64, bool),
}

impl Left {
    const ALL: Self = Self {
        low: (f64::NEG_INFINITY, false),
        high: (f64::INFINITY, false),
    };

    fn is_empty(self) -> bool {
        self.low.0 > self.high.0 || (self.low.0 == self.high.0 && (self.low.1 || self.high.1))
    }

    fn above(&mut self, bound: f64, is_strict: bool) {
        if bound > self.low.0 || (bound == self.low.0 && is_strict) {
            self.low = (bound, is_strict);
        }
    }

    fn below(&mut self, bound: f64, is_strict: bool) {
        if bound < self.high.0 || (bound == self.high.0 && is_strict) {
            self.high = (bound, is_strict);
        }
    }
}

/// Whether comparisons with numbers that must hold together leave some observable no value.
fn contradicts_itself(conjunction: &Expression) -> bool {
    let mut left = Vec::new();
    narrow(conjunction, &mut left);
    left.iter().any(|(_, left)| left.is_empty())
}

fn narrow(condition: &Expression, left: &mut Vec<(Observable, Left)>) {
    let Expression::Binary(operator, x, y) = condition else {
        return;
    };
    if *operator == Binary::And {
        narrow(x, left);
        narrow(y, left);
        return;
    }
    let (observable, number, is_swapped) = match (&**x, &**y) {
        (Expression::Observable(o), Expression::Number(n)) => (*o, *n, false),
        (Expression::Number(n), Expression::Observable(o)) => (*o, *n, true),
        _ => return,
    };
    let at = left
        .iter()
        .position(|(other, _)| *other == observable)
        .unwrap_or_else(|| {
            left.push((observable, Left::ALL));
            left.len() - 1
        });
    let values = &mut left[at].1;
    match (operator, is_swapped) {
        (Binary::Less, false) | (Binary::Greater, true) => values.below(number, true),
        (Binary::LessOrEqual, false) | (Binary::GreaterOrEqual, true) => {
            values.below(number, false);
        }
        (Binary::Greater, false) | (Binary::Less, true) => values.above(number, true),
        (Binary::GreaterOrEqual, false) | (Binary::LessOrEqual, true) => {
            values.above(number, false);
        }
        (Binary::Equal, _) => {
            values.above(number, false);
            values.below(number, false);
        }
        _ => {}
    }
}

fn binary(operator: Binary, x: Interval, y: Interval) -> Interval {
    let corners = |f: fn(f64, f64) -> f64| {
        Interval::hull(&[
            f(x.low, y.low),
            f(x.low, y.high),
            f(x.high, y.low),
            f(x.high, y.high),
        ])
    };
    match operator {
        Binary::Add => corners(|a, b| a + b),
        Binary::Subtract => corners(|a, b| a - b),
        Binary::Multiply => corners(|a, b| a * b),
        Binary::Divide if y.can_be_false() => Interval::ANY,
        Binary::Divide => corners(|a, b| a / b),
        Binary::Less => Interval::truth(x.high >= y.low, x.low < y.high),
        Binary::LessOrEqual => Interval::truth(x.high > y.low, x.low <= y.high),
        Binary::Greater => Interval::truth(x.low <= y.high, x.high > y.low),
        Binary::GreaterOrEqual => Interval::truth(x.low < y.high, x.high >= y.low),
        Binary::Equal => {
            let overlap = x.low <= y.high && y.low <= x.high;
            let is_point = x.low == x.high && y.low == y.high && overlap;
            Interval::truth(!is_point, overlap)
        }
        Binary::NotEqual => {
            let equal = binary(Binary::Equal, x, y);
            Interval::truth(equal.can_be_true(), equal.can_be_false())
        }
        Binary::And => Interval::truth(
            x.can_be_false() || y.can_be_false(),
            x.can_be_true() && y.can_be_true(),
        ),
        Binary::Or => Interval::truth(
            x.can_be_false() && y.can_be_false(),
            x.can_be_true() || y.can_be_true(),
        ),
    }
}

fn call(function: Function, arguments: &[Interval]) -> Interval {
    let (Some(x), y) = (arguments.first().copied(), arguments.get(1).copied()) else {
        return Interval::ANY;
    };
    let rising = |f: fn(f64) -> f64| Interval::hull(&[f(x.low), f(x.high)]);
    match (function, y) {
        (Function::Ln, _) => rising(f64::ln),
        (Function::Exp, _) => rising(f64::exp),
        (Function::Sqrt, _) => rising(f64::sqrt),
        (Function::Abs, _) if x.can_be_false() => Interval {
            low: 0.0,
            high: x.high.abs().max(x.low.abs()),
        },
        (Function::Abs, _) => Interval::hull(&[x.low.abs(), x.high.abs()]),
        (Function::Min, Some(y)) => Interval {
            low: x.low.min(y.low),
            high: x.high.min(y.high),
        },
        (Function::Max, Some(y)) => Interval {
            low: x.low.max(y.low),
            high: x.high.max(y.high),
        },
        _ => Interval::ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{Kind, parse_condition};

    /// Whether a condition on `month` in 3..=5 and `awareness` in 0..=1 can hold.
    fn can_hold(text: &str) -> bool {
        let resolve = |parts: &[&str]| match parts {
            ["month"] => Ok((Observable::Month, Kind::Number)),
            _ => Ok((Observable::Awareness(0), Kind::Number)),
        };
        let condition = parse_condition(text, &resolve).unwrap();
        let read = |observable: Observable| match observable {
            Observable::Month => Interval {
                low: 3.0,
                high: 5.0,
            },
            _ => Interval::TRUTH,
        };
        evaluate(&condition, &read).can_be_true()
    }

    #[test]
    fn what_surely_fails_cannot_hold() {
        for text in [
            "month < 3",
            "month > 5",
            "month == 6",
            "!(month >= 3)",
            "month >= 3 && awareness > 1",
            "awareness < 0 || month > 5",
            "month * 2 > 10",
            "min(month, 4) > 4",
            "-month > 0",
            "abs(month - 10) < 5",
            "(month > 5 ? 1 : 0) > 0",
            "exp(awareness) < 1",
            "month != month && false",
            "awareness > 0.5 && awareness < 0.3",
            "month >= 3 && (0.4 > awareness && awareness >= 0.4)",
        ] {
            assert!(!can_hold(text), "{text}");
        }
    }

    #[test]
    fn what_may_hold_can() {
        for text in [
            "month <= 3",
            "month >= 5",
            "month == 4",
            "month != 4",
            "awareness == 1",
            "ln(awareness) > -5",
            "1 / awareness > 100",
            "sqrt(awareness - 1) >= 0",
            "max(month, 7) > 6",
            "pow(month, 2) > 10",
            "month - 3 < awareness",
            "awareness >= 1 || false",
            "awareness >= 0.4 && awareness <= 0.4 && month == 4",
            "awareness > 0.5 || awareness < 0.3",
        ] {
            assert!(can_hold(text), "{text}");
        }
    }
}
