//! `beachhead new`: a small commented scenario that runs as it is.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_workbench::scenario::{NewError, write_new};
use std::io::ErrorKind;
use std::path::Path;

pub(super) fn run(dir: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    write_new(dir).map_err(|error| match &error {
        NewError::Write { error: cause, .. } if cause.kind() != ErrorKind::NotADirectory => {
            Failure::Environment(error.to_string())
        }
        _ => Failure::Input(error.to_string()),
    })?;
    let shown = dir.display();
    if settings.json {
        let document = serde_json::json!({ "folder": shown.to_string() });
        return talk.result(&shown::json(&document)?);
    }
    let text =
        format!("Made {shown}. Next:\n\n    beachhead check {shown}\n    beachhead run {shown}\n");
    talk.result(text.as_bytes())
}
