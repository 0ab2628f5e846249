//! The edits file: the form of demand, and what changes, in order.

use super::numbers::{
    AboveZero, AtLeastZero, Bare, CapShare, Inside, Real, Relative, Similarity, Spread, TaxRate,
    UtilityShift, Weight,
};
use crate::diagnostic::name_list;
use crate::document::{Node, Place, Value};
use crate::reader::{Field, Map, OneOrMany, Reader, Record, Shape, Text, Whole, choice, record};
use crate::scenario::special::{one_of, single_key};
use serde_json::json;

record! {
    /// A file of edits.
    EditsFile {
        /// How people choose; plain logit with an outside good if not given.
        demand: Option<DemandForm>,
        /// What changes, one after the other.
        edit: Vec<Edit>,
    }
}

choice! {
    /// Forms of demand.
    Model {
        /// Plain logit.
        Logit = "logit",
        /// Nested logit; the table's column `nest` names the nests.
        Nested = "nested",
        /// Logit with price coefficients that differ between people.
        Mixed = "mixed",
    }
}

record! {
    /// How people choose.
    DemandForm {
        /// The form.
        model: Model = "\"logit\"",
        /// Share of all who might buy that buys nothing. Without it, shares are shares of all and sum to less than 1; with it they are shares of what is bought.
        outside_share: Option<Bare<Inside>>,
        /// How many might buy: makes shares units, and surplus money in all. Needed with a column `quantity` instead of `share` unless `outside_share` is given.
        market_size: Option<Bare<AboveZero>>,
        /// Mean price coefficient, utility per unit of currency, instead of margins.
        price_coefficient: Option<Bare<AboveZero>>,
        /// Dissimilarity of nests, 1 is plain logit; margins choose it if not given.
        dissimilarity: Option<Bare<Similarity>>,
        /// Standard deviation of the logarithm of price coefficients, of `mixed`.
        price_spread: Option<Bare<Spread>>,
        /// Number of types that stand for it, of `mixed`.
        types: Option<Whole<2, 10000>>,
    }
}

record! {
    /// A new product.
    AddEdit {
        /// Its name.
        add: Text,
        /// Its firm, which may be new.
        firm: Text,
        /// The product that it is like.
        like: Text,
        /// Utility on top of that one's.
        utility: Option<Bare<UtilityShift>>,
        /// Its unit cost; that one's if not given.
        cost: Option<Bare<Real>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Takes products off the market.
    DropEdit {
        /// Products.
        drop: Selection,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Changes what products are worth to people.
    ChangeEdit {
        /// Products.
        change: Selection,
        /// Utility added.
        utility: Option<Bare<UtilityShift>>,
        /// Money that it is worth to the person of mean price coefficient, added.
        worth: Option<Bare<Real>>,
        /// Of a fit: columns of the table of products set to these values, `{ sugar = 5 }`. People think of them what the fit says they do; fixed effects and the unobservable stay.
        characteristics: Map<Bare<Real>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Puts firms into one hand.
    MergeEdit {
        /// Two firms or more.
        merge: OneOrMany<Text>,
        /// Name of the whole; the first one's if not given.
        into: Option<Text>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Gives products to another firm, which may be new.
    SplitEdit {
        /// Products.
        split: Selection,
        /// The firm.
        into: Text,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Holds prices.
    FreezeEdit {
        /// Products.
        freeze: Selection,
        /// At this price; as they are if not given.
        price: Option<Bare<AboveZero>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Changes unit costs.
    CostEdit {
        /// Products.
        cost: Selection,
        /// Share of cost, -0.05 is 5 % less.
        by: Option<Bare<Relative>>,
        /// Money per unit added.
        amount: Option<Bare<Real>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Puts a tax on prices, on top of what is there.
    TaxEdit {
        /// Products.
        tax: Selection,
        /// Share of the price before this tax.
        rate: Option<Bare<TaxRate>>,
        /// Money per unit.
        amount: Option<Bare<Real>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Lets firms count each other's profits.
    ConductEdit {
        /// Firms.
        conduct: OneOrMany<Text>,
        /// What each counts of a unit of profit of each other one: 0 nothing, 1 as its own.
        weight: Option<Bare<Weight>>,
        /// The same as a square of numbers, rows and columns as in `conduct`: what the row's firm counts of the column's profit; 1 on the diagonal.
        matrix: Option<Vec<Row>>,
        /// For people.
        title: Option<Text>,
    }
}

record! {
    /// Gives products an income after the sale: services, accessories.
    ServicesEdit {
        /// Products.
        services: Selection,
        /// Present value per unit sold, money; it takes the place of what was there.
        amount: Bare<AtLeastZero>,
        /// For people.
        title: Option<Text>,
    }
}

choice! {
    /// How a promise about margins is kept.
    RemedyWord {
        /// By lower prices.
        Price = "price",
        /// By paying back what is too much.
        Rebate = "rebate",
    }
}

record! {
    /// Lets a firm promise that its profit on what it sells here, services left out, is at most a share of its revenue.
    CapEdit {
        /// The firm.
        cap: Text,
        /// The share, from 0 (ever so little) up to, not including, 1.
        value: Bare<CapShare>,
        /// Cost per unit that the promise counts on top of unit cost: warranty, royalty, allocated expenses. 0 is a promise about gross margins.
        counted_cost: Option<Bare<AtLeastZero>>,
        /// How it is kept.
        remedy: RemedyWord = "\"price\"",
        /// For people.
        title: Option<Text>,
    }
}

/// A row of a matrix.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its numbers.
    pub list: Vec<Bare<Weight>>,
    /// Where it stands.
    pub place: Place,
}

impl Shape for Row {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        Self {
            list: Vec::read(node, reader),
            place: node.place,
        }
    }

    fn poison() -> Self {
        Self {
            list: Vec::new(),
            place: Place::NOWHERE,
        }
    }

    fn describe(currency: &str) -> String {
        Vec::<Bare<Weight>>::describe(currency)
    }

    fn schema() -> serde_json::Value {
        Vec::<Bare<Weight>>::schema()
    }
}

one_of! {
    /// What can change.
    Edit {
        Add(AddEdit) = "add",
        Drop(DropEdit) = "drop",
        Change(ChangeEdit) = "change",
        Merge(MergeEdit) = "merge",
        Split(SplitEdit) = "split",
        Freeze(FreezeEdit) = "freeze",
        Cost(CostEdit) = "cost",
        Tax(TaxEdit) = "tax",
        Conduct(ConductEdit) = "conduct",
        Services(ServicesEdit) = "services",
        Cap(CapEdit) = "cap",
    }
}

/// Products: by name, of firms, or all.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Every product.
    All,
    /// These.
    Products(Vec<Text>),
    /// Those of these firms.
    Firms(Vec<Text>),
    /// Could not be read; reported already.
    Unread,
}

record! {
    /// Products by their firms.
    ByFirm {
        /// Firms.
        firms: OneOrMany<Text>,
    }
}

impl Shape for Selection {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match &node.value {
            Value::Text(word) if word == "all" => Self::All,
            Value::Table(_) => Self::Firms(ByFirm::read(node, reader).firms.list),
            Value::Text(_) | Value::List(_) => {
                Self::Products(OneOrMany::<Text>::read(node, reader).list)
            }
            _ => reader.wrong(node),
        }
    }

    fn poison() -> Self {
        Self::Unread
    }

    fn describe(_: &str) -> String {
        "a product, a list of products, { firms = [\u{2026}] }, or \"all\"".to_owned()
    }

    fn schema() -> serde_json::Value {
        let texts = OneOrMany::<Text>::schema();
        json!({ "anyOf": [texts, ByFirm::schema()] })
    }
}
