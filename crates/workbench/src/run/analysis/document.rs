//! `analysis.json`: what decides the answer, what must be true, how earlier entries went.

use super::deals::DealLine;
use crate::run::RunError;
use serde::{Deserialize, Serialize};

/// The document, in the order in which it is written. It is about one entrant, the scenario's first; money is its net present
/// value in the scenario's currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Format of the document.
    pub format: u32,
    /// Version that wrote it.
    pub beachhead: String,
    /// The scenario's name.
    pub scenario: String,
    /// The run's hash.
    pub hash: String,
    /// Seed.
    pub seed: u64,
    /// Draws of the run.
    pub draws: usize,
    /// Id of the entrant.
    pub entrant: String,
    /// Its title.
    pub entrant_title: String,
    /// Currency code.
    pub currency: String,
    /// Id of the plan that the report is about; none where no plan enters.
    #[serde(default)]
    pub about: Option<String>,
    /// Id of the plan with the largest mean net present value over the run.
    pub best: Option<String>,
    /// Id of the plan that it is compared with first: the one that the report is about or, where that is the best itself, the second. None
    /// where there is only one.
    pub second: Option<String>,
    /// The plans, in the order of the run.
    pub plans: Vec<PlanLine>,
    /// One assumption at a time.
    pub sensitivity: Sensitivity,
    /// What must be true for the best plan that enters; none where no plan enters.
    pub must_be_true: Option<MustBeTrue>,
    /// Earlier entries beside the plans; none where the scenario names none.
    pub reference_class: Option<ClassForecast>,
    /// What deals are worth; empty where the scenario has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<DealLine>,
    /// What decides between the best plan and the second.
    pub decides: Decides,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanLine {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Whether it does anything.
    pub enters: bool,
    /// Mean net present value over the run.
    pub npv: f64,
    /// The same over the common draws.
    pub npv_on_common_draws: f64,
}

/// A tornado: one assumption at a time at its 10 % quantile, its median and its 90 % quantile, on common draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Common draws.
    pub draws: usize,
    /// Uncertain assumptions that were screened by rank correlation over all draws of the run.
    pub screened: usize,
    /// The assumptions that were run, largest swing of the best plan first.
    pub bars: Vec<Bar>,
}

/// One assumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Name in the scenario.
    pub name: String,
    /// What it is, in words.
    pub label: String,
    /// Base unit.
    pub unit: String,
    /// Id of its source.
    pub source: Option<String>,
    /// Its note.
    pub note: Option<String>,
    /// Whether somebody wrote it down without naming a source.
    pub unsourced: bool,
    /// Rank correlation with the net present value of the plan that the report is about, over all draws of the run.
    pub correlation: f64,
    /// Value at its 10 % quantile, base unit.
    pub p10: f64,
    /// Value at its median.
    pub p50: f64,
    /// Value at its 90 % quantile.
    pub p90: f64,
    /// Whether it enters the market before an entry, which was then calibrated anew.
    pub recalibrated: bool,
    /// Common draws in which all three points have a result.
    pub draws: usize,
    /// Net present value at three points, of the plan that the report is about and of those that it is compared with.
    pub plans: Vec<Ends>,
    /// The same of one plan less another: the plan that the report is about with each that may be the best, or with the second.
    #[serde(default)]
    pub pairs: Vec<Pair>,
}

/// What an assumption does to the choice between two plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Id of the plan with the higher mean over the run.
    pub plan: String,
    /// Id of the other.
    pub against: String,
    /// Rank correlation with the difference, over all draws of the run.
    pub correlation: f64,
    /// The first plan less the other.
    pub ends: Ends,
    /// Where the two change places, if between the 10 % and the 90 % quantile.
    pub flip: Option<Flip>,
}

/// A bar: means of net present value, money, with one assumption held at three points of its range.
///
/// `at_…` are means over the common draws. `of_run_…` put the run's own mean in the place of theirs: what the mean over all draws
/// would be if the assumption were known to lie there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    /// Id of the plan; both for a difference, `full - small`.
    pub of: String,
    /// At the 10 % quantile.
    pub at_p10: f64,
    /// At the median.
    pub at_p50: f64,
    /// At the 90 % quantile.
    pub at_p90: f64,
    /// The run's mean at the 10 % quantile.
    pub of_run_p10: f64,
    /// The run's mean at the median.
    pub of_run_p50: f64,
    /// The run's mean at the 90 % quantile.
    pub of_run_p90: f64,
    /// Standard errors of these three.
    pub of_run_se: [Option<f64>; 3],
    /// From the 10 % to the 90 % quantile.
    pub swing: f64,
    /// Standard error of the swing, draw by draw.
    pub se: Option<f64>,
    /// What the swing may be off by either way with a probability of 95 %, by Student's t of so few draws.
    #[serde(default)]
    pub half: Option<f64>,
    /// The same of the three values of the run's mean.
    #[serde(default)]
    pub of_run_half: [Option<f64>; 3],
    /// Common draws that would tell this swing from no change, by its spread between those that there are; none where it is told, where
    /// nothing moves, or where thousands would not do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<usize>,
}

/// A change of places.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The assumption's value there, base unit, on a straight line between two points of its range.
    pub value: f64,
    /// Its quantile, likewise.
    pub quantile: f64,
    /// Whether both points are further from a tie than their bands reach.
    pub is_sure: bool,
}

/// A break-even surface of one plan: mean net present value over the common draws at given appeal, success of attempts and
/// cost of awareness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MustBeTrue {
    /// Id of the plan.
    pub plan: String,
    /// Its title.
    pub title: String,
    /// Common draws.
    pub draws: usize,
    /// The entrant's appeal.
    pub appeal: Axis,
    /// Success of attempts; one level where the plan makes none.
    pub attempts: Axis,
    /// Cost of awareness; one level where the plan buys none.
    pub awareness: Axis,
    /// Mean net present value, cell by cell: appeal runs fastest, then attempts, then awareness.
    pub cells: Vec<Cell>,
    /// Where it crosses zero, by attempts (fastest) and awareness; empty where the appeal is not in doubt.
    pub break_even: Vec<BreakEven>,
    /// Members of the reference class on the scale of appeal, lowest first.
    pub members: Vec<Member>,
}

/// One direction of a surface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What it is, in words.
    pub label: String,
    /// Its levels, rising.
    pub levels: Vec<Level>,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Appeal in utility; factor on the odds of success; factor on the money for the same reach.
    pub value: f64,
    /// Its quantile among what the scenario holds possible; none where that is not said.
    pub quantile: Option<f64>,
    /// In words.
    pub words: String,
    /// What it sets, one by one: the chances of the attempts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// One of several things that a level sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What it is, in words.
    pub label: String,
    /// Its value: a probability.
    pub value: f64,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Mean net present value.
    pub npv: f64,
    /// Its standard error.
    pub se: Option<f64>,
}

/// Where a row of cells crosses zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    /// Level of attempts.
    pub attempts: usize,
    /// Level of awareness.
    pub awareness: usize,
    /// What was found.
    pub verdict: Verdict,
    /// Appeal from which on the plan earns money, utility.
    pub appeal: Option<f64>,
    /// Its quantile among what the reference class says.
    pub quantile: Option<f64>,
    /// Lower end of a band of 95 %, from leaving out one common draw at a time and from the run's mean; below the range counts as 0.
    pub quantile_low: Option<f64>,
    /// Upper end; above the range counts as 1.
    pub quantile_high: Option<f64>,
    /// In words.
    pub words: String,
    /// The same without the quantile: who of the class is as good.
    #[serde(default)]
    pub alike: String,
}

/// What a row of cells says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It crosses zero.
    At,
    /// It earns money in the whole range.
    Always,
    /// Nowhere in the range.
    Never,
}

/// A member of the reference class on the scale of appeal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Its appeal in the central market, utility.
    pub appeal: f64,
    /// Its quantile in the distribution of the entrant's appeal.
    pub quantile: f64,
}

/// Earlier entries beside what the plans are forecast to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassForecast {
    /// The table that the entries come from.
    pub table: String,
    /// The entries.
    pub members: Vec<ClassMemberLine>,
    /// By age.
    pub ages: Vec<AgeLine>,
    /// In words, among them how small the class is.
    pub words: Vec<String>,
}

/// An earlier entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMemberLine {
    /// Who.
    pub entrant: String,
    /// Where.
    pub market: String,
    /// Month of the first sale, YYYY-MM.
    pub first_sale: String,
    /// Months after it up to which anything could be known.
    pub seen: u32,
    /// Months after it in which it left.
    pub left: Option<u32>,
    /// Last share of sales known: months after the first sale, share.
    pub last_share: Option<(u32, f64)>,
    /// Ids of sources.
    pub sources: Vec<String>,
    /// Reasons.
    pub notes: Vec<String>,
}

/// The class and the plans so many months after the first sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgeLine {
    /// Months after the first sale.
    pub months: u32,
    /// Shares of sales in the class; none where no member's is known.
    pub class: Option<ClassShares>,
    /// Share of the class that left by then, by Kaplan & Meier's curve.
    pub class_left: Left,
    /// The plans.
    pub plans: Vec<PlanAge>,
}

/// Shares of sales in a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassShares {
    /// Members whose share at this age is known.
    pub members: usize,
    /// Lowest.
    pub lowest: f64,
    /// Quantile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Quantile.
    pub p75: f64,
    /// Highest.
    pub highest: f64,
    /// What so few members say about the median of entries of this kind; none for a single one.
    pub median_band: Option<Band>,
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Probability with which it holds.
    pub coverage: f64,
}

/// A share that left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// Members, or draws, that were there or had left by then.
    pub of: usize,
    /// The share.
    pub share: f64,
    /// Lower end of the band of 95 % that so few records leave; none where no curve can be drawn.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// A plan at an age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanAge {
    /// Id.
    pub plan: String,
    /// Draws that reach this age within the horizon.
    pub draws: usize,
    /// Share of sales: quantiles over those draws; null without any.
    pub p05: Option<f64>,
    /// Quantile.
    pub p25: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// Quantile.
    pub p75: Option<f64>,
    /// Quantile.
    pub p95: Option<f64>,
    /// Share of draws that sell in which it has left by then, by Kaplan & Meier's curve.
    pub left: Option<f64>,
}

/// What decides between the plan that the report is about and those that may be the best (or, of a single plan, whether it earns money).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decides {
    /// Names of the assumptions with the largest swings of a difference, at most two; empty where none leaves the noise.
    pub assumptions: Vec<String>,
    /// For the opening paragraph: "the appeal of …" and its like.
    pub phrase: String,
    /// Sentences.
    pub sentences: Vec<String>,
}

impl Analysis {
    /// The file's content.
    ///
    /// # Errors
    /// A number that is not finite, which is a fault of the program.
    pub fn bytes(&self) -> Result<Vec<u8>, RunError> {
        let fault = |error: serde_json::Error| RunError::Fault(format!("analysis.json: {error}"));
        let mut bytes = serde_json::to_vec_pretty(self).map_err(fault)?;
        bytes.push(b'\n');
        // What is not finite would be written as null, and not read back.
        Self::parse(&bytes)
            .map_err(|why| RunError::Fault(format!("a number of the analysis: {why}")))?;
        Ok(bytes)
    }

    /// Reads what [`Analysis::bytes`] wrote.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// A plan by its id.
    #[must_use]
    pub fn plan(&self, id: &str) -> Option<&PlanLine> {
        self.plans.iter().find(|plan| plan.id == id)
    }
}

impl Ends {
    /// Whether the swing is further from nothing than its band reaches.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.half.is_some_and(|half| self.swing.abs() > half)
    }

    /// Whether nothing changes in any common draw: few draws that a rare event spares say nothing about it.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.swing == 0.0 && self.se.is_none_or(|se| se == 0.0)
    }
}

impl BreakEven {
    /// Whether the band leaves everything open, from below the range of appeal (its lowest and highest quantile) to above it.
    #[must_use]
    pub fn is_open(&self, range: (f64, f64)) -> bool {
        self.quantile_low.is_none_or(|low| low <= range.0)
            && self.quantile_high.is_none_or(|high| high >= range.1)
    }
}

impl Bar {
    /// Its ends under a plan.
    #[must_use]
    pub fn of(&self, plan: &str) -> Option<&Ends> {
        self.plans.iter().find(|ends| ends.of == plan)
    }

    /// The pair of two plans, in this order.
    #[must_use]
    pub fn pair(&self, plan: &str, against: &str) -> Option<&Pair> {
        let mut pairs = self.pairs.iter();
        pairs.find(|pair| pair.plan == plan && pair.against == against)
    }
}
