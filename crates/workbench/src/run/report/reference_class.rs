//! How earlier entries went, beside what the plans are forecast to do at the same age.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::analysis::document::{AgeLine, ClassForecast};
use crate::run::words::{Told, between, enumerate, percent, quoted};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let analysis = subject.output.analysis.as_ref();
    let Some(class) = analysis.and_then(|analysis| analysis.reference_class.as_ref()) else {
        return;
    };
    page.section("reference-class", "How earlier entries went", |page| {
        for text in &class.words {
            page.paragraph(text);
        }
        page.table(&shares(class, subject));
        let left_out = left_out(class, subject);
        if !left_out.is_empty() {
            page.note(&format!(
                "Not every plan has a row, because no draw of it comes so far after a first sale within the horizon: {}.",
                enumerate(&left_out)
            ));
        }
        page.folded("The entries", |page| page.table(&members(class)));
        page.note(
            "A forecast from inside a model tends to be too sure; what became of others is the check from outside (Kahneman & Tversky 1979). Shares of the class lie on straight lines between what was observed, from 0 at the first sale; who left has 0. Of plans: share of sales so many months after the plan\u{2019}s own first sale, in the draws that come so far within the horizon. What the class was at the date of knowledge is all that is used.",
        );
    });
}

fn left(share: f64, low: Option<f64>, high: Option<f64>) -> Cell {
    let band = match (low, high) {
        (Some(low), Some(high)) if low < high => between(low, high, "share"),
        _ => String::new(),
    };
    Cell::number(&percent(share), &band)
}

fn shares(class: &ClassForecast, subject: &Subject<'_>) -> Table {
    let known = |age: &&AgeLine| age.class.is_some() || age.plans.iter().any(|p| p.draws > 0);
    let ages: Vec<&AgeLine> = class.ages.iter().filter(known).collect();
    let highest = ages.iter().flat_map(|age| {
        let of_class = age.class.iter().map(|class| class.highest);
        of_class.chain(age.plans.iter().filter_map(|plan| plan.p95))
    });
    let scale = Scale::over(highest.chain([0.0]));
    let mut table = Table::new(
        "Share of sales, and who had left, by months after the first sale: range, middle half, median",
        vec![
            Column::text("After"),
            Column::picture("Share of sales", &scale.axis("share")),
            Column::number("Median"),
            Column::number("Range"),
            Column::number("Left by then"),
        ],
    )
    .stacking();
    for age in ages {
        table.row_of("group", vec![Cell::text(&format!("{} months", age.months))]);
        let gone = left(
            age.class_left.share,
            age.class_left.low,
            age.class_left.high,
        );
        match &age.class {
            Some(shares) => {
                let strip = Strip::new(&scale)
                    .range(shares.lowest, shares.highest, 5)
                    .core(shares.p25, shares.p75, 5)
                    .mark(shares.p50);
                let entries = if shares.members == 1 {
                    "entry"
                } else {
                    "entries"
                };
                let band = shares.median_band.map_or_else(String::new, |band| {
                    format!(
                        "{}: {}",
                        percent(band.coverage),
                        between(band.low, band.high, "share")
                    )
                });
                table.row(vec![
                    Cell::name_and("Earlier entries", &format!("{} {entries}", shares.members)),
                    Cell::picture(strip.html()),
                    Cell::number(&percent(shares.p50), &band),
                    Cell::number(&between(shares.lowest, shares.highest, "share"), "all"),
                    gone,
                ]);
            }
            None => table.row(vec![
                Cell::name_and("Earlier entries", "no share known"),
                Cell::picture(Strip::new(&scale).html()),
                Cell::soft("\u{2013}"),
                Cell::soft("\u{2013}"),
                gone,
            ]),
        }
        for (at, plan) in age.plans.iter().enumerate() {
            let (Some(low), Some(q1), Some(median), Some(q3), Some(high)) =
                (plan.p05, plan.p25, plan.p50, plan.p75, plan.p95)
            else {
                continue;
            };
            // Of few draws only the middle half, or the median.
            let told = Told::of(plan.draws);
            let mut strip = Strip::new(&scale);
            let range = match told {
                Told::Ninety => {
                    strip = strip.range(low, high, at).core(q1, q3, at);
                    between(low, high, "share")
                }
                Told::Half => {
                    strip = strip.core(q1, q3, at);
                    between(q1, q3, "share")
                }
                Told::Nothing => "\u{2013}".to_owned(),
            };
            let strip = strip.mark(median);
            let draws = if plan.draws == 1 { "draw" } else { "draws" };
            table.row(vec![
                Cell::name_and(
                    title(subject, &plan.plan),
                    &format!("{} {draws}", plan.draws),
                ),
                Cell::picture(strip.html()),
                Cell::number(&percent(median), ""),
                Cell::number(
                    &range,
                    if told == Told::Nothing {
                        ""
                    } else {
                        told.words()
                    },
                ),
                left(plan.left.unwrap_or(0.0), None, None),
            ]);
        }
    }
    table
}

fn title<'s>(subject: &Subject<'s>, id: &'s str) -> &'s str {
    let mut plans = subject.summary.plans.iter();
    let plan = plans.find(|known| known.id == id);
    plan.map_or(id, |plan| plan.title.as_str())
}

/// Plans without a row: those that sell nothing in any draw long enough before the end, at all ages or at some.
fn left_out(class: &ClassForecast, subject: &Subject<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for plan in &subject.summary.plans {
        let of_plan = |age: &AgeLine| {
            let mut plans = age.plans.iter();
            plans
                .find(|known| known.plan == plan.id)
                .map_or(0, |known| known.draws)
        };
        let missing: Vec<String> = class
            .ages
            .iter()
            .filter(|age| of_plan(age) == 0)
            .map(|age| age.months.to_string())
            .collect();
        let name = quoted(&plan.title);
        if missing.len() == class.ages.len() {
            texts.push(format!("{name} at no age"));
        } else if !missing.is_empty() {
            texts.push(format!("{name} not after {} months", enumerate(&missing)));
        }
    }
    texts
}

fn members(class: &ClassForecast) -> Table {
    let mut table = Table::new(
        "Entries of the reference class, as far as they were known",
        vec![
            Column::text("Who"),
            Column::text("Where"),
            Column::text("First sale"),
            Column::number("Last share known"),
            Column::text("Left"),
            Column::text("Sources"),
            Column::text("Notes"),
        ],
    );
    for member in &class.members {
        let share = member.last_share.map_or_else(
            || ("\u{2013}".to_owned(), String::new()),
            |(months, share)| (percent(share), format!("after {months} months")),
        );
        let gone = member.left.map_or_else(
            || format!("not within {} months", member.seen),
            |months| format!("after {months} months"),
        );
        table.row(vec![
            Cell::name(&member.entrant),
            Cell::name(&member.market),
            Cell::text(&member.first_sale),
            Cell::number(&share.0, &share.1),
            Cell::text(&gone),
            Cell::text(&member.sources.join(", ")),
            Cell::text(&member.notes.join("; ")),
        ]);
    }
    table
}
