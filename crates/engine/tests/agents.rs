//! An agent-by-agent simulator of the same rules meets the continuum at 1/√n.
//!
//! Written from the model's page, not from the kernel: every agent is a record with a type, a brand, a
//! network, an age, a balance and what it knows; every month it weighs every offer by itself.

mod zoo;

use beachhead_engine::dynamics::awareness::Exposure;
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

/// A small generator of its own (Steele, Lea & Flood 2014, splitmix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }
}

#[derive(Clone, Copy)]
struct Agent {
    kind: usize,
    /// Nothing is `None`.
    brand: Option<usize>,
    network: usize,
    age: usize,
    pays: bool,
    knows: bool,
}

/// The rules, with offers as (product, channel, price).
struct Rules<'a> {
    small: &'a Small,
    /// `p̄_ibc`.
    owed: Vec<f64>,
    trust: f64,
    adstock: f64,
}

/// Counts of a month per agent.
#[derive(Clone, Default)]
struct Count {
    units: Vec<f64>,
    base: Vec<f64>,
    none: f64,
    awareness: f64,
    on_first_network: f64,
    switched: f64,
    repeated: f64,
}

impl Rules<'_> {
    fn alpha(&self, i: usize) -> f64 {
        self.small.parameters.price_coefficient * self.small.market.tastes.price_factor[i]
    }

    fn reaches(&self, i: usize, k: usize) -> bool {
        let channels = self.small.market.shop_of.len();
        self.small.market.tastes.reach[i * channels + k]
    }

    /// Channels of the product that bring a consumer of type `i` from network `c` to `to`.
    fn doors(&self, i: usize, j: usize, c: usize, to: usize) -> Vec<usize> {
        let market = &self.small.market;
        let leads = |k: usize| match market.shop_of[k] {
            Some(n) => n == to,
            None => to == c,
        };
        let offers = self
            .small
            .offers
            .iter()
            .filter(|offer| offer.0 == j)
            .map(|offer| offer.1);
        offers.filter(|&k| self.reaches(i, k) && leads(k)).collect()
    }

    /// `E_io` of an offer for someone on `c` who ends on `to`; 0 where it does not lead there.
    fn attraction(
        &self,
        i: usize,
        offer: (usize, usize, f64),
        c: usize,
        to: usize,
        trust: f64,
    ) -> f64 {
        let (market, p) = (&self.small.market, &self.small.parameters);
        let (j, k, price) = offer;
        let doors = self.doors(i, j, c, to);
        if !doors.contains(&k) {
            return 0.0;
        }
        let product = &market.products[j];
        let f = product.brand;
        let eta = |k: usize| libm::exp(p.channel_intercept[k]);
        let best = doors.iter().map(|&k| eta(k)).fold(0.0, f64::max);
        let number: f64 = doors.iter().map(|&k| eta(k)).sum::<f64>() / best;
        let annuity =
            market.shop_of[k].map_or(1.0, |n| market.annuity[i * market.networks.len() + n]);
        let image =
            p.brand_intercept[f] + p.brand_spread * market.tastes.brand_node[i * market.brands + f];
        let trust = if f >= market.incumbents { trust } else { 0.0 };
        let value = product.appeal + image - self.alpha(i) * price * annuity
            + p.channel_intercept[k]
            + trust
            - p.crowding * libm::log(number);
        product.compatibility[to] * libm::exp(value)
    }

    /// Which offers lead where: (brand, to, financed, attraction before lock-in, shop).
    fn choices(&self, agent: &Agent) -> Vec<(usize, usize, bool, f64, bool)> {
        let market = &self.small.market;
        let mut choices = Vec::new();
        for &offer in &self.small.offers {
            let f = market.products[offer.0].brand;
            if f >= market.incumbents && !agent.knows {
                continue;
            }
            for to in 0..market.networks.len() {
                let value = self.attraction(agent.kind, offer, agent.network, to, self.trust);
                let shop = market.shop_of[offer.1] == Some(to);
                let financed = shop && market.networks[to].instalments > 0;
                if value > 0.0 {
                    choices.push((f, to, financed, value, shop));
                }
            }
        }
        choices
    }

    /// `m_g`.
    fn lock_in(&self, agent: &Agent, f: usize, to: usize, financed: bool) -> f64 {
        let (market, p) = (&self.small.market, &self.small.parameters);
        let loyal = if agent.brand == Some(f) {
            p.loyalty[f]
        } else {
            0.0
        };
        let away = to != agent.network;
        let mut cost = if away { p.switching_cost } else { 0.0 };
        if let (true, Some(b)) = (agent.pays, agent.brand) {
            let network = &market.networks[agent.network];
            let left = (1.0 - agent.age as f64 / network.instalments as f64).max(0.0);
            let phi = match (away, financed) {
                (true, _) => network.leaving_cost,
                (false, true) => network.upgrade_cost,
                (false, false) => 0.0,
            };
            let pair = (agent.kind * market.brands + b) * market.networks.len() + agent.network;
            cost += self.alpha(agent.kind) * self.owed[pair] * left * phi;
        }
        libm::exp(loyal - cost)
    }

    /// `V0`: the baseline is what incumbents offer on the own network, without balance and trust.
    fn keep_value(&self, agent: &Agent) -> f64 {
        let (market, p) = (&self.small.market, &self.small.parameters);
        let mut base = 0.0;
        for &offer in &self.small.offers {
            let f = market.products[offer.0].brand;
            if f < market.incumbents {
                let loyal = if agent.brand == Some(f) {
                    p.loyalty[f]
                } else {
                    0.0
                };
                let value = self.attraction(agent.kind, offer, agent.network, agent.network, 0.0);
                base += libm::exp(loyal) * value;
            }
        }
        let (own, age) = match agent.brand {
            Some(b) => (p.keep_offset[b], agent.age as f64),
            None => (p.keep_offset_none, 0.0),
        };
        p.keep[agent.kind] + own + p.timing * p.nest * libm::log(base) - p.ageing * age
    }

    /// `p̄_ibc` of this month's financed offers, where there are any.
    fn remember_prices(&mut self) {
        let market = &self.small.market;
        for i in 0..market.tastes.len() {
            for b in 0..market.brands {
                for c in 0..market.networks.len() {
                    let (mut weight, mut price) = (0.0, 0.0);
                    for &offer in &self.small.offers {
                        let own = market.products[offer.0].brand == b;
                        let financed = market.shop_of[offer.1] == Some(c)
                            && market.networks[c].instalments > 0;
                        if own && financed {
                            let value = self.attraction(i, offer, c, c, self.trust);
                            weight += value;
                            price += value * offer.2;
                        }
                    }
                    if weight > 0.0 {
                        self.owed[(i * market.brands + b) * market.networks.len() + c] =
                            price / weight;
                    }
                }
            }
        }
    }

    /// One month of all agents, in the model's order.
    fn month(
        &mut self,
        agents: &mut [Agent],
        random: &mut Random,
        season: f64,
        exposure: Exposure,
    ) -> Count {
        let market = &self.small.market.clone();
        let n = agents.len() as f64;
        self.remember_prices();
        let mut count = Count {
            units: vec![0.0; market.brands],
            base: vec![0.0; market.brands],
            ..Count::default()
        };
        let mut shop_units = vec![0.0; market.networks.len()];
        for agent in agents.iter_mut() {
            let choices = self.choices(agent);
            let weights: Vec<f64> = choices
                .iter()
                .map(|x| x.3 * self.lock_in(agent, x.0, x.1, x.2))
                .collect();
            let total: f64 = weights.iter().sum();
            let attraction = season * libm::pow(total, self.small.parameters.nest);
            let buys = total > 0.0
                && random.happens(attraction / (attraction + libm::exp(self.keep_value(agent))));
            if !buys {
                agent.age = (agent.age + 1).min(market.oldest_age);
                if agent.pays && agent.age >= market.networks[agent.network].instalments {
                    agent.pays = false;
                }
                continue;
            }
            let mut left = random.uniform() * total;
            let chosen = weights.iter().position(|w| {
                left -= w;
                left < 0.0
            });
            let (f, to, financed, _, shop) = choices[chosen.unwrap_or(choices.len() - 1)];
            count.units[f] += 1.0 / n;
            count.repeated += f64::from(u8::from(agent.brand == Some(f))) / n;
            if shop {
                shop_units[to] += 1.0;
                count.switched += f64::from(u8::from(to != agent.network)) / n;
            }
            let knows = agent.knows || f >= market.incumbents;
            *agent = Agent {
                brand: Some(f),
                network: to,
                age: 0,
                pays: financed,
                knows,
                ..*agent
            };
        }
        for agent in agents.iter_mut() {
            if agent.brand.is_some() && random.happens(market.lapse) {
                *agent = Agent {
                    brand: None,
                    age: 0,
                    pays: false,
                    ..*agent
                };
            }
        }
        let entrant = market.incumbents;
        let owners = agents
            .iter()
            .filter(|agent| agent.brand == Some(entrant))
            .count() as f64
            / n;
        churn(self.small, agents, random, &shop_units);
        self.learn(agents, random, Exposure { owners, ..exposure });
        self.trust =
            self.small.laws[0].trust_persistence * self.trust + exposure.complements_on_trust;
        for agent in agents.iter() {
            match agent.brand {
                Some(b) => count.base[b] += 1.0 / n,
                None => count.none += 1.0 / n,
            }
            count.awareness += f64::from(u8::from(agent.knows)) / n;
            count.on_first_network += f64::from(u8::from(agent.network == 0)) / n;
        }
        count
    }

    fn learn(&mut self, agents: &mut [Agent], random: &mut Random, exposure: Exposure) {
        let law = &self.small.laws[0];
        self.adstock = (1.0 - law.carry_over) * exposure.spend + law.carry_over * self.adstock;
        let entrant = self.small.market.incumbents;
        for agent in agents.iter_mut() {
            let [theta, q, u, z] = law.by_segment[agent.kind];
            let rate = theta * law.response * libm::pow(self.adstock / law.scale, law.exponent)
                + q * law.word_of_mouth * exposure.owners * exposure.satisfaction
                + u * exposure.social
                + z * exposure.complements;
            if !agent.knows {
                agent.knows = random.happens(1.0 - libm::exp(-rate));
            } else if agent.brand != Some(entrant) {
                agent.knows = !random.happens(law.forgetting);
            }
        }
    }
}

/// Leavers go elsewhere in proportion to the month's purchases there, and owe nothing more.
fn churn(small: &Small, agents: &mut [Agent], random: &mut Random, shop_units: &[f64]) {
    let networks = &small.market.networks;
    for agent in agents {
        if !random.happens(networks[agent.network].churn) {
            continue;
        }
        let others: Vec<usize> = (0..networks.len())
            .filter(|&c| c != agent.network)
            .collect();
        let total: f64 = others.iter().map(|&c| shop_units[c]).sum();
        let mut left = random.uniform() * total;
        let chosen = others.iter().find(|&&c| {
            left -= shop_units[c];
            left < 0.0
        });
        agent.network = *chosen.unwrap_or(&others[0]);
        agent.pays = false;
    }
}

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
