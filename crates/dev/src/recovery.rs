//! How often intervals of estimated demand hold the truth: data made at known parameters, estimated again, seed by seed.

use beachhead_engine::estimate::{Options, Truth, estimate};
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// Half widths of intervals of 90, 95 and 99 %, in standard errors.
const HALF_WIDTHS: [(&str, f64); 3] = [
    ("90 %", 1.644_853_626_951_472_2),
    ("95 %", 1.959_963_984_540_054),
    ("99 %", 2.575_829_303_548_901),
];

/// What is known of one parameter after all seeds.
struct Studied {
    name: &'static str,
    truth: f64,
    /// Estimate and standard error by seed.
    found: Vec<(f64, f64)>,
}

/// Name, truth, estimate, standard error.
type Beside = (&'static str, f64, f64, f64);

/// Prints the table of seeds 1 to `sets` in Markdown.
pub(crate) fn run(sets: u64) -> Result<(), String> {
    let truth = Truth::default();
    let options = Options {
        hessian: false,
        ..Options::default()
    };
    let fits: Vec<Result<Vec<Beside>, String>> = (1..=sets)
        .into_par_iter()
        .map(|seed| {
            let (problem, start) = truth
                .data(seed)
                .map_err(|error| format!("seed {seed}: {error}"))?;
            let fit = estimate(&problem, &start, &options, &AtomicBool::new(false));
            let fit = fit.map_err(|error| format!("seed {seed}: {error}"))?;
            match fit.diagnosis.troubles.is_empty() {
                true => Ok(truth.beside(&fit)),
                false => Err(format!("seed {seed}: markets in trouble")),
            }
        })
        .collect();
    let mut studied: Vec<Studied> = Vec::new();
    let mut failed = Vec::new();
    for fit in fits {
        match fit {
            Err(reason) => failed.push(reason),
            Ok(rows) => {
                for (n, (name, value, estimate, error)) in rows.into_iter().enumerate() {
                    if studied.len() <= n {
                        studied.push(Studied {
                            name,
                            truth: value,
                            found: Vec::new(),
                        });
                    }
                    studied[n].found.push((estimate, error));
                }
            }
        }
    }
    println!(
        "| parameter | truth | mean estimate | standard deviation | mean standard error | held by 90 % | held by 95 % | held by 99 % |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for row in &studied {
        println!("{}", row.line());
    }
    println!(
        "\n{} of {sets} data sets could not be estimated.",
        failed.len()
    );
    for reason in failed {
        println!("- {reason}");
    }
    Ok(())
}

impl Studied {
    fn line(&self) -> String {
        let n = self.found.len() as f64;
        let mean = self.found.iter().map(|(e, _)| e).sum::<f64>() / n;
        let squares = self
            .found
            .iter()
            .map(|(e, _)| (e - mean) * (e - mean))
            .sum::<f64>();
        let error = self.found.iter().map(|(_, se)| se).sum::<f64>() / n;
        let held = HALF_WIDTHS.map(|(_, width)| {
            let inside = self
                .found
                .iter()
                .filter(|(e, se)| (e - self.truth).abs() <= width * se);
            format!("{:.1} %", 100.0 * inside.count() as f64 / n)
        });
        format!(
            "| {} | {} | {mean:.4} | {:.4} | {error:.4} | {} |",
            self.name,
            self.truth,
            (squares / (n - 1.0)).sqrt(),
            held.join(" | ")
        )
    }
}
