//! The covariance of a fit's estimates as `fit.json` has it, looked up by block and name.

use super::document::block;
use beachhead_engine::estimate::Kind;
use serde_json::Value;

/// Covariance of the estimates that have standard errors.
#[derive(Clone, Debug, Default)]
pub struct StoredCovariance {
    /// Block and name of each row.
    rows: Vec<(String, String)>,
    /// Row by row; `None` where it could not be computed.
    values: Vec<Option<f64>>,
}

impl StoredCovariance {
    /// Takes it from the document; empty where it is not whole.
    pub(super) fn of(document: &Value) -> Self {
        let read = || {
            let parameters = document["parameters"].as_array()?;
            let row = |at: &Value| {
                let entry = parameters.get(usize::try_from(at.as_u64()?).ok()?)?;
                let text = |key: &str| entry[key].as_str().map(str::to_owned);
                Some((text("block")?, text("name")?))
            };
            let covariance = &document["covariance"];
            let rows = covariance["parameters"].as_array()?.iter().map(row);
            let values = covariance["values"].as_array()?;
            Some(Self {
                rows: rows.collect::<Option<_>>()?,
                values: values.iter().map(Value::as_f64).collect(),
            })
        };
        let is_whole = |found: &Self| found.values.len() == found.rows.len() * found.rows.len();
        read().filter(is_whole).unwrap_or_default()
    }

    /// Position of a parameter; none where it has no standard error.
    pub fn position(&self, kind: Kind, name: &str) -> Option<usize> {
        let mut rows = self.rows.iter();
        rows.position(|(of, known)| of == block(kind) && known == name)
    }

    /// One covariance; none where it could not be computed.
    pub fn at(&self, row: usize, column: usize) -> Option<f64> {
        let at = row * self.rows.len() + column;
        self.values.get(at).copied().flatten()
    }

    /// All of it, row by row; none where some of it could not be computed.
    pub fn whole(&self) -> Option<Vec<f64>> {
        let whole: Option<Vec<f64>> = self.values.iter().copied().collect();
        whole.filter(|values| !values.is_empty())
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
