//! One body of code, compiled for several instruction sets, chosen once at run time.
//!
//! Every body uses fused multiply-add throughout and sums over [`LANES`] accumulators, so that each
//! instruction set gives the same bits (the portable one included, where `mul_add` is exact in
//! software).

/// Width of every vector loop and number of accumulators of every sum, whatever the hardware.
pub const LANES: usize = 8;

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// Plain code, any processor.
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F, VL, DQ with FMA.
    Avx512,
}

impl Dispatch {
    /// The best that this processor has.
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::Portable)
    }

    /// All that this processor has, the plainest first.
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Self::Avx2);
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                {
                    sets.push(Self::Avx512);
                }
            }
        }
        sets
    }
}

/// Whether this processor has the set (the standard library caches the answer).
#[inline]
pub(crate) fn supported(dispatch: Dispatch) -> bool {
    match dispatch {
        Dispatch::Portable => true,
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        #[cfg(target_arch = "x86_64")]
        Dispatch::Avx512 => {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => false,
    }
}
