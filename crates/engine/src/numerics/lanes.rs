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

    /// Sum of the eight in a fixed order.
    #[inline(always)]
    fn total(self) -> f64 {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        super::vector::total(lanes)
    }
}

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
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LANES, Lanes};
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
    }
}

/// As [`super::dispatch::dispatched`], for a body that is generic over [`Lanes`].
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
