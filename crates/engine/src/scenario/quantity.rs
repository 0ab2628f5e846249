//! A number with its name, unit, distribution and provenance, and the handle that points to it.

use crate::futures::distribution::{Conversion, Distribution};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// Points to a quantity of a scenario. Serialised as the quantity's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    index: u32,
    name: Arc<str>,
}

impl Handle {
    /// A handle to the quantity at `index` with this name.
    pub fn new(index: usize, name: &str) -> Self {
        Self {
            index: index as u32,
            name: name.into(),
        }
    }

    /// The quantity's name, its address for draws and `--set`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Position in [`super::Scenario::quantities`].
    pub fn index(&self) -> usize {
        self.index as usize
    }
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written in the scenario.
    Written,
    /// Not written: the documented default.
    Default,
    /// Computed from others at reading (a hedonic value, a mean).
    Derived,
}

/// A number of the scenario: what it is, how sure, and who says so.
#[derive(Clone, Debug, Serialize)]
pub struct Quantity {
    /// Path in the scenario, e.g. `networks.tel_one.churn` or `products.acme_5.price`.
    pub name: String,
    /// Base unit, e.g. `USD/unit`, `1/month`, `share`.
    pub unit: String,
    /// As written, in the written unit.
    pub distribution: Distribution,
    /// From the written unit to the base unit; monotone.
    pub conversion: Conversion,
    /// Written, default or derived.
    pub origin: Origin,
    /// Id of a source, if one is given.
    pub source: Option<String>,
    /// Openly stated reason, if one is given.
    pub note: Option<String>,
    /// File and line, e.g. `scenario.toml:12`, empty for defaults.
    pub location: String,
}

impl Quantity {
    /// Value in the base unit at probability `u` in (0, 1), `[eq:address]`.
    pub fn value(&self, u: f64) -> f64 {
        self.conversion.apply(self.distribution.quantile(u))
    }

    /// Value in the base unit at probability 0.5.
    pub fn centre(&self) -> f64 {
        self.conversion.apply(self.distribution.centre())
    }

    /// Whether draws would differ.
    pub fn is_uncertain(&self) -> bool {
        !self.distribution.is_certain()
    }
}

/// One number for each quantity of a scenario, in base units, and how much each respondent of a study counts: what a draw sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    quantities: Vec<f64>,
    respondents: Vec<f64>,
}

impl Values {
    /// Values in the order of [`super::Scenario::quantities`].
    pub fn new(values: Vec<f64>) -> Self {
        Self {
            quantities: values,
            respondents: Vec::new(),
        }
    }

    /// Factors on the weights of a study's respondents, (I,), `[eq:resampled]`; empty: each counts as written.
    pub fn respondents(&self) -> &[f64] {
        &self.respondents
    }

    /// Sets these factors.
    pub fn set_respondents(&mut self, factors: Vec<f64>) {
        self.respondents = factors;
    }

    /// The value of the quantity at a position.
    pub fn at(&self, index: usize) -> f64 {
        self.quantities[index]
    }

    /// Replaces the value of the quantity at a position.
    pub fn set_at(&mut self, index: usize, value: f64) {
        self.quantities[index] = value;
    }

    /// Replaces one value.
    pub fn set(&mut self, handle: &Handle, value: f64) {
        self.quantities[handle.index()] = value;
    }
}

impl std::ops::Index<&Handle> for Values {
    type Output = f64;

    fn index(&self, handle: &Handle) -> &f64 {
        &self.quantities[handle.index()]
    }
}
