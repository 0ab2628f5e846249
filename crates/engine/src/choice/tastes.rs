//! Consumer types: segments × quasi-random tastes, and who reaches which channel.

use super::nodes;
use crate::choice::preference;
use crate::futures::address::Address;
use crate::numerics::sobol::{self, DimensionError};
use crate::scenario::{FitDemand, FitTastes, PartWorths, Scenario, Values};

/// The types of a market, `[eq:types]`. `I` types, `F` brands, `K` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Tastes {
    /// `w_i`, (I,), sums to 1.
    pub weight: Vec<f64>,
    /// Segment of a type, (I,).
    pub segment: Vec<usize>,
    /// `α_i/ᾱ`, (I,): the segment's sensitivity × a lognormal of mean 1.
    pub price_factor: Vec<f64>,
    /// `ν_if`, (I, F), standard normal nodes of brand image.
    pub brand_node: Vec<f64>,
    /// The segment's sensitivity × `1 + σ_q z_q`, (I,): worth of quality in units of the market's ᾱ.
    pub quality_factor: Vec<f64>,
    /// Whether a type can use a channel at all, (I, K).
    pub reach: Vec<bool>,
    /// What products and prices are worth to each type where types are a study's respondents or a fit's people; quality and brand
    /// image are then in it.
    pub imported: Option<Imported>,
}

/// Worths that are not made of quality and brand image.
#[derive(Clone, Debug, PartialEq)]
pub enum Imported {
    /// Those of a study's respondents.
    Study(PartWorths),
    /// Those of a fit's people.
    Fit(FitTastes),
}

impl Tastes {
    /// The types of a scenario at these values: `types / segments` in each segment.
    ///
    /// # Errors
    /// More brands and channels than the quasi-random sequence has dimensions.
    ///
    /// The nodes depend on ids and counts only, never on the seed of draws, so that two draws differ
    /// by their values and not by their quadrature.
    pub fn new(scenario: &Scenario, values: &Values, types: usize) -> Result<Self, DimensionError> {
        if let Some(part_worths) = &scenario.part_worths {
            let drawn = part_worths.reweighted(values.respondents());
            return Self::respondents(scenario, values, drawn);
        }
        if let Some(fit) = &scenario.fit {
            return Self::people(scenario, values, fit, types);
        }
        let segments = scenario.segments.len();
        let per_segment = (types / segments.max(1)).max(1);
        let channels = scenario.channels.len();
        let mut tastes = Self {
            weight: Vec::new(),
            segment: Vec::new(),
            price_factor: Vec::new(),
            brand_node: Vec::new(),
            quality_factor: Vec::new(),
            reach: vec![false; segments * per_segment * channels],
            imported: None,
        };
        let quality_spread = values[&scenario.demand.quality_spread];
        let foremost = scenario.entrants.first().map(|entrant| entrant.brand);
        for (s, segment) in scenario.segments.iter().enumerate() {
            let seed = scramble(scenario.simulation.nodes, &format!("tastes.{}", segment.id));
            let nodes = nodes::kept(per_segment, channels, scenario.brands.len(), foremost, seed)?;
            let spread = values[&segment.price_spread];
            let sensitivity = values[&segment.price_sensitivity];
            for i in 0..per_segment {
                let lognormal = libm::exp(spread * nodes.price[i] - 0.5 * spread * spread);
                tastes
                    .weight
                    .push(values[&segment.share] / per_segment as f64);
                tastes.segment.push(s);
                tastes.price_factor.push(sensitivity * lognormal);
                let quality = 1.0 + quality_spread * nodes.quality[i];
                tastes.quality_factor.push(sensitivity * quality);
                tastes
                    .brand_node
                    .extend(nodes.brands.iter().map(|column| column[i]));
                for (k, reach) in segment.reach.iter().enumerate() {
                    tastes.reach[(s * per_segment + i) * channels + k] =
                        nodes.reach[k][i] < reached(values[reach], per_segment);
                }
            }
        }
        Ok(tastes)
    }

    /// A study's respondents as types, `[eq:part_worth]`: α_i is the worth of money over the range of prices asked about, in the study's
    /// utility; the exponent takes the place of ᾱ.
    fn respondents(
        scenario: &Scenario,
        values: &Values,
        part_worths: PartWorths,
    ) -> Result<Self, DimensionError> {
        let (types, channels) = (part_worths.len(), scenario.channels.len());
        let shares: Vec<f64> = scenario
            .segments
            .iter()
            .map(|segment| values[&segment.share])
            .collect();
        let mut tastes = Self {
            weight: preference::weights(&part_worths, &shares),
            segment: part_worths.segment.clone(),
            price_factor: part_worths.money_slopes(),
            brand_node: vec![0.0; types * scenario.brands.len()],
            quality_factor: vec![0.0; types],
            reach: vec![false; types * channels],
            imported: None,
        };
        tastes.give_reach(scenario, values, &part_worths.weight)?;
        tastes.imported = Some(Imported::Study(part_worths));
        Ok(tastes)
    }

    /// A fit's people as types, `[eq:fit_utility]`: each segment has all of them, as often as `types` allows, so that who reaches
    /// a channel is not one and the same for all who like the same.
    fn people(
        scenario: &Scenario,
        values: &Values,
        fit: &FitDemand,
        types: usize,
    ) -> Result<Self, DimensionError> {
        let (weight, found) = fit.tastes(values);
        let (segments, people) = (scenario.segments.len(), weight.len());
        let all = fit.types(types, segments);
        let copies = all / (segments * people).max(1);
        let mut tastes = Self {
            weight: Vec::with_capacity(all),
            segment: Vec::with_capacity(all),
            price_factor: found.money(&weight).repeat(segments * copies),
            brand_node: vec![0.0; all * scenario.brands.len()],
            quality_factor: vec![0.0; all],
            reach: vec![false; all * scenario.channels.len()],
            imported: None,
        };
        for (s, segment) in scenario.segments.iter().enumerate() {
            let share = values[&segment.share] / copies as f64;
            for _ in 0..copies {
                tastes.weight.extend(weight.iter().map(|w| w * share));
                tastes.segment.extend(std::iter::repeat_n(s, people));
            }
        }
        let weights = tastes.weight.clone();
        tastes.give_reach(scenario, values, &weights)?;
        tastes.imported = Some(Imported::Fit(FitTastes {
            worth: found.worth.repeat(segments * copies),
            price: found.price.repeat(segments * copies),
            ..found
        }));
        Ok(tastes)
    }

    /// Who reaches what where types have weights of their own, (I,).
    fn give_reach(
        &mut self,
        scenario: &Scenario,
        values: &Values,
        weights: &[f64],
    ) -> Result<(), DimensionError> {
        let channels = scenario.channels.len();
        for (s, segment) in scenario.segments.iter().enumerate() {
            let members: Vec<usize> = (0..self.len()).filter(|&i| self.segment[i] == s).collect();
            let weight: Vec<f64> = members.iter().map(|&i| weights[i]).collect();
            for (k, reach) in segment.reach.iter().enumerate() {
                let name = format!("reach.{}.{}", segment.id, scenario.channels[k].id);
                let seed = scramble(scenario.simulation.nodes, &name);
                for member in reaching(seed, values[reach], &weight)? {
                    self.reach[members[member] * channels + k] = true;
                }
            }
        }
        Ok(())
    }

    /// Mean of α over types in units of the market's ᾱ: 1 by how they are drawn, but a study's respondents and a fit's people have a
    /// scale of their own.
    pub fn mean_price_factor(&self) -> f64 {
        match &self.imported {
            Some(_) => {
                let pairs = self.weight.iter().zip(&self.price_factor);
                pairs.map(|(w, factor)| w * factor).sum()
            }
            None => 1.0,
        }
    }

    /// What nobody observes of durable product `j` and a fit says all the same; 0 without one.
    pub fn unobserved(&self, j: usize) -> f64 {
        match &self.imported {
            Some(Imported::Fit(fit)) => fit.unobserved[j],
            _ => 0.0,
        }
    }

    /// Number of types.
    pub fn len(&self) -> usize {
        self.weight.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.weight.is_empty()
    }
}

/// What scrambles a set of points: an address of its own, outside all draws.
fn scramble(nodes: u64, name: &str) -> u64 {
    let address = Address {
        seed: nodes,
        draw: u64::MAX,
    };
    address.word(name)
}

/// How many types of a segment reach a channel: max(1, round(reach × types)), none if reach is 0. `[eq:reach]`
fn reached(reach: f64, types: usize) -> usize {
    if reach <= 0.0 {
        return 0;
    }
    ((reach * types as f64).round() as usize).clamp(1, types)
}

/// The respondents of a segment who reach a channel: in the order of one scrambled sequence, as many as bring their weights, (types,),
/// nearest to the reach, at least one; none if reach is 0. `[eq:reach]`
fn reaching(seed: u64, reach: f64, weight: &[f64]) -> Result<Vec<usize>, DimensionError> {
    let types = weight.len();
    if reach <= 0.0 || types == 0 {
        return Ok(Vec::new());
    }
    let points = sobol::scrambled(1, types, seed)?;
    let mut order: Vec<usize> = (0..types).collect();
    order.sort_by(|&a, &b| points[a].total_cmp(&points[b]));
    let total: f64 = weight.iter().sum();
    let mut before = 0.0;
    let mut count = 0;
    for &i in &order {
        if before + 0.5 * weight[i] > reach * total {
            break;
        }
        before += weight[i];
        count += 1;
    }
    order.truncate(count.max(1));
    Ok(order)
}
