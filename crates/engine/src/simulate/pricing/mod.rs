//! Prices that firms set against each other in the months: who plays, when, and what they find.
//!
//! Play is one-shot: at a repricing every firm that plays takes the demand of the month, with consumers, awareness and what others hold as they
//! are, as that of every month for which the prices are set, `[eq:months_game]`.

mod costs;
mod lines;
mod promise;
mod search;

pub(super) use costs::baseline_costs;
pub(super) use search::{EXACT, Precision, USUAL};

use super::World;
use super::firm::Firm;
use super::path::Path;
use super::place::{Place, Shared};
use super::record::Repricing;
use crate::choice::offers::Offers;
use crate::dynamics::economy::{self, Economy};
use crate::numerics::solve::Status;
use crate::scenario::{CapTerms, Category, PriceRule, Product, Scenario};
use crate::supply::rule::Rule;
use std::sync::Arc;

/// What of prices an entrant or an incumbent plays for, along one path. `P` products, `F` brands.
#[derive(Clone, Debug)]
pub(super) struct Play {
    /// Whether a product's price is played for, (P,).
    plays: Vec<bool>,
    /// Whether it has no such price yet, (P,).
    waits: Vec<bool>,
    /// What firms have promised, (F,).
    promises: Vec<Option<CapTerms>>,
    /// Whether a promise bound when its prices were found, (F,).
    pub(super) bound: Vec<bool>,
    /// Multiplier of a promise when its prices were found, 1 before, (F,): the next search starts there.
    multiplier: Vec<f64>,
    /// Whether incumbents' prices may differ from the table's.
    pub(super) rivals_moved: bool,
    /// What promises with a window have counted in it so far, (F,).
    counted: Vec<Counted>,
    /// First month after the window of the prices that all firms set last.
    free_from: usize,
    /// The month that prices are set in.
    month: usize,
    /// Who sets prices this month.
    pub(super) due: Due,
}

/// What a promise has counted in the months of its window before this one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counted {
    /// Profit as the promise counts it, money.
    profit: f64,
    /// Receipts, money.
    receipts: f64,
}

/// Who sets prices in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Due {
    /// Nobody.
    #[default]
    Nobody,
    /// Entrants, for what has no price yet; rivals hold theirs.
    Entrants,
    /// All who play.
    All,
}

impl Play {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            plays: vec![false; scenario.products.len()],
            waits: vec![false; scenario.products.len()],
            promises: vec![None; scenario.brands.len()],
            bound: vec![false; scenario.brands.len()],
            counted: vec![Counted::default(); scenario.brands.len()],
            multiplier: vec![1.0; scenario.brands.len()],
            rivals_moved: false,
            free_from: 0,
            month: 0,
            due: Due::Nobody,
        }
    }

    /// A product gets a rule. Complements are not played for.
    pub(super) fn set(&mut self, written: &Product, product: usize, rule: &PriceRule) {
        let plays = rule.plays() && written.category == Category::Durable;
        self.plays[product] = plays;
        self.waits[product] = plays;
        self.multiplier[written.brand] = 1.0;
        if let PriceRule::MarginCap(terms) = rule {
            self.promises[written.brand] = Some(terms.clone());
        } else if plays {
            self.promises[written.brand] = None;
        }
    }

    /// What a firm has promised.
    pub(super) fn promise(&self, brand: usize) -> Option<&CapTerms> {
        self.promises[brand].as_ref()
    }
}

impl Firm {
    /// Rules that hold from the start.
    pub(super) fn begin_pricing(&mut self, world: &World) {
        let Some(pricing) = &world.scenario.pricing else {
            return;
        };
        for firm in &pricing.firms {
            let durables = durables_of(world.scenario, firm.brand);
            if world.scenario.is_entrant(firm.brand) {
                self.set_rules(world, &durables, &firm.rule);
            } else if firm.rule.plays() {
                // Incumbents hold the table's prices, at which demand was calibrated, until they set others.
                for p in durables {
                    self.play.set(&world.scenario.products[p], p, &firm.rule);
                    self.play.waits[p] = false;
                }
            }
        }
    }

    /// The rule of a product whose price is to be found: the same receipt everywhere, at first that of the table's price in its first channel.
    pub(super) fn first_try(&self, world: &World, product: usize) -> Rule {
        let written = &world.scenario.products[product];
        let price = world.values[&written.price];
        match written.channels.first() {
            Some(&k) if self.play.plays[product] => Rule::Receipt {
                receipt: self.terms.receipt(k, price),
            },
            _ => Rule::Fixed { price },
        }
    }

    /// Incumbents whose receipts follow costs do so from the first repricing on.
    fn follow_costs(&mut self, world: &World) {
        let firms = world.scenario.pricing.iter().flat_map(|p| &p.firms);
        for firm in firms.filter(|firm| !world.scenario.is_entrant(firm.brand)) {
            if let PriceRule::CostPlus { .. } = firm.rule {
                let durables = durables_of(world.scenario, firm.brand);
                self.set_rules(world, &durables, &firm.rule);
                self.play.rivals_moved = true;
            }
        }
    }
}

impl Shared {
    /// By how much staying out's prices moved, by product, if they did in this month, money.
    fn moved(&self, month: usize) -> Vec<(usize, f64)> {
        let found = self.repricing.iter().filter(|found| found.month == month);
        let prices = found.flat_map(|found| &found.prices);
        prices
            .map(|&(p, before, after)| (p, after - before))
            .collect()
    }
}

fn durables_of(scenario: &Scenario, brand: usize) -> Vec<usize> {
    let of_brand = |&p: &usize| {
        let product = &scenario.products[p];
        product.brand == brand && product.category == Category::Durable
    };
    (0..scenario.products.len()).filter(of_brand).collect()
}

impl Path<'_> {
    /// Whether all firms set prices this month: a set month, or a condition that holds after the last window.
    pub(super) fn is_set_month(&self, world: &World, month: usize) -> bool {
        let Some(pricing) = &world.scenario.pricing else {
            return false;
        };
        let holds = || {
            let snapshot = self.snapshot(world, month);
            let when = pricing.when.as_ref();
            when.is_some_and(|when| when.holds(&|observable| snapshot.read(observable)))
        };
        pricing.months.contains(&month) || month >= self.firm.play.free_from && holds()
    }

    /// Who sets prices this month, given what is on sale.
    pub(super) fn look_who_prices(&mut self, world: &World, all: bool) {
        let play = &self.firm.play;
        let offers = &self.on_sale.durable;
        let products = offers.product.iter().map(|&j| &world.market.products[j]);
        let mut waiting = products.filter(|product| play.waits[product.scenario_index]);
        self.firm.play.due = if all {
            Due::All
        } else if waiting.next().is_some() {
            Due::Entrants
        } else {
            Due::Nobody
        };
    }

    /// Prices of the month for consumers of the path's own. They are looked for from where staying out's have moved this month.
    pub(super) fn reprice(&mut self, world: &World, month: usize, shared: &Shared) {
        let Place::Inside(economy) = &mut self.place else {
            return;
        };
        // Consumers that plans share stay shared: a search leaves nothing in them that lasts.
        let mut copy;
        let economy = if Arc::strong_count(economy) > 1 {
            copy = Economy::clone(economy);
            &mut copy
        } else {
            Arc::make_mut(economy)
        };
        let offers = &self.on_sale.durable;
        let found = play(
            world,
            world.ground(),
            economy,
            (&mut self.firm, offers),
            (month, &shared.moved(month)),
        );
        self.take_found(world, month, found);
    }

    /// Prices of the month while consumers are shared; for the path of staying out.
    pub(super) fn reprice_shared(&mut self, world: &World, month: usize, shared: &mut Shared) {
        shared.due = self.firm.play.due;
        shared.before.clone_from(&self.on_sale.durable);
        let offers = &self.on_sale.durable;
        let economy = &mut shared.economy;
        let ground = world.shared_ground();
        let firm = &mut self.firm;
        let found = play(world, ground, economy, (firm, offers), (month, &[]));
        shared.repricing.clone_from(&found);
        shared.rules.clone_from(&self.firm.rules);
        shared.play = Some(self.firm.play.clone());
        self.take_found(world, month, found);
    }

    /// Takes this month's prices from staying out, where that has found them for this path too; nothing is due then.
    pub(super) fn take_shared_prices(&mut self, world: &World, month: usize, shared: &Shared) {
        let Some(play) = &shared.play else {
            return;
        };
        let is_same = matches!(self.place, Place::Outside(_))
            && self.firm.play.due == shared.due
            && self.on_sale.durable == shared.before;
        if !is_same {
            return;
        }
        for (p, product) in world.scenario.products.iter().enumerate() {
            if !world.scenario.is_entrant(product.brand) {
                self.firm.rules[p] = shared.rules[p];
            }
        }
        self.firm.play.rivals_moved = play.rivals_moved;
        self.firm.play.free_from = play.free_from;
        self.firm.play.bound.clone_from(&play.bound);
        self.firm.play.due = Due::Nobody;
        self.take_found(world, month, shared.repricing.clone());
    }

    fn take_found(&mut self, world: &World, month: usize, found: Option<Repricing>) {
        self.on_sale = self.firm.offers(world, month);
        self.record.repricings.extend(found);
    }
}

/// Solves for the prices of who is due and puts them into rules; what came of it, if anybody had a price to set.
fn play(
    world: &World,
    ground: economy::Ground,
    economy: &mut Economy,
    (firm, offers): (&mut Firm, &Offers),
    (month, near): (usize, &[(usize, f64)]),
) -> Option<Repricing> {
    let due = firm.play.due;
    firm.play.month = month;
    if due == Due::All {
        firm.follow_costs(world);
        let pricing = world.scenario.pricing.as_ref()?;
        firm.play.free_from = month + pricing.window(month, world.scenario.months);
    }
    let refreshed;
    let offers = if firm.play.rivals_moved {
        refreshed = firm.offers(world, month).durable;
        &refreshed
    } else {
        offers
    };
    let moves = |p: usize| {
        let entrant = world.scenario.is_entrant(world.scenario.products[p].brand);
        firm.play.plays[p] && (due == Due::All || entrant)
    };
    let moves: Vec<bool> = (0..world.scenario.products.len()).map(moves).collect();
    let found = search::search(world, ground, economy, firm, (offers, near), &moves)?;
    for line in &found.value.lines {
        let p = line.product;
        firm.play.waits[p] = false;
        firm.rules[p] = if world.scenario.is_entrant(world.scenario.products[p].brand) {
            Rule::Receipt {
                receipt: line.price / (1.0 + world.terms.sales_tax),
            }
        } else {
            firm.play.rivals_moved = true;
            Rule::Fixed {
                price: line.price + line.on_top,
            }
        };
    }
    for promise in &found.value.promises {
        firm.play.bound[promise.brand] = promise.binds;
        firm.play.multiplier[promise.brand] = promise.multiplier;
    }
    let prices = found.value.lines.iter();
    Some(Repricing {
        month,
        status: found.status,
        rounds: found.iterations,
        residual: found.residual,
        prices: prices
            .map(|line| {
                let shown = |price: f64| price + line.on_top;
                (line.product, shown(line.before), shown(line.price))
            })
            .collect(),
        promises: found.value.promises.clone(),
        // Prices that were not found are those that stood before: it must be said.
        kept_old: found.status == Status::BrokeDown,
    })
}
