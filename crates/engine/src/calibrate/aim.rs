//! Targets as calibration sees them: what is wanted, what moves it, what was got.

use super::Ground;
use super::knob::{Drive, drive, non_owners_drive};
use super::measure::{needs_probe, of_month};
use super::report::TargetReport;
use super::state::State;
use crate::scenario::{Measure, Target};

/// A target as calibration sees it.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) name: String,
    pub(super) measure: Option<Measure>,
    pub(super) wanted: f64,
    pub(super) is_base: bool,
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
}

impl Aim {
    /// Whether its measure needs a run of its own.
    pub(super) fn needs_probe(&self) -> bool {
        self.measure.as_ref().is_some_and(needs_probe)
    }

    pub(super) fn report(&self, got: f64) -> TargetReport {
        TargetReport {
            target: self.name.clone(),
            wanted: self.wanted,
            got,
            error: got - self.wanted,
            source: self.source.clone(),
            note: self.note.clone(),
        }
    }
}

/// The scenario's targets, and the share of non-owners where there are any.
pub(super) fn targets(ground: &Ground) -> Vec<Aim> {
    let scenario = ground.scenario;
    let written = scenario.targets.iter().map(|target: &Target| {
        let quantity = &scenario.quantities[target.wanted.index()];
        Aim {
            name: target.name.clone(),
            measure: Some(target.measure.clone()),
            wanted: ground.values[&target.wanted],
            is_base: target.is_base,
            source: quantity.source.clone(),
            note: quantity.note.clone(),
        }
    });
    let non_owners = (ground.market.non_owners > 0.0).then(|| {
        let quantity = &scenario.quantities[scenario.demand.non_owners.index()];
        Aim {
            name: "non_owners".into(),
            measure: None,
            wanted: ground.market.non_owners,
            is_base: false,
            source: quantity.source.clone(),
            note: quantity.note.clone(),
        }
    });
    written.chain(non_owners).collect()
}

pub(super) fn drive_of(ground: &Ground, aim: &Aim) -> Drive {
    match &aim.measure {
        Some(measure) => drive(ground, measure),
        None => non_owners_drive(),
    }
}

/// The drive of each target; none for the base of a grouping.
pub(super) fn drives(ground: &Ground, aims: &[Aim]) -> Vec<Option<Drive>> {
    let drive = |aim: &Aim| (!aim.is_base).then(|| drive_of(ground, aim));
    aims.iter().map(drive).collect()
}

pub(super) fn measure(
    ground: &Ground,
    state: &State,
    targets: &[Aim],
    probing: bool,
    got: &mut [f64],
) {
    for (target, got) in targets.iter().zip(got) {
        match &target.measure {
            Some(measure) if !probing && needs_probe(measure) => {}
            Some(measure) => *got = of_month(ground, state, measure),
            None => {
                *got = state
                    .layout
                    .none
                    .map_or(0.0, |none| state.economy.stock.owners[none]);
            }
        }
    }
}
