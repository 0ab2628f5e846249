//! Eight doubles at once, in the registers of each instruction set.
//!
//! Left to itself the compiler splits sums over eight accumulators into pairs; these types keep them
//! whole. All operations round alike, so every set gives the same bits.

use super::dispatch::LANES;

/// Eight doubles.
///
/// The methods of a hardware type may run only where the processor has its instruction set. Kernels
/// are generic over this trait and are entered through `dispatched_lanes!` alone, which checks that.
pub(crate) trait Lanes: Copy {
    /// Eight doubles from memory.
    fn load(from: &[f64; LANES]) -> Self;
    /// To memory.
    fn store(self, to: &mut [f64; LANES]);
    /// One value eight times.
    fn splat(value: f64) -> Self;
    /// `self + other`
    fn add(self, other: Self) -> Self;
    /// `self − other`
    fn sub(self, other: Self) -> Self;
    /// `self × other`
    fn mul(self, other: Self) -> Self;
    /// `self ÷ other`
    fn div(self, other: Self) -> Self;
    /// `self × factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `addend − self × factor`, rounded once.
    fn neg_mul_add(self, factor: Self, addend: Self) -> Self;

    /// The larger of the two, `self` where either is not a number.
    fn at_least(self, bound: Self) -> Self;
    /// The smaller of the two, `self` where either is not a number.
    fn at_most(self, bound: Self) -> Self;
    /// `yes` where `self < bound`, otherwise `no`.
    fn where_less(self, bound: Self, yes: Self, no: Self) -> Self;
    /// Each lane moved up by one; the lowest is the highest of `before`.
    fn shift_in(self, before: Self) -> Self;
    /// `2^n` from numbers that hold the integer `n` in their low bits (see `vector::exp`).
    fn power_of_two(self) -> Self;
    /// Mantissa in [√½, √2) and exponent of positive normal numbers.
    fn split(self) -> (Self, Self);

    /// Sum of the eight in a fixed order.
    #[inline(always)]
    fn total(self) -> f64 {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        super::vector::total(lanes)
    }

    /// [`Lanes::total`] of eight vectors at once.
    #[inline(always)]
    fn totals(rows: &[[f64; LANES]; LANES]) -> [f64; LANES] {
        let mut totals = [0.0; LANES];
        for (total, row) in totals.iter_mut().zip(rows) {
            *total = super::vector::total(*row);
        }
        totals
    }
}

/// Bits of 1.0.
const ONE: u64 = 0x3ff0_0000_0000_0000;
/// Bits of √½, rounded up.
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// Bits of sign and exponent.
const EXPONENT: u64 = 0xfff0_0000_0000_0000;
/// The sign.
const SIGN: u64 = 1 << 63;
/// Bits of 1.5·2^52: added to an integer they give a double that is larger by 1.5·2^52.
const INTEGER: u64 = 0x4338_0000_0000_0000;
/// 1.5·2^52 + 2048: the exponent 0 with its sign flipped, as such a double.
const INTEGER_ZERO: f64 = 6_755_399_441_057_792.0;

/// Plain code.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f64; LANES]);

impl Lanes for Portable {
    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        Self(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] + other.0[l]))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] - other.0[l]))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] * other.0[l]))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] / other.0[l]))
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|l| {
            self.0[l].mul_add(factor.0[l], addend.0[l])
        }))
    }
    #[inline(always)]
    fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|l| {
            (-self.0[l]).mul_add(factor.0[l], addend.0[l])
        }))
    }
    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        self.where_less(bound, bound, self)
    }
    #[inline(always)]
    fn at_most(self, bound: Self) -> Self {
        bound.where_less(self, bound, self)
    }
    #[inline(always)]
    fn where_less(self, bound: Self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|l| {
            if self.0[l] < bound.0[l] {
                yes.0[l]
            } else {
                no.0[l]
            }
        }))
    }
    #[inline(always)]
    fn shift_in(self, before: Self) -> Self {
        Self(std::array::from_fn(|l| {
            if l == 0 {
                before.0[LANES - 1]
            } else {
                self.0[l - 1]
            }
        }))
    }
    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self(
            self.0
                .map(|x| f64::from_bits((x.to_bits() << 52).wrapping_add(ONE))),
        )
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let offset = self.0.map(|x| x.to_bits().wrapping_sub(ROOT_HALF));
        let mantissa = std::array::from_fn(|l| {
            f64::from_bits(self.0[l].to_bits().wrapping_sub(offset[l] & EXPONENT))
        });
        // An integer of 12 bits becomes a double without a slow conversion.
        let exponent =
            offset.map(|x| f64::from_bits(((x ^ SIGN) >> 52).wrapping_add(INTEGER)) - INTEGER_ZERO);
        (Self(mantissa), Self(exponent))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{EXPONENT, INTEGER, INTEGER_ZERO, LANES, Lanes, ONE, ROOT_HALF, SIGN};
    use std::arch::x86_64::*;

    /// Two registers of four.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256d, __m256d);

    /// One register of eight.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(__m512d);

    // SAFETY of every block below: the intrinsics need only their instruction set, which the one
    // way into kernels has checked (see [`Lanes`]); the pointers come from references to eight
    // doubles, and the unaligned forms are used.

    impl Lanes for Avx2 {
        #[inline(always)]
        fn load(from: &[f64; LANES]) -> Self {
            let at = from.as_ptr();
            // SAFETY: see above; offset 4 leaves four doubles.
            unsafe { Self(_mm256_loadu_pd(at), _mm256_loadu_pd(at.add(4))) }
        }
        #[inline(always)]
        fn store(self, to: &mut [f64; LANES]) {
            let at = to.as_mut_ptr();
            // SAFETY: see above; offset 4 leaves four doubles.
            unsafe {
                _mm256_storeu_pd(at, self.0);
                _mm256_storeu_pd(at.add(4), self.1);
            }
        }
        #[inline(always)]
        fn splat(value: f64) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm256_set1_pd(value), _mm256_set1_pd(value)) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_add_pd(self.0, other.0),
                    _mm256_add_pd(self.1, other.1),
                )
            }
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_sub_pd(self.0, other.0),
                    _mm256_sub_pd(self.1, other.1),
                )
            }
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_mul_pd(self.0, other.0),
                    _mm256_mul_pd(self.1, other.1),
                )
            }
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_div_pd(self.0, other.0),
                    _mm256_div_pd(self.1, other.1),
                )
            }
        }
        #[inline(always)]
        fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_fmadd_pd(self.0, factor.0, addend.0),
                    _mm256_fmadd_pd(self.1, factor.1, addend.1),
                )
            }
        }
        #[inline(always)]
        fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_fnmadd_pd(self.0, factor.0, addend.0),
                    _mm256_fnmadd_pd(self.1, factor.1, addend.1),
                )
            }
        }
        #[inline(always)]
        fn at_least(self, bound: Self) -> Self {
            // SAFETY: see above. The second operand is taken where either is not a number.
            unsafe {
                Self(
                    _mm256_max_pd(bound.0, self.0),
                    _mm256_max_pd(bound.1, self.1),
                )
            }
        }
        #[inline(always)]
        fn at_most(self, bound: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_min_pd(bound.0, self.0),
                    _mm256_min_pd(bound.1, self.1),
                )
            }
        }
        #[inline(always)]
        fn where_less(self, bound: Self, yes: Self, no: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                Self(
                    _mm256_blendv_pd(no.0, yes.0, _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, bound.0)),
                    _mm256_blendv_pd(no.1, yes.1, _mm256_cmp_pd::<_CMP_LT_OQ>(self.1, bound.1)),
                )
            }
        }
        #[inline(always)]
        fn shift_in(self, before: Self) -> Self {
            // SAFETY: see above. The halves below each result, then one lane of each.
            unsafe {
                let below = _mm256_permute2f128_pd::<0x21>(before.1, self.0);
                let middle = _mm256_permute2f128_pd::<0x21>(self.0, self.1);
                Self(
                    _mm256_shuffle_pd::<0b0101>(below, self.0),
                    _mm256_shuffle_pd::<0b0101>(middle, self.1),
                )
            }
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            // SAFETY: see above.
            let half = |x: __m256d| unsafe {
                let shifted = _mm256_slli_epi64::<52>(_mm256_castpd_si256(x));
                _mm256_castsi256_pd(_mm256_add_epi64(shifted, _mm256_set1_epi64x(ONE as i64)))
            };
            Self(half(self.0), half(self.1))
        }
        #[inline(always)]
        fn split(self) -> (Self, Self) {
            // SAFETY: see above.
            let half = |x: __m256d| unsafe {
                let bits = _mm256_castpd_si256(x);
                let offset = _mm256_sub_epi64(bits, _mm256_set1_epi64x(ROOT_HALF as i64));
                let exponent = _mm256_and_si256(offset, _mm256_set1_epi64x(EXPONENT as i64));
                let mantissa = _mm256_castsi256_pd(_mm256_sub_epi64(bits, exponent));
                let flipped = _mm256_xor_si256(offset, _mm256_set1_epi64x(SIGN as i64));
                let integer = _mm256_srli_epi64::<52>(flipped);
                let integer = _mm256_add_epi64(integer, _mm256_set1_epi64x(INTEGER as i64));
                let zero = _mm256_set1_pd(INTEGER_ZERO);
                (mantissa, _mm256_sub_pd(_mm256_castsi256_pd(integer), zero))
            };
            let (low, high) = (half(self.0), half(self.1));
            (Self(low.0, high.0), Self(low.1, high.1))
        }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        fn load(from: &[f64; LANES]) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_loadu_pd(from.as_ptr())) }
        }
        #[inline(always)]
        fn store(self, to: &mut [f64; LANES]) {
            // SAFETY: see above.
            unsafe { _mm512_storeu_pd(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn splat(value: f64) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_set1_pd(value)) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_add_pd(self.0, other.0)) }
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_sub_pd(self.0, other.0)) }
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_mul_pd(self.0, other.0)) }
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_div_pd(self.0, other.0)) }
        }
        #[inline(always)]
        fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_fmadd_pd(self.0, factor.0, addend.0)) }
        }
        #[inline(always)]
        fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_fnmadd_pd(self.0, factor.0, addend.0)) }
        }
        #[inline(always)]
        fn at_least(self, bound: Self) -> Self {
            // SAFETY: see above. The second operand is taken where either is not a number.
            unsafe { Self(_mm512_max_pd(bound.0, self.0)) }
        }
        #[inline(always)]
        fn at_most(self, bound: Self) -> Self {
            // SAFETY: see above.
            unsafe { Self(_mm512_min_pd(bound.0, self.0)) }
        }
        #[inline(always)]
        fn where_less(self, bound: Self, yes: Self, no: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                let less = _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, bound.0);
                Self(_mm512_mask_blend_pd(less, no.0, yes.0))
            }
        }
        #[inline(always)]
        fn shift_in(self, before: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                let (high, low) = (_mm512_castpd_si512(self.0), _mm512_castpd_si512(before.0));
                Self(_mm512_castsi512_pd(_mm512_alignr_epi64::<7>(high, low)))
            }
        }
        #[inline(always)]
        fn totals(rows: &[[f64; LANES]; LANES]) -> [f64; LANES] {
            let mut totals = [0.0; LANES];
            // SAFETY: see above.
            unsafe {
                let mut quarters = [_mm512_setzero_pd(); 4];
                for (n, sum) in quarters.iter_mut().enumerate() {
                    let (x, y) = (Self::load(&rows[2 * n]).0, Self::load(&rows[2 * n + 1]).0);
                    // Lanes 0 to 3 of both, then 4 to 7 of both.
                    *sum = _mm512_add_pd(
                        _mm512_shuffle_f64x2::<0x44>(x, y),
                        _mm512_shuffle_f64x2::<0xee>(x, y),
                    );
                }
                let mut halves = [_mm512_setzero_pd(); 2];
                for (n, sum) in halves.iter_mut().enumerate() {
                    let (x, y) = (quarters[2 * n], quarters[2 * n + 1]);
                    *sum = _mm512_add_pd(
                        _mm512_shuffle_f64x2::<0x88>(x, y),
                        _mm512_shuffle_f64x2::<0xdd>(x, y),
                    );
                }
                let sums = _mm512_add_pd(
                    _mm512_unpacklo_pd(halves[0], halves[1]),
                    _mm512_unpackhi_pd(halves[0], halves[1]),
                );
                // Rows now stand as 0 4 1 5 2 6 3 7.
                let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
                Self(_mm512_permutexvar_pd(order, sums)).store(&mut totals);
            }
            totals
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            // SAFETY: see above.
            unsafe {
                let shifted = _mm512_slli_epi64::<52>(_mm512_castpd_si512(self.0));
                let one = _mm512_set1_epi64(ONE as i64);
                Self(_mm512_castsi512_pd(_mm512_add_epi64(shifted, one)))
            }
        }
        #[inline(always)]
        fn split(self) -> (Self, Self) {
            // SAFETY: see above.
            unsafe {
                let bits = _mm512_castpd_si512(self.0);
                let offset = _mm512_sub_epi64(bits, _mm512_set1_epi64(ROOT_HALF as i64));
                let exponent = _mm512_and_si512(offset, _mm512_set1_epi64(EXPONENT as i64));
                let mantissa = _mm512_castsi512_pd(_mm512_sub_epi64(bits, exponent));
                let flipped = _mm512_xor_si512(offset, _mm512_set1_epi64(SIGN as i64));
                let integer = _mm512_srli_epi64::<52>(flipped);
                let integer = _mm512_add_epi64(integer, _mm512_set1_epi64(INTEGER as i64));
                let zero = _mm512_set1_pd(INTEGER_ZERO);
                (
                    Self(mantissa),
                    Self(_mm512_sub_pd(_mm512_castsi512_pd(integer), zero)),
                )
            }
        }
    }
}

/// Defines `fn $name(dispatch, args…)`, which runs the inlined `$body::<V>(args…)` compiled for the set.
///
/// A `Dispatch` other than `Portable` comes from `Dispatch::available`; `supported` checks it again, so
/// a hand-made value cannot reach an unsupported set.
macro_rules! dispatched_lanes {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)? = $body:ident) => {
        $(#[$meta])*
        $vis fn $name(dispatch: $crate::numerics::dispatch::Dispatch, $($arg: $type),*) $(-> $ret)? {
            use $crate::numerics::dispatch::{Dispatch, supported};
            use $crate::numerics::lanes;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $type),*) $(-> $ret)? { $body::<lanes::Avx2>($($arg),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
            fn avx512($($arg: $type),*) $(-> $ret)? { $body::<lanes::Avx512>($($arg),*) }
            match dispatch {
                // SAFETY: `supported` has just confirmed that this processor has the features.
                #[cfg(target_arch = "x86_64")]
                Dispatch::Avx512 if supported(dispatch) => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Dispatch::Avx2 if supported(dispatch) => unsafe { avx2($($arg),*) },
                _ => $body::<lanes::Portable>($($arg),*),
            }
        }
    };
}
pub(crate) use dispatched_lanes;
