//! The registers of x86-64.

use super::{EXPONENT, INTEGER, INTEGER_ZERO, LANES, Lanes, ROOT_HALF, SIGN};
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
    fn look_up(self, table: &[f64; LANES]) -> Self {
        // SAFETY: see above.
        unsafe { Self(look_up_half(self.0, table), look_up_half(self.1, table)) }
    }
    #[inline(always)]
    fn scale_by_eighths(self, n: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(scale_half(self.0, n.0), scale_half(self.1, n.1)) }
    }
    #[inline(always)]
    fn split(self) -> (Self, Self, Self) {
        // SAFETY: see above.
        let (low, high) = unsafe { (split_half(self.0), split_half(self.1)) };
        (
            Self(low.0, high.0),
            Self(low.1, high.1),
            Self(low.2, high.2),
        )
    }
}

// Halves are functions with the features of their own: closures have none, and would be called.

#[inline]
#[target_feature(enable = "avx2")]
fn look_up_half(x: __m256d, table: &[f64; LANES]) -> __m256d {
    let index = _mm256_castpd_si256(x);
    let index = _mm256_and_si256(index, _mm256_set1_epi64x(LANES as i64 - 1));
    // SAFETY: the indices are below eight, so that only the table is read.
    unsafe { _mm256_i64gather_pd::<8>(table.as_ptr(), index) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn scale_half(x: __m256d, n: __m256d) -> __m256d {
    let power = _mm256_srli_epi64::<3>(_mm256_castpd_si256(n));
    let power = _mm256_slli_epi64::<52>(power);
    _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(x), power))
}

#[inline]
#[target_feature(enable = "avx2")]
fn split_half(x: __m256d) -> (__m256d, __m256d, __m256d) {
    let bits = _mm256_castpd_si256(x);
    let offset = _mm256_sub_epi64(bits, _mm256_set1_epi64x(ROOT_HALF as i64));
    let exponent = _mm256_and_si256(offset, _mm256_set1_epi64x(EXPONENT as i64));
    let mantissa = _mm256_castsi256_pd(_mm256_sub_epi64(bits, exponent));
    let flipped = _mm256_xor_si256(offset, _mm256_set1_epi64x(SIGN as i64));
    let integer = _mm256_srli_epi64::<52>(flipped);
    let integer = _mm256_add_epi64(integer, _mm256_set1_epi64x(INTEGER as i64));
    let zero = _mm256_set1_pd(INTEGER_ZERO);
    let eighth = _mm256_castsi256_pd(_mm256_srli_epi64::<49>(offset));
    let exponent = _mm256_sub_pd(_mm256_castsi256_pd(integer), zero);
    (mantissa, exponent, eighth)
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
    fn look_up(self, table: &[f64; LANES]) -> Self {
        // SAFETY: see above; the instruction itself takes the lowest three bits only.
        unsafe {
            let index = _mm512_castpd_si512(self.0);
            Self(_mm512_permutexvar_pd(index, Self::load(table).0))
        }
    }
    #[inline(always)]
    fn scale_by_eighths(self, n: Self) -> Self {
        // SAFETY: see above.
        unsafe {
            let power = _mm512_srli_epi64::<3>(_mm512_castpd_si512(n.0));
            let power = _mm512_slli_epi64::<52>(power);
            Self(_mm512_castsi512_pd(_mm512_add_epi64(
                _mm512_castpd_si512(self.0),
                power,
            )))
        }
    }
    #[inline(always)]
    fn split(self) -> (Self, Self, Self) {
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
                Self(_mm512_castsi512_pd(_mm512_srli_epi64::<49>(offset))),
            )
        }
    }
}
