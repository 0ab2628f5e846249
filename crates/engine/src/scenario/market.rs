//! Who buys what where: segments, brands, products, networks, channels, demand, complements, gates.

use super::{CalendarMonth, Handle, Learning};
use serde::Serialize;

/// A named group of consumers.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    /// Id.
    pub id: String,
    /// Share of users; they sum to 1.
    pub share: Handle,
    /// σ of ln α inside the segment.
    pub price_spread: Handle,
    /// Mean of α relative to the market's ᾱ.
    pub price_sensitivity: Handle,
    /// `u_i`: exposure to social channels.
    pub social_exposure: Handle,
    /// Multiplier of the response to advertising.
    pub advertising_response: Handle,
    /// Multiplier of word of mouth.
    pub word_of_mouth: Handle,
    /// Multiplier of what complements do for awareness.
    pub complement_response: Handle,
    /// Consumers' own discount rate a month, for instalments.
    pub discount_rate: Handle,
    /// Reach by channel, in the order of the scenario's channels.
    pub reach: Vec<Handle>,
}

/// A brand.
#[derive(Clone, Debug, Serialize)]
pub struct Brand {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
}

/// What is particular to an entrant.
#[derive(Clone, Debug, Serialize)]
pub struct Entrant {
    /// Position in the scenario's brands.
    pub brand: usize,
    /// Incumbents or products whose solved intercepts form the class.
    pub reference_class: Vec<ReferenceMember>,
    /// `s_ref` where given; otherwise the class's sample deviation.
    pub reference_sd: Option<Handle>,
    /// `s_transport`: doubt that the class applies at all.
    pub transport_sd: Handle,
    /// Added to the class mean.
    pub shift: Handle,
    /// Loyalty λ; otherwise the class's sales-weighted mean.
    pub loyalty: Option<Handle>,
    /// Keep offset ψ_b; otherwise the class's sales-weighted mean.
    pub keep_offset: Option<Handle>,
    /// How the brand becomes known.
    pub awareness: Awareness,
    /// Trust τ at month 1.
    pub initial_trust: Handle,
    /// ϱ, a month.
    pub trust_persistence: Handle,
    /// Service income.
    pub services: Services,
    /// Standard normal: where the appeal lies in its distribution, `[eq:appeal]`; none: at its mean.
    pub appeal_z: Option<Handle>,
    /// What it learns about its appeal from.
    pub learning: Option<Learning>,
}

/// A member of a reference class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceMember {
    /// All of a brand.
    Brand(usize),
    /// One product: its brand's intercept plus its own appeal.
    Product(usize),
}

/// The awareness law of one entrant, `[eq:awareness]`.
#[derive(Clone, Debug, Serialize)]
pub struct Awareness {
    /// Share of each cell that knows the brand in month 1.
    pub initial: Handle,
    /// δ, carry-over of advertising a month.
    pub carry_over: Handle,
    /// θ, response to advertising.
    pub response: Handle,
    /// M, money a month at which the response is θ.
    pub scale: Handle,
    /// φ_a, exponent of diminishing returns.
    pub exponent: Handle,
    /// q, word of mouth.
    pub word_of_mouth: Handle,
    /// ρ_f, forgetting a month.
    pub forgetting: Handle,
    /// In [0, 2].
    pub satisfaction: Handle,
    /// Until this gate is open, satisfaction is the second member instead.
    pub after_sales: Option<(usize, Handle)>,
    /// Index of activity in social channels, constant from each month on; first entry is month ≤ 1.
    pub social: Vec<(i32, Handle)>,
}

/// Income from services to owners.
#[derive(Clone, Debug, Serialize)]
pub struct Services {
    /// Revenue per user and month, money.
    pub revenue: Handle,
    /// Margin, a share.
    pub margin: Handle,
    /// Share of owners who use them.
    pub attach: Handle,
}

/// Which category a product belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The durable that carries the states.
    Durable,
    /// A complement, by position.
    Complement(usize),
}

/// The month in which a product comes on sale that waits for an event: never by itself.
pub const WAITS_FOR_EVENT: i32 = i32::MAX;

/// A product.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// Id.
    pub id: String,
    /// What people call it; empty: its id to read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Position of its brand.
    pub brand: usize,
    /// Durable or complement.
    pub category: Category,
    /// Consumer's price, tax included, money per unit.
    pub price: Handle,
    /// Marginal cost, money per unit; incumbents may have none.
    pub unit_cost: Option<Handle>,
    /// Willingness to pay for its attributes, currency (times ζ).
    pub hedonic: f64,
    /// ξ, added to utility.
    pub appeal: Handle,
    /// Standard normal: where a new product's ξ lies around `appeal`, in units of s_ξ; none: there.
    pub appeal_z: Option<Handle>,
    /// Price tier, empty if none.
    pub tier: String,
    /// Incumbents: offered from this month number on (≤ 1: from the start), or [`WAITS_FOR_EVENT`].
    pub available_from: i32,
    /// Channels it may be sold through, by position.
    pub channels: Vec<usize>,
    /// Compatibility by network, in the order of networks.
    pub compatibility: Vec<Compatibility>,
}

/// Whether a product works on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Cannot be used.
    None,
    /// Works with a loss.
    Partial,
    /// Works.
    Full,
}

/// A lock-in group.
#[derive(Clone, Debug, Serialize)]
pub struct Network {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// χ_c: leaving without a purchase, probability a month.
    pub churn: Handle,
    /// Months of instalments; 0 means none.
    pub instalments: usize,
    /// Share of the unpaid balance that leaving costs.
    pub leaving_cost: Handle,
    /// Share of it that an early financed upgrade costs.
    pub upgrade_cost: Handle,
}

/// What kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// The shop of a network.
    Network(usize),
    /// Independent retail.
    Retail,
    /// A brand's own store online.
    OwnOnline(usize),
    /// A brand's own shops.
    OwnShops(usize),
    /// Grey import.
    Import,
}

/// Who pays a subsidy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The network.
    Network,
    /// The brand.
    Brand,
}

/// A channel.
#[derive(Clone, Debug, Serialize)]
pub struct Channel {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Kind.
    pub kind: ChannelKind,
    /// The channel's margin, money per unit.
    pub margin: Handle,
    /// Subsidy, money per unit.
    pub subsidy: Handle,
    /// Who pays it.
    pub subsidy_paid_by: Payer,
    /// What selling there costs the brand, money per unit.
    pub cost: Handle,
    /// Entrants' products that it offers before any entry (import only).
    pub open_before_entry: Vec<usize>,
    /// How it is liked, where no incumbent sells in it and sales cannot tell; as the base channel if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taste: Option<ChannelTaste>,
}

/// η of a channel in which no incumbent sells, `[eq:channel_taste]`.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelTaste {
    /// A channel of incumbents that it is like.
    pub like: Option<usize>,
    /// What it is liked more than that, utility.
    pub more: Option<Handle>,
}

/// Parameters of demand that calibration does not solve for, or starts from.
#[derive(Clone, Debug, Serialize)]
pub struct Demand {
    /// ζ, unless a tier target solves it.
    pub hedonic_scale: Handle,
    /// σ_q.
    pub quality_spread: Handle,
    /// σ_b, unless second choices solve it.
    pub brand_spread: Handle,
    /// ϑ, unless a target solves it.
    pub buy_keep_nest: Handle,
    /// ω.
    pub channel_crowding: Handle,
    /// υ.
    pub timing: Handle,
    /// ψ1 a month, unless a target solves it.
    pub ageing: Handle,
    /// λ for brands without a repeat-purchase target where no brand has one.
    pub loyalty: Handle,
    /// κ, unless network switching solves it.
    pub switching_cost: Handle,
    /// ᾱ per unit of currency, unless a target solves it.
    pub price_coefficient: Handle,
    /// s_ξ: spread of new products' own appeal.
    pub new_product_spread: Handle,
    /// Share of users who own nothing at the start.
    pub non_owners: Handle,
    /// Owners who come to own nothing, probability a month.
    pub lapse: Handle,
}

/// A stateless category sold beside the durable.
#[derive(Clone, Debug, Serialize)]
pub struct Complement {
    /// Id.
    pub id: String,
    /// Category name in the table of products.
    pub category: String,
    /// Purchases per user and month.
    pub rate: Handle,
    /// Inclusive value of rivals' goods.
    pub rivals: Handle,
    /// Appeal of the entrants' goods.
    pub appeal: Handle,
    /// Price coefficient; otherwise the durable's.
    pub price_coefficient: Option<Handle>,
    /// Share of a channel's buyers who find it without knowing the brand, by channel.
    pub discovery: Vec<(usize, Handle)>,
    /// z_i: effect of its units per user on awareness.
    pub awareness_effect: Handle,
    /// z_τ: effect of its units per user on trust.
    pub trust_effect: Handle,
}

/// A named group of products.
#[derive(Clone, Debug, Serialize)]
pub struct ProductGroup {
    /// Id.
    pub id: String,
    /// Members by position.
    pub products: Vec<usize>,
}

/// Money terms.
#[derive(Clone, Debug, Serialize)]
pub struct FinanceTerms {
    /// Effective rate a year.
    pub discount_rate: Handle,
    /// Tax on profit, a share.
    pub tax_rate: Handle,
    /// Lag of receipts, months.
    pub receivable: Handle,
    /// Lag of payments for goods, months.
    pub payable: Handle,
    /// Stock held, months of sales.
    pub stock_cover: Handle,
    /// Money a month from the first fired step until exit.
    pub fixed_cost: Handle,
    /// Money at the end if the brand is in the market.
    pub exit_cost: Handle,
    /// Months of the last year's mean hardware profit.
    pub hardware_continuation: Handle,
    /// Count services of the base over remaining device life.
    pub count_services_of_base: bool,
    /// Count hardware continuation.
    pub count_hardware_continuation: bool,
    /// Count exit costs.
    pub count_exit_costs: bool,
}

/// What a gate holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// One product.
    Product(usize),
    /// All products of a category.
    Category(Category),
    /// A channel.
    Channel(usize),
}

/// A gate with lead time and cost.
#[derive(Clone, Debug, Serialize)]
pub struct Gate {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// What it holds back until open.
    pub holds: Vec<Held>,
    /// Months.
    pub lead_time: Handle,
    /// Money, paid in the month the gate is started.
    pub cost: Handle,
    /// Gates that must be open before its clock starts.
    pub needs: Vec<usize>,
}

/// The calendar month of a scenario month (1 is `start`).
pub fn calendar(start: CalendarMonth, month: usize) -> CalendarMonth {
    start.plus(month as i32 - 1)
}
