//! Numbers whose memory starts where a cache line does: no vector of eight then lies across two lines.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Numbers of a cache line.
const IN_LINE: usize = LINE / size_of::<f64>();

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
        let memory = vec![value; length + IN_LINE];
        // Where the pointer cannot be aligned the first number will do: only speed depends on it.
        let first = memory.as_ptr().align_offset(LINE).min(IN_LINE);
        Self {
            memory,
            first,
            length,
        }
    }
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
        for length in [1, 7, 8, 1000] {
            let numbers: Vec<f64> = (0..length).map(f64::from).collect();
            let aligned = Aligned::from(numbers.clone());
            assert_eq!(&*aligned.clone(), numbers.as_slice());
            assert_eq!(aligned.clone().as_ptr() as usize % LINE, 0);
        }
    }
}
