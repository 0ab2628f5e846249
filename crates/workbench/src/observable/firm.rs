//! What a firm observes of itself: the rows of the published list that take an entrant's id where there are two.

use crate::expression::Kind;
use beachhead_engine::plan::expression::Observable;

/// An observable of one entrant: name before the suffix, name after it, engine's, kind, unit, meaning.
pub(super) type FirmRow = (
    &'static str,
    &'static str,
    fn(usize) -> Observable,
    Kind,
    &'static str,
    &'static str,
);

/// What a firm sees of itself and of its sales.
pub(super) const FIRM: [FirmRow; 14] = {
    use Kind::{Number, Truth};
    use Observable as O;
    [
        (
            "cash",
            "",
            O::Cash,
            Number,
            "money",
            "net cash of the last month",
        ),
        (
            "cash_cumulative",
            "",
            O::CashCumulative,
            Number,
            "money",
            "net cash so far",
        ),
        (
            "sales.units",
            "",
            O::SalesUnits,
            Number,
            "units",
            "units of the durable last month",
        ),
        (
            "sales.share",
            "",
            O::SalesShare,
            Number,
            "share",
            "share of last month's units of the durable",
        ),
        (
            "sales.revenue",
            "",
            O::SalesRevenue,
            Number,
            "money",
            "receipts of last month",
        ),
        (
            "sales.cumulative",
            "",
            O::SalesCumulative,
            Number,
            "units",
            "units of the durable so far",
        ),
        (
            "installed_base",
            "",
            O::InstalledBase,
            Number,
            "users",
            "users who own the brand",
        ),
        (
            "installed_base_share",
            "",
            O::InstalledBaseShare,
            Number,
            "share",
            "the same as a share of users",
        ),
        (
            "awareness",
            "",
            O::Awareness,
            Number,
            "share",
            "share of users who know the brand",
        ),
        (
            "trust",
            "",
            O::Trust,
            Number,
            "utility",
            "the trust term of utility",
        ),
        (
            "marketing_cumulative",
            "",
            O::MarketingCumulative,
            Number,
            "money",
            "marketing spent so far",
        ),
        (
            "in_market",
            "",
            O::InMarket,
            Truth,
            "",
            "the brand has an offer in a channel that it opened",
        ),
        (
            "months_in_market",
            "",
            O::MonthsInMarket,
            Number,
            "months",
            "months since the first such offer",
        ),
        (
            "belief.appeal",
            ".mean",
            O::BeliefMean,
            Number,
            "utility",
            "posterior mean of the entrant's appeal",
        ),
    ]
};

/// What is known about the entrant's appeal besides its mean.
pub(super) const KNOWN: [FirmRow; 3] = {
    use Kind::Number;
    use Observable as O;
    [
        (
            "belief.appeal",
            ".sd",
            O::BeliefSd,
            Number,
            "utility",
            "posterior standard deviation of the entrant's appeal",
        ),
        (
            "belief.appeal",
            ".change",
            O::BeliefChange,
            Number,
            "utility",
            "posterior mean of the entrant's appeal less what was believed before month 1",
        ),
        (
            "studies.done",
            "",
            O::StudiesDone,
            Number,
            "",
            "studies that have ended",
        ),
    ]
};
