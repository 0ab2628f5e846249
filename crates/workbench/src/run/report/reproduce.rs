//! How to get the same bytes again.

use super::Subject;
use super::page::{Page, escape};
use serde_json::Value;

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let (output, summary) = (subject.output, subject.summary);
    let all = output.resolved.get("plans").and_then(Value::as_array);
    let all = all.map_or(0, Vec::len);
    let plans = summary.plans.iter();
    // All of them are what is run when none is named.
    let plans: String = match summary.plans.len() == all {
        true => String::new(),
        false => plans.map(|plan| format!(" --plan {}", plan.id)).collect(),
    };
    page.section("reproduce", "How to reproduce", |page| {
        page.paragraph(&format!(
            "Beachhead {} (results version {}), seed {}, {}, run {}-{}. The same release, scenario, seed and draws give the same bytes.",
            summary.beachhead,
            output.results_version,
            summary.seed,
            match summary.draws {
                1 => "one draw (central values)".to_owned(),
                draws => format!("{draws} draws"),
            },
            summary.scenario,
            summary.hash
        ));
        page.markup(&format!(
            "<pre>beachhead run SCENARIO --draws {} --seed {} --months {}{}</pre>\n",
            summary.draws,
            summary.seed,
            summary.months,
            escape(&plans)
        ));
        page.note(
            "Beside this file: scenario.json, the whole scenario as it was read; summary.json, every outcome; draws.parquet, outcomes draw by draw; assumptions.parquet, what was drawn; series.parquet, monthly numbers; report.json, what else this page shows. beachhead report renders it again from these.",
        );
    });
}
