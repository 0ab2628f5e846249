//! One market through its months: open a month with offers, see what is bought, close it.

use super::awareness::{self, AwarenessLaw, Exposure};
use super::buying::{Baseline, Buying, BuyingInput};
use super::flows::{FlowInput, Flows};
use super::layout::Layout;
use super::settle::{Consumers, Rates, Stock, churn_shares};
use super::volume::Volume;
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::choice::parameters::Parameters;
use crate::choice::utility::Attraction;
use crate::numerics::dispatch::Dispatch;

/// What a market is made of and never changes along a path.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The market.
    pub market: &'a Market,
    /// Solved parameters.
    pub parameters: &'a Parameters,
    /// Frozen baseline values.
    pub baseline: &'a Baseline,
    /// States.
    pub layout: &'a Layout,
    /// Instruction set.
    pub dispatch: Dispatch,
}

/// The moving parts: consumers, tables, awareness and trust.
#[derive(Clone, Debug, Default)]
pub struct Economy {
    /// Masses.
    pub consumers: Consumers,
    /// What they add up to, at the start of the month.
    pub stock: Stock,
    /// Probabilities.
    pub buying: Buying,
    /// Attractions of the latest offers.
    pub attraction: Attraction,
    /// This month's purchases.
    pub flows: Flows,
    /// Adstock by entrant, money a month.
    pub adstock: Vec<f64>,
    /// Trust by brand, (F,); 0 for incumbents.
    pub trust: Vec<f64>,
    offers: Offers,
    attraction_for: Vec<f64>,
}

impl Economy {
    /// An economy at these masses, (I, N).
    pub fn new(ground: Ground, consumers: Consumers, trust: Vec<f64>) -> Self {
        let Ground {
            market,
            parameters,
            baseline,
            layout,
            dispatch,
        } = ground;
        let stock = consumers.stock(layout, &market.tastes.weight, dispatch);
        Self {
            consumers,
            stock,
            buying: Buying::new(market, parameters, layout, baseline),
            attraction: Attraction::default(),
            flows: Flows::default(),
            adstock: vec![0.0; layout.entrants()],
            trust,
            offers: Offers::default(),
            attraction_for: vec![f64::NAN],
        }
    }

    /// Takes changed parameters and baseline into account from the next month on.
    pub fn recalibrate(&mut self, ground: Ground) {
        self.buying.restart(
            ground.market,
            ground.parameters,
            ground.layout,
            ground.baseline,
        );
        self.attraction_for = vec![f64::NAN];
    }

    /// Offers, prices and season of a month: what is bought. Nothing moves yet.
    pub fn open_month(&mut self, ground: Ground, offers: &Offers, season: f64) {
        let Ground {
            market,
            parameters,
            layout,
            dispatch,
            ..
        } = ground;
        // Utilities that did not change need no exponential.
        if *offers != self.offers || self.attraction_for != self.trust {
            self.attraction
                .update(market, parameters, offers, &self.trust, dispatch);
            self.offers.clone_from(offers);
            self.attraction_for.clone_from(&self.trust);
        }
        let input = BuyingInput {
            market,
            parameters,
            attraction: &self.attraction,
            season,
        };
        self.buying.update(input, layout, dispatch);
        let mut flows = std::mem::take(&mut self.flows);
        flows.update(self.flow_input(ground), layout, dispatch);
        self.flows = flows;
    }

    /// What the flows of this month are computed from.
    pub fn flow_input<'a>(&'a self, ground: Ground<'a>) -> FlowInput<'a> {
        FlowInput {
            market: ground.market,
            parameters: ground.parameters,
            offers: &self.offers,
            attraction: &self.attraction,
            buying: &self.buying,
            mass: &self.consumers.mass,
        }
    }

    /// Source of an entrant's volume this month.
    pub fn volume(&self, ground: Ground, entrant: usize) -> Volume {
        Volume::of_entrant(
            entrant,
            self.flow_input(ground),
            &self.flows,
            ground.layout,
            ground.dispatch,
        )
    }

    /// Owners of an entrant after this month's purchases and lapses, share of users.
    pub fn owners_after(&self, ground: Ground, entrant: usize) -> f64 {
        let brand = ground.market.incumbents + entrant;
        let owned = ground.layout.owned_of_brand(brand);
        let kept = self.stock.owners[owned] - self.flows.bought_from[owned];
        (kept + self.flows.brand_units[brand]) * (1.0 - ground.market.lapse)
    }

    /// Ends the month: ageing, lapse, churn, awareness, trust.
    pub fn close_month(&mut self, ground: Ground, laws: &[AwarenessLaw], exposures: &[Exposure]) {
        let Ground {
            market,
            layout,
            dispatch,
            ..
        } = ground;
        let mut learning = Vec::with_capacity(laws.len());
        for (e, (law, exposure)) in laws.iter().zip(exposures).enumerate() {
            self.adstock[e] = law.adstock(self.adstock[e], exposure.spend);
            learning.push(law.learning(self.adstock[e], exposure));
            let brand = market.incumbents + e;
            self.trust[brand] = law.next_trust(self.trust[brand], exposure);
        }
        let rates = Rates {
            churn: churn_shares(market, &self.flows.shop_units),
            lapse: market.lapse,
            learn: awareness::by_type(market, &learning),
            forget: laws.iter().map(|law| law.forgetting).collect(),
        };
        let weight = &market.tastes.weight;
        self.stock =
            self.consumers
                .settle(layout, weight, &self.buying, &self.flows, &rates, dispatch);
    }
}
