//! Where a piecewise linear curve through a few points crosses zero.

/// A curve against zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Crossing {
    /// It crosses at this place first, from the left.
    At(f64),
    /// It is above zero everywhere.
    Above,
    /// It is not above zero at its right end.
    Below,
}

/// The first place from which a curve is above zero on the way to the right, `[eq:break_even]`: points `x` increasing, `y` of the
/// same shape, straight lines between them. Where it starts above zero and dips below later, the last rise counts, so that the
/// answer is on the safe side. None of points that are no curve (no points, not finite, not increasing).
#[must_use]
pub fn rises_above_zero(x: &[f64], y: &[f64]) -> Option<Crossing> {
    let is_curve = !x.is_empty()
        && x.len() == y.len()
        && x.iter().chain(y).all(|value| value.is_finite())
        && x.windows(2).all(|pair| pair[0] < pair[1]);
    if !is_curve {
        return None;
    }
    let last_below = y.iter().rposition(|value| *value <= 0.0);
    Some(match last_below {
        None => Crossing::Above,
        Some(at) if at + 1 == y.len() => Crossing::Below,
        Some(at) => {
            let (low, high) = (y[at], y[at + 1]);
            let share = -low / (high - low);
            Crossing::At(x[at] + share * (x[at + 1] - x[at]))
        }
    })
}
