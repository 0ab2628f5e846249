//! The search for a month's prices: equilibria of reduced demands, each taken at the prices of the one before.

use super::lines::{Board, Line, Services};
use crate::choice::offers::Offers;
use crate::dynamics::economy::{Economy, Ground};
use crate::dynamics::reduced::{ReducedRows, reduced_rows};
use crate::numerics::solve::{Solve, Status};
use crate::simulate::World;
use crate::simulate::firm::Firm;
use crate::simulate::record::KeptPromise;
use crate::supply::conduct::Conduct;
use crate::supply::equilibrium::{Memory, Search, solve};
use crate::supply::error::SupplyError;
use crate::supply::game::Game;
use crate::supply::margin_cap::{Capped, solve_capped_near};

/// How exactly prices are looked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulate) struct Precision {
    /// Prices that the next reduction would move by less than this share are found.
    found: f64,
    /// Tolerances of the equilibria of reductions, the smallest and the largest.
    inner: (f64, f64),
    /// Buyers of less than this share of all units are left out.
    least: f64,
}

/// As plans are run.
pub(in crate::simulate) const USUAL: Precision = Precision {
    found: 1e-7,
    inner: (1e-9, 1e-6),
    least: 1e-10,
};
/// To nearly the last digit, with all buyers: what the usual precision is measured by.
pub(in crate::simulate) const EXACT: Precision = Precision {
    found: 1e-11,
    inner: (1e-12, 1e-12),
    least: 0.0,
};
/// Most reductions.
const ROUNDS: usize = 25;
/// An equilibrium of a reduction is found this much more exactly than the reduction was off.
const CLOSER: f64 = 1e-2;

/// Prices that were found.
pub(super) struct Found {
    /// Lines that move.
    pub(super) lines: Vec<Line>,
    pub(super) promises: Vec<KeptPromise>,
}

/// Prices at which no firm that moves would rather have others, given consumers at the start of the month. None where nobody moves.
/// `near` are changes of prices that should lead close to them, by product, money.
pub(super) fn search(
    world: &World,
    ground: Ground,
    economy: &mut Economy,
    firm: &Firm,
    (offers, near): (&Offers, &[(usize, f64)]),
    moves: &[bool],
) -> Option<Solve<Found>> {
    let mut board = Board::new(world, firm, offers, moves);
    if !board.lines.iter().any(|line| line.moves) {
        return None;
    }
    board.start_near(near);
    // What is owed was agreed at prices of the past.
    let owed_was_frozen = std::mem::replace(&mut economy.buying.owed_is_frozen, true);
    let mut result = Solve {
        value: Vec::new(),
        status: Status::BudgetSpent,
        iterations: 0,
        residual: f64::INFINITY,
    };
    let Precision { found, inner, .. } = world.precision;
    let mut tolerance = inner.1;
    let (mut moved_before, mut rate) = (f64::INFINITY, 0.0_f64);
    let mut memory = Memory::default();
    let promised = board.promising(firm);
    let mut multipliers: Vec<f64> = promised.map(|brand| firm.play.multiplier[brand]).collect();
    for round in 0..ROUNDS {
        result.iterations = round + 1;
        let now = board.offers(offers);
        // A window is some year: no month of it counts more.
        economy.open_month(ground, &now, 1.0);
        let step = step(
            world,
            ground,
            economy,
            firm,
            (&board, &now),
            (tolerance, &mut multipliers),
        );
        let is_of_use =
            |step: &Solve<Capped>| !matches!(step.status, Status::BrokeDown | Status::Cancelled);
        let Some(step) = step.ok().filter(is_of_use) else {
            result.status = Status::BrokeDown;
            break;
        };
        let before: Vec<f64> = board.rows.iter().map(|row| row.price).collect();
        let moved = take(&mut board, &step.value).max(step.residual);
        // Mixing speeds this up, but what is taken last is a plain step: the slowest rate seen counts.
        rate = rate.max(moved / moved_before);
        result.residual = if result.iterations == 1 {
            moved
        } else {
            moved * rate.min(1.0)
        };
        moved_before = moved;
        result.value = promises(&board, firm, &step.value);
        // A step that was not asked to be exact may stand still too early.
        if result.residual <= found && tolerance <= found && step.converged() {
            result.status = Status::Converged;
            break;
        }
        tolerance = (CLOSER * moved.min(tolerance)).max(inner.0);
        if result.iterations < ROUNDS {
            mix(&mut board, &mut memory, &before, moved);
        }
    }
    economy.buying.owed_is_frozen = owed_was_frozen;
    if result.status == Status::BrokeDown {
        for line in &mut board.lines {
            line.price = line.before;
        }
    }
    board.lines.retain(|line| line.moves);
    Some(Solve {
        value: Found {
            lines: board.lines,
            promises: result.value,
        },
        status: result.status,
        iterations: result.iterations,
        residual: result.residual,
    })
}

/// The equilibrium of the month's demand, reduced at prices as they are.
fn step(
    world: &World,
    ground: Ground,
    economy: &Economy,
    firm: &Firm,
    (board, offers): (&Board, &Offers),
    (tolerance, multipliers): (f64, &mut Vec<f64>),
) -> Result<Solve<Capped>, SupplyError> {
    let found = reduced_rows(
        ground,
        economy,
        offers,
        &board.rows,
        &board.amount,
        world.precision.least,
    )?;
    let services = Services::new(world, ground, economy, firm);
    let game = game(board, economy, (found, &services))?;
    let caps = board.caps(world, firm, economy);
    let start: Vec<f64> = board.rows.iter().map(|row| row.price).collect();
    let search = Search {
        tolerance,
        cancel: world.cancel,
        ..Search::default()
    };
    if caps.is_empty() {
        let found = solve(&game, &start, &search);
        return Ok(Solve {
            value: Capped {
                price: found.value,
                kept: Vec::new(),
            },
            status: found.status,
            iterations: found.iterations,
            residual: found.residual,
        });
    }
    // The reduction before had nearly the same multipliers.
    let found = solve_capped_near(game, &caps, (&start, multipliers), &search)?;
    for (multiplier, kept) in multipliers.iter_mut().zip(&found.value.kept) {
        *multiplier = kept.multiplier.max(1.0);
    }
    Ok(found)
}

/// The game of a reduction.
pub(super) fn game(
    board: &Board,
    economy: &Economy,
    (found, services): (ReducedRows, &Services),
) -> Result<Game, SupplyError> {
    let benefits = board.benefits(services, &found.buyers, found.mean);
    let conduct = Conduct::nash(board.owners());
    let mut game =
        Game::new(found.demand, conduct, board.costs())?.with_services_by_eights(benefits)?;
    board.bound(&mut game, economy);
    Ok(game)
}

/// Prices to look at next: the step that was taken from `before`, mixed with those before it.
fn mix(board: &mut Board, memory: &mut Memory, before: &[f64], moved: f64) {
    let plain: Vec<f64> = board.rows.iter().map(|row| row.price).collect();
    let scale = |r: usize| 1.0 / plain[r].abs().max(f64::MIN_POSITIVE);
    let next = memory.next(before, plain.clone(), scale, moved);
    let lines = board.lines.iter_mut().zip(&mut board.rows);
    for ((line, row), price) in lines.zip(next) {
        if line.moves && price.is_finite() {
            let price = price.max(0.0);
            (line.price, row.price) = (price, price);
        }
    }
}

/// Takes the step; the largest change, as a share of the price before it.
fn take(board: &mut Board, capped: &Capped) -> f64 {
    let mut largest: f64 = 0.0;
    let lines = board.lines.iter_mut().zip(&mut board.rows);
    for ((line, row), &price) in lines.zip(&capped.price) {
        if line.moves {
            let scale = line.price.abs().max(price.abs()).max(f64::MIN_POSITIVE);
            largest = largest.max((price - line.price).abs() / scale);
            (line.price, row.price) = (price, price);
        }
    }
    largest
}

fn promises(board: &Board, firm: &Firm, capped: &Capped) -> Vec<KeptPromise> {
    let kept = board.promising(firm).zip(&capped.kept);
    kept.map(|(brand, kept)| KeptPromise {
        brand,
        binds: kept.binds,
        margin: kept.margin,
        multiplier: kept.multiplier,
        excess: kept.excess,
    })
    .collect()
}
