//! `dev`: checks of this repository and its generated pages.

mod bench;
mod browser;
mod checks;
mod draws;
mod findings;
mod guide;
mod kills;
mod markdown;
mod nodes;
mod readme;
mod recovery;
mod reference;
mod tree;

use clap::{Parser, Subcommand};
use findings::Findings;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tree::Tree;

/// Checks of the repository and its generated pages.
#[derive(Parser)]
#[command(name = "dev")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check labels, words, links, paths, sizes, decisions and generated pages.
    Check,
    /// Write docs/reference.md from the lists in code.
    Reference,
    /// Put what the program prints for the bundled case into the README.
    Readme,
    /// Run the commands of docs/guide.md and put what they print there.
    Guide,
    /// Switch off each statement that the bundled case must contain, and put what moves into its README.
    Rows,
    /// Kill a run so many times at random moments and compare its bytes with a run that nobody killed.
    Kills {
        /// How many times.
        count: usize,
        /// Chooses the moments.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Calibrate draws of the bundled case by the first-order map and from a flat start; time them and compare.
    Draws {
        /// How many.
        #[arg(default_value_t = 20)]
        count: usize,
        /// Leave the solves from a flat start out: time alone.
        #[arg(long)]
        time: bool,
        /// Run plans with fixed prices too, and say how many times as long prices that answer take.
        #[arg(long)]
        prices: bool,
    },
    /// Run the bundled case with several sets of points for tastes and say how far its answers are apart.
    Nodes {
        /// How many sets.
        #[arg(default_value_t = 6)]
        sets: usize,
        /// Numbers of types.
        #[arg(long, value_delimiter = ',', default_value = "96")]
        types: Vec<usize>,
    },
    /// Open a report in Chromium (`$CHROMIUM`, or the one on the path): pictures, widths, contrast, requests.
    Browser,
    /// Measure speed; with an interpreter that has NumPy, its month beside ours.
    Bench {
        /// Python with NumPy, e.g. npvenv/bin/python.
        #[arg(long)]
        python: Option<String>,
        /// Measure this only.
        #[arg(long)]
        only: Option<bench::Part>,
    },
    /// Estimates demand from data made at known parameters, seed by seed, and prints how often intervals hold them.
    Recovery {
        /// Data sets, seeds from 1 on.
        #[arg(default_value_t = 1_000)]
        sets: u64,
    },
    /// One task of the bench of estimation, in a process of its own.
    #[command(hide = true)]
    EstimateTask {
        /// Which.
        task: String,
        /// Folder with its data, if it has any.
        data: std::path::PathBuf,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check => check(),
        Command::Reference => write(reference::write),
        Command::Readme => write(readme::write),
        Command::Guide => write(guide::write),
        Command::Rows => write(beachhead_dev::rows::write),
        Command::Kills { count, seed } => killed(count, seed),
        Command::Draws {
            count,
            time,
            prices,
        } => root().and_then(|root| draws::run(&root, count, !time, prices).map(|()| true)),
        Command::Nodes { sets, types } => {
            root().and_then(|root| nodes::run(&root, sets.max(2), &types).map(|()| true))
        }
        Command::Browser => browsed(),
        Command::Bench { python, only } => {
            root().and_then(|root| bench::run(&root, python.as_deref(), only).map(|()| true))
        }
        Command::Recovery { sets } => recovery::run(sets).map(|()| true),
        Command::EstimateTask { task, data } => {
            root().and_then(|root| bench::estimate::task(&root, &task, &data).map(|()| true))
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("dev: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs every check; true if there is nothing to correct.
fn check() -> Result<bool, String> {
    let root = root()?;
    let tree = Tree::read(&root)?;
    let mut findings = Findings::default();
    checks::run_all(&tree, &mut findings);
    reference::check(&tree, &mut findings);
    readme::check(&root, &tree, &mut findings)?;
    guide::check(&tree, &mut findings)?;
    print!("{findings}");
    Ok(!findings.has_faults())
}

/// Kills runs of the program beside this one.
fn killed(count: usize, seed: u64) -> Result<bool, String> {
    let program = readme::program()?
        .ok_or("the program `beachhead` is not built; run `cargo build --release` first")?;
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let stops = kills::interrupt(&program, &folder.path().join("interrupted"))?;
    for (stage, after) in stops {
        println!(
            "interrupted in {stage:?}, it stopped after {:.2} s",
            after.as_secs_f64()
        );
    }
    let seen = kills::survive(&program, folder.path(), count, seed)?;
    println!(
        "{} kills, {} runs came to their end with the same bytes; {:.0} of 200 draws were stored at a kill, on average",
        seen.kills,
        seen.finished,
        seen.draws_kept as f64 / seen.kills.max(1) as f64
    );
    Ok(true)
}

/// Looks at a report of the program beside this one in a browser.
fn browsed() -> Result<bool, String> {
    let program = readme::program()?
        .ok_or("the program `beachhead` is not built; run `cargo build --release` first")?;
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    browser::look(&program, &root()?, folder.path())
}

/// Writes a generated page.
fn write(page: impl Fn(&Path) -> Result<(), String>) -> Result<bool, String> {
    page(&root()?)?;
    Ok(true)
}

/// The nearest folder upwards that holds the workspace.
fn root() -> Result<PathBuf, String> {
    let start = std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    start
        .ancestors()
        .find(|folder| folder.join("crates/engine/Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            format!(
                "{} is not inside the repository; run it from there",
                start.display()
            )
        })
}
