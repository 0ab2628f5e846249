//! The document of a study: markets before and after each step, each with its certificate.

use beachhead_engine::numerics::solve::Status;
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Format of the document.
    pub format: u32,
    /// Version that wrote it.
    pub beachhead: &'static str,
    /// The table.
    pub source: String,
    /// Form of demand: `logit`, `nested`, `mixed`, or `scenario` for a month of one.
    pub model: &'static str,
    /// Mean price coefficient, utility per unit of currency.
    pub price_coefficient: f64,
    /// Dissimilarity of nests, if there are nests.
    pub dissimilarity: Option<f64>,
    /// Standard deviation of the logarithm of price coefficients, if they differ.
    pub price_spread: Option<f64>,
    /// How many might buy, if known; then profits and surplus are money in all, else per head.
    pub market_size: Option<f64>,
    /// Root mean square of implied less given margins.
    pub margin_error: f64,
    /// How the search for parameters ended.
    pub calibration: Status,
    /// The market as the table has it.
    pub baseline: StateEntry,
    /// The market after each step.
    pub steps: Vec<StateEntry>,
    /// First-order measures of the change of ownership and conduct from the baseline to the last step, by product of the baseline.
    pub pressure: Vec<Pressure>,
    /// What people should know.
    pub issues: Vec<IssueEntry>,
}

/// How the search for prices ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Prices at which all first-order conditions hold.
    Converged,
    /// None were found.
    NoEquilibrium,
    /// None were found at which a firm keeps its promise.
    CapNotMet,
}

impl Found {
    /// As in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::NoEquilibrium => "no_equilibrium",
            Self::CapNotMet => "cap_not_met",
        }
    }
}

/// A market with solved prices. Where prices were not found, all that follows from them is not a number, null in JSON: never the prices before.
#[derive(Clone, Debug, Serialize)]
pub struct StateEntry {
    /// The step.
    pub title: String,
    /// Whether prices were found, and what certifies them.
    pub certificate: Certified,
    /// Products.
    pub products: Vec<ProductEntry>,
    /// Firms that have products.
    pub firms: Vec<FirmEntry>,
    /// Herfindahl–Hirschman index of shares of what is bought, 0 to 10,000; not a number where nobody buys.
    pub hhi: f64,
    /// Share of all who might buy that buys nothing.
    pub outside_share: f64,
    /// Mean price of what is bought; not a number where nobody buys.
    pub mean_price: f64,
    /// Change of consumer surplus from the baseline, currency.
    pub consumer_surplus_change: f64,
    /// Profits of all firms, currency.
    pub profit: f64,
    /// Taxes paid, currency.
    pub tax: f64,
    /// Rows and columns as products; the last column is buying nothing. Empty where prices were not found.
    pub diversion: Vec<Vec<f64>>,
    /// Row `j`, column `l`: of the share of `j` by the price of `l`. Empty where prices were not found.
    pub elasticities: Vec<Vec<f64>>,
    /// Promises about margins, and how they are kept.
    pub promises: Vec<PromiseEntry>,
    /// Row `j`, column `l`: what the price of `j` rises by when the cost of `l` rises by one; null where it does not exist.
    pub pass_through: Option<Vec<Vec<f64>>>,
}

/// Whether prices are an equilibrium.
#[derive(Clone, Debug, Serialize)]
pub struct Certified {
    /// Whether prices were found.
    pub status: Found,
    /// How the search ended.
    pub search: Status,
    /// Steps that it took.
    pub iterations: usize,
    /// Largest distance of a price from what its condition asks for, a share.
    pub residual: f64,
    /// Largest first-order residual per unit sold.
    pub first_order: f64,
    /// Largest scaled eigenvalue of a firm's second derivatives; below 0 at a maximum. Null if no firm sets a price.
    pub second_order: Option<f64>,
    /// The best that a firm could do by other prices of a grid, the others' held; null where no price is free.
    pub best_deviation: Option<DeviationEntry>,
    /// Other starts that were tried.
    pub starts: usize,
    /// Those that led to prices at which first-order conditions hold.
    pub converged: usize,
    /// Different equilibria found, this one included if it is one: prices from which no firm wants to move, by the conditions of both orders and on the grid.
    pub equilibria: usize,
    /// Different prices at which the first-order conditions hold and some firm yet wants to move, these included if they are such.
    pub rejected: usize,
}

/// Other prices of one firm, the others' held.
#[derive(Clone, Debug, Serialize)]
pub struct DeviationEntry {
    /// Who would move.
    pub firm: String,
    /// Its products that would.
    pub products: Vec<String>,
    /// Their prices then, currency.
    pub prices: Vec<f64>,
    /// What that adds to the firm's profit, as a share of it; 0 or less where it does not pay.
    pub gain: f64,
}

/// A product.
#[derive(Clone, Debug, Serialize)]
pub struct ProductEntry {
    /// Its name.
    pub product: String,
    /// Who prices it.
    pub firm: String,
    /// Whether its price is held.
    pub frozen: bool,
    /// Price, currency.
    pub price: f64,
    /// Change of price from the baseline, a share; null for a new product.
    pub price_change: Option<f64>,
    /// Share of all who might buy.
    pub share: f64,
    /// Unit cost.
    pub cost: f64,
    /// (price − cost) ÷ price, after taxes, as the model has it.
    pub margin: f64,
    /// The table's margin, if it gives one and this is the baseline.
    pub margin_given: Option<f64>,
    /// Profit, currency.
    pub profit: f64,
}

/// A promise about margins.
#[derive(Clone, Debug, Serialize)]
pub struct PromiseEntry {
    /// Who promises.
    pub firm: String,
    /// Largest share of revenue.
    pub value: f64,
    /// Whether it changes anything.
    pub binds: bool,
    /// Margin that it speaks of, at these prices, before a rebate.
    pub margin: f64,
    /// What is paid back, currency.
    pub rebate: f64,
    /// Largest first-order residual of the firm under its promise, per unit sold; null where it pays back instead.
    pub stationary: Option<f64>,
    /// The most that another price, pair of prices or scale of all its prices on a grid would add to its profit without breaking the promise, a share;
    /// null where it pays back instead.
    pub best_deviation: Option<f64>,
}

/// A firm.
#[derive(Clone, Debug, Serialize)]
pub struct FirmEntry {
    /// Its name.
    pub firm: String,
    /// Share of all who might buy.
    pub share: f64,
    /// Profit, currency.
    pub profit: f64,
}

/// First-order measures of a merger at baseline prices.
#[derive(Clone, Debug, Serialize)]
pub struct Pressure {
    /// The product.
    pub product: String,
    /// Upward pricing pressure, currency per unit.
    pub upp: f64,
    /// The same as a share of price.
    pub gross_upward_pricing_pressure_index: f64,
    /// Compensating marginal cost reduction, a share of cost; null where cost is not above 0 or it cannot be told.
    pub cmcr: Option<f64>,
    /// The same, currency per unit; null where it cannot be told.
    pub cmcr_amount: Option<f64>,
}

/// Something to know.
#[derive(Clone, Debug, Serialize)]
pub struct IssueEntry {
    /// Short code.
    pub code: &'static str,
    /// What it is about.
    #[serde(rename = "where")]
    pub place: String,
    /// In words.
    pub text: String,
}
