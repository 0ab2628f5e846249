//! Estimation beside pyblp: the same problems on one thread each, processor time and peak memory.
//!
//! Each task runs in a process of its own, so that peak memory is that task's.

use beachhead_engine::estimate::{
    Agents, Column, Covariance, Entry, Fit, Method, Optimiser, Options, Ownership, Parameters,
    Problem, Supply, estimate,
};
use beachhead_workbench::estimate::read;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

/// Markets, products a market, people a market of the large problem.
const LARGE: (usize, usize, usize) = (200, 50, 1_000);
/// Times a task is repeated, here and there; the fastest counts.
const REPEATS: usize = 3;
/// Nanoseconds per product and person that an iteration of the fixed point alone is held to cost at best, exponentials kept.
const LIMIT: f64 = 0.45;
/// What the tasks are called here and in the script.
const TASKS: [(&str, &str); 4] = [
    ("cereal", "cereal, the whole search"),
    ("automobiles", "automobiles with supply, two steps"),
    ("objective", "200 × 50 × 1,000, one objective and gradient"),
    ("objective_supply", "the same with supply"),
];

/// What one side says of a task.
struct Measured {
    seconds: f64,
    megabytes: f64,
    objective: f64,
    evaluations: f64,
    contractions: f64,
}

/// Prints all tasks. `python` is an interpreter with pyblp.
pub(super) fn run(root: &Path, python: Option<&str>) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (task, title) in TASKS {
        let is_large = task.starts_with("objective");
        let data = folder.path().join(task);
        if is_large {
            let Some(python) = python else {
                println!("  {title}: its data are made by the reference; pass --python");
                continue;
            };
            let side = if task == "objective" {
                "demand"
            } else {
                "supply"
            };
            script(
                root,
                python,
                &["--export", &data.display().to_string(), side],
            )?;
        }
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg("estimate-task").arg(task).arg(&data);
        let ours = measured(&output(&mut command)?)?;
        println!(
            "  {title}\n    here   {:>9.4} s of processor time, {:>5.0} MB, objective {:.6}, {} evaluations, {} of the contraction",
            ours.seconds, ours.megabytes, ours.objective, ours.evaluations, ours.contractions
        );
        if is_large {
            let cells = (LARGE.1 * LARGE.2) as f64 * ours.contractions;
            println!(
                "    {:.2} ns per product, person and evaluation of the contraction, all else included; the limit of a fixed-point iteration alone is {LIMIT} ns",
                ours.seconds * 1e9 / cells
            );
        }
        match python {
            None => println!("    (no pyblp beside it: pass --python)"),
            Some(python) => {
                let repeats = REPEATS.to_string();
                let asked = ["--time", task, "--repeats", &repeats];
                let theirs = measured(&script(root, python, &asked)?)?;
                println!(
                    "    pyblp  {:>9.4} s, {:>5.0} MB, objective {:.6}, {} evaluations, {} of the contraction\n    {:.0} times as long, {:.1} times the memory",
                    theirs.seconds,
                    theirs.megabytes,
                    theirs.objective,
                    theirs.evaluations,
                    theirs.contractions,
                    theirs.seconds / ours.seconds,
                    theirs.megabytes / ours.megabytes
                );
            }
        }
    }
    Ok(())
}

fn script(root: &Path, python: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(python);
    command
        .arg("-W")
        .arg("ignore")
        .arg(root.join("crates/dev/oracle/estimate.py"))
        .args(arguments)
        .env("OPENBLAS_NUM_THREADS", "1");
    output(&mut command)
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn measured(text: &str) -> Result<Measured, String> {
    let line = text.lines().find(|line| line.starts_with('{'));
    let value: serde_json::Value = serde_json::from_str(line.unwrap_or_default())
        .map_err(|error| format!("no measurement in {text:?}: {error}"))?;
    let number = |name: &str| {
        value[name]
            .as_f64()
            .ok_or_else(|| format!("no {name} in {text}"))
    };
    Ok(Measured {
        seconds: number("cpu_seconds")?,
        megabytes: number("peak_mb")?,
        objective: number("objective")?,
        evaluations: number("evaluations")?,
        contractions: number("contraction_evaluations")?,
    })
}

/// One task on one thread; prints one JSON object.
pub(crate) fn task(root: &Path, name: &str, data: &Path) -> Result<(), String> {
    let (problem, parameters, options) = match name {
        "cereal" | "automobiles" => {
            let folder = root.join("examples").join(name);
            let loaded =
                read(&folder).map_err(|error| format!("{}: {error:?}", folder.display()))?;
            let search = loaded.options.search;
            // The reference searches with BFGS here, and with L-BFGS-B there.
            let optimiser = match name {
                "cereal" => Optimiser::Bfgs,
                _ => search.optimiser,
            };
            let options = Options {
                search: beachhead_engine::estimate::Search {
                    optimiser,
                    ..search
                },
                hessian: false,
                ..loaded.options
            };
            (loaded.problem, loaded.parameters, options)
        }
        _ => large(data, name == "objective_supply")?,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| error.to_string())?;
    let mut fastest = f64::INFINITY;
    let mut last: Option<Fit> = None;
    for _ in 0..REPEATS {
        let start = processor_seconds();
        let fit =
            pool.install(|| estimate(&problem, &parameters, &options, &AtomicBool::new(false)));
        fastest = fastest.min(processor_seconds() - start);
        last = Some(fit.map_err(|error| error.to_string())?);
    }
    let Some(fit) = last else {
        return Err("no repeats".into());
    };
    let evaluations: u64 = fit.steps.iter().map(|step| step.evaluations).sum();
    let contractions: u64 = fit
        .steps
        .iter()
        .map(|step| step.contraction_evaluations)
        .sum();
    println!(
        "{{\"cpu_seconds\": {fastest}, \"peak_mb\": {}, \"objective\": {}, \"evaluations\": {evaluations}, \"contraction_evaluations\": {contractions}}}",
        peak_megabytes(),
        fit.objective
    );
    Ok(())
}

/// Time that the threads of this process have spent on a processor, seconds, as the system counts it.
fn processor_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return f64::NAN;
    };
    let of_thread = |path: std::path::PathBuf| -> Option<f64> {
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    let nanoseconds = threads.filter_map(|entry| of_thread(entry.ok()?.path()));
    nanoseconds.sum::<f64>() * 1e-9
}

/// The most memory that this process has had, as the system counts it; not a number where it does not say.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}

/// A column of doubles that the script wrote.
fn doubles(folder: &Path, name: &str) -> Result<Vec<f64>, String> {
    let path = folder.join(format!("{name}.bin"));
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (whole, _) = bytes.as_chunks::<8>();
    Ok(whole
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect())
}

/// The simulated problem of the script.
fn large(folder: &Path, supply: bool) -> Result<(Problem, Parameters, Options), String> {
    let (markets, products, people) = LARGE;
    let column = |name: &str| doubles(folder, name);
    let price = column("price")?;
    let ones = vec![1.0; price.len()];
    let exogenous = |name: &str| column(name).map(|values| Column::exogenous(name, values));
    let mut linear = vec![
        Column::exogenous("1", ones.clone()),
        Column::with_price("prices", price.clone(), ones),
    ];
    let mut instruments = Vec::new();
    for k in 1..=3 {
        linear.push(exogenous(&format!("x{k}"))?);
    }
    let mut k = 0;
    while folder.join(format!("z{k}.bin")).exists() {
        instruments.push(exogenous(&format!("z{k}"))?);
        k += 1;
    }
    let mut cost = vec![linear[0].clone()];
    cost.extend_from_slice(&linear[2..]);
    let firms = column("firm")?.iter().map(|f| *f as usize).collect();
    let nodes: Result<Vec<Vec<f64>>, String> =
        (0..5).map(|k| column(&format!("node{k}"))).collect();
    let mut problem = Problem {
        markets: (0..markets)
            .map(|t| t * products..(t + 1) * products)
            .collect(),
        shares: column("share")?,
        prices: price,
        ownership: Some(Ownership::Firms(firms)),
        nonlinear: linear.clone(),
        linear,
        agents: Some(Agents {
            markets: (0..markets).map(|t| t * people..(t + 1) * people).collect(),
            weight: column("weight")?,
            nodes: nodes?,
            ..Agents::default()
        }),
        instruments,
        ..Problem::default()
    };
    let start = [0.4, 0.4, 0.6, 0.6, 0.6];
    let mut parameters = Parameters {
        sigma: (0..5)
            .map(|k| {
                (0..=k)
                    .map(|l| Entry::start(if l == k { start[k] } else { 0.0 }))
                    .collect()
            })
            .collect(),
        ..Parameters::default()
    };
    if supply {
        cost.push(exogenous("w")?);
        let excluded = problem.instruments.len() - 1;
        problem.supply = Some(Supply {
            design: cost,
            instruments: problem.instruments[..excluded].to_vec(),
            ..Supply::default()
        });
        parameters.beta = vec![None; 5];
        parameters.beta[1] = Some(Entry::free(-2.0));
    }
    let options = Options {
        method: Method::OneStep,
        weighting: Covariance::Unadjusted,
        standard_errors: Covariance::Unadjusted,
        search: Optimiser::Evaluate.into(),
        ..Options::default()
    };
    Ok((problem, parameters, options))
}
