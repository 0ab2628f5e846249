//! What is estimated from: products in markets, agents, designs, instruments, fixed effects.

use super::micro::Micro;
use std::ops::Range;

/// A column of a design or an instrument, over all rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// What it is called in results, as the formula wrote it: `prices`, `1`, `log(hpwt)`.
    pub label: String,
    /// (N,)
    pub values: Vec<f64>,
    /// Its derivative by the price, (N,); `None` where no price enters.
    pub by_price: Option<Vec<f64>>,
    /// Whether market shares enter (costs that depend on quantities). Such a column is no instrument.
    pub uses_shares: bool,
}

impl Column {
    /// A column without the price.
    pub fn exogenous(label: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            label: label.into(),
            values,
            by_price: None,
            uses_shares: false,
        }
    }

    /// A column that moves with the price.
    pub fn with_price(label: impl Into<String>, values: Vec<f64>, by_price: Vec<f64>) -> Self {
        Self {
            label: label.into(),
            values,
            by_price: Some(by_price),
            uses_shares: false,
        }
    }

    /// Whether it may serve as an instrument for itself.
    pub fn is_exogenous(&self) -> bool {
        self.by_price.is_none() && !self.uses_shares
    }
}

/// Groups of products that are closer substitutes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nests {
    /// Nest of each row, (N,), an index into `labels`.
    pub of: Vec<usize>,
    /// Names of nests, (H,), in the order of their sorted ids.
    pub labels: Vec<String>,
}

/// A demographic of agents.
#[derive(Clone, Debug, PartialEq)]
pub enum Demographic {
    /// One number an agent, (I,) over all markets.
    OfAgent(Vec<f64>),
    /// A number for every product and agent of a market: by market, (J_t, I_t) product by product.
    OfProduct(Vec<Vec<f64>>),
}

/// The people of each market, drawn or listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agents {
    /// Rows of agents of each market, (T,), in the order of `Problem::markets`.
    pub markets: Vec<Range<usize>>,
    /// Weight of each agent, (I,); those of a market sum to 1.
    pub weight: Vec<f64>,
    /// Integration nodes, K2 columns of (I,), column `k` for column `k` of Σ.
    pub nodes: Vec<Vec<f64>>,
    /// Names of demographics, (D,).
    pub labels: Vec<String>,
    /// Demographics, (D,).
    pub demographics: Vec<Demographic>,
    /// How far a product is there for an agent, 0 to 1: by market, (J_t, I_t) product by product. `None`: always.
    pub availability: Option<Vec<Vec<f64>>>,
}

/// Who sets which prices.
#[derive(Clone, Debug, PartialEq)]
pub enum Ownership {
    /// Owner of each row, (N,): a firm counts its own profits alone.
    Firms(Vec<usize>),
    /// Owner of each row, (N,), and what each owner counts of a unit of profit of each other one, κ, (F, F) row by row with 1 on the diagonal.
    Conduct(Vec<usize>, Vec<f64>),
    /// What the firm of a row counts of the profit of the product of the column: by market, (J_t, J_t) row by row.
    Matrices(Vec<Vec<f64>>),
}

impl Ownership {
    /// Owner of each row, (N,), where rows have owners.
    pub fn firms(&self) -> Option<&[usize]> {
        match self {
            Self::Firms(firms) | Self::Conduct(firms, _) => Some(firms),
            Self::Matrices(_) => None,
        }
    }

    /// What firm `f` counts of a unit of profit of firm `g`; `None` where rows have no owners.
    pub fn counts(&self, f: usize, g: usize) -> Option<f64> {
        match self {
            Self::Firms(_) => Some(f64::from(u8::from(f == g))),
            Self::Conduct(_, weights) => weights.get(f * weights.len().isqrt() + g).copied(),
            Self::Matrices(_) => None,
        }
    }
}

/// How marginal costs depend on their design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CostForm {
    /// `c = x3 γ + ω`
    #[default]
    Linear,
    /// `ln c = x3 γ + ω`
    Log,
}

/// The supply side: prices answer costs by Bertrand's first-order conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supply {
    /// Columns of costs `x3`, (K3,).
    pub design: Vec<Column>,
    /// Excluded instruments of supply; the exogenous columns of the design are added after them.
    pub instruments: Vec<Column>,
    /// Absorbed fixed effects: by dimension, the level of each row, (N,).
    pub absorbed: Vec<Vec<usize>>,
    /// Linear or log costs.
    pub form: CostForm,
}

/// Market data and what explains them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// Rows of each market, (T,): contiguous, in order, together all N rows.
    pub markets: Vec<Range<usize>>,
    /// Names of markets, (T,), for messages alone.
    pub market_labels: Vec<String>,
    /// Market share of each row, (N,): positive, less than 1 in sum over a market.
    pub shares: Vec<f64>,
    /// Price of each row, (N,), currency per unit.
    pub prices: Vec<f64>,
    /// Who sets prices; needed for a supply side, costs and counterfactuals.
    pub ownership: Option<Ownership>,
    /// Nests, if there are any.
    pub nests: Option<Nests>,
    /// Linear columns of utility `x1`, (K1,).
    pub linear: Vec<Column>,
    /// Columns with random coefficients `x2`, (K2,).
    pub nonlinear: Vec<Column>,
    /// Excluded instruments of demand; the exogenous columns of `linear` are added after them.
    pub instruments: Vec<Column>,
    /// Absorbed fixed effects of demand: by dimension, the level of each row, (N,).
    pub absorbed: Vec<Vec<usize>>,
    /// Clusters of rows, in no, one or two dimensions, (N,) each.
    pub clusters: Vec<Vec<usize>>,
    /// People; needed where `nonlinear` has columns.
    pub agents: Option<Agents>,
    /// Supply, if it is estimated jointly.
    pub supply: Option<Supply>,
    /// Surveys, if there are any.
    pub micro: Option<Micro>,
}

impl Problem {
    /// Number of rows, N.
    pub fn rows(&self) -> usize {
        self.shares.len()
    }

    /// Name of a market: what the caller called it, or its number from 1.
    pub fn market_name(&self, market: usize) -> String {
        match self.market_labels.get(market) {
            Some(label) => label.clone(),
            None => (market + 1).to_string(),
        }
    }
}
