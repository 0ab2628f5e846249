//! Every assumption with where it comes from, to be searched; and the sources.

use super::Subject;
use super::page::Page;
use super::table::{Cell, Column, Table};
use crate::run::output::Assumption;
use crate::run::words;

/// The form that the page's script shows and answers; without scripts it stays hidden.
const FORM: &str = "<form id=\"filter\" role=\"search\" hidden><label for=\"filter-text\">Search</label><input type=\"search\" id=\"filter-text\" autocomplete=\"off\" spellcheck=\"false\"><label><input type=\"checkbox\" id=\"filter-unsourced\"> only without a source</label><output id=\"filter-said\" for=\"filter-text filter-unsourced\"></output></form>\n";

fn is_unsourced(row: &Assumption) -> bool {
    row.source.is_empty() && row.origin == "written"
}

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let register = &subject.output.register;
    if register.is_empty() {
        return;
    }
    page.section("assumptions", "Register of assumptions", |page| {
        let unsourced = register.iter().filter(|row| is_unsourced(row));
        let bare = unsourced.clone().filter(|row| row.note.is_empty()).count();
        let uncertain = register.iter().filter(|row| !row.spread.is_empty()).count();
        page.paragraph(&format!(
            "{} numbers, {uncertain} of them uncertain; {} are written without a source, {bare} of these without a stated reason.",
            register.len(),
            unsourced.count()
        ));
        page.folded(&format!("All {} assumptions", register.len()), |page| {
            page.markup(FORM);
            page.markup("<div class=\"tall\">");
            page.table(&table(register));
            page.markup("</div>\n");
        });
    });
}

fn table(register: &[Assumption]) -> Table {
    let mut table = Table::new(
        "Every assumption, its value, spread and source",
        vec![
            Column::text("Name"),
            Column::number("Value"),
            Column::text("Unit"),
            Column::text("Spread"),
            Column::text("Source"),
            Column::text("Note"),
        ],
    )
    .quiet()
    .with_id("register");
    for row in register {
        let source = match (row.origin.as_str(), row.source.as_str()) {
            ("written", "") => Cell::flag("none"),
            (origin, "") => Cell::soft(origin),
            (_, source) => Cell::code(source),
        };
        let class = if is_unsourced(row) { "unsourced" } else { "" };
        table.row_of(
            class,
            vec![
                Cell::code(&row.name),
                Cell::number(&words::figure(row.value), ""),
                Cell::text(&row.unit),
                Cell::text(&row.spread),
                source,
                Cell::text(&row.note),
            ],
        );
    }
    table
}

pub(super) fn sources(page: &mut Page, subject: &Subject<'_>) {
    let sources = &subject.output.sources;
    if sources.is_empty() {
        return;
    }
    page.section("sources", "Sources", |page| {
        let mut table = Table::new(
            "Every source",
            vec![
                Column::text("Id"),
                Column::text("Publisher"),
                Column::text("Title"),
                Column::text("Published"),
                Column::text("Speaks of, until"),
                Column::text("Kind"),
            ],
        )
        .quiet();
        for source in sources {
            table.row(vec![
                Cell::code(&source.id),
                Cell::text(&source.publisher),
                Cell::link(&source.title, &source.url),
                Cell::text(&source.published),
                Cell::text(&source.period_end),
                Cell::text(&source.kind),
            ]);
        }
        page.folded(&format!("All {} sources", sources.len()), |page| {
            page.table(&table);
        });
    });
}
