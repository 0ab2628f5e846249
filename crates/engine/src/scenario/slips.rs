//! Records of announcements and the curves of how they slipped.

use super::{Handle, Scenario, Values};
use crate::futures::Address;
use crate::futures::distribution::Distribution;
use crate::futures::slip::Promise;
use crate::futures::survival::{Curve, Observation, Tail};
use crate::numerics::normal;
use serde::Serialize;

/// A record of announcements.
#[derive(Clone, Debug, Serialize)]
pub struct Slip {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What becomes of the share that is left after the last observation.
    pub tail: SlipTail,
    /// A curve for each kind of promise that was made.
    pub curves: Vec<SlipCurve>,
}

/// What becomes of the share that is left after the last observation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipTail {
    /// It never happens.
    Never,
    /// It happens with this probability a month.
    Hazard(Handle),
}

/// How promises of one kind slipped.
#[derive(Clone, Debug, Serialize)]
pub struct SlipCurve {
    /// The kind.
    pub kind: Promise,
    /// Statements of the kind, of which the first of each chain counts. They change nothing, so they are not written.
    #[serde(skip)]
    pub statements: usize,
    /// Ids of the chains, each one observation.
    pub chains: Vec<String>,
    /// What is known of each chain's slip, months, in the order of `chains`.
    pub observations: Vec<Observation>,
    /// The estimate.
    pub curve: Curve,
}

impl Slip {
    /// The name under which the doubt about its curves is drawn.
    pub fn band_name(&self) -> String {
        format!("slips.{}.band", self.id)
    }

    fn tail(&self, values: &Values) -> Tail {
        match &self.tail {
            SlipTail::Never => Tail::Never,
            SlipTail::Hazard(handle) => Tail::Hazard(values[handle]),
        }
    }
}

impl Scenario {
    /// Replaces quantities that are read from curves by their values in a draw: one normal for each record moves all its curves
    /// inside their bands, then each quantity's own uniform inverts its curve.
    pub(super) fn draw_slips(&self, address: &Address, values: &mut Values) {
        for (index, quantity) in self.quantities.iter().enumerate() {
            let Distribution::Slip(time) = &quantity.distribution else {
                continue;
            };
            let Some(slip) = self.slips.iter().find(|slip| slip.id == time.of) else {
                continue;
            };
            let band = normal::quantile(self.correlation.uniform(address, &slip.band_name()));
            let u = self.correlation.uniform(address, &quantity.name);
            let drawn = time.quantile(u, band, slip.tail(values));
            values.set(&Handle::new(index, &quantity.name), drawn);
        }
    }
}
