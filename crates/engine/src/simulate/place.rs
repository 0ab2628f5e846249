//! Where a plan's consumers are computed: with those of staying out until it sells, then apart.

use super::World;
use super::events::awareness;
use super::pricing::{Due, Play};
use super::record::Repricing;
use crate::choice::market::Market;
use crate::choice::offers::Offers;
use crate::dynamics::awareness::{AwarenessLaw, Exposure};
use crate::dynamics::economy::Economy;
use crate::dynamics::settle::Consumers;
use crate::dynamics::surplus;
use crate::dynamics::watch::Watch;
use crate::numerics::aligned::Aligned;
use crate::scenario::calendar;
use crate::supply::rule::Rule;
use std::sync::Arc;

/// How well entrants are known and trusted while nobody can buy of them. Consumers who know them then
/// behave as all others, so that a share of each type is all there is to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Renown {
    /// Money a month, (E,).
    adstock: Vec<f64>,
    /// By brand, (F,).
    trust: Vec<f64>,
    /// Share of a type that knows an entrant, (I, E).
    knows: Vec<f64>,
    /// Share of users who do, (E,).
    awareness: Vec<f64>,
}

impl Renown {
    pub(super) fn new(market: &Market, laws: &[AwarenessLaw]) -> Self {
        let mut trust = vec![0.0; market.brands];
        for (e, law) in laws.iter().enumerate() {
            trust[market.incumbents + e] = law.initial_trust;
        }
        let initial: Vec<f64> = laws.iter().map(|law| law.initial).collect();
        Self {
            adstock: vec![0.0; laws.len()],
            trust,
            knows: initial.repeat(market.tastes.len()),
            awareness: initial,
        }
    }

    /// `[eq:awareness]` and `[eq:trust]` where nobody owns an entrant's product.
    fn pass_month(&mut self, market: &Market, laws: &[AwarenessLaw], exposures: &[Exposure]) {
        for (e, (law, exposure)) in laws.iter().zip(exposures).enumerate() {
            let trust = &mut self.trust[market.incumbents + e];
            let learning = law.pass_month(&mut self.adstock[e], trust, exposure);
            self.awareness[e] = 0.0;
            for (i, &segment) in market.tastes.segment.iter().enumerate() {
                let knows = &mut self.knows[i * laws.len() + e];
                *knows += learning[segment] * (1.0 - *knows) - law.forgetting * *knows;
                self.awareness[e] += market.tastes.weight[i] * *knows;
            }
        }
    }

    /// A share `by` of those who do not know an entrant learn of it; below 0, of those who do forget it.
    fn shock(&mut self, market: &Market, e: usize, by: f64) {
        let share = by.abs().min(1.0);
        let entrants = self.awareness.len();
        self.awareness[e] = 0.0;
        for (i, weight) in market.tastes.weight.iter().enumerate() {
            let knows = &mut self.knows[i * entrants + e];
            *knows += if by > 0.0 {
                share * (1.0 - *knows)
            } else {
                -share * *knows
            };
            self.awareness[e] += weight * *knows;
        }
    }

    /// Share of each type in each known set, (I, sets): entrants become known independently.
    fn known_sets(&self, sets: usize) -> Vec<f64> {
        let entrants = self.awareness.len().max(1);
        let mut shares = Vec::with_capacity(self.knows.len() / entrants * sets);
        for knows in self.knows.chunks_exact(entrants) {
            for known in 0..sets {
                let of = |(e, &share): (usize, &f64)| {
                    if known >> e & 1 == 1 {
                        share
                    } else {
                        1.0 - share
                    }
                };
                shares.push(knows.iter().enumerate().map(of).product());
            }
        }
        shares
    }
}

/// Where a plan's consumers are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Nothing that consumers can buy differs from staying out.
    Outside(Renown),
    /// It has consumers of its own, or shares them with plans that have done the same so far.
    Inside(Arc<Economy>),
}

impl Default for Place {
    /// Nobody's place.
    fn default() -> Self {
        Self::Outside(Renown::default())
    }
}

impl Place {
    /// The start: outside, or inside where entrants sell before any entry.
    pub(super) fn new(world: &World) -> Self {
        let renown = Renown::new(&world.market, &world.laws);
        if world.is_empty_before_entry() {
            Self::Outside(renown)
        } else {
            let start = &world.calibrated.consumers;
            Self::Inside(Arc::new(entered(world, start, &renown, None)))
        }
    }

    /// The consumers, wherever they are.
    pub(super) fn economy<'b>(&'b self, shared: &'b Shared) -> &'b Economy {
        match self {
            Self::Outside(_) => &shared.economy,
            Self::Inside(economy) => economy,
        }
    }

    /// Share of each type that knows an entrant, (I, E).
    pub(super) fn knows(&self) -> &[f64] {
        match self {
            Self::Outside(renown) => &renown.knows,
            Self::Inside(economy) => &economy.stock.knows,
        }
    }

    /// Share of users who know an entrant.
    pub(super) fn awareness(&self, e: usize) -> f64 {
        match self {
            Self::Outside(renown) => renown.awareness[e],
            Self::Inside(economy) => economy.stock.awareness[e],
        }
    }

    /// Trust of a brand.
    pub(super) fn trust(&self, brand: usize) -> f64 {
        match self {
            Self::Outside(renown) => renown.trust[brand],
            Self::Inside(economy) => economy.trust[brand],
        }
    }

    /// Owners of an entrant after this month's purchases, share of users.
    pub(super) fn owners_after(&self, world: &World, e: usize) -> f64 {
        match self {
            Self::Outside(_) => 0.0,
            Self::Inside(economy) => economy.owners_after(world.ground(), e),
        }
    }

    /// From now on the plan has consumers of its own: those of staying out, and who knows what.
    pub(super) fn enter(&mut self, world: &World, shared: &Shared) {
        if let Self::Outside(renown) = self {
            let economy = entered(world, &shared.start, renown, Some(&shared.economy));
            *self = Self::Inside(Arc::new(economy));
        }
    }

    /// Share of each type in each known set, (I, sets); none where it has consumers of its own.
    pub(super) fn known_sets(&self, world: &World) -> Vec<f64> {
        match self {
            Self::Outside(renown) => renown.known_sets(world.layout.known_sets),
            Self::Inside(_) => Vec::new(),
        }
    }

    /// A share of people learn of an entrant all at once, or forget it, `[eq:awareness_shock]`.
    pub(super) fn shock_awareness(&mut self, world: &World, e: usize, by: f64) {
        match self {
            Self::Outside(renown) => renown.shock(&world.market, e, by),
            Self::Inside(economy) => awareness::shock(Arc::make_mut(economy), world, e, by),
        }
    }

    /// Ends the month.
    pub(super) fn close(&mut self, world: &World, exposures: &[Exposure]) {
        match self {
            Self::Outside(renown) => renown.pass_month(&world.market, &world.laws, exposures),
            Self::Inside(economy) => {
                let economy = Arc::make_mut(economy);
                economy.close_month(world.ground(), &world.laws, exposures);
            }
        }
    }
}

/// Consumers of a market without entrants, (I, N'), with entrants' states beside them: those who know
/// them are of all states alike.
fn entered(
    world: &World,
    consumers: &Consumers,
    renown: &Renown,
    before: Option<&Economy>,
) -> Economy {
    let (small, layout) = (&world.shared_layout, &world.layout);
    let run = layout.networks * layout.stride();
    let shares = renown.known_sets(layout.known_sets);
    // Who could buy nothing of an entrant until now is of all states alike, whatever is known.
    let spread = if before.is_some() {
        1
    } else {
        layout.known_sets
    };
    let mut mass = Aligned::filled(0.0, layout.types * layout.type_cells());
    for i in 0..layout.types {
        let old = consumers.of_type(small, i);
        let new = &mut mass[i * layout.type_cells()..(i + 1) * layout.type_cells()];
        for known in 0..spread {
            let share = if spread == 1 {
                1.0
            } else {
                shares[i * layout.known_sets + known]
            };
            let at = layout.block(known, 0, 0) * layout.stride();
            let to = &mut new[at..at + small.owned * run];
            for (x, y) in to.iter_mut().zip(old) {
                *x = share * y;
            }
        }
    }
    let (ground, consumers, trust) = (world.ground(), Consumers { mass }, renown.trust.clone());
    let mut economy = if before.is_some() {
        Economy::unparted(ground, consumers, trust, shares)
    } else {
        Economy::new(ground, consumers, trust)
    };
    economy.adstock.clone_from(&renown.adstock);
    if let Some(before) = before {
        // What is owed on incumbents' goods was agreed before.
        let (short, long) = (
            small.owned * layout.networks,
            layout.owned * layout.networks,
        );
        let owed = before.buying.owed_price.chunks_exact(short);
        let new = economy.buying.owed_price.chunks_exact_mut(long);
        for (from, to) in owed.zip(new) {
            to[..short].copy_from_slice(from);
        }
    }
    economy
}

/// Consumers while nobody can buy of an entrant: of staying out, and of every plan until it sells.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) economy: Economy,
    /// They at the start of this month.
    pub(super) start: Consumers,
    /// What they can buy this month.
    pub(super) offers: Offers,
    /// What buying and keeping are worth this month.
    pub(super) values: surplus::Values,
    /// What of this month's prices staying out has found, for plans that are where it is.
    pub(super) due: Due,
    pub(super) before: Offers,
    pub(super) rules: Vec<Rule>,
    pub(super) play: Option<Play>,
    pub(super) repricing: Option<Repricing>,
    is_used: bool,
}

impl Shared {
    pub(super) fn new(world: &World) -> Self {
        let is_used = world.is_empty_before_entry();
        let (economy, start) = if is_used {
            let consumers = world.calibrated.consumers.clone();
            let no_trust = vec![0.0; world.market.brands];
            let start = consumers.clone();
            let economy = Economy::new(world.shared_ground(), consumers, no_trust);
            (economy, start)
        } else {
            (Economy::default(), Consumers::default())
        };
        Self {
            economy,
            start,
            offers: Offers::default(),
            values: surplus::Values::default(),
            due: Due::Nobody,
            before: Offers::default(),
            rules: Vec::new(),
            play: None,
            repricing: None,
            is_used,
        }
    }

    /// Opens a month for good; what masses are at its start is written down.
    pub(super) fn open(&mut self, world: &World, month: usize, offers: &Offers) {
        self.offers.clone_from(offers);
        let ground = world.shared_ground();
        {
            let mut watch = Watch {
                start: Some(&mut self.start),
                ..Watch::default()
            };
            let season = season(world, month);
            self.economy.pass_month(ground, offers, season, &mut watch);
        }
        if !world.for_money {
            self.values
                .update(ground, &self.start.mass, &self.economy.buying);
        }
    }

    /// Ends the month.
    pub(super) fn close(&mut self, world: &World) {
        if self.is_used {
            self.economy.close_month(world.shared_ground(), &[], &[]);
        }
    }
}

/// σ_t of a month of the scenario.
pub(super) fn season(world: &World, month: usize) -> f64 {
    let calendar = calendar(world.scenario.start, month);
    world.values[&world.scenario.season[calendar.month as usize - 1]]
}
