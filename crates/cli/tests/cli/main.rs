//! The program from outside: exit codes, streams, pipes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod certain;
mod comparing;
mod counterfactual;
mod deals;
mod estimating;
#[path = "../../../dev/src/kills.rs"]
mod kills;
#[cfg(unix)]
mod opening;
mod read_only;
mod reporting;
mod running;
mod slips;
mod storing;
mod usage;

use assert_cmd::Command;
use std::path::Path;
use std::process::Output;

/// The program in a folder, without the caller's wishes about colours.
fn beachhead(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beachhead"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn output(folder: &Path, arguments: &[&str]) -> Output {
    beachhead(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
