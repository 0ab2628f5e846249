//! Exponential and logarithm as straight-line code that vectorises, and sums in a fixed order.
//!
//! Range reduction and polynomial follow the usual scheme (Muller, *Elementary Functions*, 2016,
//! ch. 5 and 11): `exp x = 2^n·exp r`, `|r| ≤ ln 2/2`, Taylor to degree 13; `ln x = e·ln 2 + ln m`,
//! `m ∈ [√½, √2)`, through `atanh`. Both are within 2 units in the last place of `libm`.

use super::dispatch::{LANES, dispatched};

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts; the first has trailing zeros, so that `n·LN2_HIGH` is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and subtracting this rounds to an integer, which then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Below this, `exp` is taken as exactly 0 (its true value is under 1e-307).
const EXP_LOWEST: f64 = -708.0;
const EXP_HIGHEST: f64 = 709.0;

/// `e^x`; 0 below −708, infinity above 709.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let clamped = x.clamp(EXP_LOWEST, EXP_HIGHEST);
    let shifted = clamped.mul_add(LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN2_HIGH, clamped);
    let r = n.mul_add(-LN2_LOW, r);
    let mut p: f64 = 1.0 / 6_227_020_800.0;
    p = p.mul_add(r, 1.0 / 479_001_600.0);
    p = p.mul_add(r, 1.0 / 39_916_800.0);
    p = p.mul_add(r, 1.0 / 3_628_800.0);
    p = p.mul_add(r, 1.0 / 362_880.0);
    p = p.mul_add(r, 1.0 / 40_320.0);
    p = p.mul_add(r, 1.0 / 5_040.0);
    p = p.mul_add(r, 1.0 / 720.0);
    p = p.mul_add(r, 1.0 / 120.0);
    p = p.mul_add(r, 1.0 / 24.0);
    p = p.mul_add(r, 1.0 / 6.0);
    p = p.mul_add(r, 0.5);
    p = p.mul_add(r, 1.0);
    p = p.mul_add(r, 1.0);
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
    let mut p: f64 = 1.0 / 21.0;
    p = p.mul_add(s2, 1.0 / 19.0);
    p = p.mul_add(s2, 1.0 / 17.0);
    p = p.mul_add(s2, 1.0 / 15.0);
    p = p.mul_add(s2, 1.0 / 13.0);
    p = p.mul_add(s2, 1.0 / 11.0);
    p = p.mul_add(s2, 1.0 / 9.0);
    p = p.mul_add(s2, 1.0 / 7.0);
    p = p.mul_add(s2, 1.0 / 5.0);
    p = p.mul_add(s2, 1.0 / 3.0);
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

#[inline(always)]
fn exp_all(values: &mut [f64]) {
    for value in values {
        *value = exp(*value);
    }
}

#[inline(always)]
fn ln_all(values: &mut [f64]) {
    for value in values {
        *value = ln(*value);
    }
}

dispatched! {
    /// `e^x` of every element.
    pub fn exponentials(values: &mut [f64]) = exp_all
}

dispatched! {
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
