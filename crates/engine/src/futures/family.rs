//! The families of distributions that a scenario may name.

use core::fmt;

/// A family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Normal: `mean, sd`, or two or more quantiles.
    Normal,
    /// Lognormal: `mean, sd` (of the value, not of its logarithm), or two or more quantiles.
    Lognormal,
    /// Beta: `mean, sd`, or two or more quantiles; `low` (default 0) and `high` (default 1).
    Beta,
    /// Triangular: `low, mode, high`.
    Triangular,
    /// PERT: `low, mode, high`.
    Pert,
    /// Uniform: `low, high`.
    Uniform,
    /// Discrete: `values`, `weights` (default equal; made to add up to 1).
    Discrete,
}

impl Family {
    /// All families, in the order of the reference.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::Lognormal,
        Self::Beta,
        Self::Triangular,
        Self::Pert,
        Self::Uniform,
        Self::Discrete,
    ];

    /// The family of this name in a scenario.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Its name in a scenario.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Beta => "beta",
            Self::Triangular => "triangular",
            Self::Pert => "pert",
            Self::Uniform => "uniform",
            Self::Discrete => "discrete",
        }
    }

    /// What it is described by, in words for a message.
    #[must_use]
    pub fn takes(self) -> &'static str {
        match self {
            Self::Normal | Self::Lognormal => "mean and sd, or two quantiles such as p10 and p90",
            Self::Beta => {
                "mean and sd, or two quantiles such as p10 and p90; and low and high unless they are 0 and 1"
            }
            Self::Triangular | Self::Pert => "low, mode and high",
            Self::Uniform => "low and high",
            Self::Discrete => "values, and weights unless they are equal",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
