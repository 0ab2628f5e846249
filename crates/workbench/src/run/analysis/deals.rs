//! What the scenario's deals are worth to both sides, asked of a few draws of the run.

use super::ask::Settled;
use super::work::Rows;
use super::{Draws, Inquiry};
use crate::run::job::ComputeError;
use crate::run::value::{Draw, Worth, kinds, run_kinds};
use beachhead_engine::outcomes::statistics::Estimate;
use beachhead_engine::scenario::Deal;
use serde::{Deserialize, Serialize};

/// Most draws that a deal is asked of, how many draws of the run one of them stands for, and the fewest: one has no standard error.
const MOST: usize = 8;
const DRAWS_PER_ONE: usize = 12;
const FEWEST: usize = 2;

/// How many of a run's draws are asked.
pub(super) fn wanted(draws: usize) -> usize {
    (draws / DRAWS_PER_ONE).clamp(FEWEST, MOST)
}

/// A deal, `[eq:deal]`; money is in the scenario's currency, discounted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DealLine {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Title of the network.
    pub partner: String,
    /// Title of the plan that it is part of.
    pub plan: String,
    /// Title of the plan without it.
    pub fallback: String,
    /// Month in which it starts.
    pub start: usize,
    /// Months that it holds; none: to the end.
    pub months: Option<usize>,
    /// Whether other networks' shops stay closed meanwhile.
    pub exclusive: bool,
    /// Whether the brand's products are paid in the network's instalments in its shop; documents of before could not say otherwise.
    #[serde(default = "usual")]
    pub instalments: bool,
    /// Whether the chance that its gain gives is that of the talks in the draws.
    #[serde(default)]
    pub in_draws: bool,
    /// Draws that were asked and have values.
    pub draws: usize,
    /// The brand's share of what both gain.
    pub brand_share: f64,
    /// With rivals' prices held, then, where any rival sets prices, solved again.
    pub worth: Vec<WorthLine>,
}

/// A mean over the draws asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// Money.
    pub mean: f64,
    /// Its standard error.
    pub se: Option<f64>,
}

/// What a deal is worth while rivals' prices are of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorthLine {
    /// Whether rivals set theirs anew.
    pub solved: bool,
    /// What the brand gains before any transfer.
    pub brand: Mean,
    /// What the network gains.
    pub network: Mean,
    /// What both gain.
    pub both: Mean,
    /// Whether both gain together, so that it can be signed.
    pub signed: bool,
    /// The least that the network must pay the brand, money; below 0 the brand pays.
    pub lowest: f64,
    /// The most that the network would pay.
    pub highest: f64,
    /// What it pays at the brand's share.
    pub transfer: f64,
    /// Chance that it is signed, where the scenario makes it depend on the network's gain.
    pub chance: Option<f64>,
    /// What is left where it falls through.
    pub falls: Vec<FallLine>,
    /// Repricings without an equilibrium, over all draws and paths.
    pub unsolved: usize,
}

/// What is left of a deal that falls through, against never having had it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FallLine {
    /// Months after its start.
    pub after: usize,
    /// To the brand.
    pub brand: Mean,
    /// To the network.
    pub network: Mean,
}

impl Inquiry<'_> {
    /// Deals of plans that the run has, with their places in the scenario.
    pub(super) fn deals(&self) -> Vec<(usize, &Deal)> {
        let all = self.scenario.deals.iter().enumerate();
        all.filter(|(_, deal)| self.plans.contains(&deal.plan))
            .collect()
    }

    /// What a deal leads to in a draw, as numbers; without numbers where the draw's values break something.
    pub(super) fn deal_row(
        &self,
        deal: usize,
        settled: Option<&Settled>,
    ) -> Result<Vec<f64>, ComputeError> {
        let (Some(settled), Some(deal)) = (settled, self.scenario.deals.get(deal)) else {
            return Ok(Vec::new());
        };
        let at = (&settled.values, &settled.calibrated);
        let kinds = kinds(self.scenario, deal);
        match run_kinds(deal, &kinds, at, Some(settled.address), self.cancel) {
            Ok(found) => Ok(found.row()),
            Err(ComputeError::Input(_)) => Ok(Vec::new()),
            Err(other) => Err(other),
        }
    }

    /// The deals with what they are worth; one that no draw has values for is left out.
    pub(super) fn deal_lines(&self, draws: &Draws, rows: &Rows) -> Vec<DealLine> {
        let deals = self.deals();
        let lines = deals.into_iter();
        lines
            .filter_map(|(_, deal)| self.deal_line(deal, draws, rows))
            .collect()
    }

    fn deal_line(&self, deal: &Deal, draws: &Draws, rows: &Rows) -> Option<DealLine> {
        let scenario = self.scenario;
        let kinds = kinds(scenario, deal);
        let rows = rows.deal(&draws.of_deals, deal);
        let found = rows.iter().filter_map(|row| Draw::parse(&kinds, row));
        let found: Vec<Draw> = found.collect();
        if found.is_empty() {
            return None;
        }
        let values = scenario.central_values();
        let worth = kinds.iter().enumerate();
        let worth = worth.map(|(n, kind)| line(&kind.worth(n, deal, &values, &found)));
        let plan = |at: usize| scenario.plans[at].title.clone();
        Some(DealLine {
            id: deal.id.clone(),
            title: deal.title.clone(),
            partner: scenario.networks[deal.network].title.clone(),
            plan: plan(deal.plan),
            fallback: plan(deal.fallback),
            start: deal.start,
            months: deal.months,
            exclusive: deal.exclusive,
            instalments: deal.instalments,
            in_draws: deal.event.is_some(),
            draws: found.len(),
            brand_share: values[&deal.brand_share],
            worth: worth.collect(),
        })
    }
}

fn usual() -> bool {
    true
}

fn mean(estimate: Estimate) -> Mean {
    Mean {
        mean: estimate.mean,
        se: estimate.se,
    }
}

fn line(worth: &Worth) -> WorthLine {
    let (gains, bargain) = (&worth.gains, worth.gains.bargain);
    let falls = worth.falls.iter().map(|fall| FallLine {
        after: fall.after,
        brand: mean(fall.brand),
        network: mean(fall.network),
    });
    WorthLine {
        solved: worth.solved,
        brand: mean(gains.brand),
        network: mean(gains.network),
        both: mean(gains.joint),
        signed: bargain.signed,
        lowest: bargain.lowest,
        highest: bargain.highest,
        transfer: bargain.transfer,
        chance: gains.chance,
        falls: falls.collect(),
        unsolved: worth.unsolved,
    }
}
