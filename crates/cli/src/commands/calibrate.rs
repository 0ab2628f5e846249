//! `beachhead calibrate`: public facts, wanted and got.

use super::load;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::compute;
use beachhead_workbench::run::job::{CalibrationOutput, ComputeOptions, QuadratureOutput};
use beachhead_workbench::run::output::Wanted;
use beachhead_workbench::run::words;
use beachhead_workbench::run::{FORMAT, VERSION};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(
    folder: &Path,
    check_quadrature: bool,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    settings.listen_for_interrupts()?;
    let options = ComputeOptions {
        threads: settings.threads,
        plans: &loaded.plans,
        cancel: &settings.cancel,
    };
    let progress = talk.progress();
    let calibration = compute::calibrate(&loaded, &options, &progress)?;
    let quadrature = if check_quadrature {
        Some(compute::check_quadrature(&loaded, &options, &progress)?)
    } else {
        None
    };
    drop(progress);
    settings.check_interrupt()?;
    for issue in &calibration.issues {
        talk.note(&format!("note: {}: {}", issue.place, issue.text));
    }
    if settings.json {
        let document = document(&loaded.scenario.name, &calibration, quadrature.as_ref());
        return talk.result(&shown::json(&document)?);
    }
    let mut text = facts(&calibration);
    if let Some(quadrature) = &quadrature {
        text += &doubled(quadrature);
    }
    talk.tell(&text)
}

fn facts(calibration: &CalibrationOutput) -> String {
    let mut table = shown::table(["Target", "Wanted", "Got", "Error", "Source"]);
    for row in &calibration.rows {
        let wanted = match row.wanted {
            Wanted::Value(value) => words::figure(value),
            Wanted::Band(low, high) => format!("{} to {}", words::figure(low), words::figure(high)),
        };
        table.add_row([
            row.target.as_str().into(),
            shown::number(wanted),
            shown::number(words::figure(row.got)),
            shown::number(words::figure(row.error())),
            row.source.as_str().into(),
        ]);
    }
    let mut text = shown::printed(&table);
    text.push('\n');
    let mut table = shown::table(["Solved parameter", "Value"]);
    for (name, value) in &calibration.parameters {
        table.add_row([name.as_str().into(), shown::number(words::figure(*value))]);
    }
    text += &shown::printed(&table);
    for note in &calibration.notes {
        text.push('\n');
        text += &shown::wrapped(note);
    }
    text
}

fn doubled(quadrature: &QuadratureOutput) -> String {
    let (types, doubled) = (quadrature.types, quadrature.doubled);
    let mut table = shown::table(["Result", "Types as given", "Twice as many", "Change"]);
    for (name, unit, value, other) in &quadrature.rows {
        let change = if *value == 0.0 {
            String::new()
        } else {
            words::percent(other / value - 1.0)
        };
        table.add_row([
            name.as_str().into(),
            shown::number(words::with_unit(*value, unit)),
            shown::number(words::with_unit(*other, unit)),
            shown::number(change),
        ]);
    }
    format!(
        "\nWith {types} types and with {doubled}:\n{}",
        shown::printed(&table)
    )
}

fn document(
    scenario: &str,
    calibration: &CalibrationOutput,
    quadrature: Option<&QuadratureOutput>,
) -> Value {
    let rows: Vec<Value> = calibration
        .rows
        .iter()
        .map(|row| {
            let wanted = match row.wanted {
                Wanted::Value(value) => json!(value),
                Wanted::Band(low, high) => json!([low, high]),
            };
            json!({
                "target": row.target, "wanted": wanted, "got": row.got, "error": row.error(),
                "source": row.source,
            })
        })
        .collect();
    let parameters: Vec<Value> = calibration
        .parameters
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let issues: Vec<Value> = calibration
        .issues
        .iter()
        .map(|issue| {
            json!({ "code": issue.code, "where": issue.place, "count": issue.count, "text": issue.text })
        })
        .collect();
    let mut document = json!({
        "format": FORMAT,
        "beachhead": VERSION,
        "scenario": scenario,
        "calibration": rows,
        "parameters": parameters,
        "notes": calibration.notes,
        "issues": issues,
    });
    if let Some(quadrature) = quadrature {
        let rows: Vec<Value> = quadrature
            .rows
            .iter()
            .map(|(name, unit, value, doubled)| {
                json!({ "name": name, "unit": unit, "value": value, "doubled": doubled })
            })
            .collect();
        document["quadrature"] =
            json!({ "types": quadrature.types, "doubled": quadrature.doubled, "results": rows });
    }
    document
}
