//! One market through its months: open a month with offers, see what is bought, close it.

use super::awareness::{self, AwarenessLaw, Exposure};
use super::baseline::Baseline;
use super::buying::{Buying, BuyingInput};
use super::demand::{Demand, DemandRoom, Question, demand_of_type};
use super::flows::{FlowInput, Flows};
use super::layout::Layout;
use super::rest::{self, Rest};
use super::settle::{Consumers, Rates, SettleRoom, churn_shares};
use super::stock::{self, Stock};
use super::surplus::UnawareValues;
use super::together::Together;
use super::volume::{Volume, VolumeSum};
use super::watch::Watch;
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
///
/// Closing a month only notes its rates; masses move when the next one opens, type by type, while a
/// type is near the processor: half the traffic with memory. What masses add up to is known at once.
#[derive(Clone, Debug, Default)]
pub struct Economy {
    consumers: Consumers,
    together: Together,
    stage: Stage,
    /// Sums of blocks at the start of the month, (I, blocks).
    sums: Vec<f64>,
    /// `Σ m P` and `Σ m P²` of P(buy) by block, (I, blocks), of a month opened with [`Economy::open_month`]; 0 in known sets that a type is
    /// not spread over. Empty otherwise.
    pub(super) moments: Vec<[f64; 2]>,
    /// What masses add up to at the start of the month.
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
    /// Trust that attractions were computed for, (F,).
    attraction_for: Option<Vec<f64>>,
    room: DemandRoom,
    /// What buying and keeping are worth to those who know no entrant.
    unaware: UnawareValues,
}

/// Whose masses these are.
#[derive(Clone, Debug, Default)]
enum Stage {
    /// Everybody at the start of a month, open or not.
    #[default]
    Start,
    /// Who did not buy in the month that is open.
    Stayed,
    /// The same when the month is over, before they move.
    Closed(Rates),
}

impl Economy {
    /// An economy at these masses, (I, N).
    pub fn new(ground: Ground, consumers: Consumers, trust: Vec<f64>) -> Self {
        let together = Together::nobody(ground.layout);
        Self::with(ground, consumers, trust, together)
    }

    /// An economy in which nobody could buy anything of an entrant until now: masses (I, N) in the first known set alone,
    /// and the share of a type in each known set, (I, sets).
    pub fn unparted(
        ground: Ground,
        consumers: Consumers,
        trust: Vec<f64>,
        shares: Vec<f64>,
    ) -> Self {
        let together = Together::all(ground.layout, shares);
        Self::with(ground, consumers, trust, together)
    }

    fn with(ground: Ground, consumers: Consumers, trust: Vec<f64>, together: Together) -> Self {
        let Ground {
            market,
            parameters,
            baseline,
            layout,
            dispatch,
        } = ground;
        let mut sums = stock::block_sums(&consumers, layout, dispatch);
        together.spread_sums(layout, &mut sums);
        let stock = Stock::new(layout, &market.tastes.weight, &sums);
        Self {
            consumers,
            together,
            stage: Stage::Start,
            room: DemandRoom::new(layout),
            sums,
            moments: Vec::new(),
            stock,
            buying: Buying::new(market, parameters, layout, baseline, dispatch),
            attraction: Attraction::default(),
            flows: Flows::default(),
            adstock: vec![0.0; layout.entrants()],
            trust,
            offers: Offers::default(),
            attraction_for: None,
            unaware: UnawareValues::default(),
        }
    }

    /// Takes changed parameters into account in what offers attract.
    pub(crate) fn attract_anew(&mut self, ground: Ground, offers: &Offers) {
        self.attraction_for = None;
        self.update_attraction(ground, offers);
    }

    /// Takes changed parameters and baseline into account from the next month on; what offers attract has seen them.
    pub(crate) fn recalibrate(&mut self, ground: Ground) {
        self.buying.restart(
            ground.market,
            ground.parameters,
            ground.layout,
            ground.baseline,
            ground.dispatch,
        );
    }

    /// Offers, prices and season of a month: what is bought. Nothing moves yet; a month may be opened
    /// again with other offers.
    pub fn open_month(&mut self, ground: Ground, offers: &Offers, season: f64) {
        self.open_watched(ground, offers, season, false, &mut Watch::default());
    }

    /// The same for good: buyers leave the masses, so that closing the month need not ask again who
    /// they are. What needs the masses of the start of the month is measured on the way.
    pub fn pass_month(&mut self, ground: Ground, offers: &Offers, season: f64, watch: &mut Watch) {
        self.open_watched(ground, offers, season, true, watch);
    }

    /// Opens a month, for good if buyers are to `leave`.
    pub(crate) fn open_watched(
        &mut self,
        ground: Ground,
        offers: &Offers,
        season: f64,
        leave: bool,
        watch: &mut Watch,
    ) {
        let Ground {
            market,
            parameters,
            layout,
            dispatch,
            ..
        } = ground;
        self.update_attraction(ground, offers);
        let attraction = &self.attraction;
        let tables_from = BuyingInput {
            market,
            parameters,
            attraction,
        };
        let closed = match std::mem::take(&mut self.stage) {
            Stage::Closed(rates) => Some(rates),
            Stage::Start => None,
            Stage::Stayed => {
                debug_assert!(false, "a month opened for good is opened again");
                None
            }
        };
        let (buying, flows, blocks) = (&mut self.buying, &mut self.flows, layout.blocks());
        buying.set_season(season);
        let mut work = SettleRoom::new(layout, dispatch);
        flows.start(market, offers, layout);
        self.moments.clear();
        if !leave {
            self.moments.resize(layout.types * blocks, [0.0; 2]);
        }
        for i in 0..layout.types {
            if let Some(rates) = &closed {
                let together = &mut self.together;
                self.consumers
                    .settle_type(layout, i, together, rates, flows, &mut work);
                together.learn_and_forget(layout, i, rates);
            }
            let (together, mass) = (&mut self.together, self.consumers.of_type_mut(layout, i));
            together.part_if_attracted(market, layout, attraction, i, mass);
            buying.update_type(tables_from, layout, i, dispatch);
            let sets = together.sets(layout, i);
            watch.see_masses(ground, (i, sets), mass, (buying, &mut self.unaware));
            let question = Question {
                i,
                unknown: 0,
                only_knowing: 0,
                leave,
                sets,
                // Who reduces a month does so while it can be opened again.
                squares: !leave,
            };
            let demand = &mut flows.demand[i * blocks..(i + 1) * blocks];
            demand_of_type(
                dispatch,
                buying,
                layout,
                mass,
                question,
                &mut self.room,
                demand,
            );
            if !leave {
                let asked = sets * layout.owned * layout.networks;
                for (block, demand) in demand[..asked].iter().enumerate() {
                    let moments = [demand.buyers, self.room.square(block)];
                    self.moments[i * blocks + block] = moments;
                }
            }
            together.spread(layout, i, demand, &mut self.room.masses);
            self.sums[i * blocks..(i + 1) * blocks].copy_from_slice(&self.room.masses);
            let input = FlowInput {
                market,
                parameters,
                offers,
                attraction,
                buying,
            };
            flows.add_type(input, layout, i, dispatch);
            watch.see_flows(ground, i, input, flows);
        }
        flows.finish(market, offers);
        if leave {
            self.stage = Stage::Stayed;
        }
    }

    /// Utilities that did not change need no exponential.
    fn update_attraction(&mut self, ground: Ground, offers: &Offers) {
        let (market, parameters) = (ground.market, ground.parameters);
        let (attraction, trust) = (&mut self.attraction, &self.trust);
        let dispatch = ground.dispatch;
        let moved = match &self.attraction_for {
            Some(before) => moved_brands(market, (&self.offers, before), (offers, trust)),
            None => None,
        };
        match moved {
            Some(moved) if !moved.contains(&true) => return,
            Some(moved) => {
                attraction.update_brands(market, parameters, offers, trust, &moved, dispatch);
            }
            None => attraction.update(market, parameters, offers, trust, dispatch),
        }
        self.offers.clone_from(offers);
        self.attraction_for = Some(self.trust.clone());
    }

    /// Masses at the start of the month that is open or comes next; not after [`Economy::pass_month`].
    pub fn consumers(&mut self, ground: Ground) -> &Consumers {
        let layout = ground.layout;
        if let Stage::Closed(rates) = &self.stage {
            let mut work = SettleRoom::new(layout, ground.dispatch);
            for i in 0..layout.types {
                let (flows, together) = (&self.flows, &mut self.together);
                self.consumers
                    .settle_type(layout, i, together, rates, flows, &mut work);
                together.learn_and_forget(layout, i, rates);
            }
            self.stage = Stage::Start;
        }
        // Whoever looks at masses wants to see who knows what.
        for i in 0..layout.types {
            let mass = self.consumers.of_type_mut(layout, i);
            self.together.part(layout, i, mass);
        }
        self.sums = stock::block_sums(&self.consumers, layout, ground.dispatch);
        self.opened()
    }

    /// Puts consumers where the market is at rest under these offers, `[eq:cohorts]`, without waiting for the months to pass: a
    /// month leaves their states as they are as long as those who churn go where the shops of the latest month have sold.
    /// What was bought in that month is forgotten. False, and nothing done, with entrants, with balances that outlast all ages, and
    /// where those who own nothing come from nowhere.
    pub fn come_to_rest(&mut self, ground: Ground, offers: &Offers, season: f64) -> bool {
        let Ground {
            market,
            parameters,
            layout,
            dispatch,
            ..
        } = ground;
        if !rest::can_tell(market, layout) {
            return false;
        }
        self.update_attraction(ground, offers);
        self.buying.set_season(season);
        self.flows.shop_units.resize(layout.networks, 0.0);
        let churn = churn_shares(market, &self.flows.shop_units);
        let mut rest = Rest::new(layout, churn, market.lapse);
        for i in 0..layout.types {
            let input = BuyingInput {
                market,
                parameters,
                attraction: &self.attraction,
            };
            self.buying.update_type(input, layout, i, dispatch);
            let mass = self.consumers.of_type_mut(layout, i);
            rest.put(input, &self.buying, layout, i, mass, dispatch);
        }
        self.stage = Stage::Start;
        self.sums = stock::block_sums(&self.consumers, layout, dispatch);
        self.stock = Stock::new(layout, &market.tastes.weight, &self.sums);
        true
    }

    /// Takes the consumers of another economy with the same states, at the start of a month; tables follow when it opens.
    pub(crate) fn begin_as(&mut self, other: &Self) {
        self.consumers.mass.clone_from(&other.opened().mass);
        self.together.clone_from(&other.together);
        self.sums.clone_from(&other.sums);
        self.stock.clone_from(&other.stock);
        self.stage = Stage::Start;
    }

    /// Changes masses, (I, N), at the start of a month that is not open yet; their sum must stay.
    pub(crate) fn change_masses(&mut self, ground: Ground, change: impl FnOnce(&mut [f64])) {
        self.consumers(ground);
        change(&mut self.consumers.mass);
        let layout = ground.layout;
        self.sums = stock::block_sums(&self.consumers, layout, ground.dispatch);
        self.stock = Stock::new(layout, &ground.market.tastes.weight, &self.sums);
    }

    /// Masses of the month opened with [`Economy::open_month`].
    pub fn opened(&self) -> &Consumers {
        debug_assert!(
            matches!(self.stage, Stage::Start),
            "buyers have left, or nobody has moved yet"
        );
        &self.consumers
    }

    /// Source of an entrant's volume in the month opened with [`Economy::open_month`].
    pub fn volume(&self, ground: Ground, entrant: usize) -> Volume {
        let layout = ground.layout;
        let mut sum = VolumeSum::new(entrant, ground.market, layout);
        let input = FlowInput {
            market: ground.market,
            parameters: ground.parameters,
            offers: &self.offers,
            attraction: &self.attraction,
            buying: &self.buying,
        };
        for i in 0..layout.types {
            let mut mass = self.opened().of_type(layout, i).to_vec();
            sum.ask(i, &mut mass, &self.buying, layout, ground.dispatch);
            sum.add_type(i, input, &self.flows, layout);
        }
        sum.volume
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
        let Ground { market, layout, .. } = ground;
        let mut learning = Vec::with_capacity(laws.len());
        for (e, (law, exposure)) in laws.iter().zip(exposures).enumerate() {
            let trust = &mut self.trust[market.incumbents + e];
            learning.push(law.pass_month(&mut self.adstock[e], trust, exposure));
        }
        let rates = Rates {
            churn: churn_shares(market, &self.flows.shop_units),
            lapse: market.lapse,
            learn: awareness::by_type(market, &learning),
            forget: laws.iter().map(|law| law.forgetting).collect(),
        };
        if matches!(self.stage, Stage::Start) {
            self.leave(ground);
        }
        let after = stock::settled_sums(layout, &self.sums, &self.flows, &rates);
        self.stock = Stock::new(layout, &market.tastes.weight, &after);
        self.stage = Stage::Closed(rates);
    }

    /// Buyers of the open month leave the masses.
    fn leave(&mut self, ground: Ground) {
        let (layout, dispatch) = (ground.layout, ground.dispatch);
        let mut demand = vec![Demand::default(); layout.blocks()];
        for i in 0..layout.types {
            let question = Question {
                i,
                unknown: 0,
                only_knowing: 0,
                leave: true,
                squares: false,
                sets: self.together.sets(layout, i),
            };
            let mass = self.consumers.of_type_mut(layout, i);
            let room = &mut self.room;
            demand_of_type(
                dispatch,
                &self.buying,
                layout,
                mass,
                question,
                room,
                &mut demand,
            );
        }
    }
}

/// Brands whose trust or prices have changed, (F,); none where other goods are on sale.
fn moved_brands(
    market: &Market,
    (before, trusted): (&Offers, &[f64]),
    (now, trust): (&Offers, &[f64]),
) -> Option<Vec<bool>> {
    if before.product != now.product || before.channel != now.channel {
        return None;
    }
    let mut moved: Vec<bool> = trusted.iter().zip(trust).map(|(x, y)| x != y).collect();
    for (o, &j) in now.product.iter().enumerate() {
        moved[market.products[j].brand] |= before.price[o] != now.price[o];
    }
    Some(moved)
}
