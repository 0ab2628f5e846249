//! Numbers whose memory starts where a cache line does: no vector of eight then lies across two lines.
//!
//! Much memory starts where a large page could, and the system is asked for large pages: a market is walked once a month
//! from end to end, and with pages of 4 KiB every tenth cache line would need an address to be looked up anew.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Bytes of a large page.
const LARGE_PAGE: usize = 2 << 20;

/// A fixed number of doubles from the start of a cache line on.
#[derive(Debug, Default)]
pub struct Aligned {
    memory: Vec<f64>,
    first: usize,
    length: usize,
}

impl Aligned {
    /// So many times this value.
    pub fn filled(value: f64, length: usize) -> Self {
        let boundary = if length * size_of::<f64>() >= LARGE_PAGE / 2 {
            LARGE_PAGE
        } else {
            LINE
        };
        let spare = boundary / size_of::<f64>();
        // Zeros take no memory before they are touched.
        let mut memory = vec![0.0; length + spare];
        // Where the pointer cannot be aligned the first number will do: only speed depends on it.
        let first = memory.as_ptr().align_offset(boundary).min(spare);
        if boundary == LARGE_PAGE {
            ask_for_large_pages(&mut memory[first..]);
        }
        if value != 0.0 {
            memory[first..first + length].fill(value);
        }
        Self {
            memory,
            first,
            length,
        }
    }
}

/// Advice that the system may ignore: results never depend on it.
fn ask_for_large_pages(memory: &mut [f64]) {
    #[cfg(target_os = "linux")]
    // SAFETY: the range is memory that this vector owns, and this advice changes no contents.
    unsafe {
        libc::madvise(
            memory.as_mut_ptr().cast(),
            size_of_val(memory),
            libc::MADV_HUGEPAGE,
        );
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

impl Deref for Aligned {
    type Target = [f64];

    #[inline]
    fn deref(&self) -> &[f64] {
        &self.memory[self.first..self.first + self.length]
    }
}

impl DerefMut for Aligned {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.memory[self.first..self.first + self.length]
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }

    fn clone_from(&mut self, source: &Self) {
        if self.length == source.length {
            self.copy_from_slice(source);
        } else {
            *self = source.clone();
        }
    }
}

impl PartialEq for Aligned {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<&[f64]> for Aligned {
    fn from(values: &[f64]) -> Self {
        let mut aligned = Self::filled(0.0, values.len());
        aligned.copy_from_slice(values);
        aligned
    }
}

impl From<Vec<f64>> for Aligned {
    fn from(values: Vec<f64>) -> Self {
        Self::from(values.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_start_at_a_line_too() {
        for length in [1, 7, 8, 1000, 200_000] {
            let numbers: Vec<f64> = (0..length).map(f64::from).collect();
            let aligned = Aligned::from(numbers.clone());
            assert_eq!(&*aligned.clone(), numbers.as_slice());
            assert_eq!(aligned.clone().as_ptr() as usize % LINE, 0);
        }
    }
}
