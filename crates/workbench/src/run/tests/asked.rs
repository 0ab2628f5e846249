//! What the made-up run was asked: a tornado, a surface with two attempts, a reference class.

use super::*;
use analysis::Analysis;
use serde_json::Value;

fn ends(of: &str, low: f64) -> Value {
    json!({
        "of": of, "at_p10": low, "at_p50": 2e6, "at_p90": 9e6,
        "of_run_p10": low - 1e6, "of_run_p50": 1e6, "of_run_p90": 8e6, "of_run_se": [1e5, 1e5, null],
        "swing": 9e6 - low, "se": 4e5, "half": 1.5e6, "of_run_half": [4e5, 4e5, null],
    })
}

fn bar(name: &str, label: &str, unit: &str, source: Option<&str>) -> Value {
    json!({
        "name": name, "label": label, "unit": unit, "source": source, "note": null, "unsourced": source.is_none(),
        "correlation": 0.6, "p10": 0.5, "p50": 1.0, "p90": 2.0,
        "recalibrated": false, "draws": 2, "plans": [ends("stay_out", 0.0), ends("online", -4e6)],
        "pairs": [{
            "plan": "stay_out", "against": "online", "correlation": 0.5, "ends": ends("stay_out - online", -3e6),
            "flip": { "value": 0.8, "quantile": 0.35, "is_sure": true },
        }],
    })
}

fn level(value: f64, words: &str, parts: &[&str]) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|label| json!({ "label": label, "value": value / (1.0 + value) }))
        .collect();
    json!({ "value": value, "quantile": null, "words": words, "parts": parts })
}

fn row(attempts: usize, awareness: usize, verdict: &str, name: &str) -> Value {
    let quantile = (verdict == "at").then_some(0.62);
    json!({
        "attempts": attempts, "awareness": awareness, "verdict": verdict, "appeal": quantile, "quantile": quantile,
        "quantile_low": 0.4, "quantile_high": 0.8, "words": format!("if it is as good as {name}: better than 62 %"),
        "alike": format!("if it is as good as {name}"),
    })
}

fn surface(name: &str) -> Value {
    let attempts =
        [1.0 / 3.0, 1.0, 3.0].map(|odds| level(odds, "odds as assumed", &[name, "Talks"]));
    let awareness = [1.0, 2.0].map(|money| level(money, "money for the same reach", &[]));
    let appeal = [0.05, 0.5, 0.95].map(
        |quantile| json!({ "value": quantile, "quantile": quantile, "words": "better than some" }),
    );
    let verdicts = ["never", "at", "always"];
    let rows: Vec<Value> = (0..6)
        .map(|at| row(at % 3, at / 3, verdicts[at % 3], name))
        .collect();
    let cells: Vec<Value> = (0..18)
        .map(|at| json!({ "npv": 1e6 * f64::from(at), "se": 2e5 }))
        .collect();
    json!({
        "plan": "online", "title": name, "draws": 2,
        "appeal": { "label": format!("Appeal of {name}"), "levels": appeal },
        "attempts": { "label": "Success of attempts", "levels": attempts },
        "awareness": { "label": "Cost of awareness", "levels": awareness },
        "cells": cells, "break_even": rows,
        "members": [{ "id": "volt", "title": name, "appeal": -0.4, "quantile": 0.3 }],
    })
}

fn class(name: &str) -> Value {
    json!({
        "table": "entries.csv",
        "members": [{
            "entrant": name, "market": name, "first_sale": "2016-02", "seen": 28, "left": 20,
            "last_share": [12, 0.02], "sources": [name], "notes": [name],
        }],
        "ages": [{
            "months": 12,
            "class": { "members": 1, "lowest": 0.02, "p25": 0.02, "p50": 0.02, "p75": 0.02, "highest": 0.02, "median_band": null },
            "class_left": { "of": 1, "share": 0.0, "low": 0.0, "high": 0.4 },
            "plans": [{ "plan": "online", "draws": 150, "p05": 0.0, "p25": 0.01, "p50": 0.02, "p75": 0.03, "p95": 0.05, "left": 0.1 }],
        }],
        "words": [format!("The class has 1 entry, {name}.")],
    })
}

/// An analysis in which everything that a person names has this name.
fn analysis(name: &str) -> Analysis {
    let plan = |id: &str, title: &str, npv: f64| json!({ "id": id, "title": title, "enters": npv != 0.0, "npv": npv, "npv_on_common_draws": npv });
    let bars = [
        bar(
            "demand.entrant.acme.appeal_z",
            name,
            "standard deviations",
            None,
        ),
        bar("finance.fixed_cost", "Fixed cost", "USD/month", Some(name)),
    ];
    let document = json!({
        "format": 1, "beachhead": "0.1.0", "scenario": "demo", "hash": "0123456789ab", "seed": 1, "draws": 200,
        "entrant": "acme", "entrant_title": name, "currency": "USD", "about": "online", "best": "stay_out", "second": "online",
        "plans": [plan("stay_out", "Stay out", 0.0), plan("online", name, -84.2e6)],
        "sensitivity": { "draws": 2, "screened": 1, "bars": bars },
        "must_be_true": surface(name),
        "reference_class": class(name),
        "decides": {
            "assumptions": ["demand.entrant.acme.appeal_z"], "phrase": format!("the appeal of {name}"),
            "sentences": [format!("The appeal of {name} changes the lead by USD 12 m.")],
        },
    });
    serde_json::from_value(document).unwrap()
}

/// The made-up run over draws with all that it was asked; people named everything so.
pub(in crate::run) fn asked(name: &str) -> RunOutput {
    let mut output = over_draws();
    output.analysis = Some(analysis(name));
    output.resolved["events"] = json!([
        { "id": "deal", "title": name, "trigger": { "attempt": { "lasts": 2 } } },
        { "id": "restriction", "title": "Restriction", "trigger": { "hazard": 0.1 } },
    ]);
    for plan in &mut output.plans {
        let mut deal = happened(3, HappenedKind::Event, name);
        deal.share = 0.5;
        plan.happened.push(deal);
    }
    output
}
