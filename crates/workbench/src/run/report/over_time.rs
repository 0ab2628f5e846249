//! What the plans lead to month by month: a fan of draws for each plan, the medians of the others behind it.

use super::figure::{self, Count, Figure, HEIGHT, MONTHS, Panel};
use super::page::Page;
use super::table::{Cell, Column, Table};
use super::{Subject, calendar};
use crate::run::output::{PlanOutput, Series};
use crate::run::summary::OutcomeEntry;
use crate::run::words::{self, between, enumerate, quoted, shortened, suffixed, with_unit};
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
    let (still, moving): (Vec<Found<'_>>, Vec<Found<'_>>) =
        found.iter().partition(|(_, series)| is_zero(series));
    let unit = &moving.first()?.1.unit;
    let extent = Extent::over(moving.iter().map(|(_, series)| *series));
    let count = Count::of(extent.largest(), unit);
    let mut title = title.to_owned();
    if output.entrants.len() > 1 {
        title += &format!(", {}", output.entrants[entrant].title);
    }
    let axis = count.unit(unit);
    if !axis.is_empty() && axis != "%" {
        title += &format!(" ({axis})");
    }
    let panels = moving.iter().map(|(plan, series)| {
        let own = Extent::over(std::iter::once(*series));
        let alone = own.span() < LEAST_USE * extent.span();
        let shown = if alone { own } else { extent };
        let others = moving
            .iter()
            .filter(|(other, _)| other.id != plan.id && !alone);
        let mut traces: Vec<Value> = others.map(|(_, other)| ghost(other, count)).collect();
        traces.extend(fan(series, count, "@s0"));
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
        says: says(subject, &moving, &still, &unit.clone()),
        panels: panels.collect(),
        numbers: Some(numbers(subject, &title, &found)),
        key: key(output.draws, moving.len()),
        title,
    })
}

fn is_zero(series: &Series) -> bool {
    let bands = series.bands.iter().flatten().flatten();
    series.values.iter().chain(bands).all(|value| *value == 0.0)
}

/// What stands in the middle: over draws the median.
pub(super) fn middle(series: &Series) -> &[f64] {
    match &series.bands {
        Some([_, _, median, _, _]) => median,
        None => &series.values,
    }
}

/// Lowest and highest value drawn, with zero between them.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    low: f64,
    high: f64,
}

impl Extent {
    pub(super) fn over<'s>(series: impl Iterator<Item = &'s Series>) -> Self {
        let mut extent = Self {
            low: 0.0,
            high: 0.0,
        };
        for one in series {
            let values: Vec<&[f64]> = match &one.bands {
                Some([low, _, _, _, high]) => vec![low, high],
                None => vec![&one.values],
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
        let air = 0.05 * (self.high - self.low).max(f64::MIN_POSITIVE);
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

/// What 90 % and 50 % of draws lie between, and the median; of one draw the line alone.
fn fan(series: &Series, count: Count, colour: &str) -> Vec<Value> {
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
    traces.extend(figure::band(
        &x,
        wide,
        ("5 %", "95 %"),
        &format!("{colour}/0.16"),
    ));
    traces.extend(figure::band(
        &x,
        narrow,
        ("25 %", "75 %"),
        &format!("{colour}/0.26"),
    ));
    traces.push(figure::line(&x, count.values(p50), "median", colour, 2.5));
    traces
}

fn key(draws: usize, panels: usize) -> Vec<(&'static str, String)> {
    let mut key = vec![(
        "line",
        if draws > 1 { "median" } else { "central value" }.to_owned(),
    )];
    if draws > 1 {
        key.push(("narrow", "50 % of draws".to_owned()));
        key.push(("wide", "90 % of draws".to_owned()));
    }
    if panels > 1 {
        key.push(("ghostline", "the other plans".to_owned()));
    }
    key
}

/// The last month: middle, and what 90 % of draws lie between.
fn ends_at(series: &Series) -> String {
    let Some(last) = middle(series).last() else {
        return String::new();
    };
    let range = series.bands.as_ref().and_then(|[low, _, _, _, high]| {
        let (low, high) = (low.last()?, high.last()?);
        Some(format!(" ({})", bare(*low, *high, &series.unit)))
    });
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
    let ends = format!("ends at {}", ends_at(series));
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
            let range = entry.p05.zip(entry.p95).filter(|(low, high)| low < high);
            let range = range.map_or_else(String::new, |(low, high)| {
                format!(" ({})", bare(low, high, &entry.unit))
            });
            format!("peak funding {}{range}; ", with_unit(mean, &entry.unit))
        }),
        _ => None,
    };
    format!("{}{ends}", funding.unwrap_or_default())
}

/// Who ends highest and lowest, and who never moves.
fn says(subject: &Subject<'_>, moving: &[Found<'_>], still: &[Found<'_>], unit: &str) -> String {
    let last = |series: &Series| middle(series).last().copied().unwrap_or(0.0);
    let mut by_end: Vec<_> = moving
        .iter()
        .map(|(plan, series)| (last(series), plan))
        .collect();
    by_end.sort_by(|a, b| b.0.total_cmp(&a.0));
    let what = if subject.output.draws > 1 {
        "the median"
    } else {
        "the value"
    };
    let at = |(value, plan): &(f64, &&PlanOutput)| {
        format!("{} under {}", with_unit(*value, unit), quoted(&plan.title))
    };
    let mut text = match (by_end.first(), by_end.last()) {
        (Some(first), Some(last)) if by_end.len() > 1 => format!(
            "In the last month {what} is highest with {} and lowest with {}.",
            at(first),
            at(last)
        ),
        (Some(one), _) => format!("In the last month {what} is {}.", at(one)),
        _ => String::new(),
    };
    if unit == "utility" {
        text += " One unit more makes the odds of being chosen 2.7 times as high.";
    }
    if !still.is_empty() {
        let names: Vec<String> = still.iter().map(|(plan, _)| quoted(&plan.title)).collect();
        text += &format!(" It stays at zero under {}.", enumerate(&names));
    }
    text
}

/// A row a month, a column a plan: the middle, and below it what 90 % of draws lie between.
fn numbers(subject: &Subject<'_>, title: &str, found: &[Found<'_>]) -> Table {
    let output = subject.output;
    let spread = if output.draws > 1 {
        ": median, and below it what 90 % of draws lie between"
    } else {
        ""
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
            let range = series.bands.as_ref().and_then(|[low, _, _, _, high]| {
                let (low, high) = (*low.get(month - 1)?, *high.get(month - 1)?);
                (low < high).then(|| format!("{} to {}", text(low), text(high)))
            });
            cells.push(Cell::number(&text(value), &range.unwrap_or_default()));
        }
        table.row(cells);
    }
    table
}
