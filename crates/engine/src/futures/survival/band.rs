//! The doubt about a curve as one standard normal, and times drawn from the curve that it gives.

use super::{Curve, Step};
use serde::Serialize;

/// The time of what never happens, months: a thousand years, beyond any horizon, and finite so that it can be written.
pub const NEVER: f64 = 12_000.0;

/// Standard normal quantile of the 95 % band.
pub const BAND_QUANTILE: f64 = 1.959_963_984_540_054;

/// What becomes of the share that is left after the last observation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// It never happens.
    Never,
    /// It happens with this probability a month, from the last observation on.
    Hazard(f64),
}

impl Step {
    /// Standard deviation of `ln(−ln S)`; 0 where S is 0.
    fn spread(&self) -> f64 {
        if self.survival > 0.0 && self.survival < 1.0 {
            self.deviation / (self.survival * libm::fabs(libm::log(self.survival)))
        } else {
            0.0
        }
    }

    /// The share left with the doubt about it at `band`, `S^exp(−band·sd)`, in [0, 1] by form; a higher band means later.
    #[must_use]
    pub fn at_band(&self, band: f64) -> f64 {
        if self.survival <= 0.0 {
            return 0.0;
        }
        libm::pow(self.survival, libm::exp(-band * self.spread())) // [eq:band]
    }
}

impl Curve {
    /// Shares left after each step with the doubt at `band`, shape (steps,), none rising.
    ///
    /// Point by point the band need not fall with time. Where it rises, the value nearer to the estimate is taken, so that the
    /// result stays between the estimate and the band, and does not fall as `band` rises.
    #[must_use]
    pub fn survival_at(&self, band: f64) -> Vec<f64> {
        let mut shares: Vec<f64> = self.steps.iter().map(|step| step.at_band(band)).collect();
        if band < 0.0 {
            let mut later = 0.0_f64;
            for share in shares.iter_mut().rev() {
                later = later.max(*share);
                *share = later;
            }
        } else {
            let mut before = 1.0_f64;
            for share in &mut shares {
                before = before.min(*share);
                *share = before;
            }
        }
        shares
    }

    /// The time that is not exceeded with probability `u`, for `u` in (0, 1), months, at most [`NEVER`].
    ///
    /// Non-decreasing in `u` and in `band`. Within an interval the mass is spread evenly, as nothing says where in it the time lies.
    #[must_use]
    pub fn quantile(&self, u: f64, band: f64, tail: Tail) -> f64 {
        let remaining = 1.0 - u;
        let mut before = 1.0;
        for (step, after) in self.steps.iter().zip(self.survival_at(band)) {
            if after <= remaining {
                let fallen = if before > after {
                    (before - remaining) / (before - after)
                } else {
                    1.0
                };
                return step.from + fallen.clamp(0.0, 1.0) * (step.to - step.from);
            }
            before = after;
        }
        self.in_tail(remaining / before, tail)
    }

    /// The time in the tail at which `share` of what entered it is left.
    fn in_tail(&self, share: f64, tail: Tail) -> f64 {
        match tail {
            Tail::Hazard(hazard) if hazard >= 1.0 => self.end,
            Tail::Hazard(hazard) if hazard > 0.0 => {
                // [eq:tail]
                let months = libm::log(share) / libm::log1p(-hazard);
                (self.end + months.max(0.0)).min(NEVER)
            }
            Tail::Hazard(_) | Tail::Never => NEVER,
        }
    }
}
