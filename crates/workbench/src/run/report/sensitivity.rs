//! What decides it: one assumption at a time over its range, beside its source.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::analysis::document::{Analysis, Bar, Ends};
use crate::run::analysis::{common_and_run, shown};
use crate::run::words::{human, money, quoted};

/// Colours of the side towards the 10 % quantile and of that towards the 90 % quantile.
const SIDES: [usize; 2] = [1, 0];

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let Some(analysis) = subject.output.analysis.as_ref() else {
        return;
    };
    let about = analysis.about.as_deref().and_then(|id| analysis.plan(id));
    let Some(about) = about else {
        return;
    };
    let sensitivity = &analysis.sensitivity;
    page.section("sensitivity", "What decides it", |page| {
        page.paragraph(&analysis.decides.sentences.join(" "));
        let unsourced = sensitivity.bars.iter().filter(|bar| bar.unsourced).count();
        page.paragraph(&format!(
            "Of {} uncertain assumptions, {} were held at three points of their range, one at a time; without a source among these: {unsourced}.",
            sensitivity.screened,
            sensitivity.bars.len()
        ));
        let own = format!("Net present value of {}", quoted(&about.title));
        swings(page, analysis, &own, &|bar| bar.of(&about.id));
        for (plan, against) in pairs(analysis) {
            let title = |id: &str| quoted(analysis.plan(id).map_or("", |plan| &plan.title));
            let (first, second) = (title(&plan), title(&against));
            page.folded(&format!("The same for the lead of {first} over {second}"), |page| {
                let caption = format!("{first} less {second}: left of zero the choice is another");
                let of = |bar: &'_ Bar| -> Option<Ends> {
                    bar.pair(&plan, &against).map(|pair| pair.ends.clone())
                };
                swings_of(page, analysis, &caption, &of);
            });
        }
        let is_asked = |id: &str| sensitivity.bars.iter().any(|bar| bar.of(id).is_some());
        let others = analysis.plans.iter().filter(|plan| plan.enters && plan.id != about.id);
        for plan in others.filter(|plan| is_asked(&plan.id)) {
            page.folded(&format!("The same for {}", quoted(&plan.title)), |page| {
                let caption = format!("Net present value of {}", quoted(&plan.title));
                swings(page, analysis, &caption, &|bar| bar.of(&plan.id));
            });
        }
        page.note(&format!(
            "Assumptions were chosen by their rank correlation with net present value over all draws, which costs nothing, and then run at their 10 % quantile, median and 90 % quantile in {} common draws, all else as drawn; what concerns only attempts that none of these plans makes is left out. The mark is the median. A bar says what the mean over all draws would be if the assumption were known to lie there; \u{b1} is the band of the swing that so few draws leave, with a probability of 95 %. A swing within its band cannot be told apart from no change and is no bar. Where nothing changed in any of these draws, a rare event that spares them all would say the same.",
            sensitivity.draws
        ));
    });
}

/// Ids of the pairs of plans that were asked, in their order.
fn pairs(analysis: &Analysis) -> Vec<(String, String)> {
    let bars = analysis.sensitivity.bars.first();
    let pairs = bars.iter().flat_map(|bar| &bar.pairs);
    pairs
        .map(|pair| (pair.plan.clone(), pair.against.clone()))
        .collect()
}

fn swings(page: &mut Page, analysis: &Analysis, caption: &str, of: &dyn Fn(&Bar) -> Option<&Ends>) {
    swings_of(page, analysis, caption, &|bar| of(bar).cloned());
}

/// The bars that can be told apart from no change, then the assumptions that cannot, with the draws that would tell.
fn swings_of(
    page: &mut Page,
    analysis: &Analysis,
    caption: &str,
    of: &dyn Fn(&Bar) -> Option<Ends>,
) {
    let bars = analysis.sensitivity.bars.iter();
    let mut rows: Vec<(&Bar, Ends)> = bars.filter_map(|bar| Some((bar, of(bar)?))).collect();
    rows.sort_by(|a, b| b.1.swing.abs().total_cmp(&a.1.swing.abs()));
    let (told, open): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, ends)| ends.tells());
    if told.is_empty() {
        page.paragraph(&format!("{caption}: {}", nothing_told(analysis, &open)));
    } else {
        page.table(&tornado(analysis, caption, &told));
    }
    if open.is_empty() {
        return;
    }
    let head = match open.len() {
        1 => "One more was asked and not told".to_owned(),
        count => format!("{count} were asked and not told"),
    };
    page.folded(&head, |page| page.table(&not_told(caption, &open)));
}

/// That so few draws tell nothing, and how many would tell the largest swing.
fn nothing_told(analysis: &Analysis, open: &[(&Bar, Ends)]) -> String {
    let draws = analysis.sensitivity.draws;
    let nothing =
        format!("{draws} common draws can tell no assumption\u{2019}s swing apart from no change.");
    let largest = open.iter().find(|(_, ends)| ends.enough.is_some());
    let enough = largest.and_then(|(bar, ends)| {
        let enough = common_and_run(ends.enough?);
        Some(format!(
            " The largest, {} ({} \u{b1} {}), would take {enough}, by its spread between them.",
            bar.label,
            money(&analysis.currency, ends.swing),
            human(ends.half?)
        ))
    });
    nothing + &enough.unwrap_or_default()
}

fn not_told(caption: &str, rows: &[(&Bar, Ends)]) -> Table {
    let mut table = Table::new(
        &format!("{caption}: what cannot be told apart from no change"),
        vec![
            Column::text("Assumption"),
            Column::number("Swing"),
            Column::number("Common draws that would tell it"),
            Column::text("Source"),
        ],
    );
    for (bar, ends) in rows {
        let swing = match ends.half {
            _ if ends.is_still() => Cell::number("no change", &format!("in {} draws", bar.draws)),
            Some(half) => Cell::number(&human(ends.swing), &format!("\u{b1} {}", human(half))),
            None => Cell::number(&human(ends.swing), ""),
        };
        let enough = ends
            .enough
            .map_or("\u{2013}".to_owned(), |enough| enough.to_string());
        let (class, source) = source(bar);
        table.row_of(
            class,
            vec![
                Cell::name_and(&bar.label, &bar.name),
                swing,
                Cell::number(&enough, ""),
                source,
            ],
        );
    }
    table
}

/// The class of an assumption's row, and where its value comes from.
fn source(bar: &Bar) -> (&'static str, Cell) {
    match (&bar.source, bar.unsourced) {
        (Some(source), _) => ("", Cell::text(source)),
        (None, true) => ("unsourced", Cell::flag("none")),
        (None, false) => ("", Cell::soft("follows from others")),
    }
}

fn tornado(analysis: &Analysis, caption: &str, rows: &[(&Bar, Ends)]) -> Table {
    let ends = rows
        .iter()
        .flat_map(|(_, ends)| [ends.of_run_p10, ends.of_run_p50, ends.of_run_p90]);
    let scale = Scale::over(ends.chain([0.0]));
    let mut table = Table::new(
        caption,
        vec![
            Column::text("Assumption"),
            Column::picture(&analysis.currency, &scale.axis(&analysis.currency)),
            Column::number("At its 10 %"),
            Column::number("At its 90 %"),
            Column::number("Swing"),
            Column::text("Source"),
        ],
    )
    .stacking();
    for (bar, ends) in rows {
        let strip = Strip::new(&scale)
            .bar(ends.of_run_p50, ends.of_run_p10, SIDES[0])
            .bar(ends.of_run_p50, ends.of_run_p90, SIDES[1])
            .mark(ends.of_run_p50);
        let doubt = ends
            .half
            .map_or_else(String::new, |half| format!("\u{b1} {}", human(half)));
        let (class, source) = source(bar);
        table.row_of(
            class,
            vec![
                Cell::name_and(&bar.label, &bar.name),
                Cell::picture(strip.html()),
                Cell::number(&human(ends.of_run_p10), &shown(bar.p10, &bar.unit)),
                Cell::number(&human(ends.of_run_p90), &shown(bar.p90, &bar.unit)),
                Cell::number(&human(ends.swing), &doubt),
                source,
            ],
        );
    }
    table
}
