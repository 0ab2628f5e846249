//! What a run found, in plain values: the one place where results pass from the engine to files.

use serde_json::Value;

/// Everything that a run's folder is written from.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutput {
    /// The scenario's name.
    pub scenario: String,
    /// Its title for people.
    pub title: String,
    /// Nothing known on or after this date was used.
    pub as_of: String,
    /// Currency code of all money.
    pub currency: String,
    /// Calendar year and month (1 to 12) of month 1.
    pub start: (i32, u32),
    /// Months simulated.
    pub months: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// Draws; 1 for a central run.
    pub draws: usize,
    /// The entrants, in the scenario's order.
    pub entrants: Vec<Named>,
    /// Ids of the scenario's events, in order.
    pub events: Vec<String>,
    /// Facts wanted and got.
    pub calibration: Vec<CalibrationRow>,
    /// How well the facts determine the parameters, in words; may be empty.
    pub calibration_notes: Vec<String>,
    /// Plans in the order asked for.
    pub plans: Vec<PlanOutput>,
    /// What people should know about the results.
    pub issues: Vec<Issue>,
    /// Every assumption.
    pub register: Vec<Assumption>,
    /// Sources that assumptions and facts name.
    pub sources: Vec<Source>,
    /// The resolved scenario, for `scenario.json` and the hash.
    pub resolved: Value,
}

/// Something with an id and a title for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Title; the id where none is given.
    pub title: String,
}

/// A fact that calibration met, or missed.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationRow {
    /// Name, e.g. `share_of_sales.pear`.
    pub target: String,
    /// What was wanted.
    pub wanted: Wanted,
    /// What the calibrated market does.
    pub got: f64,
    /// Id of the source; empty where none is given.
    pub source: String,
}

/// A wanted value, or a band of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// One value.
    Value(f64),
    /// Anything from low to high.
    Band(f64, f64),
}

impl CalibrationRow {
    /// Got less wanted; for a band the distance to it, 0 inside.
    pub fn error(&self) -> f64 {
        match self.wanted {
            Wanted::Value(value) => self.got - value,
            Wanted::Band(low, _) if self.got < low => self.got - low,
            Wanted::Band(_, high) if self.got > high => self.got - high,
            Wanted::Band(..) => 0.0,
        }
    }
}

/// What one plan leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOutput {
    /// Id.
    pub id: String,
    /// Title; the id where none is given.
    pub title: String,
    /// Every outcome, in the order of the registry.
    pub outcomes: Vec<Outcome>,
    /// Every series, in the order of the registry.
    pub series: Vec<Series>,
    /// Where the money comes from and goes, by entrant.
    pub books: Vec<Books>,
    /// First month of each event of [`RunOutput::events`], `None` if it never occurs.
    pub first_months: Vec<Option<u32>>,
    /// Steps, gates, events and exits in the order in which they came.
    pub happened: Vec<Happened>,
}

/// How an outcome is summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// A number.
    Value,
    /// 0 or 1 in a draw.
    Probability,
    /// A month number, `None` for never.
    Month,
}

/// One outcome of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Id, e.g. `npv`, with two entrants `npv.acme`.
    pub id: String,
    /// Unit, e.g. `USD`; empty for a probability.
    pub unit: String,
    /// How it is summarised.
    pub kind: OutcomeKind,
    /// The value; `None` where there is none (payback that never comes).
    pub value: Option<f64>,
}

/// One series of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Id, e.g. `share_of_sales` or `installed_base.pear`.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// Values, shape (T,).
    pub values: Vec<f64>,
}

/// What an entrant's money does under a plan, and how its net present value comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Books {
    /// Title of the entrant.
    pub entrant: String,
    /// Monthly cash by line; costs are negative.
    pub lines: Vec<CashLine>,
    /// Net cash, money a month, shape (T,).
    pub net: Vec<f64>,
    /// What stands at the end of the last month, money of that month; what is owed is negative.
    pub terminal: Vec<(String, f64)>,
    /// Sum of net cash, each month at its discount, money.
    pub discounted_cash: f64,
    /// Sum of the terminal rows at the discount of the last month, money.
    pub discounted_terminal: f64,
    /// Net present value, money.
    pub npv: f64,
}

/// One line of cash.
#[derive(Clone, Debug, PartialEq)]
pub struct CashLine {
    /// What the money is for.
    pub label: String,
    /// Money a month, shape (T,).
    pub values: Vec<f64>,
}

/// Something that happened under a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Month, from 1.
    pub month: u32,
    /// What it is.
    pub kind: HappenedKind,
    /// Id of the step, title of the gate, of the event or of the entrant.
    pub name: String,
}

/// What can happen under a plan. The order is the one within a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HappenedKind {
    /// A gate opened.
    Gate,
    /// An event occurred.
    Event,
    /// A step fired.
    Step,
    /// An entrant left.
    Exit,
}

/// Something that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Short code, e.g. `not_simulated`.
    pub code: String,
    /// What it is about.
    pub place: String,
    /// How often.
    pub count: usize,
    /// In words.
    pub text: String,
}

/// One assumption of the register.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// Path in the scenario.
    pub name: String,
    /// Value used, in the base unit.
    pub value: f64,
    /// Base unit.
    pub unit: String,
    /// The distribution in words; empty for a plain number.
    pub spread: String,
    /// `written`, `default` or `derived`.
    pub origin: String,
    /// Id of the source; empty where none is given.
    pub source: String,
    /// The reason; empty where none is given.
    pub note: String,
}

/// A source of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Id.
    pub id: String,
    /// Who published it.
    pub publisher: String,
    /// Its title.
    pub title: String,
    /// Date of publication.
    pub published: String,
    /// End of the period that it speaks of.
    pub period_end: String,
    /// Address; may be empty.
    pub url: String,
    /// Kind, e.g. `hard fact`.
    pub kind: String,
}
