//! Estimation of demand from market data: a problem's files to arrays, a fit to files and words.

mod availability;
mod averages;
pub mod bootstrap;
mod built;
mod changeable;
mod characteristics;
mod compute;
mod conduct_file;
mod document;
pub mod export;
pub mod file;
pub mod frame;
pub mod hypotheses;
mod labels;
pub mod micro_file;
mod moments;
mod people;
mod post;
mod products;
mod read;
mod settings;
mod shares;
mod stored;
mod stored_covariance;
mod surveys;
mod tastes;
mod wanted;
mod words;

pub use changeable::Changeable;
pub use characteristics::{Characteristics, Described};
pub use compute::{Estimated, FitError, estimated, fit};
pub use document::{
    CovarianceEntry, DiagnosisEntry, Dimensions, Document, FirstStage, IssueEntry, MicroEntry,
    ParameterEntry, SettingsEntry, StepEntry, block, document,
};
pub use post::{Draws, Post, after};
pub use read::{Input, Loaded, PROBLEM_FILE, ROW, Rows, read};
pub use stored::{Stored, StoredError};
pub use stored_covariance::StoredCovariance;
