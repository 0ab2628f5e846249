//! Consumer types: segments × quasi-random tastes, and who reaches which channel.

use crate::choice::preference;
use crate::futures::address::Address;
use crate::numerics::normal;
use crate::numerics::sobol::{self, DimensionError};
use crate::scenario::{PartWorths, Scenario, Values};

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
    /// What products and prices are worth to each type where types are a study's respondents; quality and brand image are
    /// then in it.
    pub imported: Option<PartWorths>,
}

/// Where the scrambling of every sequence is seeded: an address of its own, outside all draws.
const NODES: Address = Address {
    seed: 0,
    draw: u64::MAX,
};

impl Tastes {
    /// The types of a scenario at these values: `types / segments` in each segment.
    ///
    /// # Errors
    /// More brands than the quasi-random sequence has dimensions.
    ///
    /// The nodes depend on ids and counts only, never on the seed of draws, so that two draws differ
    /// by their values and not by their quadrature.
    pub fn new(scenario: &Scenario, values: &Values, types: usize) -> Result<Self, DimensionError> {
        if let Some(part_worths) = &scenario.part_worths {
            return Self::respondents(scenario, values, part_worths);
        }
        let segments = scenario.segments.len();
        let per_segment = (types / segments.max(1)).max(1);
        let channels = scenario.channels.len();
        let dimensions = 2 + scenario.brands.len();
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
        for (s, segment) in scenario.segments.iter().enumerate() {
            let seed = NODES.word(&format!("tastes.{}", segment.id));
            let nodes = sobol::scrambled(dimensions, per_segment, seed)?;
            let spread = values[&segment.price_spread];
            let sensitivity = values[&segment.price_sensitivity];
            for node in nodes.chunks_exact(dimensions) {
                let z = normal::quantile(node[0]);
                let lognormal = libm::exp(spread * z - 0.5 * spread * spread);
                tastes
                    .weight
                    .push(values[&segment.share] / per_segment as f64);
                tastes.segment.push(s);
                tastes.price_factor.push(sensitivity * lognormal);
                let quality = 1.0 + quality_spread * normal::quantile(node[1]);
                tastes.quality_factor.push(sensitivity * quality);
                tastes
                    .brand_node
                    .extend(node[2..].iter().map(|&u| normal::quantile(u)));
            }
            for (k, reach) in segment.reach.iter().enumerate() {
                let id = [segment.id.as_str(), scenario.channels[k].id.as_str()];
                let even = vec![1.0; per_segment];
                for i in reached(id, values[reach], &even)? {
                    tastes.reach[(s * per_segment + i) * channels + k] = true;
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
        part_worths: &PartWorths,
    ) -> Result<Self, DimensionError> {
        let (types, channels) = (part_worths.len(), scenario.channels.len());
        let shares: Vec<f64> = scenario
            .segments
            .iter()
            .map(|segment| values[&segment.share])
            .collect();
        let mut tastes = Self {
            weight: preference::weights(part_worths, &shares),
            segment: part_worths.segment.clone(),
            price_factor: part_worths.money_slopes(),
            brand_node: vec![0.0; types * scenario.brands.len()],
            quality_factor: vec![0.0; types],
            reach: vec![false; types * channels],
            imported: Some(part_worths.clone()),
        };
        for (s, segment) in scenario.segments.iter().enumerate() {
            let members: Vec<usize> = (0..types).filter(|&i| tastes.segment[i] == s).collect();
            let weight: Vec<f64> = members.iter().map(|&i| part_worths.weight[i]).collect();
            for (k, reach) in segment.reach.iter().enumerate() {
                let id = [segment.id.as_str(), scenario.channels[k].id.as_str()];
                for member in reached(id, values[reach], &weight)? {
                    tastes.reach[members[member] * channels + k] = true;
                }
            }
        }
        Ok(tastes)
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

/// The types of a segment that reach a channel: the first max(1, round(reach × types)) in the order
/// of one scrambled sequence per (segment, channel); none if reach is 0. `[eq:reach]`. With weights (types,) that differ: as many as
/// bring their weight nearest to the reach.
fn reached(id: [&str; 2], reach: f64, weight: &[f64]) -> Result<Vec<usize>, DimensionError> {
    let types = weight.len();
    if reach <= 0.0 || types == 0 {
        return Ok(Vec::new());
    }
    let points = sobol::scrambled(1, types, NODES.word(&format!("reach.{}.{}", id[0], id[1])))?;
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
