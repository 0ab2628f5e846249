//! The parameter that a target moves, on a scale without bounds.

use super::Ground;
use crate::choice::parameters::Parameters;
use crate::scenario::Measure;
use serde::Serialize;

/// A parameter that calibration solves for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// b_f.
    BrandIntercept(usize),
    /// Intercept of a group of products.
    GroupIntercept(usize),
    /// η of one channel.
    ChannelIntercept(usize),
    /// η of all shops of a network.
    NetworkIntercept(usize),
    /// ln ζ.
    HedonicScale,
    /// ψ0 of a segment.
    Keep(usize),
    /// ψ0 of all segments.
    KeepAll,
    /// ψ1.
    Ageing,
    /// ψ_b.
    KeepOffset(usize),
    /// ψ of those who own nothing.
    KeepOffsetNone,
    /// λ_b.
    Loyalty(usize),
    /// κ.
    SwitchingCost,
    /// ln ᾱ.
    PriceCoefficient,
    /// Log-odds of ϑ.
    Nest,
    /// ln σ_b.
    BrandSpread,
}

/// How a measure reads on a scale without bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Logarithm of the magnitude.
    Log,
    /// Log-odds.
    LogOdds,
}

impl Scale {
    pub(super) fn of(self, value: f64) -> f64 {
        match self {
            Self::Log => libm::log(value.abs().max(f64::MIN_POSITIVE)),
            Self::LogOdds => {
                let inside = value.clamp(1e-12, 1.0 - 1e-12);
                libm::log(inside / (1.0 - inside))
            }
        }
    }
}

/// How one target moves its knob, `[eq:update]`: after each month `knob += gain × (scale(wanted) − scale(got))`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drive {
    /// The parameter.
    pub(super) knob: Knob,
    /// Damping with its sign.
    pub(super) gain: f64,
    /// Scale of the measure.
    pub(super) scale: Scale,
}

impl Knob {
    /// Current value on the unbounded scale.
    pub(super) fn read(self, ground: &Ground, p: &Parameters) -> f64 {
        match self {
            Self::BrandIntercept(f) => p.brand_intercept[f],
            Self::GroupIntercept(g) => {
                let member = ground.scenario.groups[g].products.first();
                let durable = member.and_then(|&product| ground.durable(product));
                durable.map_or(0.0, |j| p.product_intercept[j])
            }
            Self::ChannelIntercept(k) => p.channel_intercept[k],
            Self::NetworkIntercept(c) => shops(ground, c)
                .next()
                .map_or(0.0, |k| p.channel_intercept[k]),
            Self::HedonicScale => libm::log(p.hedonic_scale),
            Self::Keep(s) => p.keep[s],
            Self::KeepAll => p.keep[0],
            Self::Ageing => p.ageing,
            Self::KeepOffset(f) => p.keep_offset[f],
            Self::KeepOffsetNone => p.keep_offset_none,
            Self::Loyalty(f) => p.loyalty[f],
            Self::SwitchingCost => p.switching_cost,
            Self::PriceCoefficient => libm::log(p.price_coefficient),
            Self::Nest => Scale::LogOdds.of(p.nest),
            Self::BrandSpread => libm::log(p.brand_spread),
        }
    }

    /// Moves the parameter by `step` on the unbounded scale.
    pub(super) fn turn(self, ground: &Ground, p: &mut Parameters, step: f64) {
        match self {
            Self::BrandIntercept(f) => p.brand_intercept[f] += step,
            Self::GroupIntercept(g) => {
                for &product in &ground.scenario.groups[g].products {
                    if let Some(j) = ground.durable(product) {
                        p.product_intercept[j] += step;
                    }
                }
            }
            Self::ChannelIntercept(k) => p.channel_intercept[k] += step,
            Self::NetworkIntercept(c) => {
                for k in shops(ground, c) {
                    p.channel_intercept[k] += step;
                }
            }
            Self::HedonicScale => p.hedonic_scale *= libm::exp(step),
            Self::Keep(s) => p.keep[s] += step,
            Self::KeepAll => p.keep.iter_mut().for_each(|keep| *keep += step),
            Self::Ageing => p.ageing += step,
            Self::KeepOffset(f) => p.keep_offset[f] += step,
            Self::KeepOffsetNone => p.keep_offset_none += step,
            Self::Loyalty(f) => p.loyalty[f] += step,
            Self::SwitchingCost => p.switching_cost += step,
            Self::PriceCoefficient => p.price_coefficient *= libm::exp(step),
            Self::Nest => {
                let odds = Scale::LogOdds.of(p.nest) + step;
                p.nest = 1.0 / (1.0 + libm::exp(-odds));
            }
            Self::BrandSpread => p.brand_spread *= libm::exp(step),
        }
    }

    /// The parameter in words, for people.
    pub fn describe(self, scenario: &crate::scenario::Scenario) -> String {
        let brand = |f: usize| scenario.brands[f].id.clone();
        match self {
            Self::BrandIntercept(f) => format!("image of {}", brand(f)),
            Self::GroupIntercept(g) => format!("intercept of group {}", scenario.groups[g].id),
            Self::ChannelIntercept(k) => format!("taste for channel {}", scenario.channels[k].id),
            Self::NetworkIntercept(c) => {
                format!("taste for the shops of {}", scenario.networks[c].id)
            }
            Self::HedonicScale => "hedonic scale".into(),
            Self::Keep(s) => format!("keep intercept of {}", scenario.segments[s].id),
            Self::KeepAll => "keep intercept".into(),
            Self::Ageing => "ageing".into(),
            Self::KeepOffset(f) => format!("keep offset of {}", brand(f)),
            Self::KeepOffsetNone => "keep offset of non-owners".into(),
            Self::Loyalty(f) => format!("loyalty to {}", brand(f)),
            Self::SwitchingCost => "switching cost".into(),
            Self::PriceCoefficient if scenario.part_worths.is_some() => "exponent (log)".into(),
            Self::PriceCoefficient => "price coefficient (log)".into(),
            Self::Nest => "buy/keep nest (log-odds)".into(),
            Self::BrandSpread => "spread of brand image (log)".into(),
        }
    }
}

fn shops<'a>(ground: &'a Ground, network: usize) -> impl Iterator<Item = usize> + 'a {
    let shop_of = &ground.market.shop_of;
    (0..shop_of.len()).filter(move |&k| shop_of[k] == Some(network))
}

/// The drive of a measure. Gains are signed dampings: what served from a flat start.
pub(super) fn drive(ground: &Ground, measure: &Measure) -> Drive {
    let log = |knob, gain| Drive {
        knob,
        gain,
        scale: Scale::Log,
    };
    let odds = |knob, gain| Drive {
        knob,
        gain,
        scale: Scale::LogOdds,
    };
    match *measure {
        Measure::SalesShareOfBrand(f) => log(Knob::BrandIntercept(f), 0.25),
        Measure::SalesShareOfGroup(g) => log(Knob::GroupIntercept(g), 0.25),
        Measure::SalesShareOfTier { brand, ref tier } => {
            odds(Knob::HedonicScale, 0.1 * tier_sign(ground, brand, tier))
        }
        Measure::SalesShareOfChannel(k) => log(Knob::ChannelIntercept(k), 0.25),
        Measure::SalesShareOfNetwork(c) => log(Knob::NetworkIntercept(c), 0.25),
        Measure::UnitsPerUser(Some(s)) => log(Knob::Keep(s), -0.25),
        Measure::UnitsPerUser(None) => log(Knob::KeepAll, -0.25),
        Measure::ReplacedWithin(months) => odds(Knob::Ageing, ageing_gain(ground, months)),
        Measure::KeptBeyond(months) => odds(Knob::Ageing, -ageing_gain(ground, months)),
        Measure::InstalledBase(f) => log(Knob::KeepOffset(f), 0.025),
        Measure::RepeatPurchase(f) => odds(Knob::Loyalty(f), 0.25),
        Measure::NetworkSwitching => odds(Knob::SwitchingCost, -0.25),
        Measure::OwnPriceElasticity { .. } => log(Knob::PriceCoefficient, 0.5),
        Measure::Margin(_) => log(Knob::PriceCoefficient, -0.5),
        Measure::CategoryPriceElasticity { .. } => log(Knob::Nest, 0.5),
        Measure::FromRivals(_) => odds(Knob::Nest, -0.5),
        Measure::SecondChoice { product, to } => {
            let same = ground.scenario.products[product].brand == to;
            odds(Knob::BrandSpread, if same { 0.25 } else { -0.25 })
        }
    }
}

/// Non-owners buy less when their keep offset rises, and there are more of them.
pub(super) fn non_owners_drive() -> Drive {
    Drive {
        knob: Knob::KeepOffsetNone,
        gain: 0.025,
        scale: Scale::Log,
    }
}

/// Better hardware gains where it is above its brand's average.
fn tier_sign(ground: &Ground, brand: usize, tier: &str) -> f64 {
    let of_brand = || {
        ground
            .scenario
            .products
            .iter()
            .filter(|product| product.brand == brand)
    };
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let all = mean(of_brand().map(|product| product.hedonic).collect());
    let inside = of_brand().filter(|product| product.tier == tier);
    if mean(inside.map(|product| product.hedonic).collect()) >= all {
        1.0
    } else {
        -1.0
    }
}

/// Ageing concentrates replacements around the mean life: fewer before it, more after it.
fn ageing_gain(ground: &Ground, months: usize) -> f64 {
    let rate = ground
        .scenario
        .targets
        .iter()
        .filter(|target| matches!(target.measure, Measure::UnitsPerUser(_)))
        .map(|target| ground.values[&target.wanted])
        .fold(0.0, f64::max);
    let before_mean_life = months as f64 * rate.max(1e-3) < 1.0;
    // A long-lived durable shows late what ageing does to it, and a month of age counts for less: steps as large as a
    // short-lived one takes would run away before the market has answered.
    let gain = 0.01 * (rate / SHORT_LIVED).powi(2).min(1.0);
    if before_mean_life { -gain } else { gain }
}

/// Units per user and month from which the full gain on ageing is safe: one in 25 months.
const SHORT_LIVED: f64 = 0.04;
