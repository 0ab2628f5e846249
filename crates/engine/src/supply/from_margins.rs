//! Demand of a market from a table of prices, shares and some margins, by the first-order conditions (Werden & Froeb 1994).
//!
//! Shares give the utilities at any price coefficient; margins choose the coefficient, and the dissimilarity of nests if it is not given.

mod utilities;

use super::conduct::Conduct;
use super::costs::implied_markups;
use super::error::{SupplyError, every, length};
use super::game::Game;
use super::linear;
use crate::numerics::solve::{Solve, Status};
use utilities::plain_game;

/// What is known of a market.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Prices, (J,), currency.
    pub price: Vec<f64>,
    /// Shares of all who might buy, (J,), sum below 1.
    pub share: Vec<f64>,
    /// Margins as shares of price, (J,), `None` where not known.
    pub margin: Vec<Option<f64>>,
    /// Owners and conduct at these prices.
    pub conduct: Conduct,
    /// What firms keep of a unit of price, (J,).
    pub kept: Vec<f64>,
}

/// The form of demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Nest of each product, (J,), if there are nests.
    pub nest: Option<Vec<usize>>,
    /// Dissimilarity of all nests; `None` lets margins choose it.
    pub dissimilarity: Option<f64>,
    /// Standard deviation of the logarithm of price coefficients over types; 0 is one type.
    pub price_spread: f64,
    /// Number of types.
    pub types: usize,
    /// Mean price coefficient, utility per unit of currency; `None` lets margins choose it.
    pub price_coefficient: Option<f64>,
}

/// A market calibrated.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// Demand, with costs backed out of the first-order conditions.
    pub game: Game,
    /// Mean price coefficient.
    pub price_coefficient: f64,
    /// Dissimilarity of nests, 1 without.
    pub dissimilarity: f64,
    /// Margins that the model implies, shares of price, (J,).
    pub margin: Vec<f64>,
}

/// Steps of the search for parameters.
const STEPS: usize = 200;
/// A step of parameters on their unbounded scales that ends the search.
const STILL: f64 = 1e-13;
/// Step of differences on the unbounded scales.
const DIFFERENCE: f64 = 1e-5;
/// Longest step on the unbounded scales.
const LONGEST: f64 = 1.0;
/// Share that must at least be left to those who buy nothing: less is the rounding of shares that sum to 1.
pub const LEAST_OUTSIDE: f64 = 1e-9;
/// Parameters are told apart where the answers of margins to them span this much of a second dimension: some hundred times the error of differences.
const APART: f64 = 1e-6;

/// Calibrates demand: utilities to shares, the free parameters to margins by least squares. The residual is the root mean square
/// of implied less given margins; a status other than converged means that no parameters could be settled on.
///
/// # Errors
/// Arrays of the wrong length, prices that are not positive, shares that are not between 0 and 1 or leave no outside good, fewer
/// margins than free parameters, margins that do not tell two parameters apart.
pub fn calibrate(facts: &Facts, form: &Form) -> Result<Solve<Calibrated>, SupplyError> {
    check(facts, form)?;
    let known: Vec<usize> = (0..facts.price.len())
        .filter(|&j| facts.margin[j].is_some())
        .collect();
    let start = Point {
        log_alpha: form
            .price_coefficient
            .map_or_else(|| first_guess(facts), libm::log),
        odds: form
            .dissimilarity
            .map_or(0.0, |l| libm::log(l / (1.0 - l).max(f64::MIN_POSITIVE))),
    };
    let free = Free {
        alpha: form.price_coefficient.is_none(),
        odds: form.nest.is_some() && form.dissimilarity.is_none(),
    };
    let mut point = start;
    let mut iterations = 0;
    let mut status = Status::Converged;
    if free.alpha || free.odds {
        (point, iterations, status) = search(facts, form, &known, start, free);
    }
    if free.alpha && free.odds && !are_told_apart(facts, form, &known, point) {
        return Err(SupplyError::Unidentified);
    }
    let Some(calibrated) = at(facts, form, point) else {
        // Utilities at the first guess exist for any admissible shares; what is left is a system that cannot be solved.
        let game = plain_game(facts, form, start)?;
        return Ok(Solve {
            value: Calibrated {
                margin: vec![f64::NAN; facts.price.len()],
                game,
                price_coefficient: libm::exp(point.log_alpha),
                dissimilarity: point.dissimilarity(form),
            },
            status: Status::BrokeDown,
            iterations,
            residual: f64::INFINITY,
        });
    };
    let residual = root_mean_square(&misses(facts, &known, &calibrated.margin));
    if !utilities::are_met(&calibrated.game.demand, facts) {
        status = Status::BudgetSpent;
    }
    Ok(Solve {
        value: calibrated,
        status,
        iterations,
        residual,
    })
}

fn check(facts: &Facts, form: &Form) -> Result<(), SupplyError> {
    let products = facts.price.len();
    length("shares", facts.share.len(), products)?;
    length("margins", facts.margin.len(), products)?;
    length("owners", facts.conduct.firm().len(), products)?;
    every("price", &facts.price, "more than 0", |p| {
        p > 0.0 && p.is_finite()
    })?;
    every("share", &facts.share, "between 0 and 1", |s| {
        s > 0.0 && s < 1.0
    })?;
    let all: f64 = facts.share.iter().sum();
    every(
        "sum of shares",
        &[all],
        "less than 1, the rest buys nothing",
        |s| s < 1.0 - LEAST_OUTSIDE,
    )?;
    let margins: Vec<f64> = facts.margin.iter().flatten().copied().collect();
    every("margin", &margins, "more than 0", |m| {
        m > 0.0 && m.is_finite()
    })?;
    let chosen = usize::from(form.price_coefficient.is_none())
        + usize::from(form.nest.is_some() && form.dissimilarity.is_none());
    if margins.len() < chosen {
        return Err(SupplyError::Shape {
            what: "the column of margins",
            found: margins.len(),
            expected: chosen,
        });
    }
    Ok(())
}

/// Logarithm of the coefficient that plain logit with single products would have.
fn first_guess(facts: &Facts) -> f64 {
    let guesses = facts
        .margin
        .iter()
        .zip(&facts.price)
        .zip(&facts.share)
        .filter_map(|((margin, price), share)| {
            Some(1.0 / (margin.as_ref()? * price * (1.0 - share)))
        });
    let (mut sum, mut count) = (0.0, 0.0);
    for guess in guesses {
        sum += libm::log(guess);
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Free parameters on scales without bounds.
#[derive(Clone, Copy, Debug)]
struct Point {
    log_alpha: f64,
    /// Log-odds of the dissimilarity.
    odds: f64,
}

#[derive(Clone, Copy, Debug)]
struct Free {
    alpha: bool,
    odds: bool,
}

impl Point {
    fn dissimilarity(self, form: &Form) -> f64 {
        match (&form.nest, form.dissimilarity) {
            (None, _) => 1.0,
            (Some(_), Some(given)) => given,
            (Some(_), None) => 1.0 / (1.0 + libm::exp(-self.odds)),
        }
    }

    fn moved(mut self, free: Free, step: &[f64]) -> Self {
        let mut steps = step.iter();
        if free.alpha {
            self.log_alpha += steps.next().copied().unwrap_or(0.0);
        }
        if free.odds {
            self.odds += steps.next().copied().unwrap_or(0.0);
        }
        self
    }
}

/// Whether margins answer to the price coefficient and to the dissimilarity in different ways: whether the two columns of their Jacobian, each as long as 1, span
/// a plane. Where the market does not exist, nothing is said.
fn are_told_apart(facts: &Facts, form: &Form, known: &[usize], point: Point) -> bool {
    let free = Free {
        alpha: true,
        odds: true,
    };
    let margins = |step: [f64; 2]| Some(at(facts, form, point.moved(free, &step))?.margin);
    let slope = |step: [f64; 2]| -> Option<Vec<f64>> {
        let (up, down) = (margins(step)?, margins(step.map(|by| -by))?);
        let each = known
            .iter()
            .map(|&j| (up[j] - down[j]) / (2.0 * DIFFERENCE));
        Some(each.collect())
    };
    let (Some(alpha), Some(odds)) = (slope([DIFFERENCE, 0.0]), slope([0.0, DIFFERENCE])) else {
        return true;
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lambda = point.dissimilarity(form);
    // By the dissimilarity itself, which has bounds: near them its odds hardly move it.
    let by_lambda = (lambda * (1.0 - lambda)).max(DIFFERENCE);
    let (a, b) = (dot(&alpha, &alpha).sqrt(), dot(&odds, &odds).sqrt());
    if b / by_lambda <= APART * a || a <= APART * b / by_lambda {
        return false;
    }
    let cosine = dot(&alpha, &odds) / (a * b);
    // What is left of one column beside the other, computed as such: 1 − cos² would be rounding.
    let rest = odds.iter().zip(&alpha).map(|(o, x)| o / b - cosine * x / a);
    rest.map(|r| r * r).sum::<f64>().sqrt() > APART
}

/// Gauss–Newton with damping (Marquardt 1963) on one or two parameters.
fn search(
    facts: &Facts,
    form: &Form,
    known: &[usize],
    start: Point,
    free: Free,
) -> (Point, usize, Status) {
    let n = usize::from(free.alpha) + usize::from(free.odds);
    let missed = |point: Point| Some(misses(facts, known, &at(facts, form, point)?.margin));
    let square = |r: &[f64]| r.iter().map(|r| r * r).sum::<f64>();
    let mut point = start;
    let Some(mut residuals) = missed(point) else {
        return (point, 0, Status::BrokeDown);
    };
    let mut damping = 0.0;
    for step in 0..STEPS {
        let mut columns = Vec::new();
        for k in 0..n {
            let unit = |size: f64| -> Vec<f64> {
                (0..n).map(|l| if k == l { size } else { 0.0 }).collect()
            };
            let (Some(up), Some(down)) = (
                missed(point.moved(free, &unit(DIFFERENCE))),
                missed(point.moved(free, &unit(-DIFFERENCE))),
            ) else {
                return (point, step, Status::BrokeDown);
            };
            let slope = up
                .iter()
                .zip(&down)
                .map(|(u, d)| (u - d) / (2.0 * DIFFERENCE));
            columns.push(slope.collect::<Vec<f64>>());
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let right: Vec<f64> = columns.iter().map(|c| -dot(c, &residuals)).collect();
        let mut taken = None;
        for _ in 0..40 {
            let mut matrix: Vec<f64> = columns
                .iter()
                .flat_map(|a| columns.iter().map(move |b| dot(a, b)))
                .collect();
            for k in 0..n {
                matrix[k * n + k] *= 1.0 + damping;
            }
            let Some(mut move_by) = linear::solve(&matrix, &right) else {
                return (point, step, Status::BrokeDown);
            };
            for by in &mut move_by {
                *by = by.clamp(-LONGEST, LONGEST);
            }
            let next = point.moved(free, &move_by);
            let largest = move_by.iter().fold(0.0_f64, |m, by| m.max(by.abs()));
            match missed(next) {
                Some(there) if square(&there) <= square(&residuals) => {
                    (point, residuals) = (next, there);
                    damping = if damping < 1e-6 { 0.0 } else { damping / 10.0 };
                    taken = Some(largest);
                    break;
                }
                _ if largest <= STILL.sqrt() => {
                    // No shorter step comes closer: differences of margins are rounding by now.
                    return (point, step, Status::Converged);
                }
                _ => damping = if damping == 0.0 { 1e-3 } else { damping * 10.0 },
            }
        }
        match taken {
            Some(largest) if largest <= STILL => return (point, step + 1, Status::Converged),
            Some(_) => {}
            None => return (point, step, Status::BudgetSpent),
        }
    }
    (point, STEPS, Status::BudgetSpent)
}

fn misses(facts: &Facts, known: &[usize], implied: &[f64]) -> Vec<f64> {
    known
        .iter()
        .filter_map(|&j| Some(implied[j] - facts.margin[j]?))
        .collect()
}

fn root_mean_square(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

/// The market at some parameters; `None` where it does not exist.
fn at(facts: &Facts, form: &Form, point: Point) -> Option<Calibrated> {
    let mut game = plain_game(facts, form, point).ok()?;
    let markup = implied_markups(&game, &facts.price)?;
    game.cost = facts
        .price
        .iter()
        .zip(&markup)
        .map(|(p, m)| p - m)
        .collect();
    let margin = markup
        .iter()
        .zip(&facts.price)
        .map(|(m, p)| m / p)
        .collect();
    Some(Calibrated {
        game,
        price_coefficient: libm::exp(point.log_alpha),
        dissimilarity: point.dissimilarity(form),
        margin,
    })
}
