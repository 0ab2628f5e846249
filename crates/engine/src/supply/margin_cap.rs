//! A firm's public promise about its margin, and the prices that keep it, `[eq:cap]`.
//!
//! For a given multiplier the first-order conditions of the promise are those of plain pricing with another cost. The search runs over
//! `ν = 1/(1 − μ(1 − cap)) ≥ 1`, in which that cost is a straight line: `ν = 1` is no promise at all.

mod certificate;
mod joint;

pub use certificate::{Conditions, certify, certify_all};

use super::equilibrium::{Search, solve};
use super::error::{SupplyError, every, length};
use super::game::Game;
use crate::numerics::solve::{Solve, Status};

/// What a firm promises: profit `N` of at most a share of revenue `R`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    /// The firm.
    pub firm: usize,
    /// Largest share of revenue, from 0 up to, not including, 1; 0 means ever so little.
    pub value: f64,
    /// Unit cost that the promise counts, (J,), currency per unit; the game's costs where the base is gross, more where it is net.
    pub counted_cost: Vec<f64>,
    /// `F`: other costs that it counts, per head, in currency.
    pub allocated: f64,
    /// Revenue outside this market that it counts, per head, in currency.
    pub other_revenue: f64,
    /// Profit outside this market that it counts, per head, in currency.
    pub other_profit: f64,
    /// How the promise is kept.
    pub remedy: Remedy,
}

/// How a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// By lower prices.
    Price,
    /// By paying back what is too much, which comes off revenue too: `(N − cap·R)/(1 − cap)`.
    Rebate,
}

/// How a promise ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Whether prices or a rebate had to give way.
    pub binds: bool,
    /// `ν`, 1 where it does not bind, or binds by rebate.
    pub multiplier: f64,
    /// `N − cap·R` at the prices found, before a rebate, as a share of revenue.
    pub excess: f64,
    /// What is paid back per head, in currency.
    pub rebate: f64,
    /// Margin `N/R` at the prices found.
    pub margin: f64,
}

/// Prices with how each promise was kept.
#[derive(Clone, Debug)]
pub struct Capped {
    /// Prices, (J,), currency.
    pub price: Vec<f64>,
    /// By promise.
    pub kept: Vec<Kept>,
}

/// A promise that cannot be kept stops at a multiplier this large.
const LARGEST: f64 = 1e18;
/// Cap that stands for 0.
const LEAST_CAP: f64 = 1e-9;
/// Steps of the search for one multiplier.
const STEPS: usize = 200;
/// `N − cap·R` this small, as a share of revenue, is 0; as small as the search's tolerance where that is larger.
const MET: f64 = 1e-12;
/// How far from 1 a multiplier is looked for at first, and how far from one that should be near, as a share of it.
const FIRST_WIDTH: f64 = 0.25;
const NEAR: f64 = 0.01;
/// Rounds over the firms that promise.
const ROUNDS: usize = 60;
/// Multipliers that change less than this share between rounds stay.
const STILL: f64 = 1e-11;

impl Cap {
    /// A promise about gross margins: hardware profit over hardware revenue in this market.
    pub fn gross(firm: usize, value: f64, cost: &[f64]) -> Self {
        Self {
            firm,
            value,
            counted_cost: cost.to_vec(),
            allocated: 0.0,
            other_revenue: 0.0,
            other_profit: 0.0,
            remedy: Remedy::Price,
        }
    }

    fn check(&self, game: &Game) -> Result<(), SupplyError> {
        every(
            "margin cap",
            &[self.value],
            "from 0 up to, not including, 1",
            |cap| (0.0..1.0).contains(&cap),
        )?;
        length(
            "costs that the promise counts",
            self.counted_cost.len(),
            game.products(),
        )
    }

    fn effective(&self) -> f64 {
        self.value.max(LEAST_CAP)
    }

    /// Revenue and profit that the promise counts, per head.
    fn counted(&self, game: &Game, price: &[f64], shares: &[f64]) -> (f64, f64) {
        let (mut revenue, mut profit) = (self.other_revenue, self.other_profit - self.allocated);
        for j in (0..price.len()).filter(|&j| game.conduct.firm()[j] == self.firm) {
            revenue += game.kept[j] * price[j] * shares[j];
            profit += game.kept[j] * (price[j] - self.counted_cost[j]) * shares[j];
        }
        (revenue, profit)
    }

    /// `(N − cap·R)/R`.
    fn excess(&self, game: &Game, price: &[f64]) -> f64 {
        self.excess_of(self.counted(game, price, &game.shares_seen(price)))
    }

    /// The same of revenue and profit.
    fn excess_of(&self, (revenue, profit): (f64, f64)) -> f64 {
        (profit - self.effective() * revenue) / revenue.abs().max(f64::MIN_POSITIVE)
    }
}

/// Equilibrium prices in which firms keep their promises, from a start, (J,). Receipts of a firm that promises never fall below 0. A promise that no
/// price keeps leaves the status at [`Status::BudgetSpent`].
///
/// # Errors
/// A cap outside [0, 1), costs of the wrong number, or a firm that promises and counts others' profits, or has its own counted.
pub fn solve_capped(
    game: &Game,
    caps: &[Cap],
    start: &[f64],
    search: &Search,
) -> Result<Solve<Capped>, SupplyError> {
    let multipliers = vec![1.0; caps.len()];
    solve_capped_near(game.clone(), caps, (start, &multipliers), search)
}

/// The same from multipliers near the answer, one a promise, such as those of a game that differs little; 1 where nothing is known.
///
/// # Errors
/// As [`solve_capped`]; multipliers of the wrong number or below 1.
pub fn solve_capped_near(
    game: Game,
    caps: &[Cap],
    (start, multipliers): (&[f64], &[f64]),
    search: &Search,
) -> Result<Solve<Capped>, SupplyError> {
    length("multipliers of promises", multipliers.len(), caps.len())?;
    every("multiplier of a promise", multipliers, "1 or more", |nu| {
        nu >= 1.0
    })?;
    for cap in caps {
        cap.check(&game)?;
        let firms = 0..game.conduct.firms();
        let others: Vec<f64> = firms
            .filter(|&f| f != cap.firm)
            .flat_map(|f| {
                [
                    game.conduct.of_firms(f, cap.firm),
                    game.conduct.of_firms(cap.firm, f),
                ]
            })
            .collect();
        every("conduct towards a firm with a promise", &others, "0", |w| {
            w == 0.0
        })?;
    }
    let mut bounded = game;
    for (j, &firm) in bounded.conduct.firm().iter().enumerate() {
        if caps.iter().any(|cap| cap.firm == firm) {
            bounded.lowest[j] = bounded.lowest[j].max(0.0);
        }
    }
    let mut promises = Promises {
        cost: bounded.cost.clone(),
        game: bounded,
        caps,
        multiplier: multipliers.to_vec(),
        price: start.to_vec(),
        iterations: 0,
        search,
    };
    let priced: Vec<usize> = (0..caps.len())
        .filter(|&n| caps[n].remedy == Remedy::Price)
        .collect();
    if !priced.is_empty() && joint::find(&mut promises, &priced) {
        return Ok(promises.result(Status::Converged));
    }
    let mut status = Status::Converged;
    if priced.is_empty() {
        status = promises.settle();
    }
    for _ in 0..ROUNDS {
        let before = promises.multiplier.clone();
        for &n in &priced {
            status = worse(status, promises.meet(n));
        }
        let moved = before.iter().zip(&promises.multiplier);
        let still = moved.into_iter().all(|(a, b)| (a - b).abs() <= STILL * a);
        // One promise needs one round; several answer to each other.
        if still || priced.len() < 2 {
            return Ok(promises.result(status));
        }
        status = Status::Converged;
    }
    Ok(promises.result(Status::BudgetSpent))
}

fn worse(one: Status, other: Status) -> Status {
    if one == Status::Converged { other } else { one }
}

struct Promises<'a> {
    /// With the costs that the multipliers stand for.
    game: Game,
    /// Costs as they are, (J,).
    cost: Vec<f64>,
    caps: &'a [Cap],
    multiplier: Vec<f64>,
    price: Vec<f64>,
    iterations: usize,
    search: &'a Search<'a>,
}

impl Promises<'_> {
    fn met(&self) -> f64 {
        MET.max(self.search.tolerance)
    }

    /// Equilibrium at the multipliers as they are.
    fn settle(&mut self) -> Status {
        self.tune();
        let found = solve(&self.game, &self.price, self.search);
        self.iterations += found.iterations;
        if found.status != Status::BrokeDown {
            self.price = found.value;
        }
        found.status
    }

    /// Gives the game the costs that the multipliers stand for: `ν(c − c_cap − ℓ) + c_cap(1 − cap·ν)/(1 − cap)`.
    fn tune(&mut self) {
        let game = &mut self.game;
        for (cap, &nu) in self.caps.iter().zip(&self.multiplier) {
            let value = cap.effective();
            for j in (0..game.products()).filter(|&j| game.conduct.firm()[j] == cap.firm) {
                let counted = cap.counted_cost[j];
                game.cost[j] = if nu == 1.0 {
                    self.cost[j]
                } else {
                    nu * (self.cost[j] - counted) + counted * (1.0 - value * nu) / (1.0 - value)
                };
                game.services_factor[j] = nu;
            }
        }
    }

    fn excess_at(&mut self, n: usize, multiplier: f64) -> (Status, f64) {
        self.multiplier[n] = multiplier;
        let status = self.settle();
        if status == Status::Cancelled {
            // No number ends every search for a multiplier.
            return (Status::BrokeDown, f64::NAN);
        }
        (status, self.caps[n].excess(&self.game, &self.price))
    }

    /// Finds the multiplier of one promise, those of others given.
    fn meet(&mut self, n: usize) -> Status {
        let kept_before = self.multiplier[n];
        if kept_before > 1.0 {
            return self.meet_near(n, kept_before);
        }
        let (status, at_one) = self.excess_at(n, 1.0);
        if at_one <= self.met() || at_one.is_nan() {
            return status;
        }
        // Excess falls as the multiplier rises: widen until it is negative, then narrow.
        self.widen_up(n, (1.0, at_one), FIRST_WIDTH)
    }

    /// The same from a multiplier above 1 that should be near.
    fn meet_near(&mut self, n: usize, near: f64) -> Status {
        let (status, excess) = self.excess_at(n, near);
        if status == Status::BrokeDown || excess.is_nan() {
            return Status::BrokeDown;
        }
        if excess.abs() <= self.met() {
            return status;
        }
        let mut width = NEAR * near;
        if excess > 0.0 {
            return self.widen_up(n, (near, excess), width);
        }
        let mut high = (near, excess);
        loop {
            let next = (high.0 - width).max(1.0);
            let (status, excess) = self.excess_at(n, next);
            if status == Status::BrokeDown || excess.is_nan() {
                return Status::BrokeDown;
            }
            if excess.abs() <= self.met() || (next == 1.0 && excess <= 0.0) {
                return status;
            }
            if excess > 0.0 {
                return self.narrow(n, (next, excess), high);
            }
            high = (next, excess);
            width *= 4.0;
        }
    }

    /// From a multiplier with too much profit upwards, until there is too little.
    fn widen_up(&mut self, n: usize, mut low: (f64, f64), mut width: f64) -> Status {
        loop {
            let next = low.0 + width;
            let (status, excess) = self.excess_at(n, next);
            if status == Status::BrokeDown || excess.is_nan() {
                return Status::BrokeDown;
            }
            if excess.abs() <= self.met() {
                return status;
            }
            if excess <= 0.0 {
                return self.narrow(n, low, (next, excess));
            }
            low = (next, excess);
            width *= 4.0;
            if next > LARGEST {
                return Status::BudgetSpent;
            }
        }
    }

    /// Between a multiplier with too much profit and one with too little: false position with halved ends (Dowell & Jarratt 1971), and halves where that is slow.
    fn narrow(&mut self, n: usize, mut low: (f64, f64), mut high: (f64, f64)) -> Status {
        let mut weights = (1.0, 1.0);
        for step in 0..STEPS {
            let middle = (low.0 + high.0) / 2.0;
            let (a, b) = (low.1 * weights.0, high.1 * weights.1);
            let chord = low.0 + (high.0 - low.0) * a / (a - b);
            let inside = chord > low.0 && chord < high.0 && step % 8 != 7;
            let next = if inside { chord } else { middle };
            let (status, excess) = self.excess_at(n, next);
            if excess.is_nan() {
                return Status::BrokeDown;
            }
            let closed = high.0 - low.0 <= 4.0 * f64::EPSILON * high.0;
            if excess.abs() <= self.met() || closed {
                return status;
            }
            if excess > 0.0 {
                low = (next, excess);
                weights = (1.0, weights.1 / 2.0);
            } else {
                high = (next, excess);
                weights = (weights.0 / 2.0, 1.0);
            }
        }
        Status::BudgetSpent
    }

    fn result(self, status: Status) -> Solve<Capped> {
        let shares = self.game.shares_seen(&self.price);
        let kept: Vec<Kept> = self
            .caps
            .iter()
            .zip(&self.multiplier)
            .map(|(cap, &multiplier)| {
                let (revenue, profit) = cap.counted(&self.game, &self.price, &shares);
                let excess = cap.excess_of((revenue, profit));
                let paid_back = cap.remedy == Remedy::Rebate && excess > self.met();
                Kept {
                    binds: multiplier > 1.0 || paid_back,
                    multiplier,
                    excess,
                    rebate: if paid_back {
                        (profit - cap.value * revenue) / (1.0 - cap.value)
                    } else {
                        0.0
                    },
                    margin: profit / revenue,
                }
            })
            .collect();
        let held = kept.iter().zip(self.caps);
        let residual = held
            .filter(|(_, cap)| cap.remedy == Remedy::Price)
            .map(|(kept, _)| kept.excess.max(0.0))
            .fold(0.0, f64::max);
        Solve {
            value: Capped {
                price: self.price,
                kept,
            },
            status,
            iterations: self.iterations,
            residual,
        }
    }
}
