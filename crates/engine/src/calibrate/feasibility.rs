//! What must hold in any steady state, checked in closed form before any iteration.

use super::Ground;
use crate::scenario::{Measure, Target};

/// Slack for rounded percentages in tables.
const ROUNDING: f64 = 5e-3;

/// Targets that no steady state can meet together.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// Names of the targets.
    pub targets: Vec<String>,
    /// Where they stand.
    pub locations: Vec<String>,
    /// What is wrong, with the numbers and a remedy.
    pub text: String,
}

/// All clashes of a scenario's targets.
pub fn check(ground: &Ground) -> Vec<Clash> {
    let mut clashes = Vec::new();
    sums(ground, &mut clashes);
    brand_balance(ground, &mut clashes);
    unreached_channels(ground, &mut clashes);
    offers_exist(ground, &mut clashes);
    clashes
}

fn clash(targets: &[&Target], text: String) -> Clash {
    Clash {
        targets: targets.iter().map(|target| target.name.clone()).collect(),
        locations: targets
            .iter()
            .map(|target| target.location.clone())
            .collect(),
        text,
    }
}

fn matching<'a>(ground: &'a Ground, choose: impl Fn(&Measure) -> bool) -> Vec<(&'a Target, f64)> {
    let targets = ground.scenario.targets.iter();
    targets
        .filter(|target| choose(&target.measure))
        .map(|target| (target, ground.values[&target.wanted]))
        .collect()
}

/// Shares of a whole cannot exceed it, and must make it up where all parts are given.
fn sums(ground: &Ground, clashes: &mut Vec<Clash>) {
    let market = &ground.market;
    let whole = 1.0 - market.non_owners;
    let brands = matching(ground, |m| matches!(m, Measure::SalesShareOfBrand(_)));
    let channels = matching(ground, |m| matches!(m, Measure::SalesShareOfChannel(_)));
    let bases = matching(ground, |m| matches!(m, Measure::InstalledBase(_)));
    let selling: std::collections::BTreeSet<usize> =
        ground.offers.channel.iter().copied().collect();
    for (what, rows, total, parts) in [
        ("shares of sales by brand", brands, 1.0, market.incumbents),
        ("shares of sales by channel", channels, 1.0, selling.len()),
        ("installed bases", bases, whole, market.incumbents),
    ] {
        let sum: f64 = rows.iter().map(|row| row.1).sum();
        let complete = rows.len() >= parts && !rows.is_empty();
        let names: Vec<&Target> = rows.iter().map(|row| row.0).collect();
        if sum > total + ROUNDING || (complete && sum < total - ROUNDING) {
            let expected = if complete { "be" } else { "be at most" };
            clashes.push(clash(
                &names,
                format!("{what} sum to {sum:.4}; together they must {expected} {total:.4}. Correct a value or leave one out"),
            ));
        }
    }
}

/// For every brand, buyers it loses equal buyers it gains:
/// `s_b(1 − r_b) ≤ Σ_{f≠b} s_f(1 − r_f)`, `[eq:feasible]`.
fn brand_balance(ground: &Ground, clashes: &mut Vec<Clash>) {
    let incumbents = ground.market.incumbents;
    if ground.market.non_owners > 0.0 || incumbents < 2 {
        return; // New owners and lapses then close the balance.
    }
    let mut share: Vec<Option<(&Target, f64)>> = vec![None; incumbents];
    let mut repeat: Vec<Option<(&Target, f64)>> = vec![None; incumbents];
    for target in &ground.scenario.targets {
        let value = ground.values[&target.wanted];
        match target.measure {
            Measure::SalesShareOfBrand(f) => share[f] = Some((target, value)),
            Measure::RepeatPurchase(f) => repeat[f] = Some((target, value)),
            _ => {}
        }
    }
    // A brand without a repeat target may lose up to all its buyers.
    let lost = |f: usize| share[f].map(|(_, s)| s * (1.0 - repeat[f].map_or(0.0, |(_, r)| r)));
    let Some(losses) = (0..incumbents).map(lost).collect::<Option<Vec<f64>>>() else {
        return;
    };
    let total: f64 = losses.iter().sum();
    for b in 0..incumbents {
        let (Some((share_target, s)), Some((repeat_target, r))) = (share[b], repeat[b]) else {
            continue;
        };
        let others = total - losses[b];
        if losses[b] > others * (1.0 + 1e-9) {
            let id = &ground.scenario.brands[b].id;
            let possible = 1.0 - others / s;
            clashes.push(clash(
                &[share_target, repeat_target],
                format!(
                    "in a steady state {id} would lose {:.4} of all sales to other brands (share {s} × (1 − repeat {r})), but all other brands together lose only {others:.4} for it to win; repeat purchase of {id} must be at least {possible:.3} at these shares, or the others' lower",
                    losses[b]
                ),
            ));
        }
    }
}

/// A positive share for a channel that nobody reaches or that sells nothing.
fn unreached_channels(ground: &Ground, clashes: &mut Vec<Clash>) {
    let channels = ground.market.shop_of.len();
    for (target, wanted) in matching(ground, |m| matches!(m, Measure::SalesShareOfChannel(_))) {
        let Measure::SalesShareOfChannel(k) = target.measure else {
            continue;
        };
        let id = &ground.scenario.channels[k].id;
        let reached = ground
            .market
            .tastes
            .reach
            .iter()
            .skip(k)
            .step_by(channels)
            .any(|&x| x);
        if wanted > 0.0 && !reached {
            clashes.push(clash(
                &[target],
                format!("channel {id} should sell {wanted} of all units, but no segment reaches it; give it a reach above 0 in [[segments]]"),
            ));
        }
        if wanted > 0.0 && !ground.offers.channel.contains(&k) {
            clashes.push(clash(
                &[target],
                format!("channel {id} should sell {wanted} of all units, but no incumbent's product is offered there; list it under `channels` of a product"),
            ));
        }
    }
}

/// A positive share for a brand that nobody can buy: nothing on sale, nothing within reach, or
/// nothing that works where it is sold.
fn offers_exist(ground: &Ground, clashes: &mut Vec<Clash>) {
    for (target, wanted) in matching(ground, |m| matches!(m, Measure::SalesShareOfBrand(_))) {
        let Measure::SalesShareOfBrand(f) = target.measure else {
            continue;
        };
        let own = (0..ground.offers.len())
            .filter(|&o| ground.market.products[ground.offers.product[o]].brand == f);
        let (mut sells, mut usable) = (false, false);
        for o in own {
            sells = true;
            usable |= is_usable(ground, ground.offers.product[o], ground.offers.channel[o]);
        }
        if wanted > 0.0 && !usable {
            let id = &ground.scenario.brands[f].id;
            let why = if sells {
                "none of its products can be used where a segment reaches it; look at compatibility, `channels` and reach"
            } else {
                "it has no product on sale in month 1; add one or drop the target"
            };
            let text = format!("{id} should sell {wanted} of all units, but {why}");
            clashes.push(clash(&[target], text));
        }
    }
}

/// Whether some type reaches the channel and the product works on a network that it leads to.
fn is_usable(ground: &Ground, product: usize, channel: usize) -> bool {
    let market = &ground.market;
    let channels = market.shop_of.len();
    let reached = market
        .tastes
        .reach
        .iter()
        .skip(channel)
        .step_by(channels)
        .any(|&x| x);
    let compatibility = &market.products[product].compatibility;
    let works = match market.shop_of[channel] {
        Some(network) => compatibility[network] > 0.0,
        None => compatibility.iter().any(|&value| value > 0.0),
    };
    reached && works
}
