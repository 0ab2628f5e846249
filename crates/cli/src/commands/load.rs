//! Loading a scenario the same way for every command.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::talk::Talk;
use beachhead_workbench::run::feasible::feasible;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load};
use std::path::Path;

/// The scenario with the flags applied; its warnings are said.
pub(super) fn scenario(folder: &Path, settings: &Settings, talk: &Talk) -> Result<Loaded, Failure> {
    let options = LoadOptions {
        sets: settings.sets.clone(),
        seed: settings.seed,
        draws: settings.draws,
        months: settings.months,
        plans: settings.plans.clone(),
    };
    let loaded = load(folder, &options)?;
    feasible(&loaded.scenario)?;
    for warning in &loaded.warnings {
        talk.warning(warning);
    }
    Ok(loaded)
}
