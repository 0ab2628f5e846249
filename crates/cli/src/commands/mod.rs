//! The commands, a file each.

mod calibrate;
mod check;
mod check_slips;
mod compare;
mod completions;
mod counterfactual;
mod estimate;
mod found;
mod load;
mod new;
mod preference;
mod report;
mod run;
mod runs;
mod schema;
mod value;

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
        Command::Check { scenario } => check::run(scenario, settings, talk),
        Command::Calibrate {
            scenario,
            check_quadrature,
        } => calibrate::run(scenario, *check_quadrature, settings, talk),
        Command::Estimate {
            problem,
            starts,
            post,
            bootstrap,
        } => {
            let wanted = estimate::Wanted {
                starts: *starts,
                post: *post,
                bootstrap: *bootstrap,
            };
            estimate::run(problem, wanted, settings, talk)
        }
        Command::Run { scenario, xlsx } => run::run(scenario, xlsx.as_deref(), settings, talk),
        Command::Report { run, xlsx } => report::run(run, xlsx.as_deref(), settings, talk),
        Command::Preference { scenario, sweep } => {
            preference::run(scenario, sweep.as_deref(), settings, talk)
        }
        Command::Runs => runs::run(Path::new(RUNS), settings, talk),
        Command::Compare {
            run,
            against,
            html,
            xlsx,
        } => {
            let wanted = compare::Wanted {
                html: html.as_deref(),
                xlsx: xlsx.as_deref(),
            };
            compare::run([run, against], &wanted, settings, talk)
        }
        Command::Counterfactual {
            source,
            edits,
            market,
            csv,
            csv_measures,
            errors,
        } => {
            let wanted = counterfactual::Wanted {
                errors: *errors,
                edits: edits.as_deref(),
                market: market.as_deref(),
                as_csv: *csv,
                measures: csv_measures.as_deref(),
            };
            counterfactual::run(source, wanted, settings, talk)
        }
        Command::Value { scenario, deal } => value::run(scenario, deal, settings, talk),
        Command::Schema => schema::run(talk),
        Command::Completions { shell } => completions::run(*shell, talk),
    }
}
