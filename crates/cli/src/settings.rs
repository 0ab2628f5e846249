//! What the flags mean: checked, with their defaults.

use crate::failure::Failure;
use crate::typed::Flags;
use beachhead_workbench::run::MOST_DRAWS;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest horizon, months, as in a scenario.
const LONGEST: usize = 600;
/// What is said at the first Ctrl-C, and at the second.
const STOPPING: &str = "stopping after what is in hand; once more stops at once";
const AT_ONCE: &str = "interrupted; what was stored before stays";
/// Most threads.
const MOST_THREADS: usize = 1_024;

/// Checked flags.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Results as one JSON document.
    pub(crate) json: bool,
    /// Draws instead of the scenario's.
    pub(crate) draws: Option<usize>,
    /// Seed instead of the scenario's.
    pub(crate) seed: Option<u64>,
    /// Threads, at least 1.
    pub(crate) threads: usize,
    /// Months instead of the scenario's.
    pub(crate) months: Option<usize>,
    /// Ids of plans; empty means all.
    pub(crate) plans: Vec<String>,
    /// Edits of the scenario.
    pub(crate) sets: Vec<String>,
    /// Compute again.
    pub(crate) fresh: bool,
    /// Exactly this folder instead of one in `runs`.
    pub(crate) out: Option<PathBuf>,
    /// Ask the draws what decides the answer.
    pub(crate) analysis: bool,
    /// Say nothing but results and failures.
    pub(crate) quiet: bool,
    /// Set by Ctrl-C.
    pub(crate) cancel: Arc<AtomicBool>,
}

impl Settings {
    pub(crate) fn new(flags: &Flags) -> Result<Self, Failure> {
        let draws = within("--draws", flags.draws, "draws", MOST_DRAWS)?;
        let months = within("--months", flags.months, "months", LONGEST)?;
        let threads = within("--threads", flags.threads, "threads", MOST_THREADS)?;
        let seed = flags.seed.map(seed).transpose()?;
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            json: flags.json,
            draws,
            seed,
            threads: threads.unwrap_or(available),
            months,
            plans: flags.plans.clone(),
            sets: flags.sets.clone(),
            fresh: flags.fresh,
            out: flags.out.clone(),
            analysis: !flags.no_analysis,
            quiet: flags.quiet,
            cancel: Arc::new(AtomicBool::new(false)),
        })
    }

    /// A pool of the threads that were asked for.
    pub(crate) fn pool(&self) -> Result<rayon::ThreadPool, Failure> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build()
            .map_err(|error| Failure::Environment(format!("cannot start threads: {error}")))
    }

    /// From now on Ctrl-C, as the end of a terminal or of a time limit (`SIGINT`, `SIGHUP`, `SIGTERM`), asks the computation to
    /// stop; a second one ends the process at once.
    pub(crate) fn listen_for_interrupts(&self) -> Result<(), Failure> {
        let (cancel, quiet) = (Arc::clone(&self.cancel), self.quiet);
        ctrlc::set_handler(move || {
            let again = cancel.swap(true, Ordering::SeqCst);
            if !quiet {
                // Nothing can be said about a closed standard error.
                let _ = writeln!(io::stderr(), "{}", if again { AT_ONCE } else { STOPPING });
            }
            if again {
                std::process::exit(i32::from(crate::failure::INTERRUPTED));
            }
        })
        .map_err(|error| Failure::Environment(format!("cannot listen for Ctrl-C: {error}")))
    }

    /// Fails if Ctrl-C was pressed.
    pub(crate) fn check_interrupt(&self) -> Result<(), Failure> {
        if self.cancel.load(Ordering::SeqCst) {
            Err(Failure::Interrupted("nothing was written".to_owned()))
        } else {
            Ok(())
        }
    }
}

fn within(
    flag: &str,
    value: Option<i64>,
    what: &str,
    most: usize,
) -> Result<Option<usize>, Failure> {
    let Some(value) = value else { return Ok(None) };
    match usize::try_from(value) {
        Ok(value) if (1..=most).contains(&value) => Ok(Some(value)),
        _ => Err(Failure::Input(format!(
            "{flag} {value}: {what} must be 1 or more, and at most {most}"
        ))),
    }
}

fn seed(value: i64) -> Result<u64, Failure> {
    u64::try_from(value)
        .map_err(|_| Failure::Input(format!("--seed {value}: the seed must be 0 or more")))
}
