//! Exponential and logarithm as straight-line code that vectorises, and sums in a fixed order.
//!
//! Range reduction and polynomial follow the usual scheme with small tables (Muller, *Elementary
//! Functions*, 2016, ch. 5, 6 and 11): `exp x = 2^(n/8)·exp r`, `|r| ≤ ln 2/16`, Taylor to degree 8;
//! `ln x = e·ln 2 − ln c + ln(1 + r)`, `r = m·c − 1`, `m ∈ [√½, √2)` and `c ≈ 1/m` for each eighth of it,
//! `|r| < 0.059`, Taylor to degree 12. Both are within 2 units in the last place of `libm`.

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

/// `1/n!` from 8 down to 2.
const EXP_SERIES: [f64; 7] = [
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];
/// `2^(j/8)`.
const EIGHTHS: [f64; LANES] = [
    1.0,
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
];
/// Coefficients of `ln(1 + r)` from degree 12 down to 2.
const LN_SERIES: [f64; 11] = [
    -1.0 / 12.0,
    1.0 / 11.0,
    -1.0 / 10.0,
    1.0 / 9.0,
    -1.0 / 8.0,
    1.0 / 7.0,
    -1.0 / 6.0,
    1.0 / 5.0,
    -1.0 / 4.0,
    1.0 / 3.0,
    -1.0 / 2.0,
];
/// `c ≈ 1/m` for the eighths of [√½, √2): multiples of 1/128, 1 around 1.
const INVERSES: [f64; LANES] = [
    173.0 / 128.0,
    160.0 / 128.0,
    148.0 / 128.0,
    138.0 / 128.0,
    1.0,
    116.0 / 128.0,
    104.0 / 128.0,
    95.0 / 128.0,
];
/// `−ln c`.
const LOGARITHMS: [f64; LANES] = [
    -0.301_261_330_578_161_8,
    -0.223_143_551_314_209_76,
    -0.145_182_009_844_497_9,
    -0.075_223_421_237_587_53,
    0.0,
    0.098_440_072_813_252_52,
    0.207_639_364_778_244_5,
    0.298_153_372_319_076_35,
];

/// `e^x`; 0 below −708, infinity above 709: what [`exp_lanes`] does, for one number.
#[cfg(test)]
pub(crate) fn exp(x: f64) -> f64 {
    let clamped = x.clamp(EXP_LOWEST, EXP_HIGHEST);
    let shifted = clamped.mul_add(8.0 * LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN2_HIGH / 8.0, clamped);
    let r = n.mul_add(-LN2_LOW / 8.0, r);
    let mut p = EXP_SERIES[0];
    for term in &EXP_SERIES[1..] {
        p = p.mul_add(r, *term);
    }
    let p = (r * r).mul_add(p, r);
    let eighth = EIGHTHS[shifted.to_bits() as usize % LANES];
    let value = p.mul_add(eighth, eighth);
    let value = f64::from_bits(value.to_bits().wrapping_add(shifted.to_bits() >> 3 << 52));
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
    let eighth = (offset >> 49) as usize % LANES;
    let r = m.mul_add(INVERSES[eighth], -1.0);
    let mut p = LN_SERIES[0];
    for term in &LN_SERIES[1..] {
        p = p.mul_add(r, *term);
    }
    let tail = (r * r).mul_add(p, e * LN2_LOW);
    let value = e.mul_add(LN2_HIGH, LOGARITHMS[eighth]) + (r + tail);
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
    let value = exp_in_range(x.at_least(c(EXP_LOWEST)).at_most(c(EXP_HIGHEST)));
    let value = x.where_less(c(EXP_LOWEST), c(0.0), value);
    c(EXP_HIGHEST).where_less(x, c(f64::INFINITY), value)
}

/// The same where all are between −708 and 709.
#[inline(always)]
pub(crate) fn exp_in_range<V: Lanes>(x: V) -> V {
    let c = V::splat;
    let shifted = x.mul_add(c(8.0 * LOG2_E), c(ROUNDER));
    let n = shifted.sub(c(ROUNDER));
    let r = n.mul_add(c(-LN2_HIGH / 8.0), x);
    let r = n.mul_add(c(-LN2_LOW / 8.0), r);
    let mut p = c(EXP_SERIES[0]);
    for term in &EXP_SERIES[1..] {
        p = p.mul_add(r, c(*term));
    }
    let p = r.mul(r).mul_add(p, r);
    let eighth = shifted.look_up(&EIGHTHS);
    p.mul_add(eighth, eighth).scale_by_eighths(shifted)
}

/// [`ln`] of eight numbers, the same bits.
#[inline(always)]
pub(crate) fn ln_lanes<V: Lanes>(x: V) -> V {
    let c = V::splat;
    let value = x.where_less(c(f64::MIN_POSITIVE), c(f64::NEG_INFINITY), ln_of_normal(x));
    c(f64::MAX).where_less(x, x, value)
}

/// The same where all are positive, finite and not subnormal.
#[inline(always)]
pub(crate) fn ln_of_normal<V: Lanes>(x: V) -> V {
    let c = V::splat;
    let (m, e, eighth) = x.split();
    let r = m.mul_add(eighth.look_up(&INVERSES), c(-1.0));
    let mut p = c(LN_SERIES[0]);
    for term in &LN_SERIES[1..] {
        p = p.mul_add(r, c(*term));
    }
    let tail = r.mul(r).mul_add(p, e.mul(c(LN2_LOW)));
    e.mul_add(c(LN2_HIGH), eighth.look_up(&LOGARITHMS))
        .add(r.add(tail))
}

/// `numerator ÷ d` for each of up to four denominators by one division, which takes longer than the
/// multiplications that replace the others. The product of all must be a normal number.
#[inline(always)]
pub(crate) fn divided<V: Lanes, const K: usize>(numerator: V, d: [V; K]) -> [V; K] {
    let mut products = d;
    for k in 1..K {
        products[k] = products[k - 1].mul(d[k]);
    }
    let mut rest = numerator.div(products[K - 1]);
    let mut quotients = d;
    for k in 1..K {
        quotients[K - k] = rest.mul(products[K - k - 1]);
        rest = rest.mul(d[K - k]);
    }
    quotients[0] = rest;
    quotients
}

/// Asks for memory that will be needed in some microseconds; nothing else changes.
#[inline(always)]
pub(crate) fn prefetch(values: &[[f64; LANES]]) {
    #[cfg(target_arch = "x86_64")]
    for n in 0..values.len() {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, which neither faults nor changes any value.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(values[n].as_ptr().cast()) }
    }
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
