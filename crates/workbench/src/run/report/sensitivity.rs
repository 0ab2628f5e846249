//! What decides it: one assumption at a time over its range, beside its source.

use super::Subject;
use super::page::Page;
use super::strip::{Scale, Strip};
use super::table::{Cell, Column, Table};
use crate::run::analysis::document::{Analysis, Bar, Ends};
use crate::run::analysis::shown;
use crate::run::words::{human, quoted};

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
        let of_plan = |bar: &Bar| bar.of(&about.id).cloned();
        page.table(&tornado(
            analysis,
            &format!("Net present value of {}", quoted(&about.title)),
            &of_plan,
        ));
        if let (Some(first), Some(second)) = (&analysis.best, &analysis.second) {
            let title = |id: &str| analysis.plan(id).map_or(String::new(), |plan| plan.title.clone());
            let caption = format!(
                "{} less {}: left of zero the choice is another",
                quoted(&title(first)),
                quoted(&title(second))
            );
            page.folded("The same for the lead of one plan over the other", |page| {
                page.table(&tornado(analysis, &caption, &|bar| bar.difference.clone()));
            });
        }
        let is_asked = |id: &str| sensitivity.bars.iter().any(|bar| bar.of(id).is_some());
        let others = analysis.plans.iter().filter(|plan| plan.enters && plan.id != about.id);
        for plan in others.filter(|plan| is_asked(&plan.id)) {
            page.folded(&format!("The same for {}", quoted(&plan.title)), |page| {
                let caption = format!("Net present value of {}", quoted(&plan.title));
                page.table(&tornado(analysis, &caption, &|bar| bar.of(&plan.id).cloned()));
            });
        }
        page.note(&format!(
            "Assumptions were chosen by their rank correlation with net present value over all draws, which costs nothing, and then run at their 10 % quantile, median and 90 % quantile in {} common draws, all else as drawn. The mark is the median. A bar says what the mean over all draws would be if the assumption were known to lie there; \u{b1} is the band of the swing that so few draws leave, with a probability of 95 %; \u{201c}not told\u{201d}: within that band it cannot be told apart from no change. \u{201c}No change\u{201d}: in none of these draws did it matter; a rare event that spares them all would say the same.",
            sensitivity.draws
        ));
    });
}

fn tornado(analysis: &Analysis, caption: &str, of: &dyn Fn(&Bar) -> Option<Ends>) -> Table {
    let mut rows: Vec<(&Bar, Ends)> = analysis
        .sensitivity
        .bars
        .iter()
        .filter_map(|bar| Some((bar, of(bar)?)))
        .collect();
    rows.sort_by(|a, b| b.1.swing.abs().total_cmp(&a.1.swing.abs()));
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
        let doubt = match ends.half {
            _ if ends.is_still() => format!("in {} draws", bar.draws),
            Some(half) if ends.tells() => format!("\u{b1} {}", human(half)),
            Some(half) => format!("\u{b1} {}: not told", human(half)),
            None => String::new(),
        };
        let swing = if ends.is_still() {
            "no change".to_owned()
        } else {
            human(ends.swing)
        };
        let (class, source) = match (&bar.source, bar.unsourced) {
            (Some(source), _) => ("", Cell::text(source)),
            (None, true) => ("unsourced", Cell::flag("none")),
            (None, false) => ("", Cell::soft("follows from others")),
        };
        table.row_of(
            class,
            vec![
                Cell::name_and(&bar.label, &bar.name),
                Cell::picture(strip.html()),
                Cell::number(&human(ends.of_run_p10), &shown(bar.p10, &bar.unit)),
                Cell::number(&human(ends.of_run_p90), &shown(bar.p90, &bar.unit)),
                Cell::number(&swing, &doubt),
                source,
            ],
        );
    }
    table
}
