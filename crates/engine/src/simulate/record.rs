//! What a plan did, month by month: the record that outcomes and series are read from.

use crate::finance::Accounts;
use crate::numerics::solve::{Solve, Status};
use serde::Serialize;

/// Surplus of a month against staying out, money.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SurplusMonth {
    /// Choice sets and prices, at the states of staying out.
    pub choice_and_price: f64,
    /// Drift of states, at the plan's choice sets and prices.
    pub drift: f64,
    /// Share of the total that the 1 % of users with the largest gains have.
    pub top_percent: f64,
}

/// Where an entrant's units of a month come from, units.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VolumeMonth {
    /// From each other brand, (F,).
    pub from_brand: Vec<f64>,
    /// Owners who would have waited.
    pub earlier_replacement: f64,
    /// Non-owners who would have bought nothing.
    pub new_owners: f64,
}

/// One entrant under one plan. Series are (T,) by month.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EntrantRecord {
    /// Units of the durable, imports included.
    pub units: Vec<f64>,
    /// Share of the durable's units.
    pub share: Vec<f64>,
    /// Owners at the end of the month, users.
    pub installed_base: Vec<f64>,
    /// Share of users who know the brand, end of month.
    pub awareness: Vec<f64>,
    /// Trust for the next month.
    pub trust: Vec<f64>,
    /// Receipts accrued, durable and complements, money.
    pub revenue: Vec<f64>,
    /// Of them from the durable, less its unit costs, money.
    pub hardware_profit: Vec<f64>,
    /// Services accrued, money.
    pub services: Vec<f64>,
    /// Advertising and other marketing, money.
    pub marketing: Vec<f64>,
    /// Channel costs and subsidies that the brand pays, money.
    pub channel_costs: Vec<f64>,
    /// Gates, money.
    pub gates: Vec<f64>,
    /// Fixed costs, money.
    pub fixed: Vec<f64>,
    /// Single payments, money.
    pub settlements: Vec<f64>,
    /// Net cash, money.
    pub cash: Vec<f64>,
    /// Sum of it.
    pub cash_cumulative: Vec<f64>,
    /// Units of complements by category, (categories, T).
    pub complement_units: Vec<Vec<f64>>,
    /// Posterior mean of its appeal, end of month; empty where it does not learn.
    pub belief_mean: Vec<f64>,
    /// Its posterior standard deviation; likewise.
    pub belief_sd: Vec<f64>,
    /// Whether it sold through a channel that it opened.
    pub in_market: Vec<bool>,
    /// Source of volume.
    pub volume: Vec<VolumeMonth>,
    /// Units of the durable by channel, (K, T).
    pub channel_units: Vec<Vec<f64>>,
    /// Units by product that the firm is paid for, (P, T).
    pub paid_units: Vec<Vec<f64>>,
    /// Unit cost by product and month, money per unit, (P, T); empty for other brands' products.
    pub unit_costs: Vec<Vec<f64>>,
    /// By month, whether its promise about margins bound; none where it sold nothing under one.
    pub promise_bound: Vec<Option<bool>>,
    /// By month, what it paid back under a promise, money.
    pub rebates: Vec<f64>,
    /// Month in which it left.
    pub exited: Option<usize>,
    /// The books over all months.
    pub accounts: Option<Accounts>,
}

/// One plan in one draw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanRecord {
    /// Plan id.
    pub plan: String,
    /// Months in which its consumers were computed together with those of another plan that had done the same so far: it
    /// depends on what other plans there are, nothing else does.
    #[serde(skip)]
    pub shared_months: usize,
    /// By entrant.
    pub entrants: Vec<EntrantRecord>,
    /// Units of all brands, by month, (F, T).
    pub brand_units: Vec<Vec<f64>>,
    /// Their shares, (F, T).
    pub brand_share: Vec<Vec<f64>>,
    /// Owners at the end of the month, users, (F, T).
    pub brand_base: Vec<Vec<f64>>,
    /// Units by product of the scenario, (P, T).
    pub product_units: Vec<Vec<f64>>,
    /// Units of the durable, (T,).
    pub category_units: Vec<f64>,
    /// Users on each network at the end of the month, (C, T).
    pub network_users: Vec<Vec<f64>>,
    /// Units of the durable by channel, (K, T).
    pub channel_units: Vec<Vec<f64>>,
    /// Surplus against staying out, money, (T,).
    pub surplus: Vec<SurplusMonth>,
    /// Month in which each step first fired.
    pub steps_fired: Vec<Option<usize>>,
    /// Month in which each gate opened, (gates,).
    pub gates_opened: Vec<Option<usize>>,
    /// First month of each event, (events,).
    pub events_fired: Vec<Option<usize>>,
    /// How often each event occurred, (events,).
    pub event_counts: Vec<usize>,
    /// Month in which `exit_when` fired.
    pub exit_month: Option<usize>,
    /// Whether each of the scenario's own outcomes held at the end of any month.
    pub held: Vec<bool>,
    /// Prices that firms set against each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repricings: Vec<Repricing>,
    /// Products of incumbents that play for prices whose cost, backed out of the baseline, is below 0, with it, money per unit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub negative_costs: Vec<(usize, f64)>,
    /// Price rules that did not converge: product, month and how they ended.
    pub unsolved_prices: Vec<(usize, usize, Solve<()>)>,
    /// Offers that sold below cost, by month, product and channel.
    pub poor_prices: Vec<PoorPrice>,
    /// Hazards and odds of events that were taken to the nearest that can be, once an event and month.
    pub capped: Vec<Capped>,
}

/// Prices that firms set against each other in a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repricing {
    /// Month, from 1.
    pub month: usize,
    /// How the search ended.
    pub status: Status,
    /// Reductions of demand that it took.
    pub rounds: usize,
    /// The largest share by which another would move a price, judged by the slowest rate at which they came to move less.
    pub residual: f64,
    /// Product of the scenario, price before and after: the consumer's, in the first channel that it is sold through, money.
    pub prices: Vec<(usize, f64, f64)>,
    /// How promises were kept.
    pub promises: Vec<KeptPromise>,
    /// Whether nothing was found, so that prices are still those before.
    pub kept_old: bool,
}

/// A firm's promise about its margin at prices that were set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KeptPromise {
    /// Brand.
    pub brand: usize,
    /// Whether it made a difference.
    pub binds: bool,
    /// The margin that it counts, a share of receipts.
    pub margin: f64,
    /// `ν`, 1 where it does not bind.
    pub multiplier: f64,
    /// `N − cap·R` as a share of receipts: above 0 the promise is not kept by prices.
    pub excess: f64,
}

/// A hazard, or a factor of odds, that no probability can have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Capped {
    /// Event of the scenario.
    pub event: usize,
    /// Month, from 1.
    pub month: usize,
    /// What it came to: of a hazard p · Π factors, taken as 1 above and as 0 below 0 or where undefined, `[eq:hazard]`; of an
    /// attempt or a follower Π factors, taken as 0 below 0 or where undefined, `[eq:odds]`.
    pub value: f64,
}

/// An offer of an entrant that earns less than its unit cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PoorPrice {
    /// Month, from 1.
    pub month: usize,
    /// Product of the scenario.
    pub product: usize,
    /// Channel.
    pub channel: usize,
    /// What the brand keeps of a unit, money.
    pub receipt: f64,
    /// What the unit costs it, money.
    pub unit_cost: f64,
    /// Whether the rule asked for a price below zero, so that it is given away.
    pub given_away: bool,
}

impl PlanRecord {
    pub(super) fn new(
        plan: &str,
        entrants: usize,
        brands: usize,
        products: usize,
        categories: usize,
        steps: usize,
        own_outcomes: usize,
    ) -> Self {
        let entrant = EntrantRecord {
            complement_units: vec![Vec::new(); categories],
            paid_units: vec![Vec::new(); products],
            unit_costs: vec![Vec::new(); products],
            ..EntrantRecord::default()
        };
        Self {
            plan: plan.into(),
            entrants: vec![entrant; entrants],
            brand_units: vec![Vec::new(); brands],
            brand_share: vec![Vec::new(); brands],
            brand_base: vec![Vec::new(); brands],
            product_units: vec![Vec::new(); products],
            steps_fired: vec![None; steps],
            held: vec![false; own_outcomes],
            ..Self::default()
        }
    }
}
