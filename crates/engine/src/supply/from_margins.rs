//! Demand of a market from a table of prices, shares and some margins, by the first-order conditions (Werden & Froeb 1994).
//!
//! Shares give the utilities at any price coefficient; margins choose the coefficient, and the dissimilarity of nests if it is not given.

use super::conduct::Conduct;
use super::costs::implied_markups;
use super::demand::{Demand, Nests};
use super::error::{SupplyError, every, length};
use super::game::Game;
use super::linear;
use crate::numerics::normal::quantile;
use crate::numerics::solve::{Solve, Status};

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

/// Steps of the contraction of utilities.
const CONTRACTIONS: usize = 20_000;
/// Logarithms of shares this close to those wanted are met.
const SHARES_MET: f64 = 1e-14;
/// Steps of the search for parameters.
const STEPS: usize = 200;
/// A step of parameters on their unbounded scales that ends the search.
const STILL: f64 = 1e-13;
/// Step of differences on the unbounded scales.
const DIFFERENCE: f64 = 1e-5;
/// Longest step on the unbounded scales.
const LONGEST: f64 = 1.0;

/// Calibrates demand: utilities to shares, the free parameters to margins by least squares. The residual is the root mean square
/// of implied less given margins; a status other than converged means that no parameters could be settled on.
///
/// # Errors
/// Arrays of the wrong length, prices that are not positive, shares that are not between 0 and 1 or leave no outside good, fewer
/// margins than free parameters.
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
        |s| s < 1.0,
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

/// Demand that has the facts' shares at their prices, costs 0.
fn plain_game(facts: &Facts, form: &Form, point: Point) -> Result<Game, SupplyError> {
    let products = facts.price.len();
    let (alpha, lambda) = (libm::exp(point.log_alpha), point.dissimilarity(form));
    let spread = form.price_spread;
    let types = if spread > 0.0 { form.types.max(1) } else { 1 };
    let normal = |i: usize| quantile((i as f64 + 0.5) / types as f64);
    let raw: Vec<f64> = (0..types).map(|i| libm::exp(spread * normal(i))).collect();
    let mean = raw.iter().sum::<f64>() / types as f64;
    let coefficient: Vec<f64> = raw.iter().map(|a| alpha * a / mean).collect();
    let nests = form.nest.as_ref().map(|of| Nests {
        of: of.clone(),
        dissimilarity: vec![lambda; of.iter().max().map_or(0, |g| g + 1)],
    });
    let outside = 1.0 - facts.share.iter().sum::<f64>();
    let nest_share = |j: usize| -> f64 {
        let Some(of) = &form.nest else {
            return facts.share[j];
        };
        let same = (0..products).filter(|&l| of[l] == of[j]);
        same.map(|l| facts.share[l]).sum()
    };
    // Berry (1994): exact for one type, the start of the contraction otherwise.
    let start: Vec<f64> = (0..products)
        .map(|j| {
            let within = facts.share[j] / nest_share(j);
            let of_nest = if form.nest.is_some() {
                lambda * libm::log(within)
            } else {
                0.0
            };
            libm::log(nest_share(j) / outside) + of_nest + alpha * facts.price[j]
        })
        .collect();
    let weight = vec![1.0 / types as f64; types];
    let quality: Vec<f64> = start.iter().flat_map(|x| vec![*x; types]).collect();
    let mut demand = Demand::new(&weight, &coefficient, &quality, nests)?;
    if types > 1 {
        demand = contracted(demand, facts, lambda);
    }
    let mut game = Game::new(demand, facts.conduct.clone(), vec![0.0; products])?;
    game.kept.clone_from(&facts.kept);
    Ok(game)
}

/// Utilities at which shares are the facts' (Berry, Levinsohn & Pakes 1995; with nests, Grigolon & Verboven 2014).
fn contracted(mut demand: Demand, facts: &Facts, lambda: f64) -> Demand {
    for _ in 0..CONTRACTIONS {
        let shares = demand.shares(&facts.price);
        let pairs = facts.share.iter().zip(&shares);
        let change: Vec<f64> = pairs
            .map(|(wanted, s)| lambda * libm::log(wanted / s))
            .collect();
        demand = demand.shifted(&change);
        let largest = change.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
        if largest <= SHARES_MET * demand.types() as f64 || largest.is_nan() {
            break;
        }
    }
    demand
}
