//! Speed, as ratios measured in one run: utilities, one month, one path, calibration, and the same
//! month in NumPy beside it.

pub(crate) mod estimate;
mod market;
mod prices;

use beachhead_engine::calibrate;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::Exposure;
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{Economy, Ground};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::surplus::ReferenceMass;
use beachhead_engine::dynamics::volume::VolumeSum;
use beachhead_engine::dynamics::watch::{SurplusSum, Watch};
use beachhead_engine::numerics::dispatch::Dispatch;
use beachhead_engine::scenario::Plan;
use beachhead_engine::simulate::World;
use beachhead_workbench::scenario::{LoadOptions, load};
use market::Yardstick;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Cells of the yardstick as NumPy counts them: 96 types × 4,704 states.
const CELLS: f64 = 96.0 * 4704.0;

/// What is common to the measurements of the yardstick.
struct Bench {
    yardstick: Yardstick,
    layout: Layout,
    baseline: Baseline,
    dispatch: Dispatch,
}

/// Calls of which the fastest counts: other work on the machine only ever adds time.
const REPEATS: usize = 300;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// The yardstick, with every instruction set.
    Month,
    /// The same, with the best instruction set only.
    Best,
    /// The bundled case.
    Case,
    /// Prices in equilibrium; `--python` with pyblp.
    Prices,
    /// Estimation; `--python` with pyblp.
    Estimate,
}

/// What a month of the yardstick is measured with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Nothing,
    Volume,
    Surplus,
}

/// Prints the table. `python` runs `benches/numpy_month.py` in the same run.
pub(crate) fn run(root: &Path, python: Option<&str>, part: Option<Part>) -> Result<(), String> {
    if part == Some(Part::Prices) {
        return prices::run(root, python);
    }
    if part == Some(Part::Estimate) {
        return estimate::run(root, python);
    }
    let mut sets = Dispatch::available();
    match part {
        Some(Part::Case) => sets.clear(),
        Some(Part::Best) => sets = vec![Dispatch::detect()],
        _ => {}
    }
    for dispatch in sets {
        let bench = Bench::new(dispatch);
        println!("{dispatch:?}");
        bench.utilities();
        let changed = bench.months(true, Measure::Nothing);
        let unchanged = bench.months(false, Measure::Nothing);
        print_month("month, everything changed", changed);
        print_month("month, offers as before", unchanged);
        let volume = bench.months(true, Measure::Volume) - changed;
        print_month("source of volume, beside it", volume);
        let surplus = bench.months(true, Measure::Surplus) - changed;
        print_month("surplus, beside it", surplus);
        if dispatch == Dispatch::detect() {
            match python {
                Some(python) => numpy(root, python, changed, unchanged)?,
                None => println!(
                    "  (no NumPy beside it: pass --python with an interpreter that has NumPy)"
                ),
            }
        }
    }
    match part {
        None | Some(Part::Case) => case(root),
        _ => Ok(()),
    }
}

fn print_month(what: &str, seconds: f64) {
    let (ms, each) = (seconds * 1e3, seconds * 1e9 / CELLS);
    println!("  {what:<30} {ms:>9.3} ms  {each:.2} ns per state");
}

impl Bench {
    fn new(dispatch: Dispatch) -> Self {
        let yardstick = Yardstick::new();
        let layout = Layout::new(&yardstick.market, 1);
        let incumbents = yardstick.incumbents();
        let no_trust = vec![0.0; yardstick.market.brands];
        let base = Attraction::new(
            &yardstick.market,
            &yardstick.parameters,
            &incumbents,
            &no_trust,
            dispatch,
        );
        let baseline = Baseline::new(&yardstick.market, &yardstick.parameters, &base, &layout);
        Self {
            yardstick,
            layout,
            baseline,
            dispatch,
        }
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            market: &self.yardstick.market,
            parameters: &self.yardstick.parameters,
            baseline: &self.baseline,
            layout: &self.layout,
            dispatch: self.dispatch,
        }
    }

    fn utilities(&self) {
        let y = &self.yardstick;
        let trust = vec![0.0; y.market.brands];
        let mut attraction = Attraction::default();
        let seconds = fastest(REPEATS, || {
            attraction.update(&y.market, &y.parameters, &y.offers, &trust, self.dispatch);
        });
        let each = seconds * 1e9 / (96.0 * 70.0);
        println!(
            "  utilities and group sums       {:>9.3} ms  {each:.1} ns per type and offer",
            seconds * 1e3
        );
    }

    /// Least seconds of a month; `changing` lets trust move every month, as NumPy's does.
    fn months(&self, changing: bool, measure: Measure) -> f64 {
        let (ground, layout) = (self.ground(), &self.layout);
        let first = self.yardstick.first_mass(layout);
        let of_type = |i: usize| &first[i * layout.type_cells()..(i + 1) * layout.type_cells()];
        let mut economy = self.start();
        let mut laws = vec![self.yardstick.law.clone()];
        if !changing {
            laws[0].trust_persistence = 1.0;
        }
        let complements_on_trust = if changing { 0.01 } else { 0.0 };
        let mut check = Vec::new();
        let mut month = || {
            let mut watch = Watch::default();
            match measure {
                Measure::Nothing => {}
                Measure::Volume => watch.volumes.push(VolumeSum::new(0, ground.market, layout)),
                Measure::Surplus => {
                    let reference = Box::new(|i| ReferenceMass::Same(of_type(i)));
                    watch.surplus = Some(SurplusSum::new(reference));
                }
            }
            economy.pass_month(ground, &self.yardstick.offers, 1.1, &mut watch);
            check.push(economy.flows.total());
            let exposure = Exposure {
                spend: 8e6,
                owners: economy.owners_after(ground, 0),
                satisfaction: 0.9,
                social: 0.3,
                complements: 0.01,
                complements_on_trust,
                ..Exposure::default()
            };
            economy.close_month(ground, &laws, &[exposure]);
        };
        let seconds = fastest(REPEATS, &mut month);
        if changing && measure == Measure::Nothing {
            println!(
                "  units per user, months 1 to 3  {:.12} {:.12} {:.12}",
                check[0], check[1], check[2]
            );
        }
        seconds
    }

    fn start(&self) -> Economy {
        let mut trust = vec![0.0; self.yardstick.market.brands];
        trust[self.yardstick.market.incumbents] = -0.5;
        let mass = self.yardstick.first_mass(&self.layout);
        Economy::new(
            self.ground(),
            beachhead_engine::dynamics::settle::Consumers { mass: mass.into() },
            trust,
        )
    }
}

/// Least seconds over `repeats` calls.
fn fastest(repeats: usize, mut work: impl FnMut()) -> f64 {
    let seconds = (0..repeats).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min)
}

fn numpy(root: &Path, python: &str, changed: f64, unchanged: f64) -> Result<(), String> {
    let script = root.join("benches/numpy_month.py");
    let output = Command::new(python)
        .arg(script)
        .output()
        .map_err(|error| format!("{python}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!(
            "numpy_month.py failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    println!("  NumPy: {}", text.trim());
    let key = "\"median_seconds_per_month\":";
    let number = text.find(key).map(|at| text[at + key.len()..].trim_start());
    let number = number.and_then(|rest| {
        let end = rest.find([',', '}', '\n']).unwrap_or(rest.len());
        rest[..end].trim().parse::<f64>().ok()
    });
    let Some(seconds) = number else {
        return Err(format!("numpy_month.py printed no {key}"));
    };
    println!(
        "  NumPy's month                  {:>9.3} ms: {:.0} times as long, {:.0} times where offers are as before",
        seconds * 1e3,
        seconds / changed,
        seconds / unchanged
    );
    Ok(())
}

/// The bundled case: reading, calibration, a path per plan.
fn case(root: &Path) -> Result<(), String> {
    let folder = root.join("examples/xiaomi-us");
    let start = Instant::now();
    let loaded = load(&folder, &LoadOptions::default())
        .map_err(|mistakes| format!("examples/xiaomi-us: {} mistakes", mistakes.list.len()))?;
    println!(
        "examples/xiaomi-us\n  read and checked               {:>9.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
    let scenario = &loaded.scenario;
    let values = scenario.central_values();
    let ground = calibrate::Ground::new(scenario, &values, scenario.simulation.types)
        .map_err(|error| error.to_string())?;
    let cancel = AtomicBool::new(false);
    let plan = scenario
        .plans
        .last()
        .ok_or("examples/xiaomi-us has no plan")?;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| error.to_string())?;
        let mut solved = None;
        let calibration = fastest(3, || {
            let settings = calibrate::Settings::default();
            solved = Some(pool.install(|| calibrate::calibrate(&ground, &settings, &cancel)));
        });
        let Some(solved) = solved else { continue };
        let world = World::new(&ground, &solved.value, Dispatch::detect());
        let path = |plans: &[&Plan]| {
            fastest(5, || {
                let _ = pool.install(|| world.run(plans, &cancel, &|_| ()));
            })
        };
        let (reference, one) = (path(&[]), path(&[plan]));
        println!(
            "  {threads} thread(s)                    calibration {calibration:.2} s, {} months; a path of {} months {:.0} ms ({:.2} a month) beside staying out, which takes {:.0} ms",
            solved.iterations,
            scenario.months,
            (one - reference) * 1e3,
            (one - reference) * 1e3 / scenario.months as f64,
            reference * 1e3
        );
    }
    Ok(())
}
