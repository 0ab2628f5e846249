//! How entrants become known and trusted, `[eq:awareness]` and `[eq:trust]`.

use crate::choice::market::Market;
use crate::scenario::{Scenario, Values};

/// The awareness and trust law of one entrant as numbers.
#[derive(Clone, Debug, Default)]
pub struct AwarenessLaw {
    /// δ.
    pub carry_over: f64,
    /// θ.
    pub response: f64,
    /// M, money a month.
    pub scale: f64,
    /// φ_a.
    pub exponent: f64,
    /// q.
    pub word_of_mouth: f64,
    /// ρ_f.
    pub forgetting: f64,
    /// ϱ.
    pub trust_persistence: f64,
    /// Share that knows the brand in month 1.
    pub initial: f64,
    /// τ in month 1.
    pub initial_trust: f64,
    /// By segment: multiplier of θ, multiplier of q, exposure to social channels, multiplier of z.
    pub by_segment: Vec<[f64; 4]>,
}

/// What one month adds to an entrant's awareness and trust.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exposure {
    /// Advertising of the month, money.
    pub spend: f64,
    /// Owners as a share of users, after this month's purchases.
    pub owners: f64,
    /// In [0, 2].
    pub satisfaction: f64,
    /// Index of social activity in [0, 1].
    pub social: f64,
    /// Σ over complements of effect × units per user, on awareness.
    pub complements: f64,
    /// The same, on trust.
    pub complements_on_trust: f64,
    /// Σ of the month's shocks to trust, utility.
    pub trust_shocks: f64,
}

impl AwarenessLaw {
    /// The law of an entrant at these values.
    pub fn new(scenario: &Scenario, values: &Values, entrant: usize) -> Self {
        let entrant = &scenario.entrants[entrant];
        let awareness = &entrant.awareness;
        Self {
            carry_over: values[&awareness.carry_over],
            response: values[&awareness.response],
            scale: values[&awareness.scale],
            exponent: values[&awareness.exponent],
            word_of_mouth: values[&awareness.word_of_mouth],
            forgetting: values[&awareness.forgetting],
            trust_persistence: values[&entrant.trust_persistence],
            initial: values[&awareness.initial],
            initial_trust: values[&entrant.initial_trust],
            by_segment: scenario
                .segments
                .iter()
                .map(|segment| {
                    [
                        values[&segment.advertising_response],
                        values[&segment.word_of_mouth],
                        values[&segment.social_exposure],
                        values[&segment.complement_response],
                    ]
                })
                .collect(),
        }
    }

    /// `adstock_t` from `adstock_{t−1}`, money a month.
    pub fn adstock(&self, before: f64, spend: f64) -> f64 {
        (1.0 - self.carry_over) * spend + self.carry_over * before
    }

    /// Probability that a consumer who does not know the brand learns of it, by segment.
    pub fn learning(&self, adstock: f64, exposure: &Exposure) -> Vec<f64> {
        let paid = if adstock > 0.0 {
            self.response * libm::pow(adstock / self.scale, self.exponent)
        } else {
            0.0
        };
        let owners = self.word_of_mouth * exposure.owners * exposure.satisfaction;
        self.by_segment
            .iter()
            .map(|[advertising, word_of_mouth, social, complement]| {
                let rate = advertising * paid
                    + word_of_mouth * owners
                    + social * exposure.social
                    + complement * exposure.complements;
                -libm::expm1(-rate)
            })
            .collect()
    }

    /// A month passes: adstock and trust move on; the probability to learn of the brand, by segment.
    pub fn pass_month(&self, adstock: &mut f64, trust: &mut f64, exposure: &Exposure) -> Vec<f64> {
        *adstock = self.adstock(*adstock, exposure.spend);
        *trust = self.next_trust(*trust, exposure);
        self.learning(*adstock, exposure)
    }

    /// `τ_{t+1}`.
    pub fn next_trust(&self, trust: f64, exposure: &Exposure) -> f64 {
        self.trust_persistence * trust + exposure.complements_on_trust + exposure.trust_shocks
    }
}

/// Learning probabilities of all types, (I, entrants), from those by segment of each entrant.
pub fn by_type(market: &Market, by_entrant: &[Vec<f64>]) -> Vec<f64> {
    market
        .tastes
        .segment
        .iter()
        .flat_map(|&segment| by_entrant.iter().map(move |learning| learning[segment]))
        .collect()
}
