//! Whether there are enough moments.

use super::file::ProblemFile;
use super::read::no_starts;
use crate::diagnostic::Diagnostic;
use crate::document::Files;
use beachhead_engine::estimate::{Column, Parameters, Problem};

/// At least as many moments as parameters.
pub(super) fn moments(
    problem: &Problem,
    parameters: &Parameters,
    file: &ProblemFile,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) {
    let exogenous = |columns: &[Column]| {
        columns
            .iter()
            .filter(|column| column.is_exogenous())
            .count()
    };
    let free = parameters.free().len();
    let concentrated =
        |count: usize, held: &dyn Fn(usize) -> bool| (0..count).filter(|k| !held(*k)).count();
    let linear = concentrated(problem.linear.len(), &|k| parameters.beta(k).is_some());
    let mut wanted = free + linear;
    let mut present = problem.instruments.len() + exogenous(&problem.linear);
    if let Some(supply) = &problem.supply {
        wanted += concentrated(supply.design.len(), &|k| parameters.gamma(k).is_some());
        present += supply.instruments.len() + exogenous(&supply.design);
    }
    present += problem
        .micro
        .as_ref()
        .map_or(0, |micro| micro.moments.len());
    if present < wanted {
        let found = format!("{present} moments for {wanted} parameters");
        let mistake = files.error(file.formulas.linear.place, found).expected(
            "at least as many: excluded instruments and exogenous columns of the formulas, on one side, starting values that are not held and columns of the formulas, on the other",
        );
        let add = format!(
            "add {} columns `demand_instruments{}`…",
            wanted - present,
            problem.instruments.len()
        );
        mistakes.push(match no_starts(file) {
            true => mistake.help(format!(
                "without [sigma] and [pi] the diagonal of Σ and all of Π are searched over, {free} of these parameters: write the entries that you want, or {add}"
            )),
            false => mistake.help(format!(
                "{add}, or hold parameters with `{{ start = …, fixed = true }}`"
            )),
        });
    }
}
