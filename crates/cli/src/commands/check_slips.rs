//! What `check` shows of curves of slips and of common factors.

use crate::shown;
use beachhead_workbench::scenario::{CurveEntry, FactorEntry, SlipEntry, StepEntry, TailEntry};
use std::fmt::Write;

/// The curves, a summary and a table for each record and kind.
pub(super) fn slips(slips: &[SlipEntry]) -> String {
    let mut text = String::new();
    for slip in slips {
        for curve in &slip.curves {
            text += &shown::wrapped(&summary(slip, curve));
            if !curve.steps.is_empty() {
                text += &table(curve);
            }
            text += &shown::wrapped(&rest(curve, slip.tail));
            text.push('\n');
        }
    }
    text
}

/// What was said and what became of it, how long half of it takes and how sure that is, and what the tail does.
fn summary(slip: &SlipEntry, curve: &CurveEntry) -> String {
    let by = |time: Option<f64>| time.map_or_else(|| "never".to_owned(), months);
    let [low, high] = curve.median_band;
    let band = if curve.steps.is_empty() {
        "no band".to_owned()
    } else {
        format!("95 % band {} to {}", by(low), by(high))
    };
    let tail = match slip.tail {
        _ if curve.left <= 0.0 => "no tail".to_owned(),
        TailEntry::Never => format!("tail {}, never", percent(curve.left)),
        TailEntry::Hazard(hazard) => {
            format!(
                "tail {} at {} a month",
                percent(curve.left),
                percent(hazard)
            )
        }
    };
    format!(
        "Slip {}, {}: {} of {}, {} happened, {} still open; median slip in months {} ({band}); {tail}.",
        slip.id,
        curve.kind,
        counted(curve.statements, "statement", "statements"),
        counted(curve.chains, "launch", "launches"),
        curve.chains - curve.open,
        curve.open,
        by(curve.median)
    )
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn table(curve: &CurveEntry) -> String {
    let header = ["Slip, months", "At risk", "Happened", "Left", "95 % band"];
    let mut table = shown::table(header);
    for step in &curve.steps {
        table.add_row([
            shown::number(span(step)),
            shown::number(plain(step.at_risk)),
            shown::number(plain(step.events)),
            shown::number(percent(step.survival)),
            shown::number(format!("{} to {}", percent(step.low), percent(step.high))),
        ]);
    }
    shown::printed(&table)
}

fn span(step: &StepEntry) -> String {
    if step.from < step.to {
        format!("{} to {}", months(step.from), months(step.to))
    } else {
        months(step.to)
    }
}

/// One digit, and no minus before a zero.
fn months(time: f64) -> String {
    format!("{:.1}", (10.0 * time).round() / 10.0 + 0.0)
}

/// Whole numbers as such; expected ones with two digits.
fn plain(number: f64) -> String {
    if (number - number.round()).abs() < 0.005 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn rest(curve: &CurveEntry, tail: TailEntry) -> String {
    let end = format!("Observation ends at a slip of {} months", months(curve.end));
    if curve.steps.is_empty() {
        let none = "Nothing has happened yet, so there is no band and the tail decides alone.";
        return format!("{none} {}", in_tail(&end, curve.left, tail));
    }
    if curve.left <= 0.0 {
        return format!("{end}; nothing is left for the tail.");
    }
    in_tail(&end, curve.left, tail)
}

fn in_tail(end: &str, left: f64, tail: TailEntry) -> String {
    let what = match tail {
        TailEntry::Never => "never happens".to_owned(),
        TailEntry::Hazard(hazard) => {
            format!(
                "happens with a probability of {} a month from then on",
                percent(hazard)
            )
        }
    };
    format!("{end}; what is left, {}, {what}.", percent(left))
}

/// The factors, a line for each member.
pub(super) fn factors(factors: &[FactorEntry]) -> String {
    let mut text = String::new();
    for factor in factors {
        let _ = writeln!(text, "Correlated through {}:", factor.id);
        for (name, correlation) in &factor.members {
            let _ = writeln!(text, "  {name} {correlation:+}");
        }
        text.push('\n');
    }
    text
}
