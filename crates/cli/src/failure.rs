//! How a command can end other than well, with its exit code.

use beachhead_workbench::diagnostic::Diagnostics;
use beachhead_workbench::run::RunError;
use beachhead_workbench::run::job::ComputeError;
use beachhead_workbench::run::session::SessionError;
use std::process::ExitCode;

/// Usage or input.
pub(crate) const INPUT: u8 = 1;
/// Environment, or a fault of the program.
pub(crate) const ENVIRONMENT: u8 = 2;
/// Interrupted by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the user typed or wrote is wrong; the message says what to do.
    Input(String),
    /// Mistakes in a scenario, all of them.
    Scenario(Diagnostics),
    /// The machine refused, or the program is wrong.
    Environment(String),
    /// Ctrl-C; what is left of the work.
    Interrupted(String),
    /// Nobody reads our output any more: not a failure, but no reason to go on.
    ClosedPipe,
}

impl Failure {
    /// 0 for a closed pipe, 1 for usage or input, 2 for the environment or a bug, 130 when interrupted.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::ClosedPipe => ExitCode::SUCCESS,
            Self::Input(_) | Self::Scenario(_) => ExitCode::from(INPUT),
            Self::Environment(_) => ExitCode::from(ENVIRONMENT),
            Self::Interrupted(_) => ExitCode::from(INTERRUPTED),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        if error.is_input() {
            Self::Input(error.to_string())
        } else {
            Self::Environment(error.to_string())
        }
    }
}

impl From<ComputeError> for Failure {
    fn from(error: ComputeError) -> Self {
        match error {
            ComputeError::Input(_) => Self::Input(error.to_string()),
            ComputeError::Cancelled => Self::Interrupted("nothing was written".to_owned()),
            ComputeError::Fault(text) => Self::Environment(text),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Run(error) => error.into(),
            SessionError::Compute(error) => error.into(),
            SessionError::Interrupted { done: 0, .. } => {
                Self::Interrupted("nothing new is stored".to_owned())
            }
            SessionError::Interrupted { done, draws } => Self::Interrupted(format!(
                "{done} of {draws} draws are stored; the same command goes on from there"
            )),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Scenario(diagnostics)
    }
}
