//! `beachhead report`: renders a stored run again, without computing.

use super::found::found;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::run::folder::{self, REPORT};
use beachhead_workbench::run::report::{Subject, html};
use beachhead_workbench::run::{stored, workbook};
use std::path::Path;

pub(super) fn run(
    named: &Path,
    xlsx: Option<&Path>,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let folder = found(named)?;
    let run = stored::read(&folder)?;
    let page = html(&Subject {
        output: &run.output,
        summary: &run.summary,
    });
    let place = settings.out.clone().unwrap_or_else(|| folder.join(REPORT));
    folder::write_named(&place, page.as_bytes())?;
    if let Some(xlsx) = xlsx {
        folder::write_named(xlsx, &workbook::of_run(&run)?)?;
    }
    if settings.json {
        let xlsx = xlsx.map(|path| path.display().to_string());
        let document =
            serde_json::json!({ "report": place.display().to_string(), "workbook": xlsx });
        return talk.result(&shown::json(&document)?);
    }
    talk.tell(&written(Some(&place), xlsx))
}

/// What was written, a line each.
pub(super) fn written(report: Option<&Path>, xlsx: Option<&Path>) -> String {
    let line = |what: &str, path: Option<&Path>| {
        path.map_or_else(String::new, |path| format!("{what}: {}\n", path.display()))
    };
    line("Report", report) + &line("Workbook", xlsx)
}
