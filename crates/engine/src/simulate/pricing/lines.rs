//! What is on sale as a game: whose offers move together, what a unit earns, what is promised.

use crate::choice::offers::Offers;
use crate::dynamics::economy::{Economy, Ground};
use crate::dynamics::reduced::{Buyer, Row};
use crate::numerics::dispatch::LANES;
use crate::scenario::{CapBase, CapRemedy, CapScope, CapTerms};
use crate::simulate::World;
use crate::simulate::firm::Firm;
use crate::simulate::money::remaining_months;
use crate::supply::game::Game;
use crate::supply::margin_cap::{Cap, Remedy};

/// The offers of a product that pay its brand, as one row of a game.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Product of the scenario.
    pub(super) product: usize,
    pub(super) brand: usize,
    pub(super) moves: bool,
    /// What the channel of its first offer puts on a price, currency per unit.
    pub(super) on_top: f64,
    /// The price before.
    pub(super) before: f64,
    /// The price without what that channel puts on it: the receipt there, with tax, currency per unit.
    pub(super) price: f64,
    /// Unit cost, currency.
    cost: f64,
    /// What the brand keeps of a unit of currency of price.
    pub(super) kept: f64,
}

/// The rows of a game: lines of the firms that play, then all others as one.
#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) lines: Vec<Line>,
    pub(super) rows: Vec<Row>,
    /// By offer, what a unit costs beside its unit cost, as it comes off `kept × price`, (O,).
    pub(super) amount: Vec<f64>,
    /// Of it, what net profit counts and gross does not, (O,).
    selling: Vec<f64>,
    /// Brands that play, by firm.
    pub(super) firms: Vec<usize>,
}

impl Board {
    /// Lines for products that `moves` (P,), and for others of the same brands, which are held.
    pub(super) fn new(world: &World, firm: &Firm, offers: &Offers, moves: &[bool]) -> Self {
        let products = &world.market.products;
        let mut board = Self {
            lines: Vec::new(),
            rows: Vec::new(),
            amount: vec![0.0; offers.len()],
            selling: vec![0.0; offers.len()],
            firms: Vec::new(),
        };
        for &j in &offers.product {
            let (p, brand) = (products[j].scenario_index, products[j].brand);
            if moves[p] && !board.firms.contains(&brand) {
                board.firms.push(brand);
            }
        }
        let mut others = Vec::new();
        for range in offers.by_product() {
            let product = &products[offers.product[range.start]];
            let pays = |o: &usize| world.terms.pays_brand[offers.channel[*o]];
            let (own, rest): (Vec<usize>, Vec<usize>) =
                range.partition(|o| pays(o) && board.firms.contains(&product.brand));
            others.extend(rest);
            if let Some(&first) = own.first() {
                board.add(
                    world,
                    firm,
                    offers,
                    (own, first),
                    moves[product.scenario_index],
                );
            }
        }
        if !others.is_empty() {
            board.rows.push(Row {
                offers: others,
                price: 0.0,
            });
        }
        board
    }

    fn add(
        &mut self,
        world: &World,
        firm: &Firm,
        offers: &Offers,
        (own, first): (Vec<usize>, usize),
        moves: bool,
    ) {
        let product = &world.market.products[offers.product[first]];
        let p = product.scenario_index;
        let terms = if world.scenario.is_entrant(product.brand) {
            &firm.terms
        } else {
            &world.terms
        };
        let after_royalty = 1.0 - firm.standing.royalty(p);
        let kept = after_royalty / (1.0 + terms.sales_tax);
        let on_top = terms.price(offers.channel[first], 0.0);
        let price = offers.price[first] - on_top;
        for &o in &own {
            let k = offers.channel[o];
            // [eq:months_game]: channels' prices stand apart by constant amounts.
            let apart = offers.price[o] - price;
            let of_channel = after_royalty * (terms.margin[k] - terms.subsidy[k]) - kept * apart;
            self.selling[o] = terms.cost[k] + terms.subsidy_by_brand[k];
            self.amount[o] = of_channel + self.selling[o];
        }
        self.lines.push(Line {
            product: p,
            brand: product.brand,
            on_top,
            moves: moves && !firm.standing.is_price_changed(p),
            before: price,
            price,
            cost: world.cost_of(firm, p),
            kept,
        });
        self.rows.push(Row { offers: own, price });
    }

    /// Moves prices by amounts of money, by product, before they are looked for.
    pub(super) fn start_near(&mut self, changes: &[(usize, f64)]) {
        for (line, row) in self.lines.iter_mut().zip(&mut self.rows) {
            let change = changes.iter().find(|(p, _)| *p == line.product);
            if let (true, Some((_, by))) = (line.moves, change) {
                line.price = (line.price + by).max(0.0);
                row.price = line.price;
            }
        }
    }

    /// Who owns each row; all others have the last firm.
    pub(super) fn owners(&self) -> Vec<usize> {
        let at = |brand: usize| self.firms.iter().position(|&f| f == brand);
        let of_line = |line: &Line| at(line.brand).unwrap_or(self.firms.len());
        let mut owners: Vec<usize> = self.lines.iter().map(of_line).collect();
        owners.resize(self.rows.len(), self.firms.len());
        owners
    }

    /// Costs as a game counts them, at the consumer's price, (R,).
    pub(super) fn costs(&self) -> Vec<f64> {
        let mut costs: Vec<f64> = self.lines.iter().map(|l| l.cost / l.kept).collect();
        costs.resize(self.rows.len(), 0.0);
        costs
    }

    /// What of prices is kept, what is held, what may not be undercut.
    pub(super) fn bound(&self, game: &mut Game, economy: &Economy) {
        let units = &economy.flows.units;
        for (row, line) in self.lines.iter().enumerate() {
            game.kept[row] = line.kept;
            // Where nobody can buy there is nothing to answer to.
            let sold: f64 = self.rows[row].offers.iter().map(|&o| units[o]).sum();
            game.frozen[row] = !line.moves || sold <= 0.0;
            game.lowest[row] = 0.0;
        }
        for row in self.lines.len()..self.rows.len() {
            game.frozen[row] = true;
        }
    }

    /// Offers with the prices of the lines.
    pub(super) fn offers(&self, before: &Offers) -> Offers {
        let mut offers = before.clone();
        for (line, row) in self.lines.iter().zip(&self.rows) {
            for &o in &row.offers {
                offers.price[o] = (before.price[o] + line.price - line.before).max(0.0);
            }
        }
        offers
    }

    /// What a buyer earns each row's firm later less what selling to him costs, from what that is: for each eight buyers all rows, (N/8, R, 8).
    pub(super) fn benefits(
        &self,
        services: &Services,
        buyers: &[Buyer],
        mut mean: Vec<f64>,
    ) -> Vec<f64> {
        let entrants: Vec<Option<usize>> = self
            .lines
            .iter()
            .map(|line| services.entrant(line.brand))
            .collect();
        let rows = self.rows.len().max(1);
        for (n, eight) in mean.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let Some(entrant) = entrants.get(n % rows) else {
                eight.fill(0.0);
                continue;
            };
            for (lane, value) in eight.iter_mut().enumerate() {
                let buyer = buyers.get(n / rows * LANES + lane);
                let later = match (entrant, buyer) {
                    (Some(e), Some(buyer)) => services.of(*e, *buyer),
                    _ => 0.0,
                };
                *value = later - *value;
            }
        }
        mean
    }

    /// Brands that play and have promised something.
    pub(super) fn promising<'a>(&'a self, firm: &'a Firm) -> impl Iterator<Item = usize> + 'a {
        let brands = self.firms.iter().copied();
        brands.filter(|&brand| firm.play.promise(brand).is_some())
    }

    /// The promises of the firms that play.
    pub(super) fn caps(&self, world: &World, firm: &Firm, economy: &Economy) -> Vec<Cap> {
        let with = self.firms.iter().enumerate();
        with.filter_map(|(f, &brand)| {
            let terms = firm.play.promise(brand)?;
            Some(self.cap(world, firm, economy, (f, brand), terms))
        })
        .collect()
    }

    fn cap(
        &self,
        world: &World,
        firm: &Firm,
        economy: &Economy,
        (f, brand): (usize, usize),
        terms: &CapTerms,
    ) -> Cap {
        let (values, users) = (world.values, world.market.users);
        let is_net = terms.base == CapBase::Net;
        let units = &economy.flows.units;
        let counted = |(line, row): (&Line, &Row)| {
            let (mut sold, mut paid) = (0.0, 0.0);
            for &o in &row.offers {
                let left_out = if is_net { 0.0 } else { self.selling[o] };
                sold += units[o];
                paid += units[o] * (self.amount[o] - left_out);
            }
            let beside = if sold > 0.0 { paid / sold } else { 0.0 };
            (line.cost + beside) / line.kept
        };
        let mut counted_cost: Vec<f64> = self.lines.iter().zip(&self.rows).map(counted).collect();
        counted_cost.resize(self.rows.len(), 0.0);
        let (value, allocated) = if is_net {
            // What is left after tax may be so much.
            let left = 1.0 - values[&world.scenario.finance.tax_rate];
            (values[&terms.cap] / left, firm.allocated(world, brand))
        } else {
            (values[&terms.cap], 0.0)
        };
        let (mut other_revenue, mut other_profit) = other(world, terms);
        if terms.window.is_some() {
            // [eq:cap_window]: what was counted before, spread over the months that these prices hold.
            let (counted, months) = firm.play.before(world, brand, terms);
            other_revenue += counted.receipts / months;
            other_profit += counted.profit / months;
        }
        Cap {
            firm: f,
            value: value.min(LARGEST_CAP),
            counted_cost,
            allocated: allocated / users,
            other_revenue: other_revenue / users,
            other_profit: other_profit / users,
            remedy: match terms.remedy {
                CapRemedy::Price => Remedy::Price,
                CapRemedy::Rebate => Remedy::Rebate,
            },
        }
    }
}

/// A promise of all receipts is none.
pub(super) const LARGEST_CAP: f64 = 1.0 - 1e-9;

/// Receipts and profit outside this market that a promise counts, money a month.
pub(super) fn other(world: &World, terms: &CapTerms) -> (f64, f64) {
    match &terms.scope {
        CapScope::Market => (0.0, 0.0),
        CapScope::Company {
            other_revenue,
            other_profit,
        } => (world.values[other_revenue], world.values[other_profit]),
    }
}

impl Firm {
    /// What net profit counts of a brand's month beside goods: fixed costs and marketing, money.
    pub(super) fn allocated(&self, world: &World, brand: usize) -> f64 {
        world.scenario.entrant_of(brand).map_or(0.0, |e| {
            let fixed = world.values[&world.scenario.finance.fixed_cost] * self.overhead[e];
            fixed + self.payments[e].advertising + self.payments[e].other_spending
        })
    }
}

impl World<'_> {
    /// Unit cost of a product for the game: as given, or as backed out of the baseline, with what events have changed.
    pub(super) fn cost_of(&self, firm: &Firm, product: usize) -> f64 {
        match self.backed_out.get(product) {
            Some(Some(cost)) => firm.standing.changed_net_cost(product, *cost),
            _ => firm.unit_cost(self, product),
        }
    }
}

/// What a buyer earns an entrant later by services, by type, known set and network.
pub(super) struct Services {
    sets: usize,
    networks: usize,
    /// By entrant, (I, sets, C); empty where it earns nothing.
    by_entrant: Vec<(usize, Vec<f64>)>,
    known_after: Vec<Vec<usize>>,
}

impl Services {
    /// From keep probabilities of the open month, held, over this device's life, `[eq:lifetime]`.
    pub(super) fn new(world: &World, ground: Ground, economy: &Economy, firm: &Firm) -> Self {
        let (layout, values) = (ground.layout, world.values);
        let yearly = values[&world.scenario.finance.discount_rate];
        let discount = libm::pow(1.0 + yearly, -1.0 / 12.0) * (1.0 - ground.market.lapse);
        let mut by_entrant = Vec::new();
        let mut known_after = Vec::new();
        let mut probability = Vec::new();
        for (e, entrant) in world.scenario.entrants.iter().enumerate() {
            let services = &entrant.services;
            let month = firm.standing.services(e)
                * values[&services.revenue]
                * values[&services.margin]
                * values[&services.attach];
            let is_there = e < layout.entrants() && month > 0.0;
            let mut worth = Vec::new();
            let owned = if is_there {
                layout.owned_of_brand(entrant.brand)
            } else {
                0
            };
            for i in 0..if is_there { layout.types } else { 0 } {
                for known in 0..layout.known_sets {
                    for c in 0..layout.networks {
                        let block = i * layout.blocks() + layout.block(known, owned, c);
                        economy
                            .buying
                            .probabilities(layout, block, &mut probability);
                        let season = economy.buying.season();
                        let months = remaining_months(layout.ages, &probability, season, discount);
                        worth.push(month * (1.0 + months[0]));
                    }
                }
            }
            by_entrant.push((entrant.brand, worth));
            let after = |known: usize| layout.known_after(known, entrant.brand);
            known_after.push((0..layout.known_sets).map(after).collect());
        }
        Self {
            sets: layout.known_sets,
            networks: layout.networks,
            by_entrant,
            known_after,
        }
    }

    /// The entrant of a brand, if it is one.
    fn entrant(&self, brand: usize) -> Option<usize> {
        self.by_entrant.iter().position(|(b, _)| *b == brand)
    }

    fn of(&self, e: usize, buyer: Buyer) -> f64 {
        let known = self.known_after[e][buyer.known];
        let at = (buyer.i * self.sets + known) * self.networks + buyer.network;
        self.by_entrant[e].1.get(at).copied().unwrap_or(0.0)
    }
}
