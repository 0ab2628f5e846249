//! Which parameters there are, where they start, and which of them are searched over.

use super::problem::Problem;

/// One parameter: where it starts and how far it may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Starting value, or the value itself where it is fixed.
    pub start: f64,
    /// Lowest value allowed; −∞ if any. Equal to `upper` where the parameter is fixed.
    pub lower: f64,
    /// Highest value allowed; ∞ if any.
    pub upper: f64,
}

impl Entry {
    /// Held at a value.
    pub fn fixed(value: f64) -> Self {
        Self {
            start: value,
            lower: value,
            upper: value,
        }
    }

    /// Free from this start on, without bounds.
    pub fn free(start: f64) -> Self {
        Self {
            start,
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
        }
    }

    /// The usual convention: zero means held at zero, everything else is free.
    pub fn start(value: f64) -> Self {
        if value == 0.0 {
            Self::fixed(0.0)
        } else {
            Self::free(value)
        }
    }

    /// The same between bounds.
    #[must_use]
    pub fn between(self, lower: f64, upper: f64) -> Self {
        Self {
            lower,
            upper,
            ..self
        }
    }

    /// Whether it is held.
    pub fn is_fixed(&self) -> bool {
        self.lower == self.upper
    }
}

/// How a random coefficient is made of its normal index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coefficient {
    /// The index itself.
    #[default]
    Normal,
    /// Its exponential.
    Lognormal,
    /// `1/(1 + e^{−index})`.
    Logit,
}

/// Which block a parameter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Cholesky factor of unobserved tastes.
    Sigma,
    /// Tastes by demographics.
    Pi,
    /// Nesting.
    Rho,
    /// Linear in utility.
    Beta,
    /// Linear in costs.
    Gamma,
}

/// Where a parameter stands: its block, row and column there (column 0 in blocks that are vectors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Block.
    pub kind: Kind,
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
}

/// All parameters with their starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Σ, lower triangle: row `k` has `k + 1` entries, (K2,).
    pub sigma: Vec<Vec<Entry>>,
    /// Π, (K2, D); rows may be empty where there are no demographics.
    pub pi: Vec<Vec<Entry>>,
    /// ρ: none, one for all nests, or one a nest.
    pub rho: Vec<Entry>,
    /// β, (K1,): `None` is concentrated out, the usual case; with a supply side, what moves with the price needs an entry. Empty: all concentrated out.
    pub beta: Vec<Option<Entry>>,
    /// γ, (K3,): `None` is concentrated out. Empty: all concentrated out.
    pub gamma: Vec<Option<Entry>>,
    /// How coefficients are made, (K2,); empty: all normal.
    pub coefficients: Vec<Coefficient>,
}

impl Parameters {
    /// Number of nonlinear columns.
    pub fn columns(&self) -> usize {
        self.sigma.len()
    }

    /// How the coefficient of a nonlinear column is made.
    pub fn coefficient(&self, column: usize) -> Coefficient {
        self.coefficients.get(column).copied().unwrap_or_default()
    }

    /// The entry of linear column `k` of utility, if it is not concentrated out.
    pub fn beta(&self, k: usize) -> Option<Entry> {
        self.beta.get(k).copied().flatten()
    }

    /// The entry of column `k` of costs, if it is not concentrated out.
    pub fn gamma(&self, k: usize) -> Option<Entry> {
        self.gamma.get(k).copied().flatten()
    }

    /// All entries in order: Σ row by row, Π row by row, ρ, β, γ without what is concentrated out.
    pub fn entries(&self) -> Vec<(Place, Entry)> {
        let mut entries = Vec::new();
        let mut push = |kind, row, column, entry| {
            entries.push((Place { kind, row, column }, entry));
        };
        for (row, line) in self.sigma.iter().enumerate() {
            for (column, &entry) in line.iter().enumerate() {
                push(Kind::Sigma, row, column, entry);
            }
        }
        for (row, line) in self.pi.iter().enumerate() {
            for (column, &entry) in line.iter().enumerate() {
                push(Kind::Pi, row, column, entry);
            }
        }
        for (row, &entry) in self.rho.iter().enumerate() {
            push(Kind::Rho, row, 0, entry);
        }
        for (kind, block) in [(Kind::Beta, &self.beta), (Kind::Gamma, &self.gamma)] {
            for (row, entry) in block.iter().enumerate() {
                if let Some(entry) = *entry {
                    push(kind, row, 0, entry);
                }
            }
        }
        entries
    }

    /// The parameters that are searched over, θ, in order, (P,).
    pub fn free(&self) -> Vec<(Place, Entry)> {
        let mut entries = self.entries();
        entries.retain(|(_, entry)| !entry.is_fixed());
        entries
    }

    /// What a parameter is called, as the reference calls it: `1 x 1` in Σ, `prices x income` in Π, the nest, the column.
    pub fn name(problem: &Problem, place: Place) -> String {
        let label = |columns: &[super::Column], k: usize| {
            columns.get(k).map_or_else(String::new, |c| c.label.clone())
        };
        match place.kind {
            Kind::Sigma => {
                let rows = &problem.nonlinear;
                format!("{} x {}", label(rows, place.row), label(rows, place.column))
            }
            Kind::Pi => {
                let agents = problem.agents.as_ref();
                let column = agents.and_then(|agents| agents.labels.get(place.column));
                let column = column.map_or("", String::as_str);
                format!("{} x {column}", label(&problem.nonlinear, place.row))
            }
            Kind::Rho => {
                let nests = problem.nests.as_ref();
                let nest = nests.and_then(|nests| nests.labels.get(place.row));
                nest.cloned().unwrap_or_default()
            }
            Kind::Beta => label(&problem.linear, place.row),
            Kind::Gamma => {
                let supply = problem.supply.as_ref();
                supply.map_or_else(String::new, |supply| label(&supply.design, place.row))
            }
        }
    }
}
