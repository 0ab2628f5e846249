//! What calibration returns: parameters, the steady state, and target by target wanted against got.

use super::entrant::EntrantAppeal;
use super::knob::Knob;
use crate::choice::parameters::Parameters;
use crate::dynamics::layout::Layout;
use crate::dynamics::settle::Consumers;
use serde::Serialize;

/// One target.
#[derive(Clone, Debug, Serialize)]
pub struct TargetReport {
    /// Name, e.g. `share_of_sales.pear`.
    pub target: String,
    /// Wanted.
    pub wanted: f64,
    /// Got.
    pub got: f64,
    /// Got − wanted.
    pub error: f64,
    /// Id of its source.
    pub source: Option<String>,
    /// Its note.
    pub note: Option<String>,
}

/// How well the targets pin the parameters down.
#[derive(Clone, Debug, Serialize)]
pub struct Sensitivity {
    /// Ratio of the largest to the smallest singular value of outcomes by parameters.
    pub condition_number: f64,
    /// The combination of parameters that the targets see least: weights of unit length.
    pub weak_direction: Vec<(Knob, f64)>,
    /// The same in words.
    pub weak_direction_in_words: String,
    /// Derivatives of scaled outcomes (rows, targets that move a knob) by knobs (columns).
    pub outcomes_by_knobs: Vec<Vec<f64>>,
    /// The knobs, in the order of columns.
    pub knobs: Vec<Knob>,
}

/// A calibrated market.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Solved parameters, entrants' completed from their reference classes.
    pub parameters: Parameters,
    /// Solved parameters by name, on the scale on which they are solved for.
    pub solved: Vec<(String, f64)>,
    /// The steady state, `[eq:steady]`, laid out without entrants.
    pub consumers: Consumers,
    /// How it is laid out.
    pub layout: Layout,
    /// Units per user and month in it.
    pub units_per_user: f64,
    /// By brand, (F,).
    pub brand_units: Vec<f64>,
    /// Targets in the order written.
    pub report: Vec<TargetReport>,
    /// Largest net change of an installed base in a month, relative to units.
    pub stationarity: f64,
    /// Conditioning, unless it was left out.
    pub sensitivity: Option<Sensitivity>,
    /// Where each entrant's appeal comes from.
    pub appeal: Vec<EntrantAppeal>,
    /// Share of users whom nothing on offer can serve.
    pub excluded_users: f64,
}
