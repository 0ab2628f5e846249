//! What a run found, in plain values: the one place where results pass from the engine to files.

use super::analysis::Analysis;
use super::preference::Preference;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that a run's folder is written from. `report.json` holds what no other file of the folder does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunOutput {
    /// Version of the results; see [`super::RESULTS_VERSION`].
    pub results_version: u32,
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
    #[serde(skip)]
    pub calibration: Vec<CalibrationRow>,
    /// How well the facts determine the parameters, in words; may be empty.
    pub calibration_notes: Vec<String>,
    /// How many draws met their facts; `None` for a central run.
    pub calibration_of_draws: Option<CalibrationOfDraws>,
    /// Plans in the order asked for.
    pub plans: Vec<PlanOutput>,
    /// Paired differences between plans; empty for a central run.
    #[serde(skip)]
    pub differences: Vec<Difference>,
    /// Plans that may be the best one, by outcome that plans aim at; empty for a central run.
    #[serde(skip)]
    pub may_be_best: Vec<MayBeBest>,
    /// What people should know about the results.
    #[serde(skip)]
    pub issues: Vec<Issue>,
    /// Every assumption.
    pub register: Vec<Assumption>,
    /// Sources that assumptions and facts name.
    pub sources: Vec<Source>,
    /// The resolved scenario, for `scenario.json` and the hash.
    #[serde(skip)]
    pub resolved: Value,
    /// Shares of preference, where demand comes from a study's part-worths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
    /// What decides the answer, as `analysis.json` holds it; none for a central run, or where nobody asked.
    #[serde(skip)]
    pub analysis: Option<Analysis>,
}

/// Something with an id and a title for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// How the draws of a run met the facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationOfDraws {
    /// Draws that met all of them.
    pub met: usize,
    /// Draws that missed some; they count.
    pub missed: usize,
    /// Draws without a result, which are left out.
    pub failed: usize,
    /// A fact is met within this relative error.
    pub within: f64,
    /// The furthest miss; null if none was missed.
    pub worst: Option<Miss>,
}

/// A fact missed in a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Miss {
    /// Name of the target.
    pub target: String,
    /// The draw, from 0.
    pub draw: usize,
    /// What was wanted in it.
    pub wanted: f64,
    /// What its market does.
    pub got: f64,
    /// Got less wanted as a share of wanted, without sign; of 0, as it is.
    pub relative: f64,
}

impl Miss {
    /// A miss that can be shown: none if a number is not finite.
    pub fn new(target: &str, draw: usize, [wanted, got]: [f64; 2]) -> Option<Self> {
        let scale = if wanted == 0.0 { 1.0 } else { wanted.abs() };
        let relative = (got - wanted).abs() / scale;
        relative.is_finite().then(|| Self {
            target: target.to_owned(),
            draw,
            wanted,
            got,
            relative,
        })
    }
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanOutput {
    /// Id.
    pub id: String,
    /// Title; the id where none is given.
    pub title: String,
    /// Every outcome, in the order of the registry.
    #[serde(skip)]
    pub outcomes: Vec<Outcome>,
    /// Every series, in the order of the registry.
    #[serde(skip)]
    pub series: Vec<Series>,
    /// Where the money comes from and goes, by entrant.
    pub books: Vec<Books>,
    /// First month of each event of [`RunOutput::events`] in one draw, `None` if it never occurs; empty over several draws.
    #[serde(skip)]
    pub first_months: Vec<Option<u32>>,
    /// Steps, gates, events and exits in the order in which they came.
    pub happened: Vec<Happened>,
}

/// A paired difference of an outcome between two plans.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Id of the plan.
    pub plan: String,
    /// Id of the one it is compared with.
    pub against: String,
    /// Id of the outcome.
    pub outcome: String,
    /// Mean of plan less against, in the outcome's unit.
    pub mean: f64,
    /// Lower end of the simultaneous interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval does not leave the zone of indifference.
    pub tied: bool,
}

/// Which plans the draws cannot tell from the best one.
#[derive(Clone, Debug, PartialEq)]
pub struct MayBeBest {
    /// Id of the outcome, of which more is better.
    pub outcome: String,
    /// Probability with which the best plan is among these, and with which the intervals of all pairs hold at once.
    pub level: f64,
    /// A difference of at most so much matters to nobody, in the outcome's unit.
    pub indifference: f64,
    /// Ids of the plans, in the order asked for.
    pub plans: Vec<String>,
}

/// Probabilities at which distributions are reported.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// An outcome over several draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Monte Carlo standard error of the value; `None` where it cannot be told.
    pub se: Option<f64>,
    /// Values at [`QUANTILES`]; `None` where a draw without a value stands there.
    pub quantiles: [Option<f64>; 5],
    /// Of a month: the first one by which it has come in half of the draws; `None` if it comes in fewer.
    pub median: Option<f64>,
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
    /// The value, over several draws the mean; `None` where there is none (payback that never comes).
    pub value: Option<f64>,
    /// How it spreads over several draws; `None` for one.
    pub spread: Option<Spread>,
}

/// One series of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Id, e.g. `share_of_sales` or `installed_base.pear`.
    pub id: String,
    /// Unit.
    pub unit: String,
    /// Values, over several draws their means, shape (T,).
    pub values: Vec<f64>,
    /// Values at [`QUANTILES`] over several draws, shape (5, T); `None` for one.
    pub bands: Option<[Vec<f64>; 5]>,
}

/// What an entrant's money does under a plan, and how its net present value comes about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl Books {
    /// Adds other books of the same lines.
    pub fn add(&mut self, other: &Self) {
        let add = |sums: &mut [f64], values: &[f64]| {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        };
        for (sum, line) in self.lines.iter_mut().zip(&other.lines) {
            add(&mut sum.values, &line.values);
        }
        add(&mut self.net, &other.net);
        for ((_, sum), (_, value)) in self.terminal.iter_mut().zip(&other.terminal) {
            *sum += value;
        }
        self.discounted_cash += other.discounted_cash;
        self.discounted_terminal += other.discounted_terminal;
        self.npv += other.npv;
    }

    /// Every number divided by a count of draws: the mean of so many.
    pub fn divide(&mut self, draws: usize) {
        let count = draws as f64;
        let lines = self.lines.iter_mut().flat_map(|line| &mut line.values);
        let terminal = self.terminal.iter_mut().map(|(_, value)| value);
        let numbers = lines.chain(&mut self.net).chain(terminal);
        numbers.for_each(|number| *number /= count);
        self.discounted_cash /= count;
        self.discounted_terminal /= count;
        self.npv /= count;
    }
}

/// One line of cash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CashLine {
    /// What the money is for.
    pub label: String,
    /// Money a month, shape (T,).
    pub values: Vec<f64>,
}

/// Something that happened under a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// Month, from 1; over several draws the median of those in which it happened.
    pub month: u32,
    /// Share of draws in which it happened.
    pub share: f64,
    /// Months in which it first happened in some draw, each with the share of draws in which it has by then.
    pub by_month: Vec<(u32, f64)>,
    /// What it is.
    pub kind: HappenedKind,
    /// Id of the step, title of the gate, of the event or of the entrant.
    pub name: String,
}

/// What can happen under a plan. The order is the one within a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
