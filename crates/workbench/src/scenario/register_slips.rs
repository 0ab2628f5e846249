//! Curves of slips and common factors as `check` shows them.

use beachhead_engine::futures::survival::{BAND_QUANTILE, NEVER, Observation, Tail};
use beachhead_engine::scenario::{Scenario, Slip, SlipCurve, SlipTail};
use serde::Serialize;

/// A record of announcements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlipEntry {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// `never`, or the probability a month at its centre.
    pub tail: TailEntry,
    /// Its curves.
    pub curves: Vec<CurveEntry>,
}

/// What becomes of what is left after the last observation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TailEntry {
    /// It never happens.
    Never,
    /// Probability a month at its centre.
    Hazard(f64),
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveEntry {
    /// `dated` or `vague`.
    pub kind: String,
    /// Statements of the kind.
    pub statements: usize,
    /// Chains, each one observation.
    pub chains: usize,
    /// Those whose launch had not happened when observation ended.
    pub open: usize,
    /// Falls.
    pub steps: Vec<StepEntry>,
    /// Months of slip at which observation ends.
    pub end: f64,
    /// Share left then, which is the tail's.
    pub left: f64,
    /// Months of slip by which half have happened, the tail counted; null where they never do.
    pub median: Option<f64>,
    /// The same at both ends of the 95 % band.
    pub median_band: [Option<f64>; 2],
}

/// A fall of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepEntry {
    /// Start, months of slip; equal to `to` where the day is known.
    pub from: f64,
    /// End, months of slip.
    pub to: f64,
    /// Chains still open before it.
    pub at_risk: f64,
    /// Chains that end in it.
    pub events: f64,
    /// Share left after it.
    pub survival: f64,
    /// Lower end of its 95 % band.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A common factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorEntry {
    /// Id.
    pub id: String,
    /// Members with their correlation with it.
    pub members: Vec<(String, f64)>,
}

/// All records of announcements with their curves.
pub(super) fn slips(scenario: &Scenario) -> Vec<SlipEntry> {
    let entry = |slip: &Slip| SlipEntry {
        id: slip.id.clone(),
        title: slip.title.clone(),
        tail: match tail(scenario, slip) {
            Tail::Never => TailEntry::Never,
            Tail::Hazard(hazard) => TailEntry::Hazard(hazard),
        },
        curves: slip
            .curves
            .iter()
            .map(|found| curve(found, tail(scenario, slip)))
            .collect(),
    };
    scenario.slips.iter().map(entry).collect()
}

/// The tail at the centre of its hazard.
fn tail(scenario: &Scenario, slip: &Slip) -> Tail {
    match &slip.tail {
        SlipTail::Never => Tail::Never,
        SlipTail::Hazard(hazard) => Tail::Hazard(scenario.quantities[hazard.index()].centre()),
    }
}

fn curve(slip: &SlipCurve, tail: Tail) -> CurveEntry {
    let is_open = |observation: &&Observation| matches!(observation, Observation::After(_));
    let steps = slip.curve.steps.iter().map(|step| StepEntry {
        from: step.from,
        to: step.to,
        at_risk: step.at_risk,
        events: step.events,
        survival: step.survival,
        low: step.at_band(-BAND_QUANTILE),
        high: step.at_band(BAND_QUANTILE),
    });
    let median =
        |band: f64| Some(slip.curve.quantile(0.5, band, tail)).filter(|time| *time < NEVER);
    CurveEntry {
        kind: slip.kind.name().to_owned(),
        statements: slip.statements,
        chains: slip.chains.len(),
        open: slip.observations.iter().filter(is_open).count(),
        steps: steps.collect(),
        end: slip.curve.end,
        left: slip.curve.left(),
        median: median(0.0),
        median_band: [-BAND_QUANTILE, BAND_QUANTILE].map(median),
    }
}

/// All factors.
pub(super) fn factors(scenario: &Scenario) -> Vec<FactorEntry> {
    let factors = scenario.correlation.factors().iter();
    factors
        .map(|factor| FactorEntry {
            id: factor.id.clone(),
            members: factor.members.clone(),
        })
        .collect()
}
