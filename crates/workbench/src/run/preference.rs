//! Shares of preference by plan: what a conjoint simulator says, before anything is known of volumes.
//!
//! Everybody knows every product and reaches every channel, prices are those of the table, and a plan offers whatever any
//! of its steps launches. That is the static limit of the months, and its only assumption about people is the study.

use super::words;
use crate::scenario::Loaded;
use beachhead_engine::choice::preference::{ChoiceSet, PriceResponse, Simulator};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::outcomes::statistics;
use beachhead_engine::scenario::{
    Action, Category, Measure, PartWorths, Plan, Scenario, Segment, Values,
};
use serde::{Deserialize, Serialize};

/// Shares of preference of a scenario's plans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// Respondents.
    pub respondents: usize,
    /// Scale of all part-worths.
    pub exponent: f64,
    /// How it was tuned; none where it was given.
    pub tuned: Option<Tuned>,
    /// Other samples of respondents that ranges come from; 0 where there are no ranges.
    pub samples: usize,
    /// Plans in the order asked for.
    pub plans: Vec<PlanPreference>,
}

/// How the exponent was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// Target.
    pub target: String,
    /// The elasticity that is wanted.
    pub wanted: f64,
    /// The one at the exponent found.
    pub got: f64,
    /// Whether they are the same.
    pub met: bool,
}

/// Shares under one plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanPreference {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Products on offer.
    pub products: Vec<ProductPreference>,
    /// Share that would buy none; absent where the study did not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<f64>,
    /// What it is in 90 % of other samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_range: Option<[f64; 2]>,
}

/// One product under one plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductPreference {
    /// Id.
    pub id: String,
    /// What people call it; absent: its id to read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Brand.
    pub brand: String,
    /// Consumer's price, money per unit.
    pub price: f64,
    /// Share of preference.
    pub share: f64,
    /// What it is in 90 % of other samples of as many respondents, the exponent tuned anew in each, `[eq:resampled]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// The same by segment.
    pub by_segment: Vec<(String, f64)>,
    /// Elasticity of the share by its own price; none of a share of 0.
    pub own_price_elasticity: Option<f64>,
}

/// A price that is swept, with the shares of its product along it.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    /// Plan.
    pub plan: String,
    /// Product.
    pub product: String,
    /// Price, share of preference, and price × share, relative to a user: what a choice brings in.
    pub rows: Vec<(f64, f64, f64)>,
}

/// Why there are no shares of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreferenceError {
    /// The scenario has no part-worths.
    NoPartWorths,
    /// The text says what about the swept product is wrong.
    Sweep(String),
}

impl std::fmt::Display for PreferenceError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoPartWorths => write!(
                out,
                "this scenario has no part-worths: name the table of a conjoint study in `demand.part_worths`"
            ),
            Self::Sweep(text) => write!(out, "{text}"),
        }
    }
}

impl std::error::Error for PreferenceError {}

/// Whether a scenario has respondents but no volumes, so that its answers are shares of preference.
pub fn is_static(scenario: &Scenario) -> bool {
    let volumes = |measure: &Measure| matches!(measure, Measure::UnitsPerUser(_));
    scenario.part_worths.is_some()
        && !scenario
            .targets
            .iter()
            .any(|target| volumes(&target.measure))
}

/// Shares of preference of the plans to run, at central values.
///
/// # Errors
/// A scenario without part-worths.
pub fn preference(loaded: &Loaded) -> Result<Preference, PreferenceError> {
    let scenario = &loaded.scenario;
    let study = Study::new(scenario)?;
    let (exponent, tuned) = study.exponent();
    let plans = || {
        let plans = loaded.plans.iter();
        plans.filter_map(|&plan| scenario.plans.get(plan))
    };
    let mut found = Preference {
        respondents: study.part_worths.len(),
        exponent,
        tuned,
        samples: 0,
        plans: plans().map(|plan| study.plan(plan, exponent)).collect(),
    };
    let samples = match scenario.simulation.draws {
        draws if draws > 1 && study.part_worths.resampled => draws.min(MOST_SAMPLES),
        _ => 0,
    };
    if samples > 0 {
        found.samples = samples;
        let sets: Vec<ChoiceSet> = plans().map(|plan| study.set(plan)).collect();
        ranges(scenario, &sets, samples, &mut found.plans)?;
    }
    Ok(found)
}

/// Most samples that ranges are taken from.
const MOST_SAMPLES: usize = 200;
/// Quantiles of a range.
const RANGE: [f64; 2] = [0.05, 0.95];

/// Ranges of shares over other samples of respondents, as the draws of a run would count them.
fn ranges(
    scenario: &Scenario,
    sets: &[ChoiceSet],
    samples: usize,
    plans: &mut [PlanPreference],
) -> Result<(), PreferenceError> {
    // By plan: by product, then who would buy none; a value for each sample.
    let mut found: Vec<Vec<Vec<f64>>> = sets
        .iter()
        .map(|set| vec![Vec::new(); set.product.len() + 1])
        .collect();
    for draw in 0..samples as u64 {
        let address = Address::new(scenario.simulation.seed, draw);
        let mut other = scenario.clone();
        let study = Study::new(scenario)?;
        let factors = study.part_worths.resample(&address);
        other.part_worths = Some(study.part_worths.reweighted(&factors));
        let study = Study::new(&other)?;
        let (exponent, _) = study.exponent();
        for (set, found) in sets.iter().zip(&mut found) {
            let shares = study.simulator().shares(exponent, set);
            let all = shares.product.iter().chain([&shares.none]);
            for (list, share) in found.iter_mut().zip(all) {
                list.push(*share);
            }
        }
    }
    let range = |list: &mut Vec<f64>| -> Option<[f64; 2]> {
        list.sort_unstable_by(f64::total_cmp);
        let [low, high] = RANGE.map(|p| statistics::quantile(list, p));
        Some([low?, high?])
    };
    for (plan, found) in plans.iter_mut().zip(&mut found) {
        let mut lists = found.iter_mut();
        for product in &mut plan.products {
            product.range = lists.next().and_then(range);
        }
        if plan.none.is_some() {
            plan.none_range = lists.next().and_then(range);
        }
    }
    Ok(())
}

/// What these numbers are and are not, in sentences.
#[must_use]
pub fn told(found: &Preference) -> String {
    let exponent = match &found.tuned {
        Some(tuned) => format!(
            "Exponent {}, at which {} is {}.",
            words::figure(found.exponent),
            tuned.target,
            words::figure(tuned.got)
        ),
        None => format!("Exponent {}.", words::figure(found.exponent)),
    };
    let ranges = if found.samples > 0 {
        " Ranges: what 90 % of other samples of as many respondents would say."
    } else {
        ""
    };
    format!(
        "Shares of preference of {} respondents: everybody knows every product, finds it, and chooses once. They are no \
         forecast of sales. {exponent}{ranges}",
        found.respondents
    )
}

/// The share of a product along its price, under the first plan of those to run that offers it; prices from `low` to `high`.
///
/// # Errors
/// A scenario without part-worths, an unknown product, prices outside the levels of the study.
pub fn sweep(
    loaded: &Loaded,
    product: &str,
    (low, high): (f64, f64),
    steps: usize,
) -> Result<Sweep, PreferenceError> {
    let study = Study::new(&loaded.scenario)?;
    let levels = &study.part_worths.price_level;
    let (least, most) = (levels[0], levels[levels.len() - 1]);
    if !(least <= low && low < high && high <= most) {
        let found = format!(
            "prices from {low} to {high}: respondents were asked about prices from {least} to {most}"
        );
        return Err(PreferenceError::Sweep(found));
    }
    let (exponent, _) = study.exponent();
    let plans = loaded
        .plans
        .iter()
        .filter_map(|&plan| loaded.scenario.plans.get(plan));
    for plan in plans {
        let mut set = study.set(plan);
        let Some(at) = set.product.iter().position(|&j| study.id(j) == product) else {
            continue;
        };
        let steps = steps.max(2);
        let rows = (0..steps).map(|step| {
            let price = low + (high - low) * step as f64 / (steps - 1) as f64;
            set.price[at] = price;
            let share = study.simulator().shares(exponent, &set).product[at];
            (price, share, price * share)
        });
        return Ok(Sweep {
            plan: plan.id.clone(),
            product: product.to_owned(),
            rows: rows.collect(),
        });
    }
    let offered: Vec<&str> = (0..study.durable.len()).map(|j| study.id(j)).collect();
    let found = format!(
        "no plan offers a product `{product}`; the study's products are {}",
        crate::diagnostic::name_list(&offered)
    );
    Err(PreferenceError::Sweep(found))
}

/// A scenario's study at central values.
struct Study<'a> {
    scenario: &'a Scenario,
    part_worths: &'a PartWorths,
    values: Values,
    segment_share: Vec<f64>,
    /// Positions of the durable products in the scenario.
    durable: Vec<usize>,
}

impl<'a> Study<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, PreferenceError> {
        let part_worths = scenario.part_worths.as_ref();
        let values = scenario.central_values();
        let share = |segment: &Segment| values[&segment.share];
        let products = scenario.products.iter().enumerate();
        Ok(Self {
            scenario,
            part_worths: part_worths.ok_or(PreferenceError::NoPartWorths)?,
            segment_share: scenario.segments.iter().map(share).collect(),
            durable: products
                .filter(|(_, product)| product.category == Category::Durable)
                .map(|(at, _)| at)
                .collect(),
            values,
        })
    }

    fn simulator(&self) -> Simulator<'a> {
        Simulator::new(self.part_worths, &self.segment_share)
    }

    fn id(&self, j: usize) -> &str {
        &self.scenario.products[self.durable[j]].id
    }

    /// The incumbents' products, and those that any step of the plan launches.
    fn set(&self, plan: &Plan) -> ChoiceSet {
        let actions = plan.steps.iter().flat_map(|step| &step.actions);
        let launched: Vec<usize> = actions
            .filter_map(|action| match action {
                Action::Launch { products, .. } => Some(products),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        self.choice_set(&launched)
    }

    fn choice_set(&self, launched: &[usize]) -> ChoiceSet {
        let is_offered = |at: usize| {
            let product = &self.scenario.products[at];
            let is_own = self.scenario.is_entrant(product.brand);
            if is_own {
                launched.contains(&at)
            } else {
                product.available_from <= 1
            }
        };
        let offered = || (0..self.durable.len()).filter(|&j| is_offered(self.durable[j]));
        ChoiceSet {
            product: offered().collect(),
            price: offered()
                .map(|j| self.values[&self.scenario.products[self.durable[j]].price])
                .collect(),
        }
    }

    /// The exponent that a target asks for, in the market without the entrant, or the one given.
    fn exponent(&self) -> (f64, Option<Tuned>) {
        let set = self.choice_set(&[]);
        let found = self
            .scenario
            .targets
            .iter()
            .find_map(|target| match target.measure {
                Measure::OwnPriceElasticity { product, .. } => {
                    let at = set
                        .product
                        .iter()
                        .position(|&j| self.durable[j] == product)?;
                    Some((target, PriceResponse::Own(at)))
                }
                Measure::CategoryPriceElasticity { .. } if !self.part_worths.none.is_empty() => {
                    Some((target, PriceResponse::Category))
                }
                _ => None,
            });
        let Some((target, response)) = found else {
            return (self.values[&self.scenario.demand.price_coefficient], None);
        };
        let wanted = self.values[&target.wanted];
        let simulator = self.simulator();
        let Solve { value, status, .. } = simulator.tune(&set, response, wanted);
        let tuned = Tuned {
            target: target.name.clone(),
            wanted,
            got: simulator.elasticity(value, &set, response),
            met: status == Status::Converged,
        };
        (value, Some(tuned))
    }

    fn plan(&self, plan: &Plan, exponent: f64) -> PlanPreference {
        let set = self.set(plan);
        let simulator = self.simulator();
        let shares = simulator.shares(exponent, &set);
        let segments: Vec<(String, Vec<f64>)> = (0..self.scenario.segments.len())
            .map(|s| {
                let alone = Simulator::of_segment(self.part_worths, s);
                let id = self.scenario.segments[s].id.clone();
                (id, alone.shares(exponent, &set).product)
            })
            .collect();
        let products = set.product.iter().enumerate().map(|(at, &j)| {
            let product = &self.scenario.products[self.durable[j]];
            let by_segment = segments.iter().map(|(id, shares)| (id.clone(), shares[at]));
            ProductPreference {
                id: product.id.clone(),
                title: product.title.clone(),
                brand: self.scenario.brands[product.brand].id.clone(),
                price: set.price[at],
                share: shares.product[at],
                by_segment: by_segment.collect(),
                range: None,
                own_price_elasticity: Some(simulator.elasticity(
                    exponent,
                    &set,
                    PriceResponse::Own(at),
                ))
                .filter(|elasticity| elasticity.is_finite()),
            }
        });
        PlanPreference {
            products: products.collect(),
            id: plan.id.clone(),
            title: plan.title.clone(),
            none: (!self.part_worths.none.is_empty()).then_some(shares.none),
            none_range: None,
        }
    }
}
