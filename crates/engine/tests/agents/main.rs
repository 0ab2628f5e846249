//! An agent-by-agent simulator of the same rules meets the continuum at 1/√n.
//!
//! Written from the model's page, not from the kernel: every agent is a record with a type, a brand, a
//! network, an age, a balance and what it knows; every month it weighs every offer by itself.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its premise fails"
)]

mod rules;
#[path = "../zoo/mod.rs"]
mod zoo;

use beachhead_engine::dynamics::awareness::Exposure;
use rules::{Agent, Count, Random, Rules};
use zoo::small::{Small, network};

/// Months compared.
const MONTHS: usize = 24;

/// Standard errors that a single number may be off. Word of mouth and churn feed counts back into
/// rates, which widens errors beyond those of independent agents.
const FURTHEST: f64 = 5.0;

/// Root mean square of all distances, in standard errors of independent agents.
const TYPICAL: f64 = 1.6;

/// Sixteen times the agents bring a quarter of the error, within this factor.
const RATE: f64 = 2.0;

/// Two incumbents, an entrant, two networks with balances, a type that misses shops, non-owners.
fn market() -> Small {
    let networks = vec![network(0.03, 6, 0.4, 0.8), network(0.02, 9, 1.0, 0.5)];
    let mut small = Small::new(2, 2, 1, networks);
    small.market.non_owners = 0.1;
    small.market.lapse = 0.01;
    small.market.oldest_age = 16;
    small.market.tastes.weight = vec![0.6, 0.4];
    small.market.tastes.price_factor = vec![0.7, 1.5];
    small.market.tastes.brand_node = vec![0.4, -0.3, 0.2, -0.2, 0.5, -0.1];
    small.market.annuity = vec![0.97, 0.95, 0.9, 0.88];
    small.parameters.keep = vec![2.2, 2.6];
    small.parameters.keep_offset = vec![0.1, -0.2, 0.15];
    small.parameters.keep_offset_none = -0.4;
    small.parameters.ageing = 0.09;
    small.parameters.loyalty = vec![0.9, 0.4, 0.6];
    small.parameters.switching_cost = 1.1;
    small.parameters.nest = 0.6;
    small.parameters.timing = 0.8;
    small.parameters.crowding = 0.7;
    let one = small.channel(Some(0), 0.5, &[true, true]);
    let two = small.channel(Some(1), 0.2, &[true, false]);
    let retail = small.channel(None, 0.1, &[false, true]);
    small.product(0, 1.3, 450.0, &[one, two, retail]);
    small.product(0, 0.2, 200.0, &[one, two, retail]);
    small.product(1, 0.6, 260.0, &[one, two, retail]);
    small.product(2, 1.2, 240.0, &[two, retail, one]);
    small.market.products[3].compatibility = vec![0.6, 1.0];
    let law = &mut small.laws[0];
    law.carry_over = 0.5;
    law.response = 0.06;
    law.exponent = 0.7;
    law.word_of_mouth = 0.4;
    law.forgetting = 0.03;
    law.by_segment = vec![[1.0, 1.3, 0.5, 0.8], [0.6, 0.7, 1.0, 1.0]];
    small
}

fn season(month: usize) -> f64 {
    1.0 + 0.25 * libm::sin(0.5 * month as f64)
}

fn exposure(month: usize) -> Exposure {
    Exposure {
        spend: if month < 10 { 1.5 } else { 0.0 },
        satisfaction: 0.9,
        social: 0.02,
        complements: 0.01,
        complements_on_trust: 0.03,
        ..Exposure::default()
    }
}

/// The same counts from the continuum.
fn continuum(small: &Small) -> Vec<Count> {
    let mut running = small.start(small.spread_consumers(0.25));
    let offers = small.on_sale();
    (0..MONTHS)
        .map(|month| {
            running.open(&offers, season(month));
            running.close(exposure(month));
            let (flows, stock) = (&running.economy.flows, &running.economy.stock);
            let owners = |f: usize| stock.owners[running.layout.owned_of_brand(f)];
            Count {
                units: flows.brand_units.clone(),
                base: (0..small.market.brands).map(owners).collect(),
                none: stock.owners[running.layout.none.unwrap()],
                awareness: stock.awareness[0],
                on_first_network: stock.on_network[0],
                switched: flows.switched_units.iter().sum(),
                repeated: flows.repeat.iter().sum(),
            }
        })
        .collect()
}

/// Agents drawn from the continuum's first masses; each type has its exact share.
fn first_agents(small: &Small, n: usize, random: &mut Random) -> Vec<Agent> {
    let (layout, mass) = (small.layout(), small.spread_consumers(0.25));
    let mut agents = Vec::with_capacity(n);
    for kind in 0..layout.types {
        let mut states = Vec::new();
        for known in 0..layout.known_sets {
            for owned in 0..layout.owned {
                for network in 0..layout.networks {
                    let start = kind * layout.type_cells()
                        + layout.block(known, owned, network) * layout.stride();
                    for age in 0..layout.ages {
                        let brand = layout.brand_of(owned);
                        let agent = Agent {
                            kind,
                            brand,
                            network,
                            age,
                            pays: false,
                            knows: known == 1,
                        };
                        states.push((mass[start + age], agent));
                    }
                }
            }
        }
        let quota = (small.market.tastes.weight[kind] * n as f64).round() as usize;
        for _ in 0..quota {
            let mut left = random.uniform();
            let found = states.iter().find(|(m, _)| {
                left -= m;
                left < 0.0
            });
            agents.push(found.unwrap_or(&states[0]).1);
        }
    }
    agents
}

fn simulated(small: &Small, n: usize, seed: u64) -> Vec<Count> {
    let mut random = Random(seed);
    let mut agents = first_agents(small, n, &mut random);
    let market = &small.market;
    let owed = vec![0.0; market.tastes.len() * market.brands * market.networks.len()];
    let mut rules = Rules {
        small,
        owed,
        trust: 0.0,
        adstock: 0.0,
    };
    (0..MONTHS)
        .map(|month| rules.month(&mut agents, &mut random, season(month), exposure(month)))
        .collect()
}

fn numbers(count: &Count) -> Vec<f64> {
    let single = [
        count.none,
        count.awareness,
        count.on_first_network,
        count.switched,
        count.repeated,
    ];
    count
        .units
        .iter()
        .chain(&count.base)
        .copied()
        .chain(single)
        .collect()
}

/// Distances in standard errors of `n` independent agents: the root of their mean square, the largest.
fn distances(small: &Small, wanted: &[Count], n: usize, seed: u64) -> (f64, f64) {
    let (mut squares, mut largest, mut count) = (0.0, 0.0_f64, 0.0);
    for (got, wanted) in simulated(small, n, seed).iter().zip(wanted) {
        for (got, wanted) in numbers(got).iter().zip(numbers(wanted)) {
            let error = (got - wanted) / (wanted * (1.0 - wanted) / n as f64).sqrt();
            squares += error * error;
            largest = largest.max(error.abs());
            count += 1.0;
        }
    }
    (libm::sqrt(squares / count), largest)
}

#[test]
fn agents_meet_the_continuum() {
    let small = market();
    let wanted = continuum(&small);
    assert!(
        wanted
            .iter()
            .all(|month| numbers(month).iter().all(|&x| x > 1e-3)),
        "all must happen"
    );
    let (typical, furthest) = distances(&small, &wanted, 40_000, 7);
    assert!(
        typical < TYPICAL,
        "root mean square distance {typical} standard errors"
    );
    assert!(
        furthest < FURTHEST,
        "largest distance {furthest} standard errors"
    );
}

#[test]
fn the_error_falls_with_the_root_of_the_number_of_agents() {
    let small = market();
    let wanted = continuum(&small);
    // Relative to 1/√n the typical error neither grows nor shrinks; several crowds steady it.
    let typical = |n: usize, crowds: u64| -> f64 {
        let squares = (0..crowds).map(|seed| distances(&small, &wanted, n, 100 + seed).0.powi(2));
        (squares.sum::<f64>() / crowds as f64).sqrt()
    };
    let (few, many) = (typical(1_000, 16), typical(16_000, 3));
    assert!(few < TYPICAL && many < TYPICAL, "{few} {many}");
    assert!(many / few < RATE && few / many < RATE, "{few} {many}");
}
