//! Expressions over observables: the conditions of plans, outcomes and events, already type-checked.
//!
//! Text is read elsewhere; here names are indices and every value is a double, truth being 1 and 0.

use serde::Serialize;

/// What a firm can observe at the start of a month: the state at the end of the last one.
///
/// Arguments are positions in the scenario's lists; where there are two, the entrant comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observable {
    /// This month's number; the first is 1.
    Month,
    /// Net cash of the last month, money.
    Cash(usize),
    /// Sum of net cash up to the last month, money.
    CashCumulative(usize),
    /// Units of the durable sold last month.
    SalesUnits(usize),
    /// Share of last month's units of the durable, in [0, 1].
    SalesShare(usize),
    /// Receipts of last month, durable and complements, money.
    SalesRevenue(usize),
    /// Units of the durable sold so far.
    SalesCumulative(usize),
    /// Users who own the brand.
    InstalledBase(usize),
    /// The same as a share of all users.
    InstalledBaseShare(usize),
    /// Share of users who know the brand.
    Awareness(usize),
    /// The trust term of utility.
    Trust(usize),
    /// Marketing spent so far, money.
    MarketingCumulative(usize),
    /// Whether the brand has an offer in a channel that it opened.
    InMarket(usize),
    /// Months since the first such offer; 0 before.
    MonthsInMarket(usize),
    /// Units of a complement sold last month.
    ComplementUnits(usize, usize),
    /// Whether a channel is open to the entrant.
    ChannelOpen(usize, usize),
    /// Whether a gate is open.
    GateOpen(usize),
    /// Whether a gate has been started.
    GateStarted(usize),
    /// Whether a step of this plan has fired.
    StepFired(usize),
    /// Whether a product of an entrant has been launched.
    ProductLaunched(usize),
    /// Units of a product sold last month.
    ProductUnits(usize),
    /// A brand's share of last month's units of the durable.
    BrandShare(usize),
    /// Users who own a brand.
    BrandBase(usize),
    /// Whether an event has occurred: an attempt, whether its result has come.
    EventFired(usize),
    /// How often an event has occurred.
    EventCount(usize),
    /// Months since an event occurred last; 0 in its month and before it ever did.
    EventAge(usize),
    /// Whether an attempt has succeeded, by event and entrant.
    AttemptSucceeded(usize, usize),
    /// Whether an attempt is under way, by event and entrant.
    AttemptRunning(usize, usize),
    /// Posterior mean of the entrant's appeal; the prior's where it learns from nothing.
    BeliefMean(usize),
    /// Posterior standard deviation of the entrant's appeal.
    BeliefSd(usize),
    /// Posterior mean of the entrant's appeal less the prior's.
    BeliefChange(usize),
    /// Studies of the entrant that have ended.
    StudiesDone(usize),
}

/// An operator of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unary {
    /// Minus.
    Negate,
    /// Logical not.
    Not,
}

/// An operator of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// A function that expressions may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// Natural logarithm.
    Ln,
    /// Exponential.
    Exp,
    /// Square root.
    Sqrt,
    /// Absolute value.
    Abs,
    /// The smaller of two.
    Min,
    /// The larger of two.
    Max,
    /// Power.
    Pow,
}

/// A checked expression over variables `V`: what a firm observes, or columns of a table. Truth values
/// are 1 and 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression<V = Observable> {
    /// A constant.
    Number(f64),
    /// A named variable that is read when evaluated.
    Observable(V),
    /// One argument.
    Unary(Unary, Box<Expression<V>>),
    /// Two arguments.
    Binary(Binary, Box<Expression<V>>, Box<Expression<V>>),
    /// A function call.
    Call(Function, Vec<Expression<V>>),
    /// `condition ? yes : no`
    Conditional(Box<Expression<V>>, Box<Expression<V>>, Box<Expression<V>>),
}

impl<V: Copy> Expression<V> {
    /// The value, with observables read through `read`.
    pub fn evaluate(&self, read: &impl Fn(V) -> f64) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Observable(observable) => read(*observable),
            Self::Unary(Unary::Negate, x) => -x.evaluate(read),
            Self::Unary(Unary::Not, x) => truth(x.evaluate(read) == 0.0),
            Self::Binary(operator, left, right) => binary(*operator, left, right, read),
            Self::Call(function, arguments) => call(*function, arguments, read),
            Self::Conditional(condition, yes, no) => {
                if condition.holds(read) {
                    yes.evaluate(read)
                } else {
                    no.evaluate(read)
                }
            }
        }
    }

    /// Whether a condition holds.
    pub fn holds(&self, read: &impl Fn(V) -> f64) -> bool {
        self.evaluate(read) != 0.0
    }

    /// Calls `visit` for every observable that the expression may read.
    pub fn for_each_observable(&self, visit: &mut impl FnMut(V)) {
        match self {
            Self::Number(_) => {}
            Self::Observable(observable) => visit(*observable),
            Self::Unary(_, x) => x.for_each_observable(visit),
            Self::Binary(_, left, right) => {
                left.for_each_observable(visit);
                right.for_each_observable(visit);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|x| x.for_each_observable(visit)),
            Self::Conditional(condition, yes, no) => {
                condition.for_each_observable(visit);
                yes.for_each_observable(visit);
                no.for_each_observable(visit);
            }
        }
    }
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn binary<V: Copy>(
    operator: Binary,
    left: &Expression<V>,
    right: &Expression<V>,
    read: &impl Fn(V) -> f64,
) -> f64 {
    let x = left.evaluate(read);
    match operator {
        Binary::And if x == 0.0 => return 0.0,
        Binary::Or if x != 0.0 => return 1.0,
        _ => {}
    }
    let y = right.evaluate(read);
    match operator {
        Binary::Add => x + y,
        Binary::Subtract => x - y,
        Binary::Multiply => x * y,
        Binary::Divide => x / y,
        Binary::Less => truth(x < y),
        Binary::LessOrEqual => truth(x <= y),
        Binary::Greater => truth(x > y),
        Binary::GreaterOrEqual => truth(x >= y),
        Binary::Equal => truth(x == y),
        Binary::NotEqual => truth(x != y),
        Binary::And | Binary::Or => truth(y != 0.0),
    }
}

fn call<V: Copy>(function: Function, arguments: &[Expression<V>], read: &impl Fn(V) -> f64) -> f64 {
    // The reader checks the number of arguments; a missing one reads as not-a-number, never a panic.
    let argument = |n: usize| arguments.get(n).map_or(f64::NAN, |x| x.evaluate(read));
    match function {
        Function::Ln => libm::log(argument(0)),
        Function::Exp => libm::exp(argument(0)),
        Function::Sqrt => argument(0).sqrt(),
        Function::Abs => argument(0).abs(),
        Function::Min => argument(0).min(argument(1)),
        Function::Max => argument(0).max(argument(1)),
        Function::Pow => libm::pow(argument(0), argument(1)),
    }
}
