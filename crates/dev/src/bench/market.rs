//! The market of `benches/numpy_month.py`, built from the same closed forms.

use beachhead_engine::choice::market::{Market, Network, Product};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::choice::tastes::Tastes;
use beachhead_engine::dynamics::awareness::AwarenessLaw;
use beachhead_engine::dynamics::layout::Layout;

const TYPES: usize = 96;
const BRANDS: usize = 6;
const PRODUCTS: usize = 14;
const NETWORKS: usize = 4;
const CHANNELS: usize = 5;
const OLDEST: usize = 48;
const INSTALMENTS: [usize; NETWORKS] = [24, 30, 36, 0];

/// Everything that the bench needs.
pub(super) struct Yardstick {
    pub(super) market: Market,
    pub(super) parameters: Parameters,
    pub(super) law: AwarenessLaw,
    pub(super) offers: Offers,
}

fn price(j: usize) -> f64 {
    400.0 + 250.0 * (3.0 * j as f64 + 1.0).sin()
}

impl Yardstick {
    pub(super) fn new() -> Self {
        let offers = (0..PRODUCTS)
            .flat_map(|j| (0..CHANNELS).map(move |k| (j, k, price(j))))
            .collect();
        Self {
            market: market(),
            parameters: parameters(),
            law: law(),
            offers: Offers::new(offers),
        }
    }

    pub(super) fn incumbents(&self) -> Offers {
        self.offers
            .filtered(|j, _| self.market.products[j].brand != BRANDS - 1)
    }

    /// The script's masses, summing to 1 in each type.
    pub(super) fn first_mass(&self, layout: &Layout) -> Vec<f64> {
        let mut mass = vec![0.0; layout.types * layout.type_cells()];
        for (i, cells) in mass.chunks_exact_mut(layout.type_cells()).enumerate() {
            for known in 0..2 {
                for b in 0..BRANDS {
                    let share = match (known, b == BRANDS - 1) {
                        (0, false) => 0.7,
                        (1, false) => 0.3,
                        (1, true) => 0.05,
                        _ => 0.0,
                    };
                    for c in 0..NETWORKS {
                        let start = layout.block(known, b, c) * layout.stride();
                        for a in 0..=OLDEST {
                            let at = |fin: usize| {
                                let angle = (i + b + 2 * c + 3 * fin) as f64 + 0.1 * a as f64;
                                share * (1.0 + 0.5 * angle.sin()) * (-0.03 * a as f64).exp()
                            };
                            cells[start + a] = at(0);
                            if a < INSTALMENTS[c] {
                                cells[start + layout.age_cells + a] = 0.5 * at(1);
                            }
                        }
                    }
                }
            }
            let sum: f64 = cells.iter().sum();
            cells.iter_mut().for_each(|cell| *cell /= sum);
        }
        mass
    }
}

fn market() -> Market {
    let types = 0..TYPES;
    let networks = (0..NETWORKS).map(|c| Network {
        churn: [0.010, 0.012, 0.014, 0.016][c],
        instalments: INSTALMENTS[c],
        leaving_cost: [0.9, 0.8, 1.0, 0.5][c],
        upgrade_cost: [1.0, 0.6, 0.8, 1.0][c],
    });
    let products = (0..PRODUCTS).map(|j| Product {
        scenario_index: j,
        brand: j % BRANDS,
        hedonic: 0.5 * (2.0 * j as f64).cos(),
        appeal: 1.0 + 0.004 * price(j),
        price: price(j),
        compatibility: (0..NETWORKS)
            .map(|c| {
                if (j + c) % 5 == 0 {
                    (-0.6_f64).exp()
                } else {
                    1.0
                }
            })
            .collect(),
    });
    Market {
        tastes: Tastes {
            weight: vec![1.0 / TYPES as f64; TYPES],
            segment: types.clone().collect(),
            price_factor: types
                .clone()
                .map(|i| 0.004 * (1.0 + 0.5 * (i as f64 + 1.0).sin()))
                .collect(),
            brand_node: types
                .clone()
                .flat_map(|i| {
                    (0..BRANDS).map(move |f| 0.8 * (5.0 * i as f64 + 3.0 * f as f64).cos())
                })
                .collect(),
            imported: None,
            quality_factor: types.clone().map(|i| (i as f64).sin()).collect(),
            reach: types
                .flat_map(|i| (0..CHANNELS).map(move |k| !(3 * i + 5 * k).is_multiple_of(7)))
                .collect(),
        },
        brands: BRANDS,
        incumbents: BRANDS - 1,
        products: products.collect(),
        networks: networks.collect(),
        shop_of: (0..CHANNELS).map(|k| (k < NETWORKS).then_some(k)).collect(),
        annuity: vec![1.0; TYPES * NETWORKS],
        non_owners: 0.0,
        lapse: 0.0,
        oldest_age: OLDEST,
        users: 1.0,
    }
}

fn parameters() -> Parameters {
    Parameters {
        price_coefficient: 1.0,
        hedonic_scale: 1.0,
        brand_spread: 1.0,
        brand_intercept: vec![0.0; BRANDS],
        product_intercept: vec![0.0; PRODUCTS],
        channel_intercept: (0..CHANNELS).map(|k| 0.3 * (k as f64).cos()).collect(),
        keep: (0..TYPES).map(|i| 3.2 + 0.3 * (i as f64).cos()).collect(),
        keep_offset: (0..BRANDS).map(|f| 0.05 * f as f64).collect(),
        keep_offset_none: 0.0,
        ageing: 0.03,
        loyalty: (0..BRANDS).map(|f| 0.8 + 0.1 * f as f64).collect(),
        switching_cost: 2.0,
        nest: 0.6,
        crowding: 1.0,
        timing: 1.0,
    }
}

fn law() -> AwarenessLaw {
    AwarenessLaw {
        carry_over: 0.7,
        response: 1.0,
        scale: 1e7,
        exponent: 0.8,
        word_of_mouth: 0.4,
        forgetting: 0.02,
        trust_persistence: 0.9,
        initial: 0.0,
        initial_trust: -0.5,
        by_segment: (0..TYPES)
            .map(|i| [0.2 + 0.1 * (i as f64).sin(), 1.0, 0.05, 0.5])
            .collect(),
    }
}
