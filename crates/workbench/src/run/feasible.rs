//! Targets that no steady state can meet, as mistakes of the scenario.

use crate::diagnostic::{Diagnostic, Diagnostics};
use beachhead_engine::calibrate::{Clash, Ground, check};
use beachhead_engine::scenario::Scenario;

/// Checks the targets of a scenario in closed form, at central values.
///
/// # Errors
/// One mistake for each clash, at the first of its rows, naming the others.
pub fn feasible(scenario: &Scenario) -> Result<(), Diagnostics> {
    let values = scenario.central_values();
    let ground = Ground::new(scenario, &values, scenario.simulation.types)
        .map_err(|error| Diagnostic::about_file("scenario.toml", error.to_string()))?;
    let list: Vec<Diagnostic> = check(&ground).iter().map(mistake).collect();
    if list.is_empty() {
        Ok(())
    } else {
        Err(Diagnostics { list })
    }
}

fn mistake(clash: &Clash) -> Diagnostic {
    let mut places = clash.locations.iter().filter(|place| !place.is_empty());
    let (file, line) = match places.next().and_then(|place| place.rsplit_once(':')) {
        Some((file, line)) => (file, line.parse().unwrap_or(0)),
        None => ("scenario.toml", 0),
    };
    let mut mistake = Diagnostic::about_file(file, format!("targets that clash: {}", clash.text))
        .expected("targets that one steady state can meet together");
    mistake.line = line;
    let others: Vec<&str> = places.map(String::as_str).collect();
    let names = clash.targets.join(", ");
    if others.is_empty() {
        mistake.help(format!("this is about {names}"))
    } else {
        mistake.help(format!(
            "this is about {names}; see also {}",
            others.join(", ")
        ))
    }
}
