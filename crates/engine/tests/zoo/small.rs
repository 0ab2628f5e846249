//! A market of a few numbers, built by hand: no scenario, no quadrature, no calibration.
//!
//! Tests set the fields that their law is about and let months pass with [`Running`].

use beachhead_engine::choice::market::{Market, Network, Product};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::choice::tastes::Tastes;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::{AwarenessLaw, Exposure};
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{Economy, Ground};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::numerics::dispatch::Dispatch;

/// A market with its parameters and what is on sale.
#[derive(Clone)]
pub(crate) struct Small {
    pub(crate) market: Market,
    pub(crate) parameters: Parameters,
    /// (product, channel, price).
    pub(crate) offers: Vec<(usize, usize, f64)>,
    /// Channels in which all is paid at once, whatever instalments there are.
    pub(crate) at_once: Vec<usize>,
    pub(crate) laws: Vec<AwarenessLaw>,
}

/// A network as numbers.
pub(crate) fn network(churn: f64, instalments: usize, leaving: f64, upgrade: f64) -> Network {
    Network {
        churn,
        instalments,
        leaving_cost: leaving,
        upgrade_cost: upgrade,
    }
}

impl Small {
    /// Equal types without tastes, all of them reaching every channel; brands without products.
    pub(crate) fn new(
        types: usize,
        incumbents: usize,
        entrants: usize,
        networks: Vec<Network>,
    ) -> Self {
        let brands = incumbents + entrants;
        let segments = types;
        let tastes = Tastes {
            weight: vec![1.0 / types as f64; types],
            segment: (0..types).collect(),
            price_factor: vec![1.0; types],
            brand_node: vec![0.0; types * brands],
            quality_factor: vec![1.0; types],
            reach: Vec::new(),
            imported: None,
        };
        let market = Market {
            tastes,
            brands,
            incumbents,
            products: Vec::new(),
            annuity: vec![1.0; segments * networks.len()],
            networks,
            shop_of: Vec::new(),
            non_owners: 0.0,
            lapse: 0.0,
            oldest_age: 12,
            users: 1.0,
        };
        let parameters = Parameters {
            price_coefficient: 0.004,
            hedonic_scale: 1.0,
            brand_spread: 1.0,
            brand_intercept: vec![0.0; brands],
            product_intercept: Vec::new(),
            channel_intercept: Vec::new(),
            keep: vec![2.5; segments],
            keep_offset: vec![0.0; brands],
            keep_offset_none: 0.0,
            ageing: 0.05,
            loyalty: vec![0.0; brands],
            switching_cost: 0.0,
            nest: 0.5,
            crowding: 1.0,
            timing: 1.0,
        };
        let law = AwarenessLaw {
            scale: 1.0,
            exponent: 1.0,
            trust_persistence: 0.9,
            by_segment: vec![[1.0; 4]; segments],
            ..AwarenessLaw::default()
        };
        Self {
            market,
            parameters,
            offers: Vec::new(),
            at_once: Vec::new(),
            laws: vec![law; entrants],
        }
    }

    /// Adds a channel with its taste and who reaches it, (I,); returns its position.
    pub(crate) fn channel(&mut self, shop_of: Option<usize>, taste: f64, reach: &[bool]) -> usize {
        let (types, old) = (self.market.tastes.len(), self.market.shop_of.len());
        let before = std::mem::take(&mut self.market.tastes.reach);
        for i in 0..types {
            self.market
                .tastes
                .reach
                .extend(&before[i * old..(i + 1) * old]);
            self.market.tastes.reach.push(reach[i]);
        }
        self.market.shop_of.push(shop_of);
        self.parameters.channel_intercept.push(taste);
        old
    }

    /// Adds a channel like another one: same network, taste, reach, and the same offers.
    pub(crate) fn duplicate(&mut self, channel: usize) -> usize {
        let old = self.market.shop_of.len();
        let reach = &self.market.tastes.reach;
        let column: Vec<bool> = (0..self.market.tastes.len())
            .map(|i| reach[i * old + channel])
            .collect();
        let taste = self.parameters.channel_intercept[channel];
        let copy = self.channel(self.market.shop_of[channel], taste, &column);
        let same: Vec<(usize, usize, f64)> = self
            .offers
            .iter()
            .filter(|offer| offer.1 == channel)
            .copied()
            .collect();
        self.offers
            .extend(same.into_iter().map(|(j, _, price)| (j, copy, price)));
        copy
    }

    /// Adds a product that works everywhere, offered in these channels at one price.
    pub(crate) fn product(
        &mut self,
        brand: usize,
        appeal: f64,
        price: f64,
        channels: &[usize],
    ) -> usize {
        let j = self.market.products.len();
        self.market.products.push(Product {
            scenario_index: j,
            brand,
            hedonic: 0.0,
            appeal,
            price,
            compatibility: vec![1.0; self.market.networks.len()],
        });
        self.parameters.product_intercept.push(0.0);
        self.offers.extend(channels.iter().map(|&k| (j, k, price)));
        j
    }

    /// All offers.
    pub(crate) fn on_sale(&self) -> Offers {
        Offers::new(self.offers.clone()).paid_at_once(|_, k| self.at_once.contains(&k))
    }

    /// Offers of the brands for which `keep` holds.
    pub(crate) fn on_sale_of(&self, keep: impl Fn(usize) -> bool) -> Offers {
        self.on_sale()
            .filtered(|j, _| keep(self.market.products[j].brand))
    }

    /// Owners of all incumbents and of nothing, spread over networks and ages; `knows` of them know
    /// each entrant, independently.
    pub(crate) fn spread_consumers(&self, knows: f64) -> Vec<f64> {
        let layout = self.layout();
        let mut mass = vec![0.0; layout.types * layout.type_cells()];
        for (i, cells) in mass.chunks_exact_mut(layout.type_cells()).enumerate() {
            let mut sum = 0.0;
            for known in 0..layout.known_sets {
                let bits = known.count_ones() as i32;
                let share = knows.powi(bits) * (1.0 - knows).powi(layout.entrants() as i32 - bits);
                for owned in (0..layout.owned).filter(|&o| layout.entrant_of(o).is_none()) {
                    for c in 0..layout.networks {
                        let ages = if layout.none == Some(owned) {
                            1
                        } else {
                            layout.ages
                        };
                        for a in 0..ages {
                            // Any uneven pattern does.
                            let m = share * (1.0 + ((i + 3 * owned + 5 * c + a) % 7) as f64);
                            cells[layout.block(known, owned, c) * layout.stride() + a] = m;
                            sum += m;
                        }
                    }
                }
            }
            cells.iter_mut().for_each(|m| *m /= sum);
        }
        mass
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(&self.market, self.market.brands - self.market.incumbents)
    }

    /// Starts from these masses; the baseline is what incumbents offer.
    pub(crate) fn start(&self, mass: Vec<f64>) -> Running {
        let dispatch = Dispatch::detect();
        let layout = self.layout();
        let trust = vec![0.0; self.market.brands];
        let incumbents = self.market.incumbents;
        let offers = self.on_sale_of(|f| f < incumbents);
        let base = Attraction::new(&self.market, &self.parameters, &offers, &trust, dispatch);
        let baseline = Baseline::new(&self.market, &self.parameters, &base, &layout);
        let mut running = Running {
            small: self.clone(),
            baseline,
            layout,
            dispatch,
            economy: Economy::default(),
        };
        running.economy = Economy::new(running.ground(), Consumers { mass: mass.into() }, trust);
        running
    }
}

/// A market whose months pass.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) small: Small,
    pub(crate) baseline: Baseline,
    pub(crate) layout: Layout,
    pub(crate) dispatch: Dispatch,
    pub(crate) economy: Economy,
}

impl Running {
    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground {
            market: &self.small.market,
            parameters: &self.small.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: self.dispatch,
        }
    }

    /// Opens a month with these offers.
    pub(crate) fn open(&mut self, offers: &Offers, season: f64) {
        let mut economy = std::mem::take(&mut self.economy);
        economy.open_month(self.ground(), offers, season);
        self.economy = economy;
    }

    /// Closes it; owners of entrants are counted, `exposure` gives the rest.
    pub(crate) fn close(&mut self, exposure: Exposure) {
        let mut economy = std::mem::take(&mut self.economy);
        let exposures: Vec<Exposure> = (0..self.layout.entrants())
            .map(|e| Exposure {
                owners: economy.owners_after(self.ground(), e),
                ..exposure
            })
            .collect();
        economy.close_month(self.ground(), &self.small.laws, &exposures);
        self.economy = economy;
    }

    /// Units by product of the open month.
    pub(crate) fn product_units(&self, offers: &Offers) -> Vec<f64> {
        let mut units = vec![0.0; self.small.market.products.len()];
        for (o, sold) in self.economy.flows.units.iter().enumerate() {
            units[offers.product[o]] += sold;
        }
        units
    }

    /// Masses at the start of the month that is open or comes next, (I, N).
    pub(crate) fn masses(&mut self) -> Vec<f64> {
        let mut economy = std::mem::take(&mut self.economy);
        let masses = economy.consumers(self.ground()).mass.to_vec();
        self.economy = economy;
        masses
    }

    /// Largest distance of a type's mass from 1.
    pub(crate) fn mass_error(&mut self) -> f64 {
        let cells = self.layout.type_cells();
        let masses = self.masses();
        let types = masses.chunks_exact(cells);
        types
            .map(|mass| (mass.iter().sum::<f64>() - 1.0).abs())
            .fold(0.0, f64::max)
    }
}
