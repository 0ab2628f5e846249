//! Two runs side by side: outcomes with their differences, and what of their scenarios differs.

mod differ;
mod pairs;
mod quantity;

use super::folder::{self, DRAWS, SCENARIO, SUMMARY};
use super::store::Store;
use super::summary::{OutcomeEntry, Plan, Summary};
use super::{RunError, found};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use pairs::Moved;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The runs, in the order asked for.
    pub runs: [Side; 2],
    /// Whether differences are taken draw by draw: a draw of one seed is the same in both.
    pub paired: bool,
    /// Draws that both runs have; none where they are not paired.
    pub common_draws: usize,
    /// Why differences are not taken draw by draw; null where they are.
    pub unpaired: Option<String>,
    /// Outcomes, in the same unit, of the plans that both have.
    pub outcomes: Vec<OutcomeRow>,
    /// Outcomes that only one of them has, by run; in other units they are two, with the unit behind.
    pub only: [Vec<String>; 2],
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
    /// Of a month: the first by which it has come in half of the draws, or that of the one path; null where it does not.
    pub medians: [Option<f64>; 2],
    /// Second less first: the mean over the draws that both have, else of means; of months of medians, as those that never come
    /// have no mean.
    pub difference: Option<f64>,
    /// Its standard error; null in central runs, of medians, and where draws are too few to tell.
    pub se: Option<f64>,
    /// Draws over which it is taken, one by one; null where it is of means or medians.
    pub pairs: Option<usize>,
    /// Lower end of its interval; null where there is no standard error.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl OutcomeRow {
    /// What people are shown of each run: the median of a month, which has no mean where it may never come, else the mean.
    #[must_use]
    pub fn shown(&self) -> [Option<f64>; 2] {
        if self.unit == "month" {
            self.medians
        } else {
            self.means
        }
    }
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
    /// `first only`, `second only`, `run in the first only`, `run in the second only` or `changed`.
    pub what: String,
}

/// Compares the runs in two folders.
///
/// # Errors
/// A folder that is no complete run, or that cannot be read.
pub fn compare(first: &Path, second: &Path) -> Result<Comparison, RunError> {
    let (first, second) = (Read::new(first)?, Read::new(second)?);
    let (a, b) = (&first.summary, &second.summary);
    let unpaired = pairs::unpaired([a, b]);
    let paired = unpaired.is_none();
    Ok(Comparison {
        runs: [first.side(), second.side()],
        paired,
        common_draws: if paired { a.draws.min(b.draws) } else { 0 },
        unpaired,
        outcomes: outcomes(&first, &second, paired)?,
        only: only(a, b),
        assumptions: differ::assumptions(&first.scenario, &second.scenario),
        plans: differ::plans(&first.scenario, &second.scenario, [&ids(a), &ids(b)]),
        inputs: differ::inputs(&first.scenario, &second.scenario),
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
        let wrong = found::damaged(folder, &known(folder, &summary.hash)?);
        if !wrong.is_empty() {
            return Err(not_a_run(format!(
                "{}; the same `beachhead run` as before writes it again from its store",
                wrong.join(", ")
            )));
        }
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

/// The month by which something has come in half of the draws, or the month of the one path.
fn median(entry: &OutcomeEntry) -> Option<f64> {
    match entry {
        OutcomeEntry::Distribution(entry) if entry.unit == "month" => match entry.se {
            None if entry.median.is_none() => entry.mean,
            _ => entry.median,
        },
        _ => None,
    }
}

/// The files of a run's folder as the store beside it, or inside it, knows them; none where there is no store.
fn known(folder: &Path, hash: &str) -> Result<found::Checksums, RunError> {
    let inside = Store::look(folder)?;
    let (store, is_exact) = match (inside, folder.canonicalize().ok()) {
        (Some(store), _) => (Some(store), true),
        (None, Some(folder)) => (
            folder.parent().map(Store::look).transpose()?.flatten(),
            false,
        ),
        (None, None) => (None, false),
    };
    let known = store.map(|store| store.known(hash, is_exact)).transpose()?;
    Ok(known.unwrap_or_default().checksums)
}

/// Ids of the plans of a run.
fn ids(summary: &Summary) -> Vec<&str> {
    summary.plans.iter().map(|plan| plan.id.as_str()).collect()
}

/// Ids of the outcomes of a run with their units; all plans have the same.
fn named(summary: &Summary) -> Vec<(&str, &str)> {
    let outcomes = summary.plans.first().map(|plan| &plan.outcomes.0);
    let outcomes = outcomes.into_iter().flatten();
    outcomes
        .map(|(id, entry)| (id.as_str(), parts(entry).2))
        .collect()
}

/// Outcomes that only one run has, or both in other units.
fn only(a: &Summary, b: &Summary) -> [Vec<String>; 2] {
    let (a, b) = (named(a), named(b));
    let missing = |own: &[(&str, &str)], other: &[(&str, &str)]| {
        let apart = own.iter().filter(|outcome| !other.contains(outcome));
        let name = |(id, unit): &(&str, &str)| match other.iter().any(|(known, _)| known == id) {
            true => format!("{id} in {unit}"),
            false => (*id).to_owned(),
        };
        apart.map(name).collect()
    };
    [missing(&a, &b), missing(&b, &a)]
}

fn outcomes(first: &Read, second: &Read, paired: bool) -> Result<Vec<OutcomeRow>, RunError> {
    let mut both: Vec<(&Plan, &Plan)> = Vec::new();
    for plan in &first.summary.plans {
        let others = second.summary.plans.iter();
        both.extend(
            others
                .filter(|other| other.id == plan.id)
                .map(|other| (plan, other)),
        );
    }
    let shared = named(&second.summary);
    let mut by_plan: Vec<Vec<OutcomeRow>> = vec![Vec::new(); both.len()];
    for (id, unit) in named(&first.summary) {
        if both.is_empty() || !shared.contains(&(id, unit)) {
            continue;
        }
        let is_month = unit == "month";
        let columns = match paired && !is_month {
            true => {
                let column = pairs::column(id);
                Some((first.draws(&column)?, second.draws(&column)?))
            }
            false => None,
        };
        for ((plan, other), rows) in both.iter().zip(&mut by_plan) {
            let (Some(a), Some(b)) = (plan.outcome(id), other.outcome(id)) else {
                continue;
            };
            let ((mean_a, se_a, _), (mean_b, se_b, _)) = (parts(a), parts(b));
            let medians = [median(a), median(b)];
            let moved = match &columns {
                _ if is_month => Moved::of_medians(medians),
                Some((a, b)) => Moved::of_pairs(id, a.get(&plan.id), b.get(&plan.id))
                    .filter(|_| mean_a.is_some() && mean_b.is_some())
                    .unwrap_or_default(),
                None => Moved::of_means([mean_a, mean_b], [se_a, se_b]),
            };
            let [low, high] = moved.interval();
            rows.push(OutcomeRow {
                plan: plan.id.clone(),
                outcome: id.to_owned(),
                unit: unit.to_owned(),
                means: [mean_a, mean_b],
                medians,
                difference: moved.by,
                se: moved.se,
                pairs: moved.pairs,
                low,
                high,
            });
        }
    }
    Ok(by_plan.into_iter().flatten().collect())
}
