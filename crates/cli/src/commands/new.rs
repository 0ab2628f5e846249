//! `beachhead new`: a small commented scenario that runs as it is.

use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use std::fs;
use std::io;
use std::path::Path;

/// The files of the example that every new scenario starts from.
const FILES: [(&str, &str); 4] = [
    (
        "scenario.toml",
        include_str!("../../../../examples/demo/scenario.toml"),
    ),
    (
        "products.csv",
        include_str!("../../../../examples/demo/products.csv"),
    ),
    (
        "compatibility.csv",
        include_str!("../../../../examples/demo/compatibility.csv"),
    ),
    (
        "sources.csv",
        include_str!("../../../../examples/demo/sources.csv"),
    ),
];

pub(super) fn run(dir: &Path, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    if dir.exists() && !is_empty_folder(dir) {
        return Err(Failure::Input(format!(
            "{}: found something there already, expected a folder that does not exist or is empty\n  choose another name",
            dir.display()
        )));
    }
    fs::create_dir_all(dir).map_err(environment(dir))?;
    // The scenario itself comes last: a folder without it is no scenario.
    for (name, text) in FILES.iter().rev() {
        let path = dir.join(name);
        fs::write(&path, text).map_err(environment(&path))?;
    }
    if settings.json {
        let files: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        let document = serde_json::json!({ "folder": dir.display().to_string(), "files": files });
        return talk.result(&shown::json(&document)?);
    }
    let shown = dir.display();
    talk.result(
        format!("Made {shown}. Next:\n\n    beachhead check {shown}\n    beachhead run {shown}\n")
            .as_bytes(),
    )
}

fn is_empty_folder(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

fn environment(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::Environment(format!("cannot write {path}: {error}"))
}
