//! Prices in equilibrium: the cereal merger beside pyblp, and a large market.

use super::fastest;
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::demand::Demand;
use beachhead_engine::supply::equilibrium::{Search, solve};
use beachhead_engine::supply::game::Game;
use beachhead_workbench::table::{Table, read};
use std::path::Path;
use std::process::Command;

/// Calls of which the fastest counts.
const REPEATS: usize = 50;
/// Products and types of the large market.
const LARGE: (usize, usize) = (50, 1_000);
/// Distance at which the large market counts as solved.
const TOLERANCE: f64 = 1e-10;

/// Prints both. `python` is an interpreter with pyblp.
pub(super) fn run(root: &Path, python: Option<&str>) -> Result<(), String> {
    let markets = cereal(&root.join("crates/engine/tests/fixtures/cereal"))?;
    let search = Search::default();
    let mut worst: f64 = 0.0;
    let mut steps = 0;
    let seconds = fastest(REPEATS, || {
        (worst, steps) = (0.0, 0);
        for (game, start) in &markets {
            let found = solve(game, start, &search);
            worst = worst.max(found.residual);
            steps += found.iterations;
        }
    });
    let each = seconds / markets.len() as f64;
    println!(
        "  cereal merger, {} markets        {:>9.3} ms  {:.0} equilibria per second, {steps} steps, largest distance {worst:.1e}",
        markets.len(),
        seconds * 1e3,
        1.0 / each
    );
    match python {
        Some(python) => reference(root, python, seconds)?,
        None => {
            println!("  (no pyblp beside it: pass --python with an interpreter that has pyblp)")
        }
    }
    let game = large()?;
    let search = Search {
        tolerance: TOLERANCE,
        ..Search::default()
    };
    let mut steps = 0;
    let seconds = fastest(REPEATS, || {
        steps = solve(&game, &game.cost, &search).iterations
    });
    println!(
        "  {} products × {} types            {:>9.3} ms  {steps} steps to {TOLERANCE:.0e} from cost",
        LARGE.0,
        LARGE.1,
        seconds * 1e3
    );
    Ok(())
}

fn reference(root: &Path, python: &str, ours: f64) -> Result<(), String> {
    let script = root.join("crates/dev/oracle/cereal_merger.py");
    let output = Command::new(python)
        .arg(&script)
        .args(["--time", "5"])
        .env("OPENBLAS_NUM_THREADS", "1")
        .output()
        .map_err(|error| format!("cannot run {python}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let seconds = text
        .split("\"cpu_seconds\": ")
        .nth(1)
        .and_then(|rest| rest.split([',', '}']).next())
        .and_then(|number| number.trim().parse::<f64>().ok())
        .ok_or_else(|| format!("{} did not print cpu_seconds", script.display()))?;
    println!(
        "  the same, pyblp compute_prices     {:>9.3} ms of processor time: {:.0} times as long",
        seconds * 1e3,
        seconds / ours
    );
    Ok(())
}

fn number(table: &Table, row: usize, column: &str) -> Result<f64, String> {
    let at = table
        .column(column)
        .ok_or_else(|| format!("no column {column}"))?;
    table
        .required_number(row, at)
        .map_err(|error| error.to_string())
}

/// The markets of the fixture with firm 2 merged into 1, and their prices before.
fn cereal(folder: &Path) -> Result<Vec<(Game, Vec<f64>)>, String> {
    let table = |name: &str| read(&folder.join(name), name).map_err(|error| error.to_string());
    let (products, agents) = (table("products.csv")?, table("agents.csv")?);
    let market = |table: &Table, row: usize| table.text_at(row, 0).to_owned();
    let mut ids: Vec<String> = (0..products.rows())
        .map(|row| market(&products, row))
        .collect();
    ids.dedup();
    let mut markets = Vec::new();
    for id in ids {
        let rows: Vec<usize> = (0..products.rows())
            .filter(|&row| market(&products, row) == id)
            .collect();
        let people: Vec<usize> = (0..agents.rows())
            .filter(|&row| market(&agents, row) == id)
            .collect();
        let of = |table: &Table, rows: &[usize], column: &str| -> Result<Vec<f64>, String> {
            rows.iter().map(|&row| number(table, row, column)).collect()
        };
        let weight = of(&agents, &people, "weight")?;
        let alpha: Vec<f64> = of(&agents, &people, "price")?.iter().map(|a| -a).collect();
        let tastes = ["constant", "sugar", "mushy"].map(|name| of(&agents, &people, name));
        let [constant, sugar, mushy] = tastes;
        let (constant, sugar, mushy) = (constant?, sugar?, mushy?);
        let mut quality = Vec::new();
        for &row in &rows {
            let delta = number(&products, row, "delta_without_price")?;
            let (x, m) = (
                number(&products, row, "sugar")?,
                number(&products, row, "mushy")?,
            );
            quality.extend(
                (0..people.len()).map(|i| delta + constant[i] + sugar[i] * x + mushy[i] * m),
            );
        }
        let firms = of(&products, &rows, "firm")?;
        let merged = firms
            .iter()
            .map(|&f| if f == 2.0 { 0 } else { f as usize - 1 });
        let demand = Demand::new(&weight, &alpha, &quality, None).map_err(|e| e.to_string())?;
        let cost = of(&products, &rows, "cost")?;
        let game =
            Game::new(demand, Conduct::nash(merged.collect()), cost).map_err(|e| e.to_string())?;
        markets.push((game, of(&products, &rows, "price")?));
    }
    Ok(markets)
}

/// A market of many products and types, five firms; all numbers by formula.
fn large() -> Result<Game, String> {
    let (products, types) = LARGE;
    let weight = vec![1.0 / types as f64; types];
    let wave = |n: usize| (n as f64 * 0.618_033_988_749_894_9).fract();
    let alpha: Vec<f64> = (0..types).map(|i| 0.5 + 1.5 * wave(i)).collect();
    let quality: Vec<f64> = (0..products * types)
        .map(|n| 1.0 + 2.0 * wave(n / types) + wave(7 * n + 3))
        .collect();
    let demand = Demand::new(&weight, &alpha, &quality, None).map_err(|e| e.to_string())?;
    let cost = (0..products).map(|j| 1.0 + wave(3 * j)).collect();
    let conduct = Conduct::nash((0..products).map(|j| j % 5).collect());
    Game::new(demand, conduct, cost).map_err(|e| e.to_string())
}
