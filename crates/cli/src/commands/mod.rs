//! The commands, a file each.

mod completions;
mod new;
mod runs;

use crate::failure::Failure;
use crate::settings::Settings;
use crate::talk::Talk;
use crate::typed::Command;
use std::path::Path;

/// Where runs are kept, below the current folder.
const RUNS: &str = "runs";

/// Does what was asked.
pub(crate) fn run(command: &Command, settings: &Settings, talk: &Talk) -> Result<(), Failure> {
    match command {
        Command::New { dir } => new::run(dir, settings, talk),
        Command::Runs => runs::run(Path::new(RUNS), settings, talk),
        Command::Completions { shell } => completions::run(*shell, talk),
    }
}
