//! The rules of a month, agent by agent, in the model's order: purchases and ageing, lapse, churn,
//! awareness.

use crate::zoo::small::Small;
use beachhead_engine::dynamics::awareness::Exposure;

/// A small generator of its own (Steele, Lea & Flood 2014, splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
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
pub(crate) struct Agent {
    pub(crate) kind: usize,
    /// Nothing is `None`.
    pub(crate) brand: Option<usize>,
    pub(crate) network: usize,
    pub(crate) age: usize,
    pub(crate) pays: bool,
    pub(crate) knows: bool,
}

/// The rules, with offers as (product, channel, price).
pub(crate) struct Rules<'a> {
    pub(crate) small: &'a Small,
    /// `p̄_ibc`.
    pub(crate) owed: Vec<f64>,
    pub(crate) trust: f64,
    pub(crate) adstock: f64,
}

/// Counts of a month per agent.
#[derive(Clone, Default)]
pub(crate) struct Count {
    pub(crate) units: Vec<f64>,
    pub(crate) base: Vec<f64>,
    pub(crate) none: f64,
    pub(crate) awareness: f64,
    pub(crate) on_first_network: f64,
    pub(crate) switched: f64,
    pub(crate) repeated: f64,
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
    pub(crate) fn month(
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
