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
    /// The entries of a table that the lowest three bits name.
    fn look_up(self, table: &[f64; LANES]) -> Self;
    /// `self × 2^⌊n/8⌋`, for numbers that hold the integer `n` in their low bits (see `vector::exp`).
    fn scale_by_eighths(self, n: Self) -> Self;
    /// Mantissa in [√½, √2) and exponent of positive normal numbers, and the eighth of that interval,
    /// even in the bits of the mantissa, as the lowest three bits.
    fn split(self) -> (Self, Self, Self);

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
    fn look_up(self, table: &[f64; LANES]) -> Self {
        Self(self.0.map(|x| table[x.to_bits() as usize % LANES]))
    }
    #[inline(always)]
    fn scale_by_eighths(self, n: Self) -> Self {
        Self(std::array::from_fn(|l| {
            let power = n.0[l].to_bits() >> 3 << 52;
            f64::from_bits(self.0[l].to_bits().wrapping_add(power))
        }))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self, Self) {
        let offset = self.0.map(|x| x.to_bits().wrapping_sub(ROOT_HALF));
        let mantissa = std::array::from_fn(|l| {
            f64::from_bits(self.0[l].to_bits().wrapping_sub(offset[l] & EXPONENT))
        });
        // An integer of 12 bits becomes a double without a slow conversion.
        let exponent =
            offset.map(|x| f64::from_bits(((x ^ SIGN) >> 52).wrapping_add(INTEGER)) - INTEGER_ZERO);
        let eighth = offset.map(|x| f64::from_bits(x >> 49));
        (Self(mantissa), Self(exponent), Self(eighth))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86;

/// Eight doubles of an array from position `at` on.
#[inline(always)]
pub(crate) fn eight<V: Lanes>(values: &[f64], at: usize) -> V {
    match values[at..].first_chunk() {
        Some(chunk) => V::load(chunk),
        None => V::splat(0.0),
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
