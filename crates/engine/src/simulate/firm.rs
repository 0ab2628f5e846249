//! What the entrants have done so far under a plan, and what is on offer because of it.

use super::World;
use super::complements::{self, Offer};
use super::events::{EventStates, Standing};
use super::pricing::Play;
use super::studies::Studies;
use crate::choice::offers::Offers;
use crate::numerics::solve::Solve;
use crate::scenario::{
    Action, Category, Changed, ChannelKind, Handle, Held, Plan, PriceRule, Scenario, Spending,
};
use crate::supply::rule::{Rule, set_prices};
use crate::supply::terms::Terms;

/// The state of the entrants' doings. `E` entrants, `K` channels, `P` products of the scenario.
#[derive(Clone, Debug)]
pub(super) struct Firm {
    /// (E, K).
    pub(super) open: Vec<bool>,
    /// Channels of a launched product; none if not launched, (P,).
    launched: Vec<Option<Vec<usize>>>,
    /// (gates,).
    pub(super) gates: Vec<GateState>,
    /// Month in which each step first fired.
    pub(super) fired: Vec<Option<usize>>,
    /// (P,).
    pub(super) rules: Vec<Rule>,
    /// Which prices are played for.
    pub(super) play: Play,
    /// Terms of trade with the entrants; deals change them.
    pub(super) terms: Terms,
    streams: Vec<Stream>,
    /// Fixed costs as a multiple of the scenario's, (E,).
    pub(super) overhead: Vec<f64>,
    /// Studies begun.
    pub(super) studies: Studies,
    /// Whether an entrant has acted at all, (E,).
    pub(super) active: Vec<bool>,
    /// Month in which an entrant left, (E,).
    pub(super) exited: Vec<Option<usize>>,
    /// Payments of this month, (E,).
    pub(super) payments: Vec<Payments>,
    /// What events have done that lasts.
    pub(super) standing: Standing,
    /// Where every event stands.
    pub(super) events: EventStates,
}

/// Money an entrant pays in a month besides goods, channels and services.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Payments {
    pub(super) advertising: f64,
    pub(super) other_spending: f64,
    pub(super) gates: f64,
    pub(super) single: f64,
}

/// Where a gate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GateState {
    pub(super) started: bool,
    /// Month in which the clock began: when all needed gates were open.
    clock: Option<usize>,
    pub(super) open: bool,
    /// First month in which it was open.
    pub(super) opened: Option<usize>,
}

impl GateState {
    fn unlock(&mut self, month: usize) {
        self.open = true;
        self.opened.get_or_insert(month);
    }
}

/// Money a month until a month.
#[derive(Clone, Debug)]
struct Stream {
    entrant: usize,
    advertising: bool,
    amount: f64,
    last_month: f64,
}

impl Firm {
    pub(super) fn new(world: &World, plan: &Plan) -> Self {
        let (scenario, values) = (world.scenario, world.values);
        let entrants = scenario.entrants.len();
        let mut firm = Self {
            open: vec![false; entrants * scenario.channels.len()],
            launched: vec![None; scenario.products.len()],
            gates: vec![GateState::default(); scenario.gates.len()],
            fired: vec![None; plan.steps.len()],
            rules: scenario
                .products
                .iter()
                .map(|product| Rule::Fixed {
                    price: values[&product.price],
                })
                .collect(),
            play: Play::new(scenario),
            terms: world.terms.clone(),
            streams: Vec::new(),
            overhead: vec![1.0; entrants],
            studies: Studies::default(),
            active: vec![false; entrants],
            exited: vec![None; entrants],
            payments: vec![Payments::default(); entrants],
            standing: Standing::new(scenario),
            events: EventStates::new(world),
        };
        firm.begin_pricing(world);
        firm
    }

    /// Gates whose time has come are open from this month on; waiting clocks start.
    pub(super) fn pass_time(&mut self, world: &World, month: usize) {
        self.payments.fill(Payments::default());
        self.standing.begin_month(month);
        for g in 0..world.scenario.gates.len() {
            let lead = self.lead_time(world, g).ceil().max(0.0);
            let due = self.gates[g]
                .clock
                .is_some_and(|clock| month as f64 >= clock as f64 + lead);
            if due {
                self.gates[g].unlock(month);
            }
        }
        self.start_clocks(world, month);
    }

    /// Months from a gate's start to its opening, delays by events included.
    fn lead_time(&self, world: &World, gate: usize) -> f64 {
        world.values[&world.scenario.gates[gate].lead_time] + self.standing.delay(gate)
    }

    fn start_clocks(&mut self, world: &World, month: usize) {
        for (g, gate) in world.scenario.gates.iter().enumerate() {
            let ready = gate.needs.iter().all(|&need| self.gates[need].open);
            let lead = self.lead_time(world, g);
            let state = &mut self.gates[g];
            if state.started && state.clock.is_none() && ready {
                state.clock = Some(month);
                if lead <= 0.0 {
                    state.unlock(month);
                }
            }
        }
    }

    /// Carries out one action.
    pub(super) fn act(&mut self, world: &World, action: &Action, month: usize) {
        let (scenario, values) = (world.scenario, world.values);
        let channels = scenario.channels.len();
        match action {
            Action::Open {
                channels: which,
                entrant,
            } => {
                for k in which {
                    if !self.standing.is_barred(*entrant, *k, month) {
                        self.open[entrant * channels + k] = true;
                    }
                }
                self.enter(*entrant);
            }
            Action::Close {
                channels: which,
                entrant,
            } => {
                for &k in which {
                    self.open[entrant * channels + k] = false;
                    self.events.lose(world, k, *entrant);
                }
            }
            Action::Launch { products, channels } => {
                for &product in products {
                    let all = &scenario.products[product].channels;
                    let chosen = all.iter().copied();
                    let chosen = chosen.filter(|k| channels.is_empty() || channels.contains(k));
                    self.launched[product] = Some(chosen.collect());
                    if let Some(entrant) = scenario.entrant_of(scenario.products[product].brand) {
                        self.enter(entrant);
                    }
                }
            }
            Action::Withdraw { products } => {
                products
                    .iter()
                    .for_each(|&product| self.launched[product] = None);
            }
            Action::Start { gates, entrant } => {
                self.active[*entrant] = true;
                for &g in gates {
                    if !self.gates[g].started {
                        self.gates[g].started = true;
                        self.payments[*entrant].gates += values[&scenario.gates[g].cost];
                    }
                }
                self.start_clocks(world, month);
            }
            Action::Negotiate { channel, entrant } => {
                let barred = self.standing.is_barred(*entrant, *channel, month);
                if !barred && self.events.negotiate(world, *channel, *entrant, month) {
                    self.active[*entrant] = true;
                }
            }
            Action::Price { products, rule } => self.set_rules(world, products, rule),
            Action::Spend {
                amount,
                on,
                months,
                entrant,
            } => {
                self.active[*entrant] = true;
                self.streams.push(Stream {
                    entrant: *entrant,
                    advertising: *on == Spending::Advertising,
                    amount: values[amount],
                    last_month: month as f64 + values[months] - 1.0,
                });
            }
            Action::Pay {
                amount, entrant, ..
            } => {
                self.active[*entrant] = true;
                self.payments[*entrant].single += values[amount];
            }
            Action::Study {
                amount,
                months,
                entrant,
            } => {
                self.active[*entrant] = true;
                self.payments[*entrant].single += values[amount];
                self.studies.begin(*entrant, month, values[months]);
            }
            Action::Overhead { factor, entrant } => {
                self.active[*entrant] = true;
                self.overhead[*entrant] = values[factor];
            }
            Action::PullOut { entrant } => self.pull_out(world, *entrant, month),
            Action::Agree {
                channel,
                margin,
                subsidy,
                payer,
                at_once,
            } => {
                let value = |handle: &Option<Handle>| handle.as_ref().map(|h| values[h]);
                self.terms
                    .agree(*channel, value(margin), value(subsidy), *payer);
                self.terms.at_once[*channel] = *at_once;
            }
        }
    }

    pub(super) fn set_rules(&mut self, world: &World, products: &[usize], rule: &PriceRule) {
        for (n, &product) in products.iter().enumerate() {
            let written = &world.scenario.products[product];
            self.play.set(written, product, rule);
            self.rules[product] = match rule {
                PriceRule::Fixed { prices } => {
                    let price = prices.get(n).unwrap_or(&written.price);
                    Rule::Fixed {
                        price: world.values[price],
                    }
                }
                PriceRule::CostPlus { margin } => Rule::CostPlus {
                    margin: world.values[margin],
                },
                PriceRule::Bertrand | PriceRule::MarginCap(_) => self.first_try(world, product),
            };
        }
    }

    /// Who opens a channel or launches a product is in the market, again if it had left.
    pub(super) fn enter(&mut self, entrant: usize) {
        self.active[entrant] = true;
        self.exited[entrant] = None;
    }

    /// All channels close, spending ends; leaving costs what it would cost at the end.
    pub(super) fn pull_out(&mut self, world: &World, entrant: usize, month: usize) {
        let channels = world.scenario.channels.len();
        let own = &mut self.open[entrant * channels..(entrant + 1) * channels];
        let finance = &world.scenario.finance;
        if finance.count_exit_costs && own.contains(&true) {
            self.payments[entrant].single += world.values[&finance.exit_cost];
        }
        own.fill(false);
        self.streams.retain(|stream| stream.entrant != entrant);
        self.events.leave(entrant);
        self.exited[entrant].get_or_insert(month);
    }

    /// Adds this month's streams of spending to payments.
    pub(super) fn spend(&mut self, month: usize) {
        for stream in &self.streams {
            // A last fraction of a month is paid in proportion.
            let share = (stream.last_month - month as f64 + 1.0).clamp(0.0, 1.0);
            let payments = &mut self.payments[stream.entrant];
            if stream.advertising {
                payments.advertising += share * stream.amount;
            } else {
                payments.other_spending += share * stream.amount;
            }
        }
        self.streams
            .retain(|stream| stream.last_month > month as f64);
    }

    /// Whether a product has been launched, by a plan or by an event.
    pub(super) fn is_launched(&self, product: usize) -> bool {
        self.launched[product].is_some() || self.standing.is_launched(product)
    }

    /// Whether a channel is open to an entrant and not barred.
    pub(super) fn is_open(
        &self,
        world: &World,
        entrant: usize,
        channel: usize,
        month: usize,
    ) -> bool {
        self.open[entrant * world.scenario.channels.len() + channel]
            && !self.standing.is_barred(entrant, channel, month)
    }

    /// Unit cost of a product this month, money per unit.
    pub(super) fn unit_cost(&self, world: &World, product: usize) -> f64 {
        let cost = world.scenario.products[product].unit_cost.as_ref();
        let cost = cost.map_or(0.0, |handle| world.values[handle]);
        self.standing.changed(Changed::Cost, product, cost)
    }

    /// Whether a product's rule asks for a price below zero in a channel.
    pub(super) fn asks_below_zero(&self, world: &World, product: usize, channel: usize) -> bool {
        match self.rules[product] {
            Rule::CostPlus { margin } => {
                let receipt = self.unit_cost(world, product) * (1.0 + margin);
                self.terms.price(channel, receipt) < 0.0
            }
            Rule::Receipt { receipt } => self.terms.price(channel, receipt) < 0.0,
            Rule::Fixed { .. } => false,
        }
    }

    /// The entrants' offers this month: launched products × open channels, less what gates hold;
    /// and imports that need no entry. Durable offers join `incumbents`; complements come apart,
    /// by (entrant, category).
    pub(super) fn offers(&self, world: &World, month: usize) -> OnSale {
        let scenario = world.scenario;
        let mut durable = Vec::new();
        let mut on_sale = OnSale::new(scenario);
        for (p, product) in scenario.products.iter().enumerate() {
            let Some(entrant) = scenario.entrant_of(product.brand) else {
                continue;
            };
            let channels = self.channels_of(world, p, entrant, month);
            if channels.is_empty() {
                continue;
            }
            let prices = set_prices(self.rules[p], self.unit_cost(world, p), &self.terms);
            for k in channels {
                let price = self.standing.changed(Changed::Price, p, prices.value[k]);
                on_sale.in_market[entrant] |= scenario.channels[k].kind != ChannelKind::Import;
                match complements::category_of(scenario, p) {
                    Some(category) => on_sale.complements[entrant][category].push(Offer {
                        product: p,
                        channel: k,
                        price,
                    }),
                    None => durable.push((p, k, price)),
                }
            }
            on_sale.statuses.push((
                p,
                Solve {
                    value: (),
                    ..status(&prices)
                },
            ));
        }
        let anew =
            |p: usize| set_prices(self.rules[p], self.unit_cost(world, p), &world.terms).value;
        let anew: Option<&dyn Fn(usize) -> Vec<f64>> = self.play.rivals_moved.then_some(&anew as _);
        on_sale.durable = self.standing.incumbent_offers(world, month, anew);
        if !durable.is_empty() {
            let joined = join(world, &on_sale.durable, &durable);
            let incumbents = world.market.incumbents;
            on_sale.durable = joined.paid_at_once(|j, k| {
                self.terms.at_once[k] && world.market.products[j].brand >= incumbents
            });
        }
        on_sale
    }

    /// Channels in which an entrant's product is on sale.
    fn channels_of(
        &self,
        world: &World,
        product: usize,
        entrant: usize,
        month: usize,
    ) -> Vec<usize> {
        let scenario = world.scenario;
        if self.standing.is_blocked(product, month) {
            return Vec::new();
        }
        let held = self.is_held(scenario, product);
        let launched = self.launched[product].as_deref().unwrap_or(&[]);
        (0..scenario.channels.len())
            .filter(|&k| {
                let channel = &scenario.channels[k];
                let entered = launched.contains(&k)
                    && self.is_open(world, entrant, k, month)
                    && !held
                    && !self.is_channel_held(scenario, k);
                let imported = channel.open_before_entry.contains(&product)
                    && !self.standing.is_barred(entrant, k, month);
                entered || imported
            })
            .collect()
    }

    fn closed_gates<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = &'a Held> + 'a {
        let gates = scenario.gates.iter().zip(&self.gates);
        gates
            .filter(|(_, state)| !state.open)
            .flat_map(|(gate, _)| &gate.holds)
    }

    fn is_held(&self, scenario: &Scenario, product: usize) -> bool {
        let category = scenario.products[product].category;
        self.closed_gates(scenario).any(|held| match *held {
            Held::Product(p) => p == product,
            Held::Category(c) => c == category,
            Held::Channel(_) => false,
        })
    }

    fn is_channel_held(&self, scenario: &Scenario, channel: usize) -> bool {
        self.closed_gates(scenario)
            .any(|held| *held == Held::Channel(channel))
    }
}

/// What is on sale in a month.
#[derive(Clone, Debug)]
pub(super) struct OnSale {
    /// Durable offers of all brands.
    pub(super) durable: Offers,
    /// Complement offers by (entrant, category).
    pub(super) complements: Vec<Vec<Vec<Offer>>>,
    /// Whether an entrant sells anything through a channel that it opened, (E,).
    pub(super) in_market: Vec<bool>,
    /// How each product's prices were reached.
    pub(super) statuses: Vec<(usize, Solve<()>)>,
}

impl OnSale {
    fn new(scenario: &Scenario) -> Self {
        let entrants = scenario.entrants.len();
        Self {
            durable: Offers::default(),
            complements: vec![vec![Vec::new(); scenario.complements.len()]; entrants],
            in_market: vec![false; entrants],
            statuses: Vec::new(),
        }
    }
}

fn status<T>(solve: &Solve<T>) -> Solve<()> {
    Solve {
        value: (),
        status: solve.status,
        iterations: solve.iterations,
        residual: solve.residual,
    }
}

fn join(world: &World, incumbents: &Offers, entrants: &[(usize, usize, f64)]) -> Offers {
    let products = &world.market.products;
    let old = (0..incumbents.len()).map(|o| {
        (
            incumbents.product[o],
            incumbents.channel[o],
            incumbents.price[o],
        )
    });
    let new = entrants.iter().filter_map(|&(product, channel, price)| {
        debug_assert!(world.scenario.products[product].category == Category::Durable);
        let durable = products.iter().position(|j| j.scenario_index == product)?;
        Some((durable, channel, price))
    });
    Offers::new(old.chain(new).collect())
}
