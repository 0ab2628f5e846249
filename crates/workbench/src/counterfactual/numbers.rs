//! Bare numbers of an edits file: in the table's own units, with bounds; shares may be written in percent.

use crate::document::{Node, Place};
use crate::reader::{Reader, Shape};
use serde_json::json;
use std::marker::PhantomData;

/// Which numbers a field takes.
pub trait Bounds {
    /// What is expected, in words.
    const WORDS: &'static str;
    /// Whether `"10 %"` may be written.
    const PERCENT: bool = false;
    /// Whether the number will do.
    fn holds(value: f64) -> bool;
}

/// A number with its place.
#[derive(Clone, Copy, Debug)]
pub struct Bare<B> {
    /// The number.
    pub value: f64,
    /// Where it stands.
    pub place: Place,
    bounds: PhantomData<B>,
}

impl<B: Bounds> Shape for Bare<B> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        let percent =
            |text: &str| Some(text.strip_suffix('%')?.trim().parse::<f64>().ok()? / 100.0);
        let written = match node.as_text() {
            Some(text) if B::PERCENT => percent(text.trim()),
            _ => node.as_number(),
        };
        match written {
            Some(value) if value.is_finite() && B::holds(value) => Self {
                value,
                place: node.place,
                bounds: PhantomData,
            },
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self {
            value: f64::NAN,
            place: Place::NOWHERE,
            bounds: PhantomData,
        }
    }

    fn describe(_: &str) -> String {
        if B::PERCENT {
            format!("{}, such as 0.1 or \"10 %\"", B::WORDS)
        } else {
            B::WORDS.to_owned()
        }
    }

    fn schema() -> serde_json::Value {
        json!({ "type": if B::PERCENT { json!(["number", "string"]) } else { json!("number") } })
    }
}

macro_rules! bounds {
    ($( $(#[doc = $doc:literal])* $name:ident = $words:literal, $percent:literal, $test:expr; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl Bounds for $name {
            const WORDS: &'static str = $words;
            const PERCENT: bool = $percent;
            fn holds(value: f64) -> bool {
                let test: fn(f64) -> bool = $test;
                test(value)
            }
        }
    )* };
}

bounds! {
    /// Any number.
    Real = "a number", false, |_| true;
    /// Utility.
    UtilityShift = "a number from -50 to 50", false, |v| (-50.0..=50.0).contains(&v);
    /// Above 0.
    AboveZero = "a number above 0", false, |v| v > 0.0;
    /// At least 0.
    AtLeastZero = "a number of at least 0", false, |v| v >= 0.0;
    /// A share of something, both ends excluded.
    Inside = "a share between 0 and 1", true, |v| v > 0.0 && v < 1.0;
    /// A share of something, both ends included.
    Weight = "a share from 0 to 1", true, |v| (0.0..=1.0).contains(&v);
    /// A cap.
    CapShare = "a share of at least 0 and below 1", true, |v| (0.0..1.0).contains(&v);
    /// A dissimilarity.
    Similarity = "a number above 0 and up to 1", false, |v| v > 0.0 && v <= 1.0;
    /// A relative change.
    Relative = "a share above -1", true, |v| v > -1.0;
    /// A tax.
    TaxRate = "a share of at least 0", true, |v| v >= 0.0;
    /// A standard deviation of logarithms.
    Spread = "a number above 0 and up to 3", false, |v| v > 0.0 && v <= 3.0;
}
