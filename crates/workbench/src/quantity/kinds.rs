//! Quantities of fields of a known kind, as types.

use super::{Domain, Written, read_quantity};
use crate::document::Node;
use crate::reader::{Reader, Shape};
use crate::units::Kind;
use serde_json::json;
use std::marker::PhantomData;
use std::ops::Deref;

/// What a field measures and which values it takes, as a type.
pub trait Quantified {
    /// What it measures.
    const KIND: Kind;
    /// Which values it takes.
    const DOMAIN: Domain;
}

/// A quantity of a field of a known kind.
#[derive(Clone, Debug)]
pub struct Measured<Q> {
    written: Written,
    kind: PhantomData<Q>,
}

impl<Q> Deref for Measured<Q> {
    type Target = Written;

    fn deref(&self) -> &Written {
        &self.written
    }
}

impl<Q: Quantified> Shape for Measured<Q> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let written = read_quantity(node, Q::KIND, Q::DOMAIN, &[], reader);
        Self {
            written,
            kind: PhantomData,
        }
    }

    fn poison() -> Self {
        Self {
            written: Written::poison(Q::KIND),
            kind: PhantomData,
        }
    }

    fn describe(currency: &str) -> String {
        let expectation = Q::KIND.expectation(currency);
        match Q::DOMAIN.bounds() {
            Some(words) if has_own_bounds(Q::KIND) => format!("{expectation}, {words}"),
            _ => expectation,
        }
    }

    fn schema() -> serde_json::Value {
        let mut schema =
            json!({ "$ref": "#/$defs/quantity", "x-unit": Q::KIND.base_unit("money") });
        if let Some(words) = Q::DOMAIN.bounds() {
            schema["x-range"] = json!(words);
        }
        schema
    }
}

/// Whether the kind alone does not say between which bounds its values lie.
fn has_own_bounds(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Duration)
}

macro_rules! quantified {
    ($( $(#[doc = $doc:literal])* $name:ident = $kind:ident, $domain:expr; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub enum $name {}
        impl Quantified for $name {
            const KIND: Kind = Kind::$kind;
            const DOMAIN: Domain = $domain;
        }
    )* };
}

quantified! {
    /// Any number.
    AnyNumber = Number, Domain::ANY;
    /// A number of at least 0.
    NotNegative = Number, Domain::NOT_NEGATIVE;
    /// A number of at most 0.
    NotPositive = Number, Domain::NOT_POSITIVE;
    /// A number above 0.
    Positive = Number, Domain::POSITIVE;
    /// Utility: its exponential stays a number.
    Utility = Number, Domain::between(-50.0, 50.0);
    /// An effect of either sign.
    EffectEitherWay = Number, Domain::between(-1e4, 1e4);
    /// An effect of at least 0.
    UpToTenThousand = Number, Domain::between(0.0, 1e4);
    /// A number from 0 to 10.
    UpToTen = Number, Domain::between(0.0, 10.0);
    /// A number from 0 to 3.
    UpToThree = Number, Domain::between(0.0, 3.0);
    /// A number from 0 to 2.
    UpToTwo = Number, Domain::between(0.0, 2.0);
    /// A number from 0 to 1 that is no share.
    UpToOne = Number, Domain::UNIT;
    /// A number above 0 and up to 1.
    Nest = Number, Domain::above(0.0, 1.0);
    /// A share.
    Share = Share, Domain::UNIT;
    /// A level of confidence.
    Level = Share, Domain::between(0.5, 0.9999);
    /// A share of cost, which may exceed 1.
    Markup = Share, Domain::above(-1.0, f64::INFINITY);
    /// A tax on prices.
    TaxShare = Share, Domain::NOT_NEGATIVE;
    /// A probability a month.
    Probability = Probability, Domain::UNIT;
    /// What is kept a month.
    Retention = Retention, Domain::UNIT;
    /// A compound rate a year.
    RateAYear = RateAYear, Domain::above(-1.0, f64::INFINITY);
    /// A compound rate a month.
    RateAMonth = RateAMonth, Domain::above(-1.0, f64::INFINITY);
    /// Something a month.
    Flow = Flow, Domain::NOT_NEGATIVE;
    /// Utility a month.
    UtilityAMonth = Flow, Domain::NOT_NEGATIVE;
    /// Money.
    Money = Money, Domain::NOT_NEGATIVE;
    /// Money that may also come in.
    MoneyEitherWay = Money, Domain::ANY;
    /// Money for a unit.
    MoneyPerUnit = MoneyPerUnit, Domain::NOT_NEGATIVE;
    /// Money for a unit that may also be taken off.
    MoneyPerUnitEitherWay = MoneyPerUnit, Domain::ANY;
    /// Money a month.
    MoneyPerMonth = MoneyPerMonth, Domain::NOT_NEGATIVE;
    /// Money a month that may also be lost.
    MoneyPerMonthEitherWay = MoneyPerMonth, Domain::ANY;
    /// Money a user and month.
    MoneyPerUser = MoneyPerUser, Domain::NOT_NEGATIVE;
    /// Utility per unit of money.
    PerMoney = PerMoney, Domain::POSITIVE;
    /// Months.
    Months = Duration, Domain::NOT_NEGATIVE;
    /// Months above 0.
    SomeMonths = Duration, Domain::POSITIVE;
    /// Months over which an elasticity counts.
    Horizon = Duration, Domain::between(1.0, 120.0);
    /// People.
    People = People, Domain::POSITIVE;
}
