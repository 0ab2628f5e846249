//! Deals with networks, as written: what they are worth is asked with `beachhead value`.

use super::special::SubsidyValue;
use crate::quantity::{AnyNumber, Measured, MoneyPerUnit, MoneyPerUser, Share, SomeMonths};
use crate::reader::{Id, Text, Whole, record};

record! {
    /// A deal with a network, whose worth can be asked for.
    DealRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// With whom: a network, or the channel that is its shop.
        partner: Text,
        /// The plan that it is part of.
        plan: Text,
        /// The plan that is followed without it.
        fallback: Text,
        /// Month in which the shop opens to the brand.
        start: Whole<1, 600>,
        /// How long it holds; to the end if not given.
        months: Option<Measured<SomeMonths>>,
        /// Whether the shops of all other networks stay closed to the brand meanwhile.
        exclusive: bool = "false",
        /// What the shop keeps of a unit; as the channel says if not given.
        margin: Option<Measured<MoneyPerUnit>>,
        /// What is taken off the consumer's price; as the channel says if not given.
        subsidy: Option<SubsidyValue>,
        /// Whether the brand's products are paid in the network's instalments in its shop; `false` is paid at once. Without effect where the
        /// network gives none.
        instalments: bool = "true",
        /// What a user earns the network a month.
        service_margin: Measured<MoneyPerUser>,
        /// How long a user who is there at the end stays, on average.
        lifetime: Measured<SomeMonths>,
        /// The brand's share of what both gain.
        brand_share: Measured<Share> = "0.5",
        /// Chance that it is signed, from what the network gains.
        chance: Option<DealChance>,
        /// Whose, with two entrants.
        brand: Option<Text>,
    }
}

record! {
    /// The logit of a chance, from what the network gains.
    DealChance {
        /// Where it gains nothing: 0 is a chance of a half.
        constant: Measured<AnyNumber>,
        /// How much a million of the currency adds.
        per_million: Measured<AnyNumber>,
        /// The attempt with this partner whose chance it becomes in runs, in place of the one written there; it is only reported if
        /// not given.
        event: Option<Text>,
    }
}
