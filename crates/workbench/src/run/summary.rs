//! `summary.json`: the contract with whoever reads a run by program.

use super::RunError;
use super::output::{
    self, CalibrationOfDraws, CalibrationRow, Issue, Outcome, OutcomeKind, RunOutput, Wanted,
};
use super::{FORMAT, VERSION};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The document, in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
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
    /// Draws; 1 for a central run.
    pub draws: usize,
    /// Months.
    pub months: usize,
    /// Facts wanted and got.
    pub calibration: Vec<Calibration>,
    /// How many draws met their facts; absent in a central run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_of_draws: Option<CalibrationOfDraws>,
    /// Plans.
    pub plans: Vec<Plan>,
    /// Paired differences between plans; empty in a central run.
    pub differences: Vec<Difference>,
    /// Plans that may be the best one; empty in a central run.
    pub may_be_best: Vec<MayBeBest>,
    /// What people should know.
    pub issues: Vec<IssueEntry>,
}

/// A fact wanted and got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Name of the target.
    pub target: String,
    /// A number, or `[low, high]`.
    pub wanted: WantedEntry,
    /// What the market does.
    pub got: f64,
    /// Got less wanted.
    pub error: f64,
    /// Id of the source; null where none is given.
    pub source: Option<String>,
}

/// A number, or a band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WantedEntry {
    /// One value.
    Value(f64),
    /// Low and high.
    Band([f64; 2]),
}

/// A plan's outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Outcomes by id, in the order of the registry.
    pub outcomes: Outcomes,
}

/// Outcomes by id that keep their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes(pub Vec<(String, OutcomeEntry)>);

/// One outcome over all draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OutcomeEntry {
    /// A number or a month.
    Distribution(Distribution),
    /// A probability.
    Probability(Probability),
}

/// Mean and quantiles. All are null where there is no value in any draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Unit.
    pub unit: String,
    /// Mean; null if any draw has no value.
    pub mean: Option<f64>,
    /// Monte Carlo standard error of the mean; null in a central run.
    pub se: Option<f64>,
    /// Quantile.
    pub p05: Option<f64>,
    /// Quantile.
    pub p25: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// Quantile.
    pub p75: Option<f64>,
    /// Quantile.
    pub p95: Option<f64>,
    /// Of a month over draws: the first one by which it has come in half of the draws. Absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
}

/// A probability with its standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probability {
    /// Share of draws.
    pub mean: Option<f64>,
    /// Monte Carlo standard error; null in a central run.
    pub se: Option<f64>,
}

/// A paired difference of an outcome between two plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Plan.
    pub plan: String,
    /// Against.
    pub against: String,
    /// Outcome.
    pub outcome: String,
    /// Mean of plan less against.
    pub mean: f64,
    /// Lower end of the simultaneous interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether the interval leaves the zone of indifference.
    pub tied: bool,
}

/// Which plans the draws cannot tell from the best one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MayBeBest {
    /// Outcome, of which more is better.
    pub outcome: String,
    /// Probability with which the best plan is among these, and with which the intervals of all pairs hold at once.
    pub level: f64,
    /// A difference of at most so much matters to nobody, in the outcome's unit.
    pub indifference: f64,
    /// Plans.
    pub plans: Vec<String>,
}

/// Something that people should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueEntry {
    /// Short code.
    pub code: String,
    /// What it is about.
    #[serde(rename = "where")]
    pub place: String,
    /// How often.
    pub count: usize,
    /// In words.
    pub text: String,
}

impl Summary {
    /// The summary of a run.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn new(output: &RunOutput, hash: &str) -> Result<Self, RunError> {
        let calibration: Result<_, _> = output.calibration.iter().map(calibration).collect();
        let plans: Result<_, _> = output
            .plans
            .iter()
            .map(|plan| {
                let outcomes: Result<_, _> = plan
                    .outcomes
                    .iter()
                    .map(|outcome| entry(&plan.id, outcome))
                    .collect();
                let (id, title) = (plan.id.clone(), plan.title.clone());
                Ok(Plan {
                    id,
                    title,
                    outcomes: Outcomes(outcomes?),
                })
            })
            .collect();
        let differences: Result<_, _> = output.differences.iter().map(difference).collect();
        Ok(Self {
            format: FORMAT,
            beachhead: VERSION.to_owned(),
            scenario: output.scenario.clone(),
            hash: hash.to_owned(),
            seed: output.seed,
            draws: output.draws,
            months: output.months,
            calibration: calibration?,
            calibration_of_draws: output.calibration_of_draws.clone(),
            plans: plans?,
            differences: differences?,
            may_be_best: output.may_be_best.iter().map(may_be_best).collect(),
            issues: output.issues.iter().map(issue).collect(),
        })
    }

    /// The document's bytes, with a line break at the end.
    ///
    /// # Errors
    /// Only a fault of the program.
    pub fn bytes(&self) -> Result<Vec<u8>, RunError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| RunError::Fault(format!("summary.json cannot be written: {error}")))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a document that this program wrote.
    ///
    /// # Errors
    /// Text that is no such document, in words.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let summary: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if summary.format == FORMAT {
            Ok(summary)
        } else {
            Err(format!("format {} instead of {FORMAT}", summary.format))
        }
    }
}

impl Plan {
    /// Mean of an outcome, if it has one.
    pub fn mean(&self, id: &str) -> Option<f64> {
        match self.outcome(id)? {
            OutcomeEntry::Distribution(distribution) => distribution.mean,
            OutcomeEntry::Probability(probability) => probability.mean,
        }
    }

    /// An outcome by id.
    pub fn outcome(&self, id: &str) -> Option<&OutcomeEntry> {
        self.outcomes
            .0
            .iter()
            .find(|(other, _)| other == id)
            .map(|(_, entry)| entry)
    }
}

fn calibration(row: &CalibrationRow) -> Result<Calibration, RunError> {
    let at = |what: &str| format!("{what} of calibration target {}", row.target);
    let wanted = match row.wanted {
        Wanted::Value(value) => WantedEntry::Value(finite(value, &|| at("wanted"))?),
        Wanted::Band(low, high) => WantedEntry::Band([
            finite(low, &|| at("lower end"))?,
            finite(high, &|| at("upper end"))?,
        ]),
    };
    Ok(Calibration {
        target: row.target.clone(),
        wanted,
        got: finite(row.got, &|| at("got"))?,
        error: finite(row.error(), &|| at("error"))?,
        source: (!row.source.is_empty()).then(|| row.source.clone()),
    })
}

fn entry(plan: &str, outcome: &Outcome) -> Result<(String, OutcomeEntry), RunError> {
    let at = || format!("outcome {} of plan {plan}", outcome.id);
    let checked = |value: Option<f64>| value.map(|value| finite(value, &at)).transpose();
    let value = checked(outcome.value)?;
    // In a central run all quantiles are the value.
    let (se, mut quantiles, median) = match &outcome.spread {
        Some(spread) => (
            checked(spread.se)?,
            spread.quantiles,
            checked(spread.median)?,
        ),
        None => (None, [value; 5], None),
    };
    for quantile in &mut quantiles {
        *quantile = checked(*quantile)?;
    }
    let [p05, p25, p50, p75, p95] = quantiles;
    let entry = match outcome.kind {
        OutcomeKind::Probability => OutcomeEntry::Probability(Probability { mean: value, se }),
        OutcomeKind::Value | OutcomeKind::Month => OutcomeEntry::Distribution(Distribution {
            unit: outcome.unit.clone(),
            mean: value,
            se,
            p05,
            p25,
            p50,
            p75,
            p95,
            median,
        }),
    };
    Ok((outcome.id.clone(), entry))
}

fn difference(row: &output::Difference) -> Result<Difference, RunError> {
    let at = || {
        format!(
            "difference of {} between {} and {}",
            row.outcome, row.plan, row.against
        )
    };
    Ok(Difference {
        plan: row.plan.clone(),
        against: row.against.clone(),
        outcome: row.outcome.clone(),
        mean: finite(row.mean, &at)?,
        low: finite(row.low, &at)?,
        high: finite(row.high, &at)?,
        tied: row.tied,
    })
}

fn may_be_best(row: &output::MayBeBest) -> MayBeBest {
    MayBeBest {
        outcome: row.outcome.clone(),
        level: row.level,
        indifference: row.indifference,
        plans: row.plans.clone(),
    }
}

fn issue(issue: &Issue) -> IssueEntry {
    IssueEntry {
        code: issue.code.clone(),
        place: issue.place.clone(),
        count: issue.count,
        text: issue.text.clone(),
    }
}

/// The number with −0 as 0.
///
/// # Errors
/// What is not finite: it is never written, so that a fault shows where it is made.
pub(super) fn finite(value: f64, what: &dyn Fn() -> String) -> Result<f64, RunError> {
    if value.is_finite() {
        Ok(value + 0.0)
    } else {
        Err(RunError::Fault(format!("{} is {value}", what())))
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, entry) in &self.0 {
            map.serialize_entry(id, entry)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Outcomes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("outcomes by id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcomes, A::Error> {
                let mut list = Vec::new();
                while let Some(member) = map.next_entry()? {
                    list.push(member);
                }
                Ok(Outcomes(list))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
