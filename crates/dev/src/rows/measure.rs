//! Runs the case as it is and with each statement switched off, in the same draws.

use super::CASE;
use super::file::{Row, Switches};
use beachhead_engine::calibrate::{self, Calibrated, Central, Ground, Settings};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::outcomes::{outcome_definitions, statistics};
use beachhead_engine::scenario::{Plan, Quantity, Scenario, Values};
use beachhead_engine::simulate::{PlanRecord, World};
use beachhead_workbench::scenario::{LoadOptions, load};
use rayon::prelude::*;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Probability with which an interval holds the difference.
const LEVEL: f64 = 0.95;

/// Whatever begins so bears on the market before an entry.
const OF_THE_MARKET: [&str; 8] = [
    "scenario.",
    "segments.",
    "demand.",
    "season.",
    "networks.",
    "channels.",
    "calibration.",
    "compatibility.",
];

/// A row with what was measured.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The row.
    pub row: Row,
    /// The outcome in the case as it is; a mean over draws where draws are compared.
    pub as_it_is: f64,
    /// The same with the row switched off.
    pub off: f64,
    /// Half of the interval of 95 % around the mean difference, draw by draw; none in the central run.
    pub half: Option<f64>,
    /// Draws in which it is more with the row switched off, and in which it is less; in the others it is the same.
    pub more_and_less: (usize, usize),
}

impl Moved {
    /// The difference as a share of the larger of the two.
    #[must_use]
    pub fn share(&self) -> f64 {
        let size = self.as_it_is.abs().max(self.off.abs());
        if size > 0.0 {
            (self.as_it_is - self.off).abs() / size
        } else {
            0.0
        }
    }

    /// Whether it moved as much as the row says.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.share() >= self.row.at_least
    }

    /// Whether so many draws can tell the mean difference from nothing; a central run is one path, which has no noise of draws.
    #[must_use]
    pub fn is_mean_told(&self) -> bool {
        self.half
            .is_none_or(|half| (self.off - self.as_it_is).abs() > half)
    }

    /// Whether so many of the draws in which it moves agree on the way that it is no toss of a coin: the sign test, for what moves little
    /// in most draws and much in a few.
    #[must_use]
    pub fn is_way_told(&self) -> bool {
        let (more, less) = self.more_and_less;
        let band = statistics::share_band(more, more + less, LEVEL);
        band.is_some_and(|(low, high)| low > 0.5 || high < 0.5)
    }

    /// Whether the draws can tell that it moves, by the mean or by the way.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.is_mean_told() || self.is_way_told()
    }

    /// In words.
    #[must_use]
    pub fn told(&self) -> String {
        format!(
            "{} of {} moves from {:.6e} to {:.6e}, by {:.2} % of at least {:.2} %; more in {} draws and less in {}",
            self.row.moves,
            self.row.plan,
            self.as_it_is,
            self.off,
            100.0 * self.share(),
            100.0 * self.row.at_least,
            self.more_and_less.0,
            self.more_and_less.1
        )
    }
}

/// A market in which plans run: of the central run, or of a draw.
struct Market {
    address: Option<Address>,
    calibrated: Calibrated,
}

impl Market {
    fn values(&self, scenario: &Scenario) -> Values {
        match &self.address {
            Some(address) => scenario.drawn_values(address),
            None => scenario.central_values(),
        }
    }

    /// Plans in this market.
    fn run(&self, scenario: &Scenario, plans: &[&Plan]) -> Result<Vec<PlanRecord>, String> {
        let values = self.values(scenario);
        let ground = ground(scenario, &values)?;
        let mut world = World::new(&ground, &self.calibrated, Dispatch::detect());
        if let Some(address) = self.address {
            world = world.at(address);
        }
        let records = world.run(plans, &AtomicBool::new(false), &|_| ());
        records.map_err(|error| error.to_string())
    }
}

/// The case as it is.
struct Base {
    scenario: Scenario,
    central: Market,
    draws: Vec<Market>,
    /// Records by market, the central one first, and plan of the scenario.
    records: Vec<Vec<PlanRecord>>,
}

/// Measures all rows.
///
/// # Errors
/// A switch that the scenario refuses, a calibration that fails, a plan or an outcome that is not there.
pub fn measure(root: &Path, switches: &Switches) -> Result<Vec<Moved>, String> {
    let base = Base::new(root, switches)?;
    let rows = switches.row.par_iter();
    rows.map(|row| {
        base.moved(root, row)
            .map_err(|error| format!("row {}: {error}", row.number))
    })
    .collect()
}

fn scenario(root: &Path, sets: &[String]) -> Result<Scenario, String> {
    let options = LoadOptions {
        sets: sets.to_vec(),
        ..LoadOptions::default()
    };
    let loaded = load(&root.join(CASE), &options).map_err(|mistakes| mistakes.to_string())?;
    Ok(loaded.scenario)
}

fn ground<'a>(scenario: &'a Scenario, values: &'a Values) -> Result<Ground<'a>, String> {
    Ground::new(scenario, values, scenario.simulation.types).map_err(|error| error.to_string())
}

/// The market at central values, solved from a flat start.
fn solved(ground: &Ground) -> Result<beachhead_engine::numerics::solve::Solve<Calibrated>, String> {
    if let Some(clash) = calibrate::check(ground).first() {
        return Err(format!("targets clash: {}", clash.text));
    }
    let solve = calibrate::calibrate(ground, &Settings::default(), &AtomicBool::new(false));
    match solve.status {
        Status::Converged => Ok(solve),
        status => Err(format!("the calibration ended as {status:?}")),
    }
}

impl Base {
    fn new(root: &Path, switches: &Switches) -> Result<Self, String> {
        let scenario = scenario(root, &[])?;
        let values = scenario.central_values();
        let ground = ground(&scenario, &values)?;
        let solve = solved(&ground)?;
        let central = Market {
            address: None,
            calibrated: solve.value.clone(),
        };
        let start = Central::new(
            &ground,
            solve,
            &Settings::default(),
            scenario.simulation.types,
            &AtomicBool::new(false),
        );
        let start = start.ok_or_else(|| "interrupted".to_owned())?;
        drop(ground);
        let draws: Result<Vec<Market>, String> = (0..switches.draws)
            .into_par_iter()
            .map(|draw| drawn(&scenario, &start, draw as u64))
            .collect();
        let draws = draws?;
        let plans: Vec<&Plan> = scenario.plans.iter().collect();
        let markets: Vec<&Market> = std::iter::once(&central).chain(&draws).collect();
        let records: Result<_, String> = markets
            .par_iter()
            .map(|market| market.run(&scenario, &plans))
            .collect();
        let records = records?;
        Ok(Self {
            scenario,
            central,
            draws,
            records,
        })
    }

    fn moved(&self, root: &Path, row: &Row) -> Result<Moved, String> {
        let off = scenario(root, &row.set)?;
        let plans = self.scenario.plans.iter();
        let plan = plans.clone().position(|plan| plan.id == row.plan);
        let plan = plan.ok_or_else(|| format!("no plan `{}`", row.plan))?;
        let as_it_is = self
            .markets(row)
            .enumerate()
            .map(|(at, market)| {
                let record = &self.records[at + usize::from(row.over_draws)][plan];
                outcome(&self.scenario, &market.values(&self.scenario), record, row)
            })
            .collect::<Result<Vec<f64>, String>>()?;
        let again = (!self.is_same_market(&off)?).then(|| central(&off, row));
        let again = again.transpose()?;
        let markets = again
            .iter()
            .chain(self.markets(row).filter(|_| again.is_none()));
        let switched = markets
            .map(|market| {
                let records = market.run(&off, &[&off.plans[plan]])?;
                outcome(&off, &market.values(&off), &records[0], row)
            })
            .collect::<Result<Vec<f64>, String>>()?;
        Ok(Moved {
            row: row.clone(),
            as_it_is: mean(&as_it_is),
            off: mean(&switched),
            half: half_width(&as_it_is, &switched),
            more_and_less: more_and_less(&as_it_is, &switched),
        })
    }

    /// The markets that a row is compared in.
    fn markets<'a>(&'a self, row: &Row) -> impl Iterator<Item = &'a Market> {
        let (one, many) = match row.over_draws {
            true => (None, self.draws.as_slice()),
            false => (Some(&self.central), &[][..]),
        };
        one.into_iter().chain(many)
    }

    /// Whether a switch leaves the market before an entry as it is, so that its calibration holds.
    fn is_same_market(&self, off: &Scenario) -> Result<bool, String> {
        let (values, others) = (self.scenario.central_values(), off.central_values());
        let (one, other) = (ground(&self.scenario, &values)?, ground(off, &others)?);
        let numbers = |scenario: &Scenario| {
            let is_of_market = |q: &&Quantity| OF_THE_MARKET.iter().any(|p| q.name.starts_with(p));
            let market = scenario.quantities.iter().filter(is_of_market);
            let mut numbers: Vec<_> = market
                .map(|q| {
                    (
                        q.name.clone(),
                        format!("{:?} {:?}", q.distribution, q.conversion),
                    )
                })
                .collect();
            numbers.sort();
            numbers
        };
        Ok(one.market == other.market
            && one.offers == other.offers
            && numbers(&self.scenario) == numbers(off))
    }
}

/// The central market of a switched scenario.
fn central(off: &Scenario, row: &Row) -> Result<Market, String> {
    if row.over_draws {
        return Err(
            "it changes the market, so that it can be compared in the central run only".into(),
        );
    }
    let values = off.central_values();
    let calibrated = solved(&ground(off, &values)?)?.value;
    Ok(Market {
        address: None,
        calibrated,
    })
}

fn drawn(scenario: &Scenario, start: &Central, draw: u64) -> Result<Market, String> {
    let address = Address::new(scenario.simulation.seed, draw);
    let values = scenario.drawn_values(&address);
    let ground = ground(scenario, &values)?;
    let settings = Settings::default();
    let solve = calibrate::under_draw(&ground, start, &settings, &AtomicBool::new(false));
    match solve.status {
        Status::BrokeDown => Err(format!("the calibration of draw {draw} broke down")),
        _ => Ok(Market {
            address: Some(address),
            calibrated: solve.value,
        }),
    }
}

/// The outcome that a row looks at; a month that never comes is none, and so not for rows.
fn outcome(
    scenario: &Scenario,
    values: &Values,
    record: &PlanRecord,
    row: &Row,
) -> Result<f64, String> {
    let definitions = outcome_definitions(scenario);
    let definition = definitions.iter().find(|d| d.id == row.moves);
    let definition = definition.ok_or_else(|| format!("no outcome `{}`", row.moves))?;
    definition
        .evaluate(scenario, values, record)
        .ok_or_else(|| format!("`{}` has no value", row.moves))
}

/// Half of the interval around the mean difference of the same draws, Student's; none of one path.
fn half_width(as_it_is: &[f64], off: &[f64]) -> Option<f64> {
    let pairs = as_it_is.iter().zip(off);
    let differences: Vec<f64> = pairs.map(|(on, off)| off - on).collect();
    let se = statistics::mean(&differences)?.se?;
    Some(se * statistics::critical_value(differences.len(), LEVEL)?)
}

/// Pairs in which the second is more, and in which it is less.
fn more_and_less(as_it_is: &[f64], off: &[f64]) -> (usize, usize) {
    let pairs = || as_it_is.iter().zip(off);
    (
        pairs().filter(|(on, off)| off > on).count(),
        pairs().filter(|(on, off)| off < on).count(),
    )
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(as_it_is: &[f64], off: &[f64]) -> Moved {
        Moved {
            row: Row {
                number: 1,
                says: String::new(),
                lines: Vec::new(),
                off: String::new(),
                set: Vec::new(),
                plan: String::new(),
                moves: String::new(),
                at_least: 0.1,
                over_draws: true,
                untold: false,
            },
            as_it_is: mean(as_it_is),
            off: mean(off),
            half: half_width(as_it_is, off),
            more_and_less: more_and_less(as_it_is, off),
        }
    }

    #[test]
    fn what_moves_one_way_is_told_though_its_size_is_not() {
        // Six draws of eight move, all up, one by much: 2 / 2^6 is 3 %.
        let on = [0.0; 8];
        let found = moved(&on, &[0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 90.0]);
        assert_eq!(found.more_and_less, (6, 0));
        assert!(!found.is_mean_told() && found.is_way_told() && found.is_told());
        // Five that agree may be chance, and so may six up and three down.
        let found = moved(&on, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 90.0]);
        assert!(!found.is_told());
        let found = moved(&[0.0; 9], &[-1.0, -1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0]);
        assert!(!found.is_way_told());
        // The same in all draws needs no signs.
        let found = moved(&[0.0; 3], &[2.0, 2.0, 2.0]);
        assert!(found.is_mean_told() && !found.is_way_told());
    }
}
