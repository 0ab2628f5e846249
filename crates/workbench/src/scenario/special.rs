//! Shapes that are not plain records: dates, lists or "all", one of several tables, services, subsidies.

use super::event_file::{
    BlockEffect, ChangeEffect, CloseEffect, DelayEffect, ExitEffect, LaunchRivalEffect, OpenEffect,
    PayEffect, RoyaltyEffect, ShockEffect,
};
use super::file::{ServicesTerms, SocialRow};
use super::plan_file::{
    CloseAction, LaunchAction, LaunchTable, NegotiateAction, OpenAction, OverheadAction, PayAction,
    PriceAction, PullOutAction, SpendAction, StartAction, StudyAction, WithdrawAction,
};
use crate::diagnostic::name_list;
use crate::document::{Node, Place, Value};
use crate::quantity::{Domain, Measured, UpToOne, Written, read_quantity};
use crate::reader::{Field, Map, OneOrMany, Reader, Record, Shape, Text};
use crate::units::Kind;
use beachhead_engine::scenario::CalendarMonth;
use serde_json::json;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day, 1 to 31.
    pub day: u32,
}

impl Date {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)? as i32;
        let month = digits(parts.next()?, 2)?;
        let day = digits(parts.next()?, 2)?;
        let is_day = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        (parts.next().is_none() && is_day).then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` as their first day.
    pub fn parse_start(text: &str) -> Option<Self> {
        if let Some(date) = Self::parse(text) {
            return Some(date);
        }
        let (year, month) = match parse_month(text) {
            Some(month) => (month.year, month.month),
            None => (digits(text, 4)? as i32, 1),
        };
        let day = 1;
        Some(Self { year, month, day })
    }

    /// Days since 1 March of year 0, in the proleptic Gregorian calendar.
    pub fn days(self) -> i64 {
        // Years that begin in March, so that the leap day is the last.
        let months = i64::from(self.year) * 12 + i64::from(self.month) - 3;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        365 * year + leap_days + (153 * month + 2) / 5 + i64::from(self.day) - 1
    }

    /// Reads `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` as their last day.
    pub fn parse_end(text: &str) -> Option<Self> {
        if let Some(date) = Self::parse(text) {
            return Some(date);
        }
        let (year, month) = match parse_month(text) {
            Some(month) => (month.year, month.month),
            None => (digits(text, 4)? as i32, 12),
        };
        Some(Self {
            year,
            month,
            day: days_of(year, month),
        })
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let is_plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn days_of(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Reads `YYYY-MM`.
pub fn parse_month(text: &str) -> Option<CalendarMonth> {
    let (year, month) = text.split_once('-')?;
    let month = digits(month, 2)?;
    let year = digits(year, 4)? as i32;
    (1..=12)
        .contains(&month)
        .then_some(CalendarMonth { year, month })
}

/// A day, as a TOML date or as text.
#[derive(Clone, Debug)]
pub struct DateText {
    /// The day; `None` if it could not be read.
    pub date: Option<Date>,
    /// Where it stands.
    pub place: Place,
}

impl Shape for DateText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let date = match &node.value {
            Value::Date(text) | Value::Text(text) => Date::parse(text),
            _ => None,
        };
        if date.is_some() {
            Self {
                date,
                place: node.place,
            }
        } else {
            reader.wrong(node)
        }
    }

    fn poison() -> Self {
        Self {
            date: None,
            place: Place::NOWHERE,
        }
    }

    fn describe(_: &str) -> String {
        "a day such as 2018-07-01".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "format": "date" })
    }
}

/// A month of the calendar, `YYYY-MM`.
#[derive(Clone, Copy, Debug)]
pub struct DayMonth {
    /// The month; `None` if it could not be read.
    pub month: Option<CalendarMonth>,
}

impl Shape for DayMonth {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.as_text().and_then(parse_month) {
            Some(month) => Self { month: Some(month) },
            None => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self { month: None }
    }

    fn describe(_: &str) -> String {
        "a month in quotes such as \"2018-07\"".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" })
    }
}

/// Ids, one id, or "all".
#[derive(Clone, Debug)]
pub enum AllOr {
    /// All there are.
    All,
    /// These.
    Some(OneOrMany<Text>),
}

impl Shape for AllOr {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        if node.as_text() == Some("all") {
            Self::All
        } else {
            Self::Some(Shape::read(node, reader))
        }
    }

    fn poison() -> Self {
        Self::Some(Shape::poison())
    }

    fn describe(_: &str) -> String {
        "an id, a list of ids, or \"all\"".to_owned()
    }

    fn schema() -> serde_json::Value {
        OneOrMany::<Text>::schema()
    }
}

/// Products to launch, in all their channels or in some.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Products.
    pub products: OneOrMany<Text>,
    /// The only channels; `None`: all that the products go through.
    pub channels: Option<OneOrMany<Text>>,
}

impl Shape for Launch {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        if node.as_table().is_some() {
            let table = LaunchTable::read(node, reader);
            Self {
                products: table.products,
                channels: Some(table.channels),
            }
        } else {
            Self {
                products: Shape::read(node, reader),
                channels: None,
            }
        }
    }

    fn poison() -> Self {
        Self {
            products: Shape::poison(),
            channels: None,
        }
    }

    fn describe(_: &str) -> String {
        "ids of products, or { products = […], channels = […] }".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [OneOrMany::<Text>::schema(), LaunchTable::schema()] })
    }
}

/// A subsidy with who pays it.
#[derive(Clone, Debug)]
pub struct SubsidyValue {
    /// How much.
    pub value: Written,
    /// `network` or `brand`, if given.
    pub paid_by: Option<Text>,
}

impl Shape for SubsidyValue {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let kind = Kind::MoneyPerUnit;
        let value = read_quantity(node, kind, Domain::NOT_NEGATIVE, &["paid_by"], reader);
        let payer = node.as_table().and_then(|table| table.get("paid_by"));
        let paid_by = payer.map(|node| Text::read(node, reader));
        Self { value, paid_by }
    }

    fn poison() -> Self {
        Self {
            value: Written::poison(Kind::MoneyPerUnit),
            paid_by: None,
        }
    }

    fn describe(currency: &str) -> String {
        format!(
            "{}, or a table with `value` and `paid_by`",
            Kind::MoneyPerUnit.expectation(currency)
        )
    }

    fn schema() -> serde_json::Value {
        json!({ "$ref": "#/$defs/quantity", "x-unit": "money/unit" })
    }
}

/// `[services]`, or `[services.<brand>]` for two entrants.
#[derive(Clone, Debug)]
pub enum ServicesSection {
    /// For the only entrant.
    One(Box<ServicesTerms>),
    /// By brand.
    ByBrand(Map<ServicesTerms>),
}

impl Shape for ServicesSection {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let keys: Vec<&str> = ServicesTerms::fields()
            .iter()
            .map(|field| field.key)
            .collect();
        // A quantity may be a table too, so the keys decide, not the shape of the values.
        let is_by_brand = node.as_table().is_some_and(|table| {
            !table.entries.is_empty()
                && table.entries.iter().all(|entry| {
                    let inner = entry.node.as_table();
                    !keys.contains(&entry.key.as_str())
                        && inner.is_some_and(|inner| inner.keys().any(|key| keys.contains(&key)))
                })
        });
        if is_by_brand {
            Self::ByBrand(Shape::read(node, reader))
        } else {
            Self::One(Box::new(Shape::read(node, reader)))
        }
    }

    fn poison() -> Self {
        Self::ByBrand(Shape::poison())
    }

    fn describe(currency: &str) -> String {
        ServicesTerms::describe(currency)
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [ServicesTerms::schema(), Map::<ServicesTerms>::schema()] })
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        ServicesTerms::inner()
    }
}

/// Activity in social channels.
#[derive(Clone, Debug)]
pub enum Social {
    /// The same in all months.
    Constant(Box<Measured<UpToOne>>),
    /// From months on.
    From(Vec<SocialRow>),
}

impl Shape for Social {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        if matches!(node.value, Value::List(_)) {
            Self::From(Shape::read(node, reader))
        } else {
            Self::Constant(Box::new(Shape::read(node, reader)))
        }
    }

    fn poison() -> Self {
        Self::From(Vec::new())
    }

    fn describe(_: &str) -> String {
        "a number from 0 to 1, or a list of { from = \"2018-07\", value = 0.1 }".to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [Measured::<UpToOne>::schema(), Vec::<SocialRow>::schema()] })
    }
}

/// Declares tables that are told apart by the key that names what they do.
macro_rules! one_of {
    ($(#[doc = $doc:literal])* $name:ident { $( $variant:ident($record:ident) = $key:literal ),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each variant is the record that it holds")]
        pub enum $name {
            $( $variant(Box<$record>), )*
            /// Could not be read; reported already.
            Unread,
        }

        impl $name {
            /// The keys that tell the tables apart.
            pub const KEYS: &[&str] = &[$($key),*];

            /// Each table: the key that tells it apart, what it does, its keys.
            pub fn kinds() -> Vec<(&'static str, &'static str, Vec<Field>)> {
                vec![$( ($key, $record::DOC, $record::fields()) ),*]
            }
        }

        impl Shape for $name {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
                let fields: &[fn() -> Vec<Field>] = &[$($record::fields),*];
                match single_key(node, Self::KEYS, fields, reader) {
                    $( Some($key) => Self::$variant(Box::new($record::read(node, reader))), )*
                    _ => Self::Unread,
                }
            }

            fn poison() -> Self {
                Self::Unread
            }

            fn describe(_: &str) -> String {
                format!("a table with one of {}", name_list([$($key),*]))
            }

            fn schema() -> serde_json::Value {
                json!({ "oneOf": [$($record::schema()),*] })
            }
        }
    };
}

pub(crate) use one_of;

one_of! {
    /// What a step can do: a closed list.
    Action {
        Open(OpenAction) = "open",
        Close(CloseAction) = "close",
        Launch(LaunchAction) = "launch",
        Withdraw(WithdrawAction) = "withdraw",
        Start(StartAction) = "start",
        Negotiate(NegotiateAction) = "negotiate",
        Price(PriceAction) = "price",
        Spend(SpendAction) = "spend",
        Pay(PayAction) = "pay",
        Study(StudyAction) = "study",
        Overhead(OverheadAction) = "overhead",
        PullOut(PullOutAction) = "pull_out",
    }
}

one_of! {
    /// What an event can do: a closed list.
    Effect {
        Open(OpenEffect) = "open",
        Close(CloseEffect) = "close",
        Block(BlockEffect) = "block",
        Shock(ShockEffect) = "shock",
        Change(ChangeEffect) = "change",
        Royalty(RoyaltyEffect) = "royalty",
        Pay(PayEffect) = "pay",
        Delay(DelayEffect) = "delay",
        Exit(ExitEffect) = "exit",
        LaunchRival(LaunchRivalEffect) = "launch_rival",
    }
}

/// The one key of the list that a table has, or the one in whose record the others of the list that it has are keys too; reports none or several.
pub(crate) fn single_key<'k>(
    node: &Node,
    keys: &[&'k str],
    fields: &[fn() -> Vec<Field>],
    reader: &mut Reader<'_>,
) -> Option<&'k str> {
    let path = reader.path();
    let expected = format!("a table with one of {}", name_list(keys));
    let Some(table) = node.as_table() else {
        let found = format!("{} in `{path}`", node.describe());
        let diagnostic = reader.error(node.place, found).expected(expected);
        reader.push(diagnostic);
        return None;
    };
    let present: Vec<&str> = keys
        .iter()
        .copied()
        .filter(|key| table.get(key).is_some())
        .collect();
    match present[..] {
        [key] => Some(key),
        [] => {
            let first = table.entries.first();
            let place = first.map_or(node.place, |entry| entry.place);
            let key = first.map_or("", |entry| entry.key.as_str());
            let diagnostic = reader
                .error(
                    place,
                    format!("`{key}` in `{path}` is not something that can be done"),
                )
                .expected(expected)
                .nearest(key, keys);
            reader.push(diagnostic);
            None
        }
        _ => {
            let takes_all = |key: &&str| {
                let of = keys.iter().position(|known| known == key);
                let of = of
                    .and_then(|at| fields.get(at))
                    .map_or_else(Vec::new, |of| of());
                present
                    .iter()
                    .all(|other| of.iter().any(|field| field.key == *other))
            };
            let mut whole = present.iter().copied().filter(takes_all);
            if let (Some(key), None) = (whole.next(), whole.next()) {
                return Some(key);
            }
            let found = format!("{} in one table in `{path}`", name_list(&present));
            let diagnostic = reader
                .error(node.place, found)
                .expected(expected)
                .help("write one table for each");
            reader.push(diagnostic);
            None
        }
    }
}
