//! Exponential and logarithm as straight-line code that vectorises, and sums in a fixed order.
//!
//! Range reduction and polynomial follow the usual scheme (Muller, *Elementary Functions*, 2016,
//! ch. 5 and 11): `exp x = 2^n·exp r`, `|r| ≤ ln 2/2`, Taylor to degree 13; `ln x = e·ln 2 + ln m`,
//! `m ∈ [√½, √2)`, through `atanh`. Both are within 2 units in the last place of `libm`.

use super::dispatch::LANES;
use super::lanes::{Lanes, dispatched_lanes};

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has trailing zeros, so that `n·LN2_HIGH` is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and subtracting this rounds to an integer, which then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Below this, `exp` is taken as exactly 0 (its true value is under 1e-307).
const EXP_LOWEST: f64 = -708.0;
const EXP_HIGHEST: f64 = 709.0;

/// `1/n!` from 13 down to 0.
const EXP_SERIES: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];
/// `1/n` for odd `n` from 21 down to 3.
const LN_SERIES: [f64; 10] = [
    1.0 / 21.0,
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
];

/// `e^x`; 0 below −708, infinity above 709: what [`exp_lanes`] does, for one number.
#[cfg(test)]
pub(crate) fn exp(x: f64) -> f64 {
    let clamped = x.clamp(EXP_LOWEST, EXP_HIGHEST);
    let shifted = clamped.mul_add(LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN2_HIGH, clamped);
    let r = n.mul_add(-LN2_LOW, r);
    let mut p = EXP_SERIES[0];
    for term in &EXP_SERIES[1..] {
        p = p.mul_add(r, *term);
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(0x3ff0_0000_0000_0000));
    let value = p * power;
    let value = if x < EXP_LOWEST { 0.0 } else { value };
    if x > EXP_HIGHEST {
        f64::INFINITY
    } else {
        value
    }
}

/// `ln x` for `x ≥ 0`; −∞ at 0 and for subnormal numbers.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // Shift the exponent so that the mantissa lies in [√½, √2).
    let bits = x.to_bits();
    let offset = bits.wrapping_sub(0x3fe6_a09e_667f_3bcd);
    let exponent_bits = (offset as i64) >> 52;
    // An integer of up to 2^51 becomes a double without a slow conversion.
    let e = f64::from_bits((exponent_bits as u64).wrapping_add(0x4338_0000_0000_0000)) - ROUNDER;
    let m = f64::from_bits(bits.wrapping_sub((exponent_bits as u64) << 52));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let mut p = LN_SERIES[0];
    for term in &LN_SERIES[1..] {
        p = p.mul_add(s2, *term);
    }
    // 2·atanh s = 2s + 2s³·p, and 2s = f − s·f.
    let tail = s.mul_add(-f, 2.0 * s * s2 * p);
    let small = e.mul_add(LN2_LOW, tail);
    let value = e.mul_add(LN2_HIGH, f + small);
    let value = if x < f64::MIN_POSITIVE {
        f64::NEG_INFINITY
    } else {
        value
    };
    if x == f64::INFINITY { x } else { value }
}

/// A slice whose length is a multiple of [`LANES`], as whole vectors.
#[inline(always)]
pub(crate) fn lanes(values: &[f64]) -> &[[f64; LANES]] {
    values.as_chunks().0
}

/// The same, to write to.
#[inline(always)]
pub(crate) fn lanes_mut(values: &mut [f64]) -> &mut [[f64; LANES]] {
    values.as_chunks_mut().0
}

/// Sum in a fixed order: [`LANES`] accumulators, then pairwise.
#[inline(always)]
pub(crate) fn total(lanes: [f64; LANES]) -> f64 {
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
        + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// [`exp`] of eight numbers, the same bits.
#[inline(always)]
pub(crate) fn exp_lanes<V: Lanes>(x: V) -> V {
    let c = V::splat;
    let clamped = x.at_least(c(EXP_LOWEST)).at_most(c(EXP_HIGHEST));
    let shifted = clamped.mul_add(c(LOG2_E), c(ROUNDER));
    let n = shifted.sub(c(ROUNDER));
    let r = n.mul_add(c(-LN2_HIGH), clamped);
    let r = n.mul_add(c(-LN2_LOW), r);
    let mut p = c(EXP_SERIES[0]);
    for term in &EXP_SERIES[1..] {
        p = p.mul_add(r, c(*term));
    }
    let value = p.mul(shifted.power_of_two());
    let value = x.where_less(c(EXP_LOWEST), c(0.0), value);
    c(EXP_HIGHEST).where_less(x, c(f64::INFINITY), value)
}

/// [`ln`] of eight numbers, the same bits.
#[inline(always)]
pub(crate) fn ln_lanes<V: Lanes>(x: V) -> V {
    let c = V::splat;
    let (m, e) = x.split();
    let f = m.sub(c(1.0));
    let s = f.div(c(2.0).add(f));
    let s2 = s.mul(s);
    let mut p = c(LN_SERIES[0]);
    for term in &LN_SERIES[1..] {
        p = p.mul_add(s2, c(*term));
    }
    let tail = s.neg_mul_add(f, c(2.0).mul(s).mul(s2).mul(p));
    let small = e.mul_add(c(LN2_LOW), tail);
    let value = e.mul_add(c(LN2_HIGH), f.add(small));
    let value = x.where_less(c(f64::MIN_POSITIVE), c(f64::NEG_INFINITY), value);
    c(f64::MAX).where_less(x, x, value)
}

/// Defines a kernel that applies a function of eight numbers to a slice. A function as an argument
/// would be called through a shim that lacks the instruction set.
macro_rules! for_all {
    ($name:ident, $function:ident) => {
        #[inline(always)]
        fn $name<V: Lanes>(values: &mut [f64]) {
            let (whole, rest) = values.as_chunks_mut::<LANES>();
            for chunk in whole {
                $function(V::load(chunk)).store(chunk);
            }
            if !rest.is_empty() {
                let mut last = [1.0; LANES];
                last[..rest.len()].copy_from_slice(rest);
                $function(V::load(&last)).store(&mut last);
                rest.copy_from_slice(&last[..rest.len()]);
            }
        }
    };
}
for_all!(exp_all, exp_lanes);
for_all!(ln_all, ln_lanes);

dispatched_lanes! {
    /// `e^x` of every element.
    pub fn exponentials(values: &mut [f64]) = exp_all
}

dispatched_lanes! {
    /// `ln x` of every element, `x ≥ 0`.
    pub fn logarithms(values: &mut [f64]) = ln_all
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::Dispatch;
    use super::*;

    /// Largest relative distance from `libm` that is accepted, in units in the last place.
    const ULPS: f64 = 2.0;

    fn distance_in_ulps(got: f64, wanted: f64) -> f64 {
        if got == wanted {
            0.0
        } else {
            ((got - wanted) / wanted).abs() / f64::EPSILON
        }
    }

    #[test]
    fn exponential_agrees_with_libm() {
        let worst = (-70_000..=70_000)
            .map(|n| f64::from(n) * 0.01 + 1e-4)
            .map(|x| distance_in_ulps(exp(x), libm::exp(x)))
            .fold(0.0, f64::max);
        assert!(worst <= ULPS, "worst distance {worst} ulp");
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1e6), f64::INFINITY);
    }

    #[test]
    fn logarithm_agrees_with_libm() {
        let worst = (-60_000..=60_000)
            .map(|n| libm::exp(f64::from(n) * 0.011))
            .chain((1..20_000).map(|n| f64::from(n) * 1e-4))
            .map(|x| distance_in_ulps(ln(x), libm::log(x)))
            .fold(0.0, f64::max);
        assert!(worst <= ULPS, "worst distance {worst} ulp");
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn eight_at_once_give_the_bits_of_one() {
        let points: Vec<f64> = (0..4003).map(|n| f64::from(n) * 0.4 - 800.0).collect();
        let odd = [
            f64::NEG_INFINITY,
            f64::INFINITY,
            0.0,
            -0.0,
            f64::MIN_POSITIVE / 2.0,
        ];
        for dispatch in Dispatch::available() {
            let mut values = points.clone();
            values.extend(odd);
            let alone: Vec<f64> = values.iter().map(|x| exp(*x)).collect();
            exponentials(dispatch, &mut values);
            assert_eq!(values, alone, "{dispatch:?}");
            values.extend(odd.map(f64::abs));
            let alone: Vec<f64> = values.iter().map(|x| ln(*x)).collect();
            logarithms(dispatch, &mut values);
            assert_eq!(values, alone, "{dispatch:?}");
        }
    }

    #[test]
    fn every_dispatch_gives_the_same_bits() {
        let points: Vec<f64> = (0..1003).map(|n| f64::from(n) * 0.7 - 350.0).collect();
        let mut reference = points.clone();
        exponentials(Dispatch::Portable, &mut reference);
        let mut logs = reference.clone();
        logarithms(Dispatch::Portable, &mut logs);
        for dispatch in Dispatch::available() {
            let mut values = points.clone();
            exponentials(dispatch, &mut values);
            assert_eq!(values, reference, "{dispatch:?}");
            logarithms(dispatch, &mut values);
            assert_eq!(values, logs, "{dispatch:?}");
        }
    }
}
