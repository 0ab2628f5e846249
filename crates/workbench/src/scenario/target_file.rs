//! Targets of calibration of `scenario.toml` as written.

use crate::quantity::{Horizon, Measured, SomeMonths};
use crate::reader::{Later, Map, Text, choice, record};

choice! {
    /// What a target measures.
    TargetWord {
        /// Shares of units.
        ShareOfSales = "share_of_sales",
        /// Units per user and month.
        UnitsPerUser = "units_per_user",
        /// Share of owners who replace within some months.
        ReplacedWithin = "replaced_within",
        /// Share of owners who keep beyond some months.
        KeptBeyond = "kept_beyond",
        /// Share of users who own a brand.
        InstalledBase = "installed_base",
        /// Of a brand's owners who buy, the share that buys it again.
        RepeatPurchase = "repeat_purchase",
        /// Of purchases in networks' shops, the share by customers of another network.
        NetworkSwitching = "network_switching",
        /// Change of a product's units with its price.
        OwnPriceElasticity = "own_price_elasticity",
        /// Percentage margins of products.
        Margin = "margin",
        /// Change of all units with all prices.
        CategoryPriceElasticity = "category_price_elasticity",
        /// Share of a brand's units that rivals would sell without it.
        FromRivals = "from_rivals",
        /// Share of a product's buyers who would otherwise buy of a brand.
        SecondChoice = "second_choice",
    }
}

choice! {
    /// How a target's values are grouped.
    ByWord {
        /// By brand.
        Brand = "brand",
        /// By channel.
        Channel = "channel",
        /// By network.
        Network = "network",
        /// By price tier within a brand.
        Tier = "tier",
        /// By the groups of `[demand.groups]`.
        Group = "group",
        /// By segment.
        Segment = "segment",
    }
}

choice! {
    /// Which price an elasticity refers to.
    PriceWord {
        /// What the consumer pays.
        Consumer = "consumer",
        /// What the brand receives.
        Receipt = "receipt",
    }
}

record! {
    /// A fact that the market without the entrant must reproduce.
    TargetRow {
        /// What is measured.
        target: TargetWord,
        /// How the values are grouped.
        by: Option<ByWord>,
        /// The value, where there is one.
        value: Option<Later>,
        /// The values, by id.
        values: Option<Map<Later>>,
        /// The member of the group that follows from the others; the last one if not given.
        base: Option<Text>,
        /// Id of the source of all values.
        source: Option<Text>,
        /// Reason.
        note: Option<Text>,
        /// Product that is meant.
        product: Option<Text>,
        /// Brand that is meant.
        brand: Option<Text>,
        /// Segment that is meant.
        segment: Option<Text>,
        /// Brand turned to (second choices).
        to: Option<Text>,
        /// Over how many months an elasticity counts.
        horizon: Option<Measured<Horizon>>,
        /// Which price an elasticity refers to.
        price: Option<PriceWord>,
        /// Age of `replaced_within` and `kept_beyond`, from 1 to `simulation.oldest_age`.
        months: Option<Measured<SomeMonths>>,
    }
}
