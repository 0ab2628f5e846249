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
        Q::KIND.expectation(currency)
    }

    fn schema() -> serde_json::Value {
        json!({ "$ref": "#/$defs/quantity", "x-unit": Q::KIND.base_unit("money") })
    }
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
    /// A number from 0 to 2.
    UpToTwo = Number, Domain::between(0.0, 2.0);
    /// A number from 0 to 1 that is no share.
    UpToOne = Number, Domain::UNIT;
    /// A number above 0 and up to 1.
    Nest = Number, Domain::above(0.0, 1.0);
    /// A share.
    Share = Share, Domain::UNIT;
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
    /// Money a month.
    MoneyPerMonth = MoneyPerMonth, Domain::NOT_NEGATIVE;
    /// Money a user and month.
    MoneyPerUser = MoneyPerUser, Domain::NOT_NEGATIVE;
    /// Utility per unit of money.
    PerMoney = PerMoney, Domain::POSITIVE;
    /// Months.
    Months = Duration, Domain::NOT_NEGATIVE;
    /// Months above 0.
    SomeMonths = Duration, Domain::POSITIVE;
    /// People.
    People = People, Domain::POSITIVE;
}
