//! Edits of characteristics in the markets of a fit: what its people think of them.

use super::edits::ChangeEdit;
use super::market::{Editor, Market, Product};
use crate::estimate::Changeable;
use beachhead_engine::estimate::Fitted;

/// What people of a fit's market think of characteristics.
pub(super) struct Tastes<'a> {
    pub(super) of: &'a Changeable,
    pub(super) fitted: &'a Fitted<'a>,
    /// Index of the market.
    pub(super) market: usize,
    /// Rows of the table of its products.
    pub(super) rows: Vec<usize>,
}

impl Tastes<'_> {
    /// Columns of utility of a product with what edits have set.
    fn columns(&self, product: &Product) -> (Vec<f64>, Vec<f64>) {
        self.of.at(self.rows[product.like], &product.changed)
    }
}

impl Editor<'_> {
    /// Sets columns of the table for products; utility moves by what the fit's people think of that.
    pub(super) fn set_characteristics(&mut self, market: &mut Market, edit: &ChangeEdit) {
        let Some(tastes) = self.tastes else {
            let found = "characteristics that nothing is known of";
            let expected =
                "`utility` or `worth`: only a fit knows what people think of characteristics";
            self.error(edit.characteristics.place, found, expected);
            return;
        };
        let mut is_right = true;
        for (name, _) in &edit.characteristics.entries {
            if let Some((found, expected)) = tastes.of.refusal(&name.text) {
                let mistake = self.files.error(name.place, found).expected(expected);
                self.mistakes
                    .push(mistake.nearest(&name.text, tastes.of.names()));
                is_right = false;
            }
        }
        let selected = self.selected(market, &edit.change);
        if !is_right {
            return;
        }
        for j in selected {
            let product = &mut market.products[j];
            let before = tastes.columns(product);
            for (name, value) in &edit.characteristics.entries {
                product.changed.retain(|(known, _)| *known != name.text);
                product.changed.push((name.text.clone(), value.value));
            }
            let after = tastes.columns(product);
            let less = |after: &[f64], before: &[f64]| -> Vec<f64> {
                after.iter().zip(before).map(|(a, b)| a - b).collect()
            };
            let linear = less(&after.0, &before.0);
            let nonlinear = less(&after.1, &before.1);
            if linear.iter().chain(&nonlinear).any(|x| !x.is_finite()) {
                let found = format!(
                    "a characteristic at which utility of `{}` is no number",
                    product.name
                );
                let expected = "values that the formulas of utility can be computed from";
                self.error(edit.characteristics.place, found, expected);
                return;
            }
            let change =
                tastes
                    .fitted
                    .moved_utility(tastes.market, product.like, &linear, &nonlinear);
            market.demand = market.demand.shifted_for_types(j, &change);
        }
    }
}
