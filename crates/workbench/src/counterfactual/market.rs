//! A market with names, and what an edit does to it.

use super::edits::{
    AddEdit, CapEdit, ChangeEdit, ConductEdit, CostEdit, Edit, FreezeEdit, MergeEdit, RemedyWord,
    Selection, ServicesEdit, SplitEdit, TaxEdit,
};
use super::tastes::Tastes;
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::{Files, Place};
use crate::reader::Text;
use beachhead_engine::supply::conduct::Conduct;
use beachhead_engine::supply::demand::Demand;
use beachhead_engine::supply::error::SupplyError;
use beachhead_engine::supply::game::Game;
use beachhead_engine::supply::margin_cap::{Cap, Remedy};

/// A product.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) name: String,
    /// Position in [`Market::firms`].
    pub(super) firm: usize,
    /// Unit cost without taxes, currency per unit.
    pub(super) cost: f64,
    /// Tax per unit.
    pub(super) unit_tax: f64,
    /// What the firm keeps of a unit of price.
    pub(super) kept: f64,
    /// Whether its price is held.
    pub(super) frozen: bool,
    /// The price to hold, else the last one.
    pub(super) held_at: Option<f64>,
    /// What a unit earns after its sale, currency.
    pub(super) services: f64,
    /// Of a fit: position in its market of the product that it is or is like.
    pub(super) like: usize,
    /// Columns of its table that edits have set.
    pub(super) changed: Vec<(String, f64)>,
}

/// A market before its prices are solved for.
#[derive(Clone, Debug)]
pub(super) struct Market {
    pub(super) products: Vec<Product>,
    pub(super) firms: Vec<String>,
    /// (F, F) row by row.
    pub(super) conduct: Vec<f64>,
    pub(super) demand: Demand,
    /// Mean price coefficient, utility per unit of currency.
    pub(super) price_coefficient: f64,
    pub(super) promises: Vec<Promise>,
}

/// A firm's promise about its margin.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// Position in [`Market::firms`].
    pub(super) firm: usize,
    value: f64,
    /// Cost per unit that it counts on top of unit cost.
    counted_cost: f64,
    remedy: Remedy,
}

impl Market {
    /// Position of a product.
    pub(super) fn product(&self, name: &str) -> Option<usize> {
        self.products
            .iter()
            .position(|product| product.name == name)
    }

    fn firm(&self, name: &str) -> Option<usize> {
        self.firms.iter().position(|firm| firm == name)
    }

    /// The firm of a name, made if there is none.
    pub(super) fn firm_or_new(&mut self, name: &str) -> usize {
        if let Some(at) = self.firm(name) {
            return at;
        }
        let before = self.firms.len();
        self.firms.push(name.to_owned());
        let mut conduct = vec![0.0; (before + 1) * (before + 1)];
        for f in 0..before {
            let row = f * (before + 1);
            conduct[row..row + before].copy_from_slice(&self.conduct[f * before..(f + 1) * before]);
        }
        conduct[before * (before + 1) + before] = 1.0;
        self.conduct = conduct;
        before
    }

    /// The game that it is.
    pub(super) fn game(&self) -> Result<Game, SupplyError> {
        let firm = self.products.iter().map(|product| product.firm).collect();
        let conduct = Conduct::new(firm, self.conduct.clone())?;
        let cost = |product: &Product| (product.cost + product.unit_tax) / product.kept;
        let costs = self.products.iter().map(cost).collect();
        let mut game = Game::new(self.demand.clone(), conduct, costs)?;
        game.kept = self.products.iter().map(|product| product.kept).collect();
        game.frozen = self.products.iter().map(|product| product.frozen).collect();
        if self.products.iter().any(|product| product.services != 0.0) {
            let types = self.demand.types();
            let rows = self.products.iter();
            let services: Vec<f64> = rows
                .flat_map(|product| vec![product.services; types])
                .collect();
            game = game.with_services(&services)?;
        }
        Ok(game)
    }

    /// What firms promise in that game; a firm that has nothing to sell keeps its promise.
    pub(super) fn caps(&self, game: &Game) -> Vec<Cap> {
        let sells = |firm: usize| self.products.iter().any(|product| product.firm == firm);
        let promises = self.promises.iter().filter(|promise| sells(promise.firm));
        promises
            .map(|promise| {
                let costs = self.products.iter().zip(&game.cost);
                let counted =
                    costs.map(|(product, cost)| cost + promise.counted_cost / product.kept);
                Cap {
                    counted_cost: counted.collect(),
                    remedy: promise.remedy,
                    ..Cap::gross(promise.firm, promise.value, &game.cost)
                }
            })
            .collect()
    }
}

/// Applies edits to names and numbers, keeping all mistakes.
pub(super) struct Editor<'a> {
    pub(super) files: &'a Files,
    pub(super) mistakes: Vec<Diagnostic>,
    /// Names that other markets have: an edit may speak of them and leaves this market alone.
    pub(super) elsewhere: &'a [String],
    /// Names that edits made, in whichever market.
    pub(super) added: Vec<String>,
    /// What people think of characteristics, where they are known.
    pub(super) tastes: Option<&'a Tastes<'a>>,
}

impl Editor<'_> {
    pub(super) fn apply(&mut self, market: &mut Market, edit: &Edit) {
        match edit {
            Edit::Add(edit) => self.add(market, edit),
            Edit::Drop(edit) => {
                let dropped = self.selected(market, &edit.drop);
                let kept: Vec<usize> = (0..market.products.len())
                    .filter(|j| !dropped.contains(j))
                    .collect();
                if dropped.is_empty() {
                    return;
                }
                if kept.is_empty() {
                    self.error(edit.place, "this drops every product", "one that stays");
                    return;
                }
                market.demand = market.demand.of_products(&kept);
                market.products = kept.iter().map(|&j| market.products[j].clone()).collect();
            }
            Edit::Change(edit) => self.change(market, edit),
            Edit::Merge(edit) => self.merge(market, edit),
            Edit::Split(edit) => self.split(market, edit),
            Edit::Freeze(edit) => self.freeze(market, edit),
            Edit::Cost(edit) => self.cost(market, edit),
            Edit::Tax(edit) => self.tax(market, edit),
            Edit::Conduct(edit) => self.conduct(market, edit),
            Edit::Services(edit) => self.services(market, edit),
            Edit::Cap(edit) => self.cap(market, edit),
            Edit::Unread => {}
        }
    }

    pub(super) fn error(
        &mut self,
        place: Place,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let mistake = self.files.error(place, found).expected(expected);
        self.mistakes.push(mistake);
    }

    fn add(&mut self, market: &mut Market, edit: &AddEdit) {
        if edit.add.is_poison() || edit.firm.is_poison() {
            return;
        }
        self.added
            .extend([edit.add.text.clone(), edit.firm.text.clone()]);
        if market.product(&edit.add.text).is_some() {
            let found = format!("a second product `{}`", edit.add.text);
            self.error(
                edit.add.place,
                found,
                "a name that no product has at this step",
            );
            return;
        }
        let Some(like) = self.product(market, &edit.like) else {
            return;
        };
        let mut rows: Vec<usize> = (0..market.products.len()).collect();
        rows.push(like);
        let mut shift = vec![0.0; rows.len()];
        shift[rows.len() - 1] = edit.utility.map_or(0.0, |utility| utility.value);
        market.demand = market.demand.of_products(&rows).shifted(&shift);
        let firm = market.firm_or_new(&edit.firm.text);
        let model = &market.products[like];
        let product = Product {
            name: edit.add.text.clone(),
            firm,
            cost: edit.cost.map_or(model.cost, |cost| cost.value),
            frozen: false,
            held_at: None,
            ..model.clone()
        };
        market.products.push(product);
    }

    fn change(&mut self, market: &mut Market, edit: &ChangeEdit) {
        let sets = !edit.characteristics.entries.is_empty();
        let by = match (edit.utility, edit.worth, sets) {
            (Some(utility), None, false) => utility.value,
            (None, Some(worth), false) => worth.value * market.price_coefficient,
            (None, None, true) => return self.set_characteristics(market, edit),
            (None, None, false) => {
                let expected =
                    "`utility` (added), `worth` (money added), or `characteristics` of a fit";
                self.error(edit.place, "this changes nothing", expected);
                return;
            }
            _ => {
                let found = "more than one of `utility`, `worth` and `characteristics`";
                self.error(edit.place, found, "one of them");
                return;
            }
        };
        let mut shift = vec![0.0; market.products.len()];
        for j in self.selected(market, &edit.change) {
            shift[j] = by;
        }
        market.demand = market.demand.shifted(&shift);
    }

    fn merge(&mut self, market: &mut Market, edit: &MergeEdit) {
        let firms = self.firms(market, &edit.merge.list);
        self.added
            .extend(edit.into.iter().map(|into| into.text.clone()));
        if firms.len() < 2 {
            if firms.len() == edit.merge.list.len() {
                self.error(
                    edit.merge.place,
                    "fewer than two firms",
                    "two firms or more",
                );
            }
            return;
        }
        for product in &mut market.products {
            if firms.contains(&product.firm) {
                product.firm = firms[0];
            }
        }
        let Some(into) = &edit.into else { return };
        match market.firm(&into.text) {
            Some(at) if !firms.contains(&at) => {
                let found = format!("`{}` is a firm that does not merge here", into.text);
                self.error(into.place, found, "a new name, or one of those that merge");
            }
            _ => {
                // The others are empty shells from here on; their names may be taken again.
                for &firm in &firms[1..] {
                    market.firms[firm] = String::new();
                }
                market.firms[firms[0]].clone_from(&into.text);
            }
        }
    }

    fn split(&mut self, market: &mut Market, edit: &SplitEdit) {
        if edit.into.is_poison() {
            return;
        }
        let selected = self.selected(market, &edit.split);
        self.added.push(edit.into.text.clone());
        if selected.is_empty() {
            return;
        }
        let firm = market.firm_or_new(&edit.into.text);
        for j in selected {
            market.products[j].firm = firm;
        }
    }

    fn freeze(&mut self, market: &mut Market, edit: &FreezeEdit) {
        for j in self.selected(market, &edit.freeze) {
            market.products[j].frozen = true;
            market.products[j].held_at = edit.price.map(|price| price.value);
        }
    }

    fn cost(&mut self, market: &mut Market, edit: &CostEdit) {
        if edit.by.is_none() && edit.amount.is_none() {
            let expected = "`by` (a share of cost), `amount` (money per unit), or both";
            self.error(edit.place, "this changes nothing", expected);
        }
        for j in self.selected(market, &edit.cost) {
            let product = &mut market.products[j];
            product.cost *= 1.0 + edit.by.map_or(0.0, |by| by.value);
            product.cost += edit.amount.map_or(0.0, |amount| amount.value);
        }
    }

    fn tax(&mut self, market: &mut Market, edit: &TaxEdit) {
        if edit.rate.is_none() && edit.amount.is_none() {
            let expected = "`rate` (a share of the price), `amount` (money per unit), or both";
            self.error(edit.place, "this changes nothing", expected);
        }
        for j in self.selected(market, &edit.tax) {
            let product = &mut market.products[j];
            product.kept /= 1.0 + edit.rate.map_or(0.0, |rate| rate.value);
            product.unit_tax += edit.amount.map_or(0.0, |amount| amount.value);
        }
    }

    fn conduct(&mut self, market: &mut Market, edit: &ConductEdit) {
        let firms = self.firms(market, &edit.conduct.list);
        if firms.len() != edit.conduct.list.len() {
            return;
        }
        let n = firms.len();
        let all = market.firms.len();
        if let Some(promise) = market
            .promises
            .iter()
            .find(|promise| firms.contains(&promise.firm))
        {
            let found = format!("`{}` has promised a margin", market.firms[promise.firm]);
            self.error(edit.conduct.place, found, "firms that keep no `cap`");
            return;
        }
        let mut set = |f: usize, g: usize, value: f64| market.conduct[f * all + g] = value;
        match (edit.weight, &edit.matrix) {
            (Some(weight), None) => {
                for &f in &firms {
                    for &g in firms.iter().filter(|&&g| g != f) {
                        set(f, g, weight.value);
                    }
                }
            }
            (None, Some(matrix)) => {
                let place = matrix.first().map_or(edit.place, |row| row.place);
                let ragged = matrix.iter().find(|row| row.list.len() != n);
                if matrix.len() != n || ragged.is_some() {
                    let found = match ragged {
                        Some(row) => format!("a row with {} numbers in the matrix", row.list.len()),
                        None => format!("a matrix of {} rows", matrix.len()),
                    };
                    let expected =
                        format!("{n} rows of {n} numbers, for the {n} firms in `conduct`");
                    self.error(ragged.map_or(place, |row| row.place), found, expected);
                    return;
                }
                for (row, &f) in matrix.iter().zip(&firms) {
                    for (entry, &g) in row.list.iter().zip(&firms) {
                        set(f, g, entry.value);
                        if f == g && entry.value != 1.0 {
                            let found = format!("{} on the diagonal", entry.value);
                            self.error(
                                entry.place,
                                found,
                                "1: a firm counts all of its own profit",
                            );
                            return;
                        }
                    }
                }
            }
            (None, None) | (Some(_), Some(_)) => {
                let expected = "either `weight` or `matrix`";
                self.error(
                    edit.place,
                    "neither or both of `weight` and `matrix`",
                    expected,
                );
            }
        }
    }

    fn services(&mut self, market: &mut Market, edit: &ServicesEdit) {
        for j in self.selected(market, &edit.services) {
            market.products[j].services = edit.amount.value;
        }
    }

    fn cap(&mut self, market: &mut Market, edit: &CapEdit) {
        let [firm] = self.firms(market, std::slice::from_ref(&edit.cap))[..] else {
            return;
        };
        let all = market.firms.len();
        let counts = |f: usize, g: usize| f != g && market.conduct[f * all + g] != 0.0;
        if (0..all).any(|f| counts(f, firm) || counts(firm, f)) {
            let found = format!(
                "a promise of `{}`, which shares profits with others",
                edit.cap.text
            );
            self.error(
                edit.cap.place,
                found,
                "a firm that no `conduct` binds to another one",
            );
            return;
        }
        market.promises.retain(|promise| promise.firm != firm);
        market.promises.push(Promise {
            firm,
            value: edit.value.value,
            counted_cost: edit.counted_cost.map_or(0.0, |cost| cost.value),
            remedy: match edit.remedy {
                RemedyWord::Rebate => Remedy::Rebate,
                RemedyWord::Price | RemedyWord::Unread => Remedy::Price,
            },
        });
    }

    fn is_elsewhere(&self, name: &str) -> bool {
        let is = |known: &String| known == name;
        !self.elsewhere.is_empty() && (self.elsewhere.iter().any(is) || self.added.iter().any(is))
    }

    /// Positions of firms; unknown ones are reported.
    fn firms(&mut self, market: &Market, names: &[Text]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for name in names.iter().filter(|name| !name.is_poison()) {
            let owns = |&f: &usize| market.products.iter().any(|product| product.firm == f);
            match market.firm(&name.text).filter(owns) {
                Some(at) if found.contains(&at) => {
                    let text = format!("the firm `{}` twice", name.text);
                    self.error(name.place, text, "each firm once");
                }
                Some(at) => found.push(at),
                None if self.is_elsewhere(&name.text) => {}
                None => {
                    let known: Vec<&String> = (0..market.firms.len())
                        .filter(owns)
                        .map(|f| &market.firms[f])
                        .collect();
                    let mistake = self
                        .files
                        .error(name.place, format!("no firm `{}` at this step", name.text))
                        .expected(format!("one of {}", name_list(&known)))
                        .nearest(&name.text, &known);
                    self.mistakes.push(mistake);
                }
            }
        }
        found
    }

    fn product(&mut self, market: &Market, name: &Text) -> Option<usize> {
        if name.is_poison() {
            return None;
        }
        let found = market.product(&name.text);
        if found.is_none() && !self.is_elsewhere(&name.text) {
            let known = market.products.iter().map(|product| &product.name);
            let known: Vec<&String> = known.collect();
            let mistake = self
                .files
                .error(
                    name.place,
                    format!("no product `{}` at this step", name.text),
                )
                .expected(super::fit::one_of(&known))
                .nearest(&name.text, &known);
            self.mistakes.push(mistake);
        }
        found
    }

    pub(super) fn selected(&mut self, market: &Market, selection: &Selection) -> Vec<usize> {
        match selection {
            Selection::All => (0..market.products.len()).collect(),
            Selection::Products(names) => names
                .iter()
                .filter_map(|name| self.product(market, name))
                .collect(),
            Selection::Firms(names) => {
                let firms = self.firms(market, names);
                (0..market.products.len())
                    .filter(|&j| firms.contains(&market.products[j].firm))
                    .collect()
            }
            Selection::Unread => Vec::new(),
        }
    }
}
