//! `scenario.toml` as written, with places: the one description of its fields.
//!
//! Each record below is type, reader, defaults, JSON schema and reference at once; `Scenario` in the
//! engine is what they resolve to.

use super::deal_file::DealRow;
use super::event_file::EventRow;
use super::fit::FitSection;
use super::learning_file::{ComparisonSection, LearningSection};
use super::part_worths::{PriceWorthWord, RespondentsWord};
use super::plan_file::PlanRow;
use super::pricing_file::PricingSection;
use super::slips::{FactorRow, Slips};
use super::special::{DateText, DayMonth, ServicesSection, Social, SubsidyValue};
use super::target_file::TargetRow;
use crate::quantity::{
    AnyNumber, EffectEitherWay, Flow, Markup, Measured, Money, MoneyEitherWay, MoneyPerMonth,
    MoneyPerUnit, Months, Nest, NotNegative, NotPositive, People, PerMoney, Positive, Probability,
    RateAMonth, RateAYear, Retention, Share, TaxShare, UpToOne, UpToTen, UpToTenThousand,
    UpToThree, UpToTwo, Utility, UtilityAMonth,
};
use crate::reader::{Id, Map, Name, OneOrMany, Text, Whole, choice, record};

record! {
    /// A scenario: one market, its entrants and their plans.
    ScenarioFile {
        /// Version of the format: 1.
        format: Whole<1, 1>,
        /// Market and horizon.
        scenario: MarketSection,
        /// How it is computed.
        simulation: SimulationSection = "{}",
        /// Records of announcements, from which times may be drawn.
        slips: Slips,
        /// Money terms of the entrants.
        finance: FinanceSection,
        /// Income from services to the entrant's owners; `[services.<brand>]` with two entrants.
        services: ServicesSection = "{}",
        /// Who buys.
        segments: Vec<SegmentRow>,
        /// Demand for the durable.
        demand: DemandSection,
        /// Titles of brands.
        brands: Map<BrandSection>,
        /// The year's course of purchases.
        season: SeasonSection = "{}",
        /// Which products work on which networks.
        compatibility: CompatibilitySection = "{}",
        /// Lock-in groups.
        networks: Vec<NetworkRow>,
        /// Ways to buy.
        channels: Vec<ChannelRow>,
        /// Categories without states, sold beside the durable.
        complements: Vec<ComplementRow>,
        /// How each entrant becomes known.
        awareness: Map<AwarenessSection>,
        /// Trust in each entrant.
        trust: Map<TrustSection>,
        /// What each entrant learns about its appeal from.
        learning: Map<LearningSection>,
        /// What must be in place before products or channels are used.
        gates: Vec<GateRow>,
        /// What may happen.
        events: Vec<EventRow>,
        /// Common causes that correlate draws.
        factors: Vec<FactorRow>,
        /// Facts that the market without the entrant must reproduce.
        calibration: Vec<TargetRow>,
        /// What the entrants may do.
        plans: Vec<PlanRow>,
        /// Deals whose worth can be asked for.
        deals: Vec<DealRow>,
        /// Prices that firms set against each other.
        pricing: PricingSection = "{}",
        /// Conditions reported as `p_<id>`: true if they held at the end of any month.
        outcomes: Map<Text>,
        /// When two plans differ.
        comparison: ComparisonSection = "{}",
        /// What forecasts are held against.
        forecast: ForecastSection = "{}",
    }
}

record! {
    /// What forecasts are held against.
    ForecastSection {
        /// Table of earlier entries: `entrant, market, first_sale, months_after, share_of_sales, left, source, note`.
        reference_class: Option<Text>,
    }
}

record! {
    /// Market and horizon.
    MarketSection {
        /// Short name, also of the run's folder.
        name: Name,
        /// Title for people; the name if not given.
        title: Option<Text>,
        /// Nothing known on or after this day may be used.
        as_of: DateText,
        /// Month 1.
        start: DayMonth,
        /// Months simulated.
        months: Whole<1, 600>,
        /// Currency code of all money, three capitals.
        currency: Text,
        /// People who use or could use the durable.
        users: Measured<People>,
        /// One or two brands that may enter.
        entrants: Vec<Text>,
        /// Tax on consumers' prices.
        sales_tax: Measured<TaxShare> = "0",
        /// Table of sources.
        sources: Text = "\"sources.csv\"",
    }
}

record! {
    /// How it is computed.
    SimulationSection {
        /// Draws of the assumptions.
        draws: Whole<1, 1_000_000> = "1000",
        /// Seed of all randomness.
        seed: Whole<0, { i64::MAX }> = "1",
        /// Consumer types over all segments, a multiple of their number; 96 or the next multiple.
        types: Option<Whole<1, 100_000>>,
        /// Which set of points the tastes of types are taken from; compare two to see how much of an answer is chance of the points.
        nodes: Whole<0, { i64::MAX }> = "0",
        /// The last age of a device in months; it absorbs.
        oldest_age: Whole<1, 240> = "48",
    }
}

record! {
    /// Money terms of the entrants.
    FinanceSection {
        /// Discount rate, effective, a year.
        discount_rate: Measured<RateAYear>,
        /// Tax on profit.
        tax_rate: Measured<Share> = "0",
        /// Lag of receipts.
        receivable: Measured<Months> = "0",
        /// Lag of payments for goods.
        payable: Measured<Months> = "0",
        /// What counts at the end beside working capital.
        terminal: Vec<Terminal> = "[\"services_of_base\"]",
        /// Stock held, months of sales.
        stock_cover: Measured<Months> = "0",
        /// Money a month from the first step that fires until exit.
        fixed_cost: Measured<MoneyPerMonth> = "0",
        /// Money at the end if the brand is in the market.
        exit_cost: Measured<MoneyEitherWay> = "0",
        /// Months of the last year's mean hardware profit.
        hardware_continuation: Measured<Months> = "0",
    }
}

choice! {
    /// What counts at the end.
    Terminal {
        /// Services of the base over remaining device life.
        ServicesOfBase = "services_of_base",
        /// Hardware profit that goes on.
        HardwareContinuation = "hardware_continuation",
        /// Exit costs.
        ExitCosts = "exit_costs",
    }
}

record! {
    /// Income from services to owners.
    ServicesTerms {
        /// Revenue of a user and month.
        revenue: Measured<crate::quantity::MoneyPerUser> = "0",
        /// Share of revenue that is profit.
        margin: Measured<Share> = "0",
        /// Share of owners who use them.
        attach: Measured<Share> = "1",
    }
}

record! {
    /// A named group of consumers.
    SegmentRow {
        /// Id.
        id: Id,
        /// Why its numbers are what they are: said of each that has neither a source nor a note of its own.
        note: Option<Text>,
        /// Share of users; shares sum to 1.
        share: Measured<Share>,
        /// Spread of the logarithm of the price coefficient inside the segment.
        price_spread: Measured<UpToThree>,
        /// Mean price coefficient relative to the market's.
        price_sensitivity: Measured<Positive> = "1",
        /// Exposure to social channels.
        social_exposure: Measured<UpToOne> = "0",
        /// Response to advertising relative to the brand's.
        advertising_response: Measured<NotNegative> = "1",
        /// Word of mouth relative to the brand's.
        word_of_mouth: Measured<NotNegative> = "1",
        /// What complements do for awareness, relative to the market.
        complement_response: Measured<NotNegative> = "1",
        /// Consumers' own discount rate, for instalments.
        discount_rate: Measured<RateAMonth> = "0",
        /// Reach: share of the segment that can use a channel at all, for every channel.
        channels: Map<Measured<Share>>,
    }
}

record! {
    /// A brand's particulars.
    BrandSection {
        /// Title for people.
        title: Text,
    }
}

record! {
    /// Demand for the durable.
    DemandSection {
        /// Table of products.
        products: Text,
        /// Willingness to pay for a product, currency, as a formula in the columns of the table; required unless
        /// `part_worths` or `fit` is given.
        hedonic: Option<Text>,
        /// Table of part-worths of a conjoint study, a row a respondent: its id, then columns `attribute:level`, and, if
        /// wished, `weight`, `segment`, `none`. Attributes are columns of the table of products, `price` its price.
        part_worths: Option<Text>,
        /// How part-worths of prices are read between the levels.
        price_worth: Option<PriceWorthWord>,
        /// What draws do with the respondents of a study.
        respondents: Option<RespondentsWord>,
        /// Scale of all part-worths; 1 is the study's own. Solved where `own_price_elasticity` or `margin` is given.
        exponent: Option<Measured<Positive>>,
        /// Demand from a fit.
        fit: Option<FitSection>,
        /// Multiplier of the formula; solved where a tier target is given.
        hedonic_scale: Measured<NotNegative> = "1",
        /// Spread of the taste for quality.
        quality_spread: Measured<UpToThree> = "0",
        /// Spread of brand image; required unless a `second_choice` target solves it.
        brand_spread: Option<Measured<UpToTen>>,
        /// How much buying as such gains from better offers, above 0 and up to 1; required unless
        /// `from_rivals` or `category_price_elasticity` solves it.
        buy_keep_nest: Option<Measured<Nest>>,
        /// 1: a second identical channel creates no demand; 0: plain logit.
        channel_crowding: Measured<UpToOne> = "1",
        /// 1: taste chooses the brand, not the time; 0: the static model.
        timing: Measured<UpToOne> = "1",
        /// Loss of the wish to keep a device, a month of age; solved where `replaced_within` or
        /// `kept_beyond` is given. The default stands for an ordinary durable: without any ageing a
        /// new device would be as welcome to go as an old one, and nothing would time purchases.
        ageing: Measured<UtilityAMonth> = "0.03",
        /// Utility of buying one's own brand again, where no `repeat_purchase` target solves it.
        loyalty: Measured<AnyNumber> = "0",
        /// Utility lost by changing the network; solved where `network_switching` is given.
        switching_cost: Measured<NotNegative> = "0",
        /// Mean price coefficient; required unless `own_price_elasticity` or `margin` solves it.
        price_coefficient: Option<Measured<PerMoney>>,
        /// Spread of a new product's own appeal.
        new_product_spread: Measured<NotNegative> = "0",
        /// Share of users who own nothing at the start.
        non_owners: Measured<Share> = "0",
        /// Owners who come to own nothing.
        lapse: Measured<Probability> = "0",
        /// Named groups of products for targets.
        groups: Map<OneOrMany<Text>>,
        /// What is assumed of each entrant's appeal.
        entrant: Map<EntrantSection>,
    }
}

record! {
    /// What is assumed of an entrant's appeal.
    EntrantSection {
        /// Brands or products in this market whose appeal the entrant's is drawn from.
        reference_class: Vec<Text>,
        /// Spread inside the class; required for a class of one.
        sd: Option<Measured<NotNegative>>,
        /// Doubt that the class applies at all.
        transport_sd: Measured<NotNegative>,
        /// Added to the mean of the class.
        shift: Measured<Utility> = "0",
        /// Loyalty; the class's sales-weighted mean if not given.
        loyalty: Option<Measured<AnyNumber>>,
        /// Wish to keep the brand's devices; the class's sales-weighted mean if not given.
        keep_offset: Option<Measured<AnyNumber>>,
    }
}

record! {
    /// The year's course of purchases.
    SeasonSection {
        /// Twelve factors, January first; they average 1.
        factors: Vec<Measured<NotNegative>> = "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
        /// Id of the source.
        source: Option<Text>,
        /// Reason.
        note: Option<Text>,
    }
}

record! {
    /// Which products work on which networks.
    CompatibilitySection {
        /// Table of product, network, level (none, partial, full); a pair left out is full.
        table: Option<Text>,
        /// Utility lost where compatibility is partial.
        partial: Measured<NotPositive> = "0",
    }
}

record! {
    /// A lock-in group.
    NetworkRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Leaving without a purchase.
        churn: Measured<Probability>,
        /// Length of instalments; 0 means none.
        instalments: Measured<Months> = "0",
        /// Share of the unpaid balance that leaving costs.
        leaving_cost: Measured<Share> = "1",
        /// Share of the unpaid balance that an early financed purchase costs.
        upgrade_cost: Measured<Share> = "1",
    }
}

choice! {
    /// What kind of channel.
    ChannelWord {
        /// The shop of a network.
        Network = "network",
        /// Independent retail.
        Retail = "retail",
        /// A brand's own store online.
        OwnOnline = "own_online",
        /// A brand's own shops.
        OwnShops = "own_shops",
        /// Grey import.
        Import = "import",
    }
}

record! {
    /// A way to buy.
    ChannelRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// What kind of channel.
        kind: ChannelWord,
        /// The network of a channel of kind network.
        network: Option<Text>,
        /// The brand of an own channel.
        brand: Option<Text>,
        /// The channel's margin.
        margin: Measured<MoneyPerUnit> = "0",
        /// Subsidy, with who pays it.
        subsidy: SubsidyValue = "0",
        /// What selling there costs the brand.
        cost: Measured<MoneyPerUnit> = "0",
        /// A channel of incumbents that consumers like as much, where no incumbent sells in this one.
        like: Option<Text>,
        /// What they like it more than `like`, or than the base channel, in utility. Without both it is liked as the base channel.
        taste: Option<Measured<Utility>>,
        /// Entrants' products that an import channel offers before any entry.
        open: Vec<Text>,
    }
}

record! {
    /// A category without states, sold beside the durable.
    ComplementRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Its category in the table of products.
        category: Text,
        /// Purchases of a user and month.
        rate: Measured<Flow>,
        /// Value of all rivals' goods together.
        rivals: Measured<Utility>,
        /// Appeal of the entrants' goods.
        appeal: Measured<Utility>,
        /// Share of a channel's buyers who find it without knowing the brand.
        discovery: Map<Measured<Share>>,
        /// How much its sales make the brand known.
        awareness_effect: Measured<UpToTenThousand> = "0",
        /// How much its sales add to trust.
        trust_effect: Measured<EffectEitherWay> = "0",
        /// Price coefficient; the durable's if not given.
        price_coefficient: Option<Measured<PerMoney>>,
    }
}

record! {
    /// How an entrant becomes known.
    AwarenessSection {
        /// Share of users who know the brand in month 1.
        initial: Measured<Share>,
        /// What is kept of advertising's effect a month.
        carry_over: Measured<Retention>,
        /// Response to advertising.
        response: ResponseTable,
        /// Word of mouth.
        word_of_mouth: Measured<NotNegative>,
        /// Those who know the brand and forget it.
        forgetting: Measured<Probability>,
        /// Owners' satisfaction, 0 to 2; 1 is neutral.
        satisfaction: Measured<UpToTwo> = "1",
        /// Activity in social channels, an index from 0 to 1: a number, or a list of { from, value }.
        social: Social = "0",
        /// Satisfaction until a gate is open.
        after_sales: Option<AfterSalesTable>,
    }
}

record! {
    /// Response to advertising: theta·(spend/scale)^exponent.
    ResponseTable {
        /// Response at the scale.
        theta: Measured<NotNegative>,
        /// Spending at which theta is measured.
        scale: Measured<ScaleOfSpending>,
        /// Exponent of diminishing returns, above 0 and up to 1.
        exponent: Measured<Nest>,
    }
}

/// Money a month above 0.
#[derive(Clone, Debug)]
pub enum ScaleOfSpending {}

impl crate::quantity::Quantified for ScaleOfSpending {
    const KIND: crate::units::Kind = crate::units::Kind::MoneyPerMonth;
    const DOMAIN: crate::quantity::Domain = crate::quantity::Domain::POSITIVE;
}

record! {
    /// Satisfaction until a gate is open.
    AfterSalesTable {
        /// The gate.
        gate: Text,
        /// Satisfaction until then.
        without: Measured<UpToTwo>,
    }
}

record! {
    /// Activity in social channels from a month on.
    SocialRow {
        /// First month.
        from: DayMonth,
        /// Index from 0 to 1.
        value: Measured<UpToOne>,
    }
}

record! {
    /// Trust in an entrant.
    TrustSection {
        /// Trust in month 1, in utility.
        initial: Measured<Utility> = "0",
        /// What is kept of it a month.
        persistence: Measured<Retention> = "\"90 %/month\"",
    }
}

record! {
    /// What must be in place before products or channels are used.
    GateRow {
        /// Id.
        id: Id,
        /// Title for people.
        title: Option<Text>,
        /// Categories, products or channels that it holds back until it is open.
        holds: Vec<Text>,
        /// From its start to its opening.
        lead_time: Measured<Months>,
        /// Paid when it starts.
        cost: Measured<Money>,
        /// Gates that must be open before its clock starts.
        needs: Vec<Text>,
    }
}

/// Kept for actions: a share of cost.
pub type Margin = Measured<Markup>;
