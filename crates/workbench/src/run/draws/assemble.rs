//! From the chunks of a run to its result: means in the order of draws, exact quantiles, differences, issues.

use super::batches::{BUDGET, batches};
use super::chunk::{Chunks, Tail};
use super::met;
use super::second_pass::Pass;
use super::shape::{OutcomeColumn, Shape};
use crate::run::RunError;
use crate::run::output::{
    Difference, Happened, MayBeBest, Outcome, OutcomeKind, PlanOutput, QUANTILES, RunOutput,
    Series, Spread,
};
use crate::run::words::quoted;
use beachhead_engine::outcomes::statistics::{self, Comparison, Differences, Estimate};
use rayon::prelude::*;

/// Fills in the plans, their differences and the issues of a result. Returns how many draws have outcomes.
pub(in crate::run) fn fill(
    output: &mut RunOutput,
    shape: &Shape,
    chunks: Chunks<'_>,
) -> Result<usize, RunError> {
    let pass = Pass::new(chunks)?;
    let mut tail = Tail::default();
    for chunk in 0..chunks.count() {
        tail.append(chunks.tail(chunk)?);
    }
    let mut plans = Vec::new();
    for position in 0..shape.plans.len() {
        plans.push(plan(shape, &pass, chunks.draws, position)?);
    }
    for (position, column) in shape.outcomes.iter().enumerate() {
        let mut values = Vec::new();
        for plan in 0..plans.len() {
            values.push(pass.column(shape.outcome(plan, position))?);
        }
        if let Some(comparison) = column.comparison.filter(|_| chunks.draws > 1) {
            compare(output, shape, column, &comparison, &values);
        }
        let outcomes = values.into_par_iter().map(|values| {
            if chunks.draws == 1 {
                single(column, &values)
            } else {
                over_draws(column, values)
            }
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        for (plan, outcome) in plans.iter_mut().zip(outcomes) {
            plan.outcomes.push(outcome);
        }
    }
    for (plan, mut books) in plans.iter_mut().zip(tail.books) {
        books
            .iter_mut()
            .for_each(|books| books.divide(pass.count()));
        plan.books = books;
    }
    output.plans = plans;
    if chunks.draws > 1 {
        output.calibration_of_draws = Some(met::met(shape, &pass, chunks.draws)?);
    }
    let title = |id: &str| {
        let mut plans = shape.plans.iter();
        let plan = plans.find(|plan| plan.id == id);
        quoted(plan.map_or(id, |plan| &plan.title))
    };
    output
        .issues
        .extend(tail.tally.issues(chunks.draws, &title));
    Ok(pass.count())
}

/// Whether an outcome is about the worst draws.
fn is_tail(outcome: &OutcomeColumn) -> bool {
    outcome.id.split('.').next() == Some("cvar10")
}

/// A plan with everything but its outcomes and books.
fn plan(
    shape: &Shape,
    pass: &Pass<'_>,
    draws: usize,
    position: usize,
) -> Result<PlanOutput, RunError> {
    let plan = &shape.plans[position];
    let row = shape.row_columns(position);
    let mut first_months = Vec::new();
    if draws == 1 {
        for column in row.start + shape.outcomes.len()..row.end {
            first_months.push(month(pass.column(column)?.first()));
        }
    }
    let mut happened = Vec::new();
    for ((kind, name), column) in plan.slots.iter().zip(shape.slot_columns(position)) {
        let mut months = pass.column(column)?;
        months.retain(|month| !month.is_nan());
        months.sort_by(f64::total_cmp);
        let median = months.get(months.len().saturating_sub(1) / 2);
        if let Some(month) = month(median) {
            happened.push(Happened {
                month,
                share: months.len() as f64 / pass.count() as f64,
                by_month: by_month(&months, pass.count()),
                kind: *kind,
                name: name.clone(),
            });
        }
    }
    happened.sort_by_key(|entry| (entry.month, entry.kind));
    Ok(PlanOutput {
        id: plan.id.clone(),
        title: plan.title.clone(),
        outcomes: Vec::new(),
        series: series(shape, pass, draws, position)?,
        books: Vec::new(),
        first_months,
        happened,
    })
}

/// Shares of draws in which something has happened by each month in which it first does, from its months in rising order.
fn by_month(months: &[f64], draws: usize) -> Vec<(u32, f64)> {
    let mut shares: Vec<(u32, f64)> = Vec::new();
    for (position, month) in months.iter().enumerate() {
        let (month, share) = (*month as u32, (position + 1) as f64 / draws as f64);
        match shares.last_mut() {
            Some(last) if last.0 == month => last.1 = share,
            _ => shares.push((month, share)),
        }
    }
    shares
}

fn month(value: Option<&f64>) -> Option<u32> {
    value.filter(|month| !month.is_nan()).map(|m| *m as u32)
}

/// One outcome of a single draw.
fn single(column: &OutcomeColumn, values: &[f64]) -> Outcome {
    Outcome {
        id: column.id.clone(),
        unit: column.unit.clone(),
        kind: column.kind,
        value: values.first().copied().filter(|value| !value.is_nan()),
        spread: None,
    }
}

/// One outcome over draws. A month that never comes stands after all others.
fn over_draws(column: &OutcomeColumn, mut values: Vec<f64>) -> Outcome {
    let complete = values.iter().all(|value| !value.is_nan());
    let mut estimate = statistics::mean(&values).filter(|_| complete);
    let median = (column.kind == OutcomeKind::Month).then(|| median_month(&values));
    for value in values.iter_mut().filter(|value| value.is_nan()) {
        *value = f64::INFINITY;
    }
    values.sort_unstable_by(f64::total_cmp);
    let known = |p: f64| statistics::quantile(&values, p).filter(|value| value.is_finite());
    let mut quantiles = QUANTILES.map(known);
    if is_tail(column) {
        estimate = statistics::worst_tenth(&values).filter(|_| complete);
        // One number about all draws has no distribution over them.
        quantiles = [None; 5];
    }
    Outcome {
        id: column.id.clone(),
        unit: column.unit.clone(),
        kind: column.kind,
        value: estimate.map(|estimate| estimate.mean),
        spread: Some(Spread {
            se: estimate.and_then(|Estimate { se, .. }| se),
            quantiles,
            median: median.flatten(),
        }),
    }
}

/// The first month by which half of the draws have come so far.
fn median_month(values: &[f64]) -> Option<f64> {
    let months: Vec<Option<usize>> = values
        .iter()
        .map(|month| (!month.is_nan()).then_some(*month as usize))
        .collect();
    let median = statistics::payback(&months)?.median?;
    Some(median as f64)
}

/// Whether more of an outcome is what a plan is for.
fn is_aim(outcome: &OutcomeColumn) -> bool {
    outcome.id.split('.').next() == Some("npv")
}

/// Plans against each other in one outcome, draw by draw.
fn compare(
    output: &mut RunOutput,
    shape: &Shape,
    column: &OutcomeColumn,
    comparison: &Comparison,
    values: &[Vec<f64>],
) {
    let columns: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let id = |plan: usize| shape.plans[plan].id.clone();
    let pairs = Differences::all_pairs(&columns, comparison).pairs;
    if is_aim(column) && !pairs.is_empty() {
        let may_be = Differences::may_be_best(&columns, comparison);
        let plans = may_be.iter().enumerate().filter(|(_, may_be)| **may_be);
        output.may_be_best.push(MayBeBest {
            outcome: column.id.clone(),
            level: comparison.level,
            indifference: comparison.indifference,
            plans: plans.map(|(plan, _)| id(plan)).collect(),
        });
    }
    output
        .differences
        .extend(pairs.iter().map(|pair| Difference {
            plan: id(pair.plan),
            against: id(pair.against),
            outcome: column.id.clone(),
            mean: pair.mean,
            low: pair.low,
            high: pair.high,
            tied: pair.tied,
        }));
}

/// Series of a plan, batch by batch.
fn series(
    shape: &Shape,
    pass: &Pass<'_>,
    draws: usize,
    position: usize,
) -> Result<Vec<Series>, RunError> {
    let columns = shape.series_columns(position);
    let mut months: Vec<(f64, [f64; 5])> = Vec::with_capacity(columns.len());
    for batch in batches(columns, pass.count(), BUDGET) {
        let mut values = pass.columns(batch)?;
        let columns = values.par_chunks_exact_mut(pass.count().max(1));
        months.par_extend(columns.map(month_over_draws));
    }
    let mut list = Vec::new();
    let each = months.chunks(shape.months.max(1));
    for ((id, unit), months) in shape.series.iter().zip(each) {
        let quantile = |q: usize| months.iter().map(|(_, quantiles)| quantiles[q]).collect();
        list.push(Series {
            id: id.clone(),
            unit: unit.clone(),
            values: months.iter().map(|(mean, _)| *mean).collect(),
            bands: (draws > 1).then(|| std::array::from_fn(quantile)),
        });
    }
    Ok(list)
}

/// Mean, summed in the order of draws, and quantiles of one month of a series.
fn month_over_draws(values: &mut [f64]) -> (f64, [f64; 5]) {
    let mean = statistics::mean(values).map_or(f64::NAN, |estimate| estimate.mean);
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |p: f64| statistics::quantile(values, p).unwrap_or(f64::NAN);
    (mean, QUANTILES.map(quantile))
}

#[cfg(test)]
mod tests;
