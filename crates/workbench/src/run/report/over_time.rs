//! What the plans lead to month by month: a fan of draws for each plan, the medians of the others behind it.

use super::figure::{self, Count, Figure, HEIGHT, MONTHS, Panel};
use super::page::Page;
use super::table::{Cell, Column, Table};
use super::{Subject, calendar};
use crate::run::output::{PlanOutput, Series};
use crate::run::summary::OutcomeEntry;
use crate::run::words::{self, Told, between, enumerate, quoted, shortened, suffixed, with_unit};
use serde_json::{Value, json};

/// A picture of every plan: series, title, and what its axis is.
const PICTURES: [(&str, &str); 5] = [
    ("share_of_sales", "Share of sales"),
    ("installed_base", "Installed base"),
    ("awareness", "Awareness"),
    ("trust", "Trust"),
    ("cash_cumulative", "Cumulative cash, not discounted"),
];

/// A panel that uses less than this part of the common scale has a scale of its own.
const LEAST_USE: f64 = 0.15;

/// A plan with its series.
type Found<'a> = (&'a PlanOutput, &'a Series);

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let mut figures = Vec::new();
    for entrant in 0..subject.output.entrants.len() {
        for (stem, title) in PICTURES {
            figures.extend(fans(subject, entrant, stem, title));
        }
    }
    if figures.is_empty() {
        return;
    }
    page.section("over-time", "Over time", |page| {
        page.note(
            "Panels side by side share one scale, so that heights can be compared, unless a panel says that it has its own.",
        );
        for figure in &figures {
            page.figure(figure);
        }
    });
}

/// A series of all plans, a panel each; none where nothing ever moves.
fn fans(subject: &Subject<'_>, entrant: usize, stem: &str, title: &str) -> Option<Figure> {
    let output = subject.output;
    let id = suffixed(stem, entrant, &output.entrants);
    let of_plan = |plan: &PlanOutput| plan.series.iter().position(|series| series.id == id);
    let found: Vec<Found<'_>> = output
        .plans
        .iter()
        .filter_map(|plan| Some((plan, &plan.series[of_plan(plan)?])))
        .collect();
    let moving: Vec<Found<'_>> = found
        .iter()
        .copied()
        .filter(|(_, series)| !is_zero(series, told(subject)))
        .collect();
    let unit = &moving.first()?.1.unit;
    let extent = Extent::over(moving.iter().map(|(_, series)| *series), told(subject));
    let told = told(subject);
    let count = Count::for_all(
        moving
            .iter()
            .map(|(_, series)| Extent::over(std::iter::once(*series), told).largest()),
        unit,
    );
    let mut title = title.to_owned();
    if output.entrants.len() > 1 {
        title += &format!(", {}", output.entrants[entrant].title);
    }
    let axis = count.unit(unit);
    if !axis.is_empty() && axis != "%" {
        title += &format!(" ({axis})");
    }
    let panels = moving.iter().map(|(plan, series)| {
        let own = Extent::over(std::iter::once(*series), told);
        let alone = own.span() < LEAST_USE * extent.span();
        let shown = if alone { own } else { extent };
        let others = moving
            .iter()
            .filter(|(other, _)| other.id != plan.id && !alone);
        let mut traces: Vec<Value> = others.map(|(_, other)| ghost(other, count)).collect();
        traces.extend(fan(series, count, "@s0", told));
        let mut says = panel_says(subject, entrant, stem, plan, series);
        if alone {
            says = format!("Own scale; {says}");
        }
        Panel {
            title: plan.title.clone(),
            says,
            traces,
            layout: shown.layout(count),
            height: HEIGHT,
        }
    });
    Some(Figure {
        id: format!("time-{}", id.replace('.', "-")),
        says: says(subject, entrant, &found, &unit.clone()),
        panels: panels.collect(),
        numbers: Some(numbers(subject, &title, &found)),
        key: key(output.draws, moving.len(), told),
        title,
    })
}

/// Whether nothing of what is shown of a series moves.
fn is_zero(series: &Series, told: Told) -> bool {
    let (low, high) = ends(series, told).unwrap_or_default();
    let shown = [middle(series), low, high];
    shown.into_iter().flatten().all(|value| *value == 0.0)
}

/// What stands in the middle: over draws the median.
pub(super) fn middle(series: &Series) -> &[f64] {
    match &series.bands {
        Some([_, _, median, _, _]) => median,
        None => &series.values,
    }
}

/// What part of the draws is shown.
fn told(subject: &Subject<'_>) -> Told {
    Told::of(words::computed_draws(subject.summary))
}

/// The outer lines of what is shown of a series; none of one draw, or of too few.
fn ends(series: &Series, told: Told) -> Option<(&[f64], &[f64])> {
    let [p05, p25, _, p75, p95] = series.bands.as_ref()?;
    match told {
        Told::Ninety => Some((p05, p95)),
        Told::Half => Some((p25, p75)),
        Told::Nothing => None,
    }
}

/// The same in one month, where they differ from each other or not.
fn ends_in(series: &Series, told: Told, month: usize) -> Option<(f64, f64)> {
    let (low, high) = ends(series, told)?;
    Some((*low.get(month)?, *high.get(month)?))
}

/// Lowest and highest value drawn, with zero between them.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    low: f64,
    high: f64,
}

impl Extent {
    pub(super) fn over<'s>(series: impl Iterator<Item = &'s Series>, told: Told) -> Self {
        let mut extent = Self {
            low: 0.0,
            high: 0.0,
        };
        for one in series {
            let values: Vec<&[f64]> = match (ends(one, told), &one.bands) {
                (Some((low, high)), _) => vec![low, high],
                (None, Some([_, _, median, _, _])) => vec![median],
                (None, None) => vec![&one.values],
            };
            for value in values.into_iter().flatten() {
                extent.low = extent.low.min(*value);
                extent.high = extent.high.max(*value);
            }
        }
        extent
    }

    /// Of middles alone.
    pub(super) fn over_middles<'s>(series: impl Iterator<Item = &'s Series>) -> Self {
        let values = series.flat_map(middle).copied();
        let (low, high) = values.fold((0.0, 0.0), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
        Self { low, high }
    }

    fn span(&self) -> f64 {
        self.high - self.low
    }

    fn largest(&self) -> f64 {
        self.high.max(-self.low)
    }

    /// The vertical axis with a little air.
    pub(super) fn layout(&self, count: Count) -> Value {
        // What never leaves zero still needs an axis of some length.
        let air = match self.span() {
            span if span > 0.0 => 0.05 * span,
            _ => count.by,
        };
        let low = if self.low < 0.0 { self.low - air } else { 0.0 };
        let suffix = if count.word == "%" { " %" } else { "" };
        json!({ "yaxis": {
            "range": [count.value(low), count.value(self.high + air)],
            "ticksuffix": suffix, "hoverformat": ",.3~r",
        } })
    }
}

/// The median of another plan, behind.
fn ghost(series: &Series, count: Count) -> Value {
    let mut line = figure::line(
        &json!(MONTHS),
        count.values(middle(series)),
        "",
        "@ghost",
        1.0,
    );
    line["hoverinfo"] = json!("skip");
    line
}

/// What 90 % and 50 % of draws lie between, as far as there are enough of them, and the median; of one draw the line alone.
fn fan(series: &Series, count: Count, colour: &str, told: Told) -> Vec<Value> {
    let x = json!(MONTHS);
    let Some([p05, p25, p50, p75, p95]) = &series.bands else {
        return vec![figure::line(
            &x,
            count.values(&series.values),
            "value",
            colour,
            2.5,
        )];
    };
    let mut traces = Vec::new();
    let wide = (count.values(p05), count.values(p95));
    let narrow = (count.values(p25), count.values(p75));
    if told == Told::Ninety {
        let shade = format!("{colour}/0.16");
        traces.extend(figure::band(&x, wide, ("5 %", "95 %"), &shade));
    }
    if told != Told::Nothing {
        let shade = format!("{colour}/0.26");
        traces.extend(figure::band(&x, narrow, ("25 %", "75 %"), &shade));
    }
    traces.push(figure::line(&x, count.values(p50), "median", colour, 2.5));
    traces
}

fn key(draws: usize, panels: usize, told: Told) -> Vec<(&'static str, String)> {
    let mut key = vec![(
        "line",
        if draws > 1 { "median" } else { "central value" }.to_owned(),
    )];
    if draws > 1 && told != Told::Nothing {
        key.push(("narrow", "50 % of draws".to_owned()));
    }
    if draws > 1 && told == Told::Ninety {
        key.push(("wide", "90 % of draws".to_owned()));
    }
    if panels > 1 {
        key.push(("ghostline", "the other plans".to_owned()));
    }
    key
}

/// The last month: middle, and what most draws lie between.
fn ends_at(series: &Series, told: Told) -> String {
    let Some(last) = middle(series).last() else {
        return String::new();
    };
    let range = ends_in(series, told, series.values.len().saturating_sub(1));
    let range = range.map(|(low, high)| format!(" ({})", bare(low, high, &series.unit)));
    format!(
        "{}{}",
        with_unit(*last, &series.unit),
        range.unwrap_or_default()
    )
}

/// A range behind a value that names the unit.
fn bare(low: f64, high: f64, unit: &str) -> String {
    between(low, high, if unit == "share" { unit } else { "" })
}

fn panel_says(
    subject: &Subject<'_>,
    entrant: usize,
    stem: &str,
    plan: &PlanOutput,
    series: &Series,
) -> String {
    let ends = format!("ends at {}", ends_at(series, told(subject)));
    if stem != "cash_cumulative" {
        return ends;
    }
    let id = suffixed("peak_funding", entrant, &subject.output.entrants);
    let planned = subject
        .summary
        .plans
        .iter()
        .find(|other| other.id == plan.id);
    let funding = match planned.and_then(|plan| plan.outcome(&id)) {
        Some(OutcomeEntry::Distribution(entry)) => entry.mean.map(|mean| {
            let range = told(subject).range(entry).filter(|(low, high)| low < high);
            let range = range.map_or_else(String::new, |(low, high)| {
                format!(" ({})", bare(low, high, &entry.unit))
            });
            format!("peak funding {}{range}; ", with_unit(mean, &entry.unit))
        }),
        _ => None,
    };
    format!("{}{ends}", funding.unwrap_or_default())
}

/// Most plans that a sentence names in one place.
const MOST_NAMED: usize = 3;

/// How the plan that the report is about ends, and who ends highest and lowest of all: those who never move stand at zero and count too.
fn says(subject: &Subject<'_>, entrant: usize, found: &[Found<'_>], unit: &str) -> String {
    let last = |series: &Series| middle(series).last().copied().unwrap_or(0.0);
    let what = if subject.output.draws > 1 {
        "the median"
    } else {
        "the value"
    };
    let shown = |value: f64| with_unit(value, unit);
    let mut ends: Vec<(f64, &PlanOutput)> = found
        .iter()
        .map(|(plan, series)| (last(series), *plan))
        .collect();
    ends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let about = words::plan_of(subject.summary, &subject.output.entrants, entrant);
    let about = about.and_then(|(about, _)| ends.iter().find(|(_, plan)| plan.id == about.id));
    let mut text = about.map_or_else(String::new, |(value, plan)| {
        format!(
            "Under {}, which the report is about, {what} is {} in the last month. ",
            quoted(&plan.title),
            shown(*value)
        )
    });
    // Who reads the same is named together: a difference that nobody sees is no superlative.
    let at = |value: f64| {
        let same = ends
            .iter()
            .filter(|(other, _)| shown(*other) == shown(value));
        let names: Vec<String> = same.map(|(_, plan)| quoted(&plan.title)).collect();
        let names = match names.len() {
            count if count > MOST_NAMED => format!("{count} plans"),
            _ => enumerate(&names),
        };
        format!("{} under {names}", shown(value))
    };
    // Of one plan that moves all is said.
    let moving = found
        .iter()
        .filter(|(_, series)| !is_zero(series, told(subject)));
    let is_alone = moving.count() == 1 && about.is_some();
    match (ends.first(), ends.last()) {
        _ if is_alone => {}
        (Some(first), Some(last)) if shown(first.0) != shown(last.0) => {
            text += &format!(
                "In the last month {what} is highest with {} and lowest with {}.",
                at(first.0),
                at(last.0)
            );
        }
        (Some(one), _) if about.is_none() || ends.len() > 1 => {
            text += &format!("In the last month {what} is {}.", at(one.0));
        }
        _ => {}
    }
    if unit == "utility" {
        text += " One unit more makes the odds of being chosen 2.7 times as high.";
    }
    let shown_of = told(subject);
    let still = found.iter().filter(|(_, series)| is_zero(series, shown_of));
    let still: Vec<&Found<'_>> = still.collect();
    let at_all = |series: &Series| series.values.iter().any(|value| *value != 0.0);
    let is_whole = !still.iter().any(|(_, series)| at_all(series));
    let still: Vec<String> = still.iter().map(|(plan, _)| quoted(&plan.title)).collect();
    if !still.is_empty() {
        let throughout = match shown_of {
            _ if is_whole => "throughout",
            Told::Ninety => "in 90 % of draws or more",
            Told::Half | Told::Nothing => "in half of draws or more",
        };
        text += &format!(
            " It stays at zero {throughout} under {}.",
            enumerate(&still)
        );
    }
    text
}

/// A row a month, a column a plan: the middle, and below it what 90 % of draws lie between.
fn numbers(subject: &Subject<'_>, title: &str, found: &[Found<'_>]) -> Table {
    let output = subject.output;
    let shown = told(subject);
    let spread = match shown {
        _ if output.draws == 1 => String::new(),
        Told::Nothing => ": median".to_owned(),
        told => format!(": median, and below it what {} lie between", told.words()),
    };
    let mut columns = vec![Column::text("Month")];
    columns.extend(found.iter().map(|(plan, _)| Column::number(&plan.title)));
    let of = shortened(title.split(" (").next().unwrap_or(title), 60);
    let unit = found.first().map_or("", |(_, series)| series.unit.as_str());
    let said = match unit {
        "" | "share" => String::new(),
        unit => format!(" in {unit}"),
    };
    let mut table = Table::new(&format!("{of}{said}{spread}"), columns);
    let text = |value: f64| match unit {
        "share" => words::percent(value),
        _ => words::human(value),
    };
    for month in 1..=output.months {
        let mut cells = vec![Cell::text(&format!(
            "{month} \u{b7} {}",
            calendar(output.start, month)
        ))];
        for (_, series) in found {
            let value = middle(series).get(month - 1).copied().unwrap_or(0.0);
            let range = ends_in(series, shown, month - 1);
            let range = range.filter(|(low, high)| low < high);
            let range = range.map(|(low, high)| format!("{} to {}", text(low), text(high)));
            cells.push(Cell::number(&text(value), &range.unwrap_or_default()));
        }
        table.row(cells);
    }
    table
}
