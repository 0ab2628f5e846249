//! A run and what it leaves behind: its hash, its folder, its summary, tables and report.

mod about;
pub mod analysis;
pub mod canonical;
mod central;
pub mod compare;
pub mod compute;
mod deal_chances;
mod draws;
mod error;
mod export;
pub mod feasible;
mod fit;
pub mod folder;
mod found;
mod hazards;
pub mod job;
mod market;
pub mod output;
mod plan;
pub mod preference;
pub mod prepare;
mod prices;
pub mod report;
pub mod session;
pub mod store;
pub mod stored;
pub mod summary;
pub mod tables;
pub mod value;
pub mod words;
pub mod workbook;

#[cfg(test)]
mod tests;

pub use error::RunError;

use draws::chunk::Chunks;
use draws::shape::Shape;
use folder::Artefact;
use output::RunOutput;
use serde_json::Value;

/// Rises when the same scenario, seed and draws give other results than the release before.
pub const RESULTS_VERSION: u32 = 7;

/// `format` of everything written.
pub const FORMAT: u32 = 1;

/// Version of this release, as artefacts name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Most draws of a run.
pub const MOST_DRAWS: usize = 1_000_000;

/// What identifies a run besides its scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Seed of all randomness.
    pub seed: u64,
    /// Draws; 1 for a central run.
    pub draws: usize,
    /// Months simulated.
    pub months: usize,
    /// Ids of the plans, in order.
    pub plans: Vec<String>,
}

/// First 12 hexadecimal digits of SHA-256 over the canonical JSON of the resolved scenario and what
/// identifies the run. Not threads, not paths.
pub fn hash(resolved: &Value, identity: &Identity) -> String {
    let document = serde_json::json!({
        "scenario": resolved,
        "seed": identity.seed,
        "draws": identity.draws,
        "months": identity.months,
        "plans": identity.plans,
        "results_version": RESULTS_VERSION,
    });
    let digest = canonical::digest(canonical::text(&document).as_bytes());
    digest[..12].to_owned()
}

/// Every file of a run's folder; those that grow with the number of draws write themselves from chunks.
///
/// # Errors
/// A number that is not finite, which is a fault of the program.
fn artefacts<'a>(
    output: &RunOutput,
    hash: &str,
    shape: &'a Shape,
    chunks: Chunks<'a>,
) -> Result<Vec<Artefact<'a>>, RunError> {
    let summary = summary::Summary::new(output, hash)?;
    let analysis = output.analysis.as_ref().map(analysis::Analysis::bytes);
    let mut scenario = canonical::text(&output.resolved);
    scenario.push('\n');
    let subject = report::Subject {
        output,
        summary: &summary,
    };
    let mut artefacts = vec![
        Artefact::new(folder::SUMMARY, summary.bytes()?),
        Artefact::stream(folder::DRAWS, move |to| tables::draws(shape, chunks, to)),
        Artefact::stream(folder::ASSUMPTIONS, move |to| {
            tables::assumptions(shape, chunks, to)
        }),
        Artefact::new(folder::SERIES, tables::series(output)?),
        Artefact::new(folder::SCENARIO, scenario.into_bytes()),
        Artefact::new(folder::MATERIAL, stored::material(output)?),
        Artefact::new(folder::REPORT, report::html(&subject).into_bytes()),
    ];
    if let Some(bytes) = analysis.transpose()? {
        artefacts.push(Artefact::new(folder::ANALYSIS, bytes));
    }
    Ok(artefacts)
}
