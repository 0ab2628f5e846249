//! The space that is searched: which parameters are free, what they are at a point, which tastes they need.

use super::parameters::{Coefficient, Entry, Kind, Parameters, Place};

/// What a taste is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Column of the integration nodes.
    Node(usize),
    /// A demographic.
    Demographic(usize),
}

/// A column with random coefficients that is more than zero.
#[derive(Clone, Debug)]
pub(super) struct Active {
    /// Column of the nonlinear design.
    pub(super) column: usize,
    /// How its coefficient is made.
    pub(super) coefficient: Coefficient,
    /// Sources that enter, with where their parameter stands.
    pub(super) sources: Vec<(Source, Place)>,
}

/// The parameters at a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    /// (K2, K2) row by row.
    pub(super) sigma: Vec<f64>,
    /// (K2, D) row by row.
    pub(super) pi: Vec<f64>,
    /// As written: none, one, or (H,).
    pub(super) rho: Vec<f64>,
    /// (K1,); 0 where it is concentrated out.
    pub(super) beta: Vec<f64>,
    /// (K3,); likewise.
    pub(super) gamma: Vec<f64>,
}

/// The space.
#[derive(Clone, Debug)]
pub(super) struct Space {
    entries: Vec<(Place, Entry)>,
    /// Free ones, (P,).
    pub(super) free: Vec<(Place, Entry)>,
    /// Columns with tastes.
    pub(super) active: Vec<Active>,
    /// Columns of Σ, of Π, of x1, of x3.
    pub(super) sizes: [usize; 4],
}

impl Space {
    pub(super) fn new(parameters: &Parameters, linear: usize, cost: usize) -> Self {
        let columns = parameters.sigma.len();
        let demographics = parameters.pi.iter().map(Vec::len).max().unwrap_or(0);
        let entries = parameters.entries();
        let matters = |entry: &Entry| !entry.is_fixed() || entry.start != 0.0;
        let active = (0..columns)
            .map(|column| {
                let of_column = entries.iter().filter(|(place, entry)| {
                    place.row == column
                        && matches!(place.kind, Kind::Sigma | Kind::Pi)
                        && matters(entry)
                });
                let sources = of_column.map(|(place, _)| match place.kind {
                    Kind::Sigma => (Source::Node(place.column), *place),
                    _ => (Source::Demographic(place.column), *place),
                });
                Active {
                    column,
                    coefficient: parameters.coefficient(column),
                    sources: sources.collect(),
                }
            })
            .filter(|active| {
                // What is not normal is not 0 where its index is.
                !active.sources.is_empty() || active.coefficient != Coefficient::Normal
            })
            .collect();
        Self {
            free: parameters.free(),
            active,
            sizes: [columns, demographics, linear, cost],
            entries,
        }
    }

    /// Number of parameters that are searched over, P.
    pub(super) fn dimension(&self) -> usize {
        self.free.len()
    }

    /// Starting values, (P,).
    pub(super) fn start(&self) -> Vec<f64> {
        self.free.iter().map(|(_, entry)| entry.start).collect()
    }

    /// All parameters at θ (P,).
    pub(super) fn values(&self, theta: &[f64]) -> Values {
        let [columns, demographics, linear, cost] = self.sizes;
        let rho = self.entries.iter().filter(|(p, _)| p.kind == Kind::Rho);
        let mut values = Values {
            sigma: vec![0.0; columns * columns],
            pi: vec![0.0; columns * demographics],
            rho: vec![0.0; rho.count()],
            beta: vec![0.0; linear],
            gamma: vec![0.0; cost],
        };
        let fixed = self.entries.iter().filter(|(_, entry)| entry.is_fixed());
        for (place, entry) in fixed {
            *self.slot(&mut values, *place) = entry.start;
        }
        for ((place, _), value) in self.free.iter().zip(theta) {
            *self.slot(&mut values, *place) = *value;
        }
        values
    }

    fn slot<'a>(&self, values: &'a mut Values, place: Place) -> &'a mut f64 {
        let [columns, demographics, ..] = self.sizes;
        match place.kind {
            Kind::Sigma => &mut values.sigma[place.row * columns + place.column],
            Kind::Pi => &mut values.pi[place.row * demographics + place.column],
            Kind::Rho => &mut values.rho[place.row],
            Kind::Beta => &mut values.beta[place.row],
            Kind::Gamma => &mut values.gamma[place.row],
        }
    }

    /// The value at a place of Σ or Π.
    pub(super) fn taste(&self, values: &Values, place: Place) -> f64 {
        let [columns, demographics, ..] = self.sizes;
        match place.kind {
            Kind::Sigma => values.sigma[place.row * columns + place.column],
            _ => values.pi[place.row * demographics + place.column],
        }
    }

    /// All places with their entries.
    pub(super) fn entries(&self) -> &[(Place, Entry)] {
        &self.entries
    }

    /// Whether a linear column is a parameter with an entry rather than concentrated out.
    pub(super) fn has(&self, kind: Kind, row: usize) -> bool {
        let mut places = self.entries.iter();
        places.any(|(place, _)| place.kind == kind && place.row == row)
    }
}
