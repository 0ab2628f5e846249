//! Shares of preference, where demand comes from a conjoint study: what respondents would choose, before anything about months.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::preference::{PlanPreference, Preference, ProductPreference, told};
use crate::run::words::{self, between, brand_title, percent};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let Some(found) = &subject.output.preference else {
        return;
    };
    page.section("preference", "Shares of preference", |page| {
        page.paragraph(&told(found));
        page.paragraph(
            "The months of this report use the same part-worths, and add who knows a brand, what people own already and when they replace it: their shares of sales are another thing.",
        );
        page.table(&shares(found, &subject.output.currency));
        let several = |plan: &PlanPreference| plan.products.iter().any(|one| one.by_segment.len() > 1);
        if found.plans.iter().any(several) {
            page.folded("By segment", |page| page.table(&by_segment(found)));
        }
    });
}

/// A row a product, grouped by plan; what is offered under each.
fn shares(found: &Preference, currency: &str) -> Table {
    let scale = Scale::shares();
    let mut table = Table::new(
        "Shares of preference by plan, at the prices of the table",
        vec![
            Column::text("Product"),
            Column::number(&format!("Price, {currency}")),
            Column::picture("Share of preference", &scale.axis("share")),
            Column::number("Share of preference"),
            Column::number("Own-price elasticity"),
        ],
    )
    .stacking();
    let picture = |share: f64, range: Option<[f64; 2]>| {
        let strip = Strip::new(&scale);
        let strip = match range {
            Some([low, high]) => strip.interval(low, high, 0),
            None => strip,
        };
        Cell::picture(strip.dot(share, 0).html())
    };
    let figure = |share: f64, range: Option<[f64; 2]>| {
        let below = range.map_or_else(String::new, |[low, high]| between(low, high, "share"));
        Cell::number(&percent(share), &below)
    };
    for plan in &found.plans {
        table.row_of(
            "group",
            vec![Cell::name(&brand_title(&plan.title, &plan.id))],
        );
        for product in &plan.products {
            let elasticity = product.own_price_elasticity;
            table.row(vec![
                Cell::name(&brand_title(&product.title, &product.id)),
                Cell::number(&words::trimmed(&words::figure(product.price)), ""),
                picture(product.share, product.range),
                figure(product.share, product.range),
                Cell::number(&elasticity.map_or_else(String::new, words::figure), ""),
            ]);
        }
        if let Some(none) = plan.none {
            table.row(vec![
                Cell::name("None of them"),
                Cell::number("", ""),
                picture(none, plan.none_range),
                figure(none, plan.none_range),
                Cell::number("", ""),
            ]);
        }
    }
    table
}

/// Products down, segments across.
fn by_segment(found: &Preference) -> Table {
    let first = found.plans.iter().flat_map(|plan| &plan.products).next();
    let segments = first.map_or(&[][..], |product| &product.by_segment);
    let mut columns = vec![Column::text("Product")];
    columns.extend(
        segments
            .iter()
            .map(|(id, _)| Column::number(&brand_title("", id))),
    );
    let mut table = Table::new("Shares of preference by segment", columns);
    let row = |product: &ProductPreference| {
        let mut cells = vec![Cell::name(&brand_title(&product.title, &product.id))];
        let shares = product.by_segment.iter();
        cells.extend(shares.map(|(_, share)| Cell::number(&percent(*share), "")));
        cells
    };
    for plan in &found.plans {
        table.row_of(
            "group",
            vec![Cell::name(&brand_title(&plan.title, &plan.id))],
        );
        plan.products
            .iter()
            .for_each(|product| table.row(row(product)));
    }
    table
}
