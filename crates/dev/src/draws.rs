//! Draws of the bundled case, calibrated by the first-order map and from a flat start: how long each takes, and
//! how far what they say is apart.

use beachhead_engine::calibrate::{self, Calibrated, Central, Ground, Settings};
use beachhead_engine::futures::Address;
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::numerics::solve::{Solve, Status};
use beachhead_engine::outcomes::outcome_definitions;
use beachhead_engine::scenario::{Action, Plan, PriceRule, Scenario, Values};
use beachhead_engine::simulate::World;
use beachhead_workbench::scenario::{LoadOptions, load};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Outcomes whose distance is told.
const TOLD: [&str; 5] = [
    "units",
    "share_of_sales_final_year",
    "npv",
    "consumer_surplus",
    "consumer_surplus_choice",
];

/// Processor time of all threads since a moment, which other work on a machine changes less than the time of day; that where the system
/// does not count it.
struct Clock {
    start: Instant,
    used: Option<f64>,
}

impl Clock {
    fn start() -> Self {
        Self {
            start: Instant::now(),
            used: Self::used(),
        }
    }

    fn seconds(&self) -> f64 {
        match (self.used, Self::used()) {
            (Some(before), Some(now)) => now - before,
            _ => self.start.elapsed().as_secs_f64(),
        }
    }

    /// Seconds that threads have run so far, as Linux counts them in nanoseconds.
    fn used() -> Option<f64> {
        let threads = std::fs::read_dir("/proc/self/task").ok()?;
        let of_thread = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        let each = threads.filter_map(|thread| of_thread(thread.ok()?.path()));
        let all: f64 = each.sum();
        (all > 0.0).then_some(1e-9 * all)
    }
}

/// One way to calibrate, over all draws.
#[derive(Default)]
struct Sum {
    seconds: f64,
    months: usize,
    missed: usize,
}

impl Sum {
    fn add(&mut self, clock: &Clock, solve: &Solve<Calibrated>) {
        self.seconds += clock.seconds();
        self.months += solve.iterations;
        self.missed += usize::from(solve.status != Status::Converged);
    }

    fn print(&self, name: &str, draws: usize) {
        let count = draws as f64;
        println!(
            "  {name:<22} {:>8.1} ms and {:>6.1} months a draw, {} of {draws} missed",
            1e3 * self.seconds / count,
            self.months as f64 / count,
            self.missed
        );
    }
}

/// An outcome of a plan in a draw, calibrated in both ways.
#[derive(Clone, Copy, Default)]
struct Apart {
    draw: usize,
    plan: usize,
    x: f64,
    y: f64,
}

impl Apart {
    fn relative(self) -> f64 {
        let scale = self.x.abs().max(self.y.abs()).max(f64::MIN_POSITIVE);
        (self.x - self.y).abs() / scale
    }

    /// Becomes the other if that is further apart.
    fn look(&mut self, other: Self) {
        if other.relative() > self.relative() {
            *self = other;
        }
    }
}

/// The same market with prices that answer nothing: rivals keep the table's, and who promises a margin takes it on top of cost.
fn with_fixed_prices(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.pricing = None;
    let steps = scenario.plans.iter_mut().flat_map(|plan| &mut plan.steps);
    for action in steps.flat_map(|step| &mut step.actions) {
        if let Action::Price { rule, .. } = action
            && let PriceRule::MarginCap(terms) = rule
        {
            *rule = PriceRule::CostPlus {
                margin: terms.cap.clone(),
            };
        }
    }
    scenario
}

/// Prints the table for the first `draws` draws of `examples/xiaomi-us`, beside full solves if they are to be `compared`, and
/// beside the same with fixed `prices`.
pub(crate) fn run(root: &Path, draws: usize, compared: bool, prices: bool) -> Result<(), String> {
    let folder = root.join("examples/xiaomi-us");
    let loaded = load(&folder, &LoadOptions::default())
        .map_err(|mistakes| format!("examples/xiaomi-us: {} mistakes", mistakes.list.len()))?;
    let scenario = &loaded.scenario;
    let cancel = AtomicBool::new(false);
    let settings = Settings::default();
    let types = scenario.simulation.types;
    let values = scenario.central_values();
    let ground = ground(scenario, &values)?;
    let start = Clock::start();
    let solve = calibrate::calibrate(&ground, &settings, &cancel);
    let flat = start.seconds();
    let start = Clock::start();
    let central = Central::new(&ground, solve, &settings, types, &cancel);
    let Some(central) = central else {
        return Err("interrupted".to_owned());
    };
    println!(
        "central solution {flat:.2} s, responses to assumptions {:.2} s",
        start.seconds()
    );
    let (mut warm, mut cold, mut paths) = (Sum::default(), Sum::default(), 0.0);
    let fixed = prices.then(|| with_fixed_prices(scenario));
    let mut fixed_paths = 0.0;
    let mut apart = vec![Apart::default(); TOLD.len()];
    let mut sums = [0.0_f64; TOLD.len()];
    for draw in 0..draws {
        let address = Address::new(scenario.simulation.seed, draw as u64);
        let values = scenario.drawn_values(&address);
        let ground = self::ground(scenario, &values)?;
        let clock = Clock::start();
        let mapped = calibrate::under_draw(&ground, &central, &settings, &cancel);
        warm.add(&clock, &mapped);
        let clock = Clock::start();
        let x = outcomes(&ground, &mapped.value, address)?;
        paths += clock.seconds();
        for (sum, values) in sums.iter_mut().zip(&x) {
            *sum += values.iter().sum::<f64>();
        }
        if let Some(fixed) = &fixed {
            let ground = self::ground(fixed, &values)?;
            let clock = Clock::start();
            outcomes(&ground, &mapped.value, address)?;
            fixed_paths += clock.seconds();
        }
        if !compared {
            continue;
        }
        let clock = Clock::start();
        let full = calibrate::calibrate(&ground, &settings, &cancel);
        cold.add(&clock, &full);
        let y = outcomes(&ground, &full.value, address)?;
        for (apart, (x, y)) in apart.iter_mut().zip(x.iter().zip(&y)) {
            for (plan, (&x, &y)) in x.iter().zip(y).enumerate() {
                apart.look(Apart { draw, plan, x, y });
            }
        }
    }
    warm.print("map and chord steps", draws);
    println!(
        "  all plans              {:>8.1} ms a draw",
        1e3 * paths / draws as f64
    );
    if prices {
        println!(
            "  with fixed prices      {:>8.1} ms a draw; with the calibration of a draw prices that answer take {:.2} times as long",
            1e3 * fixed_paths / draws as f64,
            (warm.seconds + paths) / (warm.seconds + fixed_paths)
        );
    }
    for (id, sum) in TOLD.iter().zip(sums) {
        println!("  mean of {id}, plans added up: {:.9e}", sum / draws as f64);
    }
    if !compared {
        return Ok(());
    }
    cold.print("from a flat start", draws);
    for (id, apart) in TOLD.iter().zip(apart) {
        println!(
            "  largest relative distance of {id}, any plan: {:.1e} (draw {}, {}: {:.4e} and {:.4e})",
            apart.relative(),
            apart.draw,
            scenario.plans[apart.plan].id,
            apart.x,
            apart.y
        );
    }
    Ok(())
}

pub(crate) fn ground<'a>(scenario: &'a Scenario, values: &'a Values) -> Result<Ground<'a>, String> {
    Ground::new(scenario, values, scenario.simulation.types).map_err(|error| error.to_string())
}

/// Outcomes told by plan, in the draw at an address.
fn outcomes(
    ground: &Ground,
    calibrated: &Calibrated,
    address: Address,
) -> Result<Vec<Vec<f64>>, String> {
    let world = World::new(ground, calibrated, Dispatch::detect()).at(address);
    told(&world, ground, &TOLD)
}

/// Some outcomes of every plan, (outcomes,) of (plans,).
pub(crate) fn told(world: &World, ground: &Ground, ids: &[&str]) -> Result<Vec<Vec<f64>>, String> {
    let scenario = ground.scenario;
    let plans: Vec<&Plan> = scenario.plans.iter().collect();
    let records = world.run(&plans, &AtomicBool::new(false), &|_| ());
    let records = records.map_err(|error| error.to_string())?;
    let definitions = outcome_definitions(scenario);
    let of = |id: &&str| {
        let definition = definitions.iter().find(|definition| definition.id == *id);
        let read = |record| definition.and_then(|d| d.evaluate(scenario, ground.values, record));
        records.iter().filter_map(read).collect()
    };
    Ok(ids.iter().map(of).collect())
}
