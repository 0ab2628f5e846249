//! What was typed: commands and flags as clap reads them.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "beachhead",
    version,
    about = "If this brand enters this market - what happens, for what money, and how sure is that?",
    long_about = None,
    arg_required_else_help = true
)]
pub(crate) struct Typed {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a small commented scenario that runs as it is
    New {
        /// Folder to make
        dir: PathBuf,
    },
    /// Read a scenario: every mistake at once, or every assumption with its source
    Check {
        /// Folder of the scenario
        scenario: PathBuf,
    },
    /// Reproduce public facts: target by target, wanted against got
    Calibrate {
        /// Folder of the scenario
        scenario: PathBuf,
        /// Also show what twice as many consumer types change
        #[arg(long)]
        check_quadrature: bool,
    },
    /// Estimate demand from market data: coefficients, standard errors, what to know about them, and a folder with fit.json
    Estimate {
        /// Folder with problem.toml, or a file like it
        problem: PathBuf,
        /// Starting points of the search: the given one, and others around it; the best end counts
        #[arg(long, value_name = "N", allow_negative_numbers = true)]
        starts: Option<i64>,
        /// Also write tables of elasticities, diversion, costs, markups, concentration and surplus, market by market; with a number, their standard errors from so many draws of the parameters
        #[arg(long, value_name = "DRAWS", num_args = 0..=1, require_equals = true, allow_negative_numbers = true)]
        post: Option<Option<i64>>,
        /// Also estimate again over so many draws of whole markets with replacement: standard errors and intervals that assume no formula
        #[arg(long, value_name = "DRAWS", allow_negative_numbers = true)]
        bootstrap: Option<i64>,
    },
    /// Shares of preference from a conjoint study, plan by plan, before any volumes
    Preference {
        /// Folder of the scenario
        scenario: PathBuf,
        /// Also show the share of a product along its price
        #[arg(long, value_name = "PRODUCT=LOW..HIGH")]
        sweep: Option<String>,
    },
    /// Compute all plans in all draws: outcomes, a table here, a report in a folder
    Run {
        /// Folder of the scenario
        scenario: PathBuf,
        /// Also write the tables to this Excel workbook
        #[arg(long, value_name = "FILE")]
        xlsx: Option<PathBuf>,
    },
    /// Render the report of a stored run again, into its folder or to the file of --out; nothing is computed
    Report {
        /// Folder of a run, or its hash or name in ./runs
        run: PathBuf,
        /// Also write the tables to this Excel workbook
        #[arg(long, value_name = "FILE")]
        xlsx: Option<PathBuf>,
    },
    /// List the runs in ./runs, complete or not
    Runs,
    /// Show two runs side by side: outcomes, and what of their scenarios differs
    Compare {
        /// Folder of a run, or its hash or name in ./runs
        run: PathBuf,
        /// The other one
        against: PathBuf,
        /// Also write the comparison to this page
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Also write its tables to this Excel workbook
        #[arg(long, value_name = "FILE")]
        xlsx: Option<PathBuf>,
    },
    /// Prices in equilibrium after a merger, an entry, a tax: from a table of prices, shares and margins, a scenario, or a fit
    Counterfactual {
        /// Folder of a scenario (a month of its steady state) or of a fit (all its markets), or CSV or Parquet with `product, firm, price, share` (or `quantity`), and `margin` where known; also `nest, firm_after, cost_change`
        source: PathBuf,
        /// TOML with `[[edit]]` in order: add, drop, change, merge, split, freeze, cost, tax, conduct; `[demand]` for the form of demand
        edits: Option<PathBuf>,
        /// Of a fit, only this market, in full
        #[arg(long, value_name = "ID")]
        market: Option<String>,
        /// Print a row for each step and product as CSV
        #[arg(long)]
        csv: bool,
        /// Also write what those rows leave out as CSV, a row a number: concentration, surplus, diversion, elasticities, pass-through, pressure
        #[arg(long, value_name = "FILE")]
        csv_measures: Option<PathBuf>,
        /// Of a fit, standard errors from so many draws of its parameters
        #[arg(long, value_name = "DRAWS", allow_negative_numbers = true)]
        errors: Option<i64>,
    },
    /// What a deal with a network is worth to the brand and to the network, how it could be shared, and what falling through costs
    Value {
        /// Folder of the scenario
        scenario: PathBuf,
        /// Id of the deal, of `[[deals]]`
        #[arg(long, value_name = "NAME")]
        deal: String,
    },
    /// Print the JSON schema of scenario.toml
    Schema,
    /// Print completions for a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// Flags that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Flags {
    /// Print one JSON document and nothing else to standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Number of draws, else the scenario's; 1 is the central run: every assumption at its middle value, nothing left to chance
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub(crate) draws: Option<i64>,
    /// Seed of all randomness
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub(crate) seed: Option<i64>,
    /// Threads to use; results do not depend on it
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub(crate) threads: Option<i64>,
    /// Months to simulate
    #[arg(long, global = true, value_name = "N", allow_negative_numbers = true)]
    pub(crate) months: Option<i64>,
    /// Only this plan (may be repeated)
    #[arg(long = "plan", global = true, value_name = "ID")]
    pub(crate) plans: Vec<String>,
    /// Change a value of the scenario, e.g. networks.tel_one.churn="1 %/month" (may be repeated)
    #[arg(long = "set", global = true, value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Say nothing that is not a result or a mistake
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Compute again even if the same run is stored; what is stored of it is dropped first
    #[arg(long, global = true)]
    pub(crate) fresh: bool,
    /// Write the run to exactly this folder; with `report`, the page to this file
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Leave out what is asked after the draws, unless it is stored already: what decides the answer, what must be true, the reference class
    #[arg(long, global = true)]
    pub(crate) no_analysis: bool,
}
