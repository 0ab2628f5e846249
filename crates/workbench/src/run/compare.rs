//! Two runs side by side: outcomes with their differences, and what of their scenarios differs.

use super::RunError;
use super::folder::{self, DRAWS, SCENARIO, SUMMARY};

use super::summary::{OutcomeEntry, Summary};
use super::words::figure;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use beachhead_engine::numerics::normal;
use beachhead_engine::outcomes::statistics;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Probability with which an interval holds the difference.
const LEVEL: f64 = 0.95;

/// Parts of a resolved scenario that are compared in their own way, or say nothing about inputs.
const APART: [&str; 3] = ["quantities", "plans", "simulation"];

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The runs, in the order asked for.
    pub runs: [Side; 2],
    /// Whether differences are taken draw by draw: same seed, same number of draws.
    pub paired: bool,
    /// Outcomes of the plans that both have.
    pub outcomes: Vec<OutcomeRow>,
    /// Quantities that differ.
    pub assumptions: Vec<Change>,
    /// Plans that differ.
    pub plans: Vec<PlanChange>,
    /// Other parts of the scenario that differ, by their key.
    pub inputs: Vec<String>,
}

/// One of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its folder.
    pub folder: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash.
    pub hash: String,
    /// Seed.
    pub seed: u64,
    /// Draws.
    pub draws: usize,
    /// Months.
    pub months: usize,
}

/// An outcome of a plan in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeRow {
    /// Plan.
    pub plan: String,
    /// Outcome.
    pub outcome: String,
    /// Unit; empty for a probability.
    pub unit: String,
    /// Mean in each run.
    pub means: [Option<f64>; 2],
    /// Second less first.
    pub difference: Option<f64>,
    /// Lower end of its interval; null in central runs.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// A quantity that differs: what each run has, nothing where it has none of that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Name.
    pub name: String,
    /// In words.
    pub values: [Option<String>; 2],
}

/// A plan that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanChange {
    /// Id.
    pub plan: String,
    /// `first only`, `second only` or `changed`.
    pub what: String,
}

/// Compares the runs in two folders.
///
/// # Errors
/// A folder that is no complete run, or that cannot be read.
pub fn compare(first: &Path, second: &Path) -> Result<Comparison, RunError> {
    let (first, second) = (Read::new(first)?, Read::new(second)?);
    let (a, b) = (&first.summary, &second.summary);
    let paired = a.draws > 1 && (a.seed, a.draws) == (b.seed, b.draws);
    Ok(Comparison {
        runs: [first.side(), second.side()],
        paired,
        outcomes: outcomes(&first, &second, paired)?,
        assumptions: assumptions(&first.scenario, &second.scenario),
        plans: plans(&first.scenario, &second.scenario),
        inputs: inputs(&first.scenario, &second.scenario),
    })
}

/// A run's folder, read.
struct Read {
    folder: PathBuf,
    summary: Summary,
    scenario: Value,
}

impl Read {
    fn new(folder: &Path) -> Result<Self, RunError> {
        let not_a_run = |reason: String| RunError::NoRun {
            path: folder.to_owned(),
            reason,
        };
        if !folder.join(SUMMARY).is_file() {
            return Err(not_a_run(format!("there is no {SUMMARY} in it")));
        }
        let damaged = |what: &str, why: &str| not_a_run(format!("its {what} is damaged: {why}"));
        let summary = Summary::parse(&folder::read(folder, SUMMARY)?)
            .map_err(|why| damaged(SUMMARY, &why))?;
        let scenario = serde_json::from_slice(&folder::read(folder, SCENARIO)?)
            .map_err(|why| damaged(SCENARIO, &why.to_string()))?;
        Ok(Self {
            folder: folder.to_owned(),
            summary,
            scenario,
        })
    }

    fn side(&self) -> Side {
        let summary = &self.summary;
        Side {
            folder: self.folder.display().to_string(),
            scenario: summary.scenario.clone(),
            hash: summary.hash.clone(),
            seed: summary.seed,
            draws: summary.draws,
            months: summary.months,
        }
    }

    /// A column of `draws.parquet`, by plan, in the order of draws; NaN where there is no value.
    fn draws(&self, outcome: &str) -> Result<BTreeMap<String, Vec<f64>>, RunError> {
        let path = self.folder.join(DRAWS);
        let fault = |why: String| RunError::NoRun {
            path: path.clone(),
            reason: why,
        };
        let file = File::open(&path).map_err(folder::environment("read", &path))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(|why| fault(why.to_string()))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["plan", outcome]);
        let batches = builder
            .with_projection(mask)
            .build()
            .map_err(|why| fault(why.to_string()))?;
        let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for batch in batches {
            let batch = batch.map_err(|why| fault(why.to_string()))?;
            add_batch(&batch, outcome, &mut columns)
                .ok_or_else(|| fault(format!("it has no column {outcome} of numbers")))?;
        }
        Ok(columns)
    }
}

fn add_batch(
    batch: &RecordBatch,
    outcome: &str,
    columns: &mut BTreeMap<String, Vec<f64>>,
) -> Option<()> {
    let plans = batch.column_by_name("plan")?.as_string_opt::<i32>()?;
    let values = batch.column_by_name(outcome)?;
    let values = values.as_primitive_opt::<Float64Type>()?;
    for row in 0..batch.num_rows() {
        let value = if values.is_valid(row) {
            values.value(row)
        } else {
            f64::NAN
        };
        match columns.get_mut(plans.value(row)) {
            Some(column) => column.push(value),
            None => {
                columns.insert(plans.value(row).to_owned(), vec![value]);
            }
        }
    }
    Some(())
}

/// Mean, standard error and unit of an entry.
fn parts(entry: &OutcomeEntry) -> (Option<f64>, Option<f64>, &str) {
    match entry {
        OutcomeEntry::Distribution(entry) => (entry.mean, entry.se, &entry.unit),
        OutcomeEntry::Probability(entry) => (entry.mean, entry.se, ""),
    }
}

fn outcomes(first: &Read, second: &Read, paired: bool) -> Result<Vec<OutcomeRow>, RunError> {
    let mut by_plan: Vec<Vec<OutcomeRow>> = Vec::new();
    let both: Vec<_> = first
        .summary
        .plans
        .iter()
        .filter_map(|plan| {
            let other = second
                .summary
                .plans
                .iter()
                .find(|other| other.id == plan.id)?;
            Some((plan, other))
        })
        .collect();
    by_plan.resize(both.len(), Vec::new());
    let ids = first.summary.plans.first().map(|plan| &plan.outcomes.0);
    for (id, _) in ids.into_iter().flatten() {
        // The worst tenth is not a mean over draws: pairs say nothing about it.
        let is_mean = id.split('.').next() != Some("cvar10");
        let columns = match paired && is_mean && !both.is_empty() {
            true => Some((first.draws(id)?, second.draws(id)?)),
            false => None,
        };
        for ((plan, other), rows) in both.iter().zip(&mut by_plan) {
            let (Some(a), Some(b)) = (plan.outcome(id), other.outcome(id)) else {
                continue;
            };
            let ((mean_a, se_a, unit), (mean_b, se_b, _)) = (parts(a), parts(b));
            let difference = mean_a.zip(mean_b).map(|(a, b)| b - a);
            let se = match &columns {
                Some((a, b)) => pairs(a.get(&plan.id), b.get(&plan.id)),
                None => se_a.zip(se_b).map(|(a, b)| a.hypot(b)),
            };
            let half = se.map(|se| se * normal::quantile(0.5 + LEVEL / 2.0));
            let interval = difference.zip(half);
            rows.push(OutcomeRow {
                plan: plan.id.clone(),
                outcome: id.clone(),
                unit: unit.to_owned(),
                means: [mean_a, mean_b],
                difference,
                low: interval.map(|(middle, half)| middle - half),
                high: interval.map(|(middle, half)| middle + half),
            });
        }
    }
    Ok(by_plan.into_iter().flatten().collect())
}

/// Standard error of the mean difference over the draws that both have.
fn pairs(a: Option<&Vec<f64>>, b: Option<&Vec<f64>>) -> Option<f64> {
    let differences = a?.iter().zip(b?).map(|(a, b)| b - a);
    let both: Vec<f64> = differences.filter(|d| !d.is_nan()).collect();
    statistics::mean(&both)?.se
}

/// A list of a resolved scenario by a key of its members.
fn by<'a>(scenario: &'a Value, list: &str, key: &str) -> BTreeMap<&'a str, &'a Value> {
    let members = scenario.get(list).and_then(Value::as_array);
    let named = |member: &'a Value| Some((member.get(key)?.as_str()?, member));
    members.into_iter().flatten().filter_map(named).collect()
}

/// Names that stand in either map, in order.
fn either<'a>(a: &BTreeMap<&'a str, &Value>, b: &BTreeMap<&'a str, &Value>) -> Vec<&'a str> {
    let mut names: Vec<&str> = a.keys().chain(b.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Quantities whose distribution, conversion or unit differ; where they come from changes nothing.
fn assumptions(first: &Value, second: &Value) -> Vec<Change> {
    let (a, b) = (
        by(first, "quantities", "name"),
        by(second, "quantities", "name"),
    );
    let numbers = |quantity: &Value| {
        ["distribution", "conversion", "unit"].map(|key| quantity.get(key).cloned())
    };
    let change = |name: &str| {
        let (one, other) = (a.get(name), b.get(name));
        let same = one.map(|q| numbers(q)) == other.map(|q| numbers(q));
        (!same).then(|| Change {
            name: name.to_owned(),
            values: [one, other].map(|quantity| quantity.map(|quantity| in_words(quantity))),
        })
    };
    either(&a, &b).into_iter().filter_map(change).collect()
}

/// A quantity's distribution as it stands in the resolved scenario, in one line.
fn in_words(quantity: &Value) -> String {
    let unit = quantity.get("unit").and_then(Value::as_str).unwrap_or("");
    let distribution = quantity.get("distribution").unwrap_or(&Value::Null);
    format!("{} {unit}", line(distribution))
        .trim_end()
        .to_owned()
}

fn line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members = members.iter();
            match (members.next(), members.next()) {
                // A tagged value: the tag says what it is.
                (Some((tag, inner)), None) => match inner {
                    Value::Object(_) => format!("{tag} {}", line_of(inner)),
                    other => line(other),
                },
                _ => line_of(value),
            }
        }
        Value::Array(list) => list.iter().map(line).collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.as_f64().map_or_else(String::new, figure),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn line_of(members: &Value) -> String {
    let members = members.as_object().into_iter().flatten();
    let parts = members.map(|(key, value)| format!("{key} {}", line(value)));
    parts.collect::<Vec<_>>().join(", ")
}

fn plans(first: &Value, second: &Value) -> Vec<PlanChange> {
    let (a, b) = (by(first, "plans", "id"), by(second, "plans", "id"));
    let change = |plan: &str| {
        let what = match (a.get(plan), b.get(plan)) {
            (Some(one), Some(other)) if one == other => return None,
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "first only",
            _ => "second only",
        };
        Some(PlanChange {
            plan: plan.to_owned(),
            what: what.to_owned(),
        })
    };
    either(&a, &b).into_iter().filter_map(change).collect()
}

/// Keys of the resolved scenarios whose values differ, and of how they are simulated.
fn inputs(first: &Value, second: &Value) -> Vec<String> {
    let keys = |value: &Value| -> Vec<String> {
        let members = value.as_object();
        members
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect()
    };
    let mut paths: Vec<String> = [first, second].into_iter().flat_map(keys).collect();
    paths.retain(|key| !APART.contains(&key.as_str()));
    for scenario in [first, second] {
        let simulation = keys(scenario.get("simulation").unwrap_or(&Value::Null));
        paths.extend(
            simulation
                .into_iter()
                .map(|key| format!("simulation.{key}")),
        );
    }
    paths.sort_unstable();
    paths.dedup();
    let at = |scenario: &Value, path: &str| {
        let pointer = format!("/{}", path.replace('.', "/"));
        scenario.pointer(&pointer).cloned()
    };
    paths.retain(|path| at(first, path) != at(second, path));
    paths
}
