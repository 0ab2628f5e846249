//! Truth and signals of a draw: what complements, reviews and studies tell a firm about its brand's appeal.

use super::World;
use super::complements::Offer;
use super::path::Path;
use crate::calibrate::EntrantAppeal;
use crate::futures::address::Address;
use crate::numerics::normal;
use crate::plan::belief::{Belief, Relation};
use crate::scenario::{Entrant, Scenario, Values};

/// Probabilities one standard deviation below and above the median of a normal.
const BELOW: f64 = 0.158_655_253_931_457_05;
const ABOVE: f64 = 0.841_344_746_068_542_9;

/// What one entrant can learn in this draw.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    /// Before any signal.
    prior: Belief,
    /// `b`, utility.
    truth: f64,
    complements: Option<FromComplements>,
    reviews: Option<FromReviews>,
    studies: Option<FromStudies>,
}

#[derive(Clone, Debug)]
struct FromComplements {
    /// Where its noise has its address.
    name: String,
    gain: f64,
    noise: f64,
    /// `x = b_acc − b̄_acc`, utility.
    deviation: f64,
    /// `a`: by how much this draw's complements sell otherwise than forecast, whatever the brand's appeal, logarithm of units.
    forecast_error: f64,
    /// `e^{γx}`: units for one unit that was expected.
    factor: f64,
}

#[derive(Clone, Debug)]
struct FromReviews {
    name: String,
    noise: f64,
    share: f64,
}

#[derive(Clone, Debug)]
struct FromStudies {
    name: String,
    noise: f64,
}

/// The signals of all entrants, (E,); none for those who do not learn.
pub(super) fn signals(
    scenario: &Scenario,
    values: &Values,
    appeals: &[EntrantAppeal],
) -> Vec<Option<Signals>> {
    let one = |(entrant, appeal): (&Entrant, &EntrantAppeal)| {
        let learning = entrant.learning.as_ref()?;
        let z = entrant.appeal_z.as_ref().map_or(0.0, |z| values[z]);
        let signal = learning.complements.as_ref();
        let error = forecast_error(scenario, values);
        let relation = signal.map(|signal| Relation {
            slope: values[&signal.relation],
            spread: values[&signal.spread],
        });
        let complements = signal.zip(relation).map(|(signal, relation)| {
            let own = values[&signal.appeal_z];
            let deviation = relation.complement_deviation(appeal.sd, z, own);
            let gain = values[&signal.gain];
            FromComplements {
                name: format!("learning.{}.complements", appeal.brand),
                gain,
                noise: values[&signal.noise],
                deviation,
                forecast_error: error.of_draw,
                factor: libm::exp(gain * deviation),
            }
        });
        let reviews = learning.reviews.as_ref().map(|signal| FromReviews {
            name: format!("learning.{}.reviews", appeal.brand),
            noise: values[&signal.noise],
            share: values[&signal.share],
        });
        let studies = learning.studies.as_ref().map(|signal| FromStudies {
            name: format!("learning.{}.studies", appeal.brand),
            noise: values[&signal.noise],
        });
        Some(Signals {
            prior: Belief::prior(appeal.mean, appeal.sd, relation).with_forecast_error(error.sd),
            truth: appeal.drawn,
            complements,
            reviews,
            studies,
        })
    };
    scenario.entrants.iter().zip(appeals).map(one).collect()
}

/// By how much a firm's forecast of its complements' units is wrong, in every month alike.
struct ForecastError {
    /// Before the draw is known.
    sd: f64,
    /// In this draw.
    of_draw: f64,
}

/// What is uncertain of complements but the brand's appeal, as an error of the forecast, `[eq:forecast_error]`: the appeal of a
/// category and its rate, the mean over categories. Shares are small, so that units follow the exponential of appeal.
fn forecast_error(scenario: &Scenario, values: &Values) -> ForecastError {
    let (mut variance, mut of_draw) = (0.0, 0.0);
    for complement in &scenario.complements {
        let appeal = &scenario.quantities[complement.appeal.index()];
        let rate = &scenario.quantities[complement.rate.index()];
        let log_rate = |u: f64| libm::log(rate.value(u));
        for (low, high) in [
            (appeal.value(BELOW), appeal.value(ABOVE)),
            (log_rate(BELOW), log_rate(ABOVE)),
        ] {
            let sd = 0.5 * (high - low);
            // A rate that may be 0 has no logarithm: such a category tells nothing of its own error.
            if sd.is_finite() {
                variance += sd * sd;
            }
        }
        let rate_of_draw = libm::log(values[&complement.rate] / rate.centre());
        of_draw += values[&complement.appeal] - appeal.centre();
        if rate_of_draw.is_finite() {
            of_draw += rate_of_draw;
        }
    }
    let categories = (scenario.complements.len() as f64).max(1.0);
    ForecastError {
        sd: libm::sqrt(variance) / categories,
        of_draw: of_draw / categories,
    }
}

/// A standard normal at a position, a month or the number of a study; a central run has the median, 0.
fn luck(address: Option<Address>, name: &str, position: u32) -> f64 {
    address.map_or(0.0, |address| {
        normal::quantile(address.uniform_at(name, position))
    })
}

impl World<'_> {
    /// What each entrant believes before month 1, (E,).
    pub(super) fn first_beliefs(&self) -> Vec<Option<Belief>> {
        let signals = self.signals.iter();
        signals
            .map(|signals| signals.as_ref().map(|signals| signals.prior))
            .collect()
    }

    /// Units per user of complements, `[eq:complement]`, where these shares of types know the brand, (I, E), at the appeal that complements have in this draw.
    pub(super) fn complement_units(
        &self,
        knows: &[f64],
        entrant: usize,
        category: usize,
        offers: &[Offer],
    ) -> Vec<f64> {
        let mut units = self.complements.units(
            &self.market,
            knows,
            (entrant, self.laws.len()),
            category,
            offers,
        );
        let signals = self.signals[entrant].as_ref();
        if let Some(signal) = signals.and_then(|signals| signals.complements.as_ref()) {
            for units in &mut units {
                *units *= signal.factor;
            }
        }
        units
    }
}

impl Path<'_> {
    /// Reads the month's signals, `[eq:signal]`, after what was sold has been recorded.
    pub(super) fn learn(&mut self, world: &World, month: usize) {
        for (e, signals) in world.signals.iter().enumerate() {
            let (Some(signals), Some(belief)) = (signals, &mut self.beliefs[e]) else {
                continue;
            };
            let sold = self.complement_units[e]
                .iter()
                .flatten()
                .any(|&units| units > 0.0);
            if let (Some(signal), true) = (&signals.complements, sold) {
                let noise = signal.noise * luck(world.address, &signal.name, month as u32);
                let y = signal.gain * signal.deviation + signal.forecast_error + noise;
                belief.see_complements(signal.gain, signal.noise, y);
            }
            if let Some(signal) = &signals.reviews {
                let new_owners = self.record.entrants[e].units.last().copied().unwrap_or(0.0);
                let count = signal.share * new_owners;
                if count > 0.0 {
                    let noise = signal.noise / libm::sqrt(count);
                    let y = signals.truth + noise * luck(world.address, &signal.name, month as u32);
                    belief.see_reviews(count, signal.noise, y);
                }
            }
            if let Some(signal) = &signals.studies {
                for number in self.firm.studies.ending(e, month) {
                    let noise = signal.noise * luck(world.address, &signal.name, number);
                    belief.see_study(signal.noise, signals.truth + noise);
                }
            }
            let record = &mut self.record.entrants[e];
            record.belief_mean.push(belief.appeal_mean());
            record.belief_sd.push(belief.appeal_sd());
        }
    }
}
