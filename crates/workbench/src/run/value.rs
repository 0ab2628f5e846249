//! What a deal with a network is worth to both sides, in common draws.

use super::compute::{central, in_pool};
use super::job::{ComputeError, ComputeOptions, Progress};
use super::market::{self, Solved};
use crate::scenario::Loaded;
use beachhead_engine::calibrate::Calibrated;
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::outcomes::deal::{Bargain, bargain, chance, network_value};
use beachhead_engine::outcomes::statistics::{self, Estimate};
use beachhead_engine::scenario::{Deal, Plan, Scenario, Values};
use beachhead_engine::simulate::PlanRecord;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// Months after its start at which a deal may fall through, of those that lie inside it.
const FALLS: [usize; 4] = [6, 12, 24, 36];

/// What both sides gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gains {
    /// The brand, money.
    pub brand: Estimate,
    /// The network, money.
    pub network: Estimate,
    /// Both.
    pub joint: Estimate,
    /// How that could be shared.
    pub bargain: Bargain,
    /// Chance that it is signed, if the scenario says how it depends on the network's gain.
    pub chance: Option<f64>,
}

/// What is left to both sides where the deal falls through, against never having had it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// Months after its start.
    pub after: usize,
    /// The brand, money.
    pub brand: Estimate,
    /// The network, money.
    pub network: Estimate,
}

/// A deal's worth while rivals' prices are of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// Whether rivals set theirs anew.
    pub solved: bool,
    /// Gains of the deal kept as written.
    pub gains: Gains,
    /// Where it falls through.
    pub falls: Vec<Fall>,
    /// Repricings in which no equilibrium was found, over all draws and plans.
    pub unsolved: usize,
}

/// What a deal is worth.
#[derive(Clone, Debug)]
pub struct DealValue {
    /// The deal.
    pub deal: Deal,
    /// β.
    pub brand_share: f64,
    /// Draws that could be computed; 1 is the central run.
    pub draws: usize,
    /// Draws that could not.
    pub failed: usize,
    /// With rivals' prices held, then, where any rival sets prices, solved again.
    pub worth: Vec<Worth>,
}

/// Values of a deal in draws `0..draws`, or in the central run if that is one.
///
/// # Errors
/// Targets that clash, an interruption, no draw that can be computed.
pub fn deal_value(
    loaded: &Loaded,
    deal: usize,
    (draws, seed): (usize, u64),
    options: &ComputeOptions<'_>,
    progress: &dyn Progress,
) -> Result<DealValue, ComputeError> {
    in_pool(options.threads, || {
        let scenario = &loaded.scenario;
        let deal = &scenario.deals[deal];
        let central = central(scenario, draws, options, progress)?;
        let kinds = kinds(scenario, deal);
        progress.stage("running the deal", draws as u64);
        let one = |draw: usize| {
            let found = one_draw(
                scenario,
                deal,
                &kinds,
                &central,
                (draws, seed, draw),
                options,
            );
            progress.advance(1);
            found
        };
        let found: Result<Vec<Option<Draw>>, ComputeError> =
            (0..draws).into_par_iter().map(one).collect();
        let found = found?;
        let computed: Vec<Draw> = found.iter().flatten().cloned().collect();
        if computed.is_empty() {
            let message = "no draw of the deal could be computed".to_owned();
            return Err(ComputeError::Input(vec![message]));
        }
        let values = &central.values;
        let worth = kinds.iter().enumerate();
        Ok(DealValue {
            deal: deal.clone(),
            brand_share: values[&deal.brand_share],
            draws: computed.len(),
            failed: found.len() - computed.len(),
            worth: worth
                .map(|(n, kind)| kind.worth(n, deal, values, &computed))
                .collect(),
        })
    })
}

/// A scenario in which a deal is run, with its plans: with the deal, without, falling through.
pub(super) struct Kind {
    scenario: Scenario,
    solved: bool,
    falls: Vec<usize>,
}

/// Rivals hold the table's prices; and, where any would set others, they do.
pub(super) fn kinds(scenario: &Scenario, deal: &Deal) -> Vec<Kind> {
    let last = scenario.months;
    let until = deal.months.map_or(last + 1, |months| deal.start + months);
    let falls: Vec<usize> = FALLS
        .into_iter()
        .filter(|after| deal.start + after < until.min(last + 1))
        .collect();
    let mut plans: Vec<Plan> = vec![deal.with(scenario, None), deal.without(scenario)];
    plans.extend(falls.iter().map(|&after| deal.with(scenario, Some(after))));
    let with = |scenario: Scenario, solved| Kind {
        scenario: Scenario {
            plans: plans.clone(),
            ..scenario
        },
        solved,
        falls: falls.clone(),
    };
    let mut held = scenario.clone();
    let mut any = false;
    if let Some(pricing) = &mut held.pricing {
        let rivals = |brand: usize| !scenario.is_entrant(brand);
        any = pricing.firms.iter().any(|firm| rivals(firm.brand));
        pricing.firms.retain(|firm| !rivals(firm.brand));
    }
    let mut kinds = vec![with(held, false)];
    if any {
        kinds.push(with(scenario.clone(), true));
    }
    kinds
}

/// Of one draw, by kind: net present values of the brand and of the network, by plan.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    kinds: Vec<(Vec<f64>, Vec<f64>, usize)>,
}

impl Draw {
    /// As numbers in a row: by kind what the brand and the network have under each plan, and searches for prices that failed.
    pub(super) fn row(&self) -> Vec<f64> {
        let mut row = Vec::new();
        for (brand, network, unsolved) in &self.kinds {
            row.extend(brand);
            row.extend(network);
            row.push(*unsolved as f64);
        }
        row
    }

    /// Back from a row of these kinds; none if it is not one, or of a draw without values.
    pub(super) fn parse(kinds: &[Kind], row: &[f64]) -> Option<Self> {
        let mut rest = row;
        let mut found = Vec::new();
        for kind in kinds {
            let plans = kind.scenario.plans.len();
            let brand = rest.get(..plans)?.to_vec();
            let network = rest.get(plans..2 * plans)?.to_vec();
            let unsolved = *rest.get(2 * plans)?;
            found.push((brand, network, unsolved as usize));
            rest = &rest[2 * plans + 1..];
        }
        let is_whole = rest.is_empty() && row.iter().all(|value| value.is_finite());
        is_whole.then_some(Self { kinds: found })
    }
}

/// What a deal leads to in a calibrated draw, or in the central run without an address.
pub(super) fn run_kinds(
    deal: &Deal,
    kinds: &[Kind],
    (values, calibrated): (&Values, &Calibrated),
    address: Option<Address>,
    cancel: &AtomicBool,
) -> Result<Draw, ComputeError> {
    let mut found = Vec::new();
    for kind in kinds {
        let types = kind.scenario.simulation.types;
        let ground = market::ground(&kind.scenario, values, types)?;
        let plans: Vec<usize> = (0..kind.scenario.plans.len()).collect();
        let run = market::simulated(&ground, calibrated, &plans, address, cancel, &|| {})?;
        found.push(kind.values(deal, values, &run));
    }
    Ok(Draw { kinds: found })
}

/// A draw that breaks something has no value.
fn one_draw(
    scenario: &Scenario,
    deal: &Deal,
    kinds: &[Kind],
    central: &Solved,
    (draws, seed, draw): (usize, u64, usize),
    options: &ComputeOptions<'_>,
) -> Result<Option<Draw>, ComputeError> {
    let computed = || -> Result<Draw, ComputeError> {
        let address = (draws > 1).then(|| Address::new(seed, draw as u64));
        let drawn = address
            .as_ref()
            .map(|address| scenario.drawn_values(address));
        let values = drawn.as_ref().unwrap_or(&central.values);
        let solved = match drawn {
            Some(_) => Some(market::under_draw(
                scenario,
                values,
                central,
                options.cancel,
            )?),
            None => None,
        };
        let market = solved.as_ref().unwrap_or(&central.solve);
        let at = (values, &market.value);
        run_kinds(deal, kinds, at, address, options.cancel)
    };
    match computed() {
        Ok(draw) => Ok(Some(draw)),
        // One draw whose values break something is counted; a scenario that does is refused.
        Err(ComputeError::Input(_)) if draws > 1 => Ok(None),
        Err(other) => Err(other),
    }
}

/// Positions among a kind's plans.
const WITH: usize = 0;
const WITHOUT: usize = 1;
const FIRST_FALL: usize = 2;

impl Kind {
    fn values(
        &self,
        deal: &Deal,
        values: &Values,
        run: &[PlanRecord],
    ) -> (Vec<f64>, Vec<f64>, usize) {
        let brand = run.iter().map(|record| {
            let accounts = record.entrants[deal.entrant].accounts.as_ref();
            accounts.map_or(0.0, |accounts| accounts.npv)
        });
        let network = run.iter().enumerate().map(|(plan, record)| {
            network_value(&self.scenario, values, deal, record, plan != WITHOUT)
        });
        let unsolved = run.iter().flat_map(|record| &record.repricings);
        let unsolved = unsolved.filter(|repricing| repricing.status != Status::Converged);
        (brand.collect(), network.collect(), unsolved.count())
    }

    /// The deal's worth over draws; `n` is this kind's place among them.
    pub(super) fn worth(&self, n: usize, deal: &Deal, values: &Values, draws: &[Draw]) -> Worth {
        let gain = |plan: usize, of: &dyn Fn(&Draw) -> &Vec<f64>| -> Vec<f64> {
            let against = |draw: &Draw| of(draw)[plan] - of(draw)[WITHOUT];
            draws.iter().map(against).collect()
        };
        let brand = gain(WITH, &|draw| &draw.kinds[n].0);
        let network = gain(WITH, &|draw| &draw.kinds[n].1);
        let joint: Vec<f64> = brand.iter().zip(&network).map(|(b, c)| b + c).collect();
        let (g_brand, g_network) = (mean(&brand), mean(&network));
        let chance = deal.chance.as_ref().map(|(constant, slope)| {
            let per_money = values[slope] / MILLION;
            chance(values[constant], per_money, g_network.mean)
        });
        let falls = self.falls.iter().enumerate().map(|(at, &after)| Fall {
            after,
            brand: mean(&gain(FIRST_FALL + at, &|draw| &draw.kinds[n].0)),
            network: mean(&gain(FIRST_FALL + at, &|draw| &draw.kinds[n].1)),
        });
        Worth {
            solved: self.solved,
            gains: Gains {
                brand: g_brand,
                network: g_network,
                joint: mean(&joint),
                bargain: bargain(g_brand.mean, g_network.mean, values[&deal.brand_share]),
                chance,
            },
            falls: falls.collect(),
            unsolved: draws.iter().map(|draw| draw.kinds[n].2).sum(),
        }
    }
}

const MILLION: f64 = 1e6;

/// Of no draws, which are refused before, it is nothing.
fn mean(values: &[f64]) -> Estimate {
    const NOTHING: Estimate = Estimate {
        mean: 0.0,
        se: None,
    };
    statistics::mean(values).unwrap_or(NOTHING)
}
