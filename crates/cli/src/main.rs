//! The `beachhead` command.

mod commands;
mod failure;
mod paint;
mod settings;
mod shown;
mod talk;
mod typed;
mod unused;

use clap::Parser;
use failure::Failure;
use settings::Settings;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use talk::Talk;
use typed::Typed;

fn main() -> ExitCode {
    let typed = match Typed::try_parse() {
        Ok(typed) => typed,
        Err(error) => return usage(&error),
    };
    let talk = Talk::new(&typed.flags);
    // A fault of the program ends like any other: with a message and its own exit code.
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&typed, &talk)));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            talk.failure(&failure);
            failure.exit_code()
        }
        Err(_) => {
            let failure =
                Failure::Environment("a fault in this program, please report it".to_owned());
            talk.failure(&failure);
            failure.exit_code()
        }
    }
}

fn run(typed: &Typed, talk: &Talk) -> Result<(), Failure> {
    let settings = Settings::new(&typed.flags)?;
    if let Some(note) = unused::note(&typed.command, &typed.flags) {
        talk.note(&note);
    }
    commands::run(&typed.command, &settings, talk)
}

/// Help and version go to stdout and are no mistake; everything else is.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be said about a closed pipe through that pipe.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(failure::INPUT)
    } else {
        ExitCode::SUCCESS
    }
}
