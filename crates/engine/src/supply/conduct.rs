//! Who sets which prices, and whose profits they count: ownership and conduct.

use super::error::{SupplyError, every, length};

/// Firms and how much of each other's profits they count, `κ` in `[eq:markup]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conduct {
    firm: Vec<usize>,
    firms: usize,
    /// (F, F) row by row: what the firm of the row counts of a unit of profit of the firm of the column.
    weight: Vec<f64>,
    is_plain: bool,
}

impl Conduct {
    /// Every firm counts its own profits alone. `firm` (J,) names the owner of each product.
    pub fn nash(firm: Vec<usize>) -> Self {
        let firms = firm.iter().max().map_or(0, |last| last + 1);
        let mut weight = vec![0.0; firms * firms];
        for f in 0..firms {
            weight[f * firms + f] = 1.0;
        }
        Self {
            firm,
            firms,
            weight,
            is_plain: true,
        }
    }

    /// Firms with a conduct matrix (F, F) row by row, 1 on the diagonal: row `f`, column `g` is what `f` counts of a unit of profit of
    /// `g`: 0 Nash, 1 joint, between them partial ownership or coordination.
    ///
    /// # Errors
    /// Another shape, a diagonal that is not 1, numbers outside [0, 1], a product of a firm that has no row.
    pub fn new(firm: Vec<usize>, weight: Vec<f64>) -> Result<Self, SupplyError> {
        let most = firm.iter().max().map_or(0, |last| last + 1);
        let root = (weight.len() as f64).sqrt().round() as usize;
        let firms = root.max(most);
        length("the conduct matrix", weight.len(), firms * firms)?;
        every("conduct", &weight, "from 0 to 1", |w| {
            (0.0..=1.0).contains(&w)
        })?;
        let diagonal: Vec<f64> = (0..firms).map(|f| weight[f * firms + f]).collect();
        every("conduct on the diagonal", &diagonal, "1", |w| w == 1.0)?;
        let is_plain = (0..firms * firms).all(|at| at / firms == at % firms || weight[at] == 0.0);
        Ok(Self {
            firm,
            firms,
            weight,
            is_plain,
        })
    }

    /// Owner of each product, (J,).
    #[inline]
    pub fn firm(&self) -> &[usize] {
        &self.firm
    }

    /// Number of firms.
    #[inline]
    pub fn firms(&self) -> usize {
        self.firms
    }

    /// Whether every firm counts its own profits alone.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// What the firm that prices product `j` counts of the profit of product `l`.
    #[inline]
    pub fn between(&self, j: usize, l: usize) -> f64 {
        self.weight[self.firm[j] * self.firms + self.firm[l]]
    }

    /// What firm `f` counts of the profit of firm `g`.
    #[inline]
    pub fn of_firms(&self, f: usize, g: usize) -> f64 {
        self.weight[f * self.firms + g]
    }
}
