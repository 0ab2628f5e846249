//! How the draws of a run met the facts that they were calibrated to.

use super::draw::{MET, Status};
use super::second_pass::Pass;
use super::shape::Shape;
use crate::run::RunError;
use crate::run::output::{CalibrationOfDraws, Miss};

/// Counts draws by how their calibration ended, and finds the furthest miss, the first of equals.
pub(super) fn met(
    shape: &Shape,
    pass: &Pass<'_>,
    draws: usize,
) -> Result<CalibrationOfDraws, RunError> {
    let status = pass.column(Shape::STATUS)?;
    let count = |wanted: Status| status.iter().filter(|s| **s == wanted.number()).count();
    let mut worst: Option<Miss> = None;
    for (k, target) in shape.targets.iter().enumerate() {
        let column = |of: std::ops::Range<usize>| pass.column(of.start + k);
        let (wanted, got) = (
            column(shape.wanted_columns())?,
            column(shape.got_columns())?,
        );
        for ((draw, wanted), got) in pass.numbers().zip(wanted).zip(got) {
            let known = worst.as_ref().map_or(MET, |miss| miss.relative);
            let miss = Miss::new(target, draw, [wanted, got]);
            worst = miss.filter(|miss| miss.relative > known).or(worst);
        }
    }
    Ok(CalibrationOfDraws {
        met: count(Status::Met),
        missed: count(Status::Missed),
        failed: draws - pass.count(),
        within: MET,
        worst,
    })
}
