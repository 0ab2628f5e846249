//! Flags that a command takes, as every command does, but that change nothing there: said, so that nobody relies on them.

use crate::typed::{Command, Flags};

/// What a command does with the flags that choose a computation.
#[derive(Clone, Copy)]
struct Uses {
    /// `--draws --seed --months --plan --set`: it reads a scenario.
    scenario: bool,
    /// `--fresh --no-analysis`: it keeps a run.
    keeps: bool,
    /// `--out`: it writes somewhere.
    writes: bool,
}

const READS: Uses = Uses {
    scenario: true,
    keeps: false,
    writes: false,
};
const NOTHING: Uses = Uses {
    scenario: false,
    keeps: false,
    writes: false,
};

fn uses(command: &Command) -> Uses {
    match command {
        Command::Run { .. } => Uses {
            scenario: true,
            keeps: true,
            writes: true,
        },
        Command::Report { .. } | Command::Estimate { .. } => Uses {
            writes: true,
            ..NOTHING
        },
        Command::Check { .. }
        | Command::Calibrate { .. }
        | Command::Preference { .. }
        | Command::Value { .. }
        | Command::Counterfactual { .. } => READS,
        Command::New { .. }
        | Command::Runs
        | Command::Compare { .. }
        | Command::Schema
        | Command::Completions { .. } => NOTHING,
    }
}

/// The flags given that the command does not look at, in a sentence.
pub(crate) fn note(command: &Command, flags: &Flags) -> Option<String> {
    let uses = uses(command);
    // Points of integration and starting values are drawn.
    let draws_points = matches!(command, Command::Estimate { .. });
    let given = [
        ("--draws", uses.scenario, flags.draws.is_some()),
        (
            "--seed",
            uses.scenario || draws_points,
            flags.seed.is_some(),
        ),
        ("--months", uses.scenario, flags.months.is_some()),
        ("--plan", uses.scenario, !flags.plans.is_empty()),
        ("--set", uses.scenario, !flags.sets.is_empty()),
        ("--fresh", uses.keeps, flags.fresh),
        ("--no-analysis", uses.keeps, flags.no_analysis),
        ("--out", uses.writes, flags.out.is_some()),
    ];
    let unused = given
        .iter()
        .filter(|(_, is_used, is_given)| *is_given && !is_used);
    let names: Vec<&str> = unused.map(|(name, ..)| *name).collect();
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!("note: this command makes no use of {names}")
    })
}
