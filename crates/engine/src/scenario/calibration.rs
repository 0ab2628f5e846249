//! Targets of calibration: the outcome that is wanted, and where the fact comes from.

use super::Handle;
use serde::Serialize;

/// A public fact that the market without the entrant must reproduce.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Name, e.g. `share_of_sales.pear`.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// The value wanted.
    pub wanted: Handle,
    /// The base of its group: it follows from the others and moves no parameter.
    pub is_base: bool,
    /// `file:line` of the row, for messages.
    pub location: String,
}

/// Which price an elasticity refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// What the consumer pays, tax included.
    Consumer,
    /// What the brand receives.
    Receipt,
}

/// What a target measures. Positions are those of the scenario's lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Share of the durable's units.
    SalesShareOfBrand(usize),
    /// Share of the durable's units of a group of products.
    SalesShareOfGroup(usize),
    /// Share of a brand's units in a tier.
    SalesShareOfTier {
        /// Brand.
        brand: usize,
        /// Tier.
        tier: String,
    },
    /// Share of the durable's units sold through a channel.
    SalesShareOfChannel(usize),
    /// Share sold in the shops of a network.
    SalesShareOfNetwork(usize),
    /// Units per user and month, of a segment or of all.
    UnitsPerUser(Option<usize>),
    /// Share of new owners who replace within so many months.
    ReplacedWithin(usize),
    /// Share of new owners who keep beyond so many months.
    KeptBeyond(usize),
    /// Share of users who own the brand.
    InstalledBase(usize),
    /// Of a brand's owners who buy, the share that buys the brand again.
    RepeatPurchase(usize),
    /// Of purchases in networks' shops, the share by customers of another network.
    NetworkSwitching,
    /// Percentage change of a product's units over `horizon` months for one per cent in its price.
    OwnPriceElasticity {
        /// Product.
        product: usize,
        /// Months.
        horizon: usize,
        /// Which price.
        price: PriceBasis,
    },
    /// (receipt − cost) ÷ receipt of a product at first-order conditions.
    Margin(usize),
    /// The same for all prices and all units.
    CategoryPriceElasticity {
        /// Months.
        horizon: usize,
    },
    /// Share of a brand's units that rivals would sell without it.
    FromRivals(usize),
    /// Share of a product's buyers who would otherwise buy of a brand, among those who still buy.
    SecondChoice {
        /// Product taken away.
        product: usize,
        /// Brand turned to.
        to: usize,
    },
}
