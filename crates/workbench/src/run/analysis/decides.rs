//! What decides it: the assumptions whose ranges move what one plan that may be the best is worth more than another.
//!
//! Only what leaves its band behind is named. What seems larger and does not is said to seem so, with the draws that would tell.

use super::document::{Analysis, Bar, Decides, Ends, Pair};
use super::label::{DEVIATIONS, shown};
use super::told::common_and_run;
use crate::run::words;

/// Standard errors of a rank correlation that is nothing which one must leave behind.
const RANKED: f64 = 3.0;
/// A second assumption is named if its swing is at least this part of the first one's.
const BESIDE: f64 = 0.5;
/// Most that are named.
const MOST: usize = 2;

/// Finds it, and puts it into words.
pub(super) fn decides(analysis: &Analysis) -> Decides {
    if analysis.about.is_none() || analysis.sensitivity.bars.is_empty() {
        return Decides::default();
    }
    let bars = analysis.sensitivity.bars.iter();
    let mut named: Vec<(&Bar, f64)> = bars
        .filter_map(|bar| {
            Some((
                bar,
                largest(analysis, bar, &|ends| ends.tells())?.swing.abs(),
            ))
        })
        .collect();
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told = named.first().map_or(0.0, |(_, swing)| *swing);
    named.retain(|(_, swing)| *swing >= BESIDE * told);
    named.truncate(MOST);
    let named: Vec<&Bar> = named.into_iter().map(|(bar, _)| bar).collect();
    let mut sentences = Vec::new();
    if named.is_empty() {
        sentences.push(format!(
            "No single assumption among the {} that were run can be told to decide it: in {} common draws what each moves cannot be told apart from no change.",
            analysis.sensitivity.bars.len(),
            analysis.sensitivity.draws
        ));
    }
    for bar in &named {
        sentences.push(moves(analysis, bar));
        sentences.extend(choice(analysis, bar));
    }
    sentences.extend(not_told(analysis, told));
    sentences.extend(not_asked(analysis));
    let labels: Vec<String> = named.iter().map(|bar| in_a_sentence(&bar.label)).collect();
    Decides {
        assumptions: named.iter().map(|bar| bar.name.clone()).collect(),
        phrase: if named.is_empty() {
            "no single assumption that can be told".to_owned()
        } else {
            words::enumerate(&labels)
        },
        sentences,
    }
}

/// What a bar may move: the lead of one plan over another, pair by pair; with a single plan its own value.
fn leads<'a>(analysis: &Analysis, bar: &'a Bar) -> Vec<(&'a Ends, Option<&'a Pair>)> {
    let own = analysis.about.as_deref().and_then(|about| bar.of(about));
    match bar.pairs.is_empty() {
        true => own.map(|ends| (ends, None)).into_iter().collect(),
        false => bar
            .pairs
            .iter()
            .map(|pair| (&pair.ends, Some(pair)))
            .collect(),
    }
}

/// The largest swing among those of a bar that are wanted.
fn largest<'a>(
    analysis: &Analysis,
    bar: &'a Bar,
    is_wanted: &dyn Fn(&Ends) -> bool,
) -> Option<&'a Ends> {
    let leads = leads(analysis, bar).into_iter().map(|(ends, _)| ends);
    let wanted = leads.filter(|ends| is_wanted(ends));
    wanted.max_by(|a, b| a.swing.abs().total_cmp(&b.swing.abs()))
}

/// What by the means moves more than anything that is told, and is not told: how many draws would tell it.
fn not_told(analysis: &Analysis, told: f64) -> Option<String> {
    let is_open = |ends: &Ends| !ends.tells() && !ends.is_still() && ends.swing.abs() > told;
    let bars = analysis.sensitivity.bars.iter();
    let open = bars.filter_map(|bar| Some((bar, largest(analysis, bar, &is_open)?)));
    let (bar, ends) = open.max_by(|a, b| a.1.swing.abs().total_cmp(&b.1.swing.abs()))?;
    let of = leads(analysis, bar)
        .into_iter()
        .find(|(known, _)| known.of == ends.of)?;
    let ranks = of.1.map_or(bar.correlation, |pair| pair.correlation).abs();
    let by_rank = if ranks > RANKED / (analysis.draws.max(1) as f64).sqrt() {
        format!(
            "; the ranks of all {} draws say that it matters",
            analysis.draws
        )
    } else {
        String::new()
    };
    let more = if told > 0.0 {
        "may move more"
    } else {
        "moves most by the means"
    };
    let enough = ends.enough.map_or_else(String::new, |enough| {
        format!(
            " By the spread between them it would take {}.",
            common_and_run(enough)
        )
    });
    Some(format!(
        "{} {more}: {} by {}, which {} common draws do not tell from no change{by_rank}.{enough}",
        bar.label,
        what(analysis, of.1, None),
        swing(analysis, ends),
        bar.draws
    ))
}

/// That other plans were not asked, where there are any.
fn not_asked(analysis: &Analysis) -> Option<String> {
    let pairs = &analysis.sensitivity.bars.first()?.pairs;
    let is_asked = |id: &String| {
        pairs
            .iter()
            .any(|pair| *id == pair.plan || *id == pair.against)
    };
    let others = analysis
        .plans
        .iter()
        .filter(|plan| !is_asked(&plan.id))
        .count();
    (others > 0 && !pairs.is_empty()).then(|| {
        let them = if others == 1 {
            "the other plan, which"
        } else {
            "the other plans, which"
        };
        format!("What {them} the draws rule out as the best, would be worth there was not asked.")
    })
}

/// A label inside a sentence: small first letter, unless the word is a name.
fn in_a_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match letters.next() {
        Some(first) if !label.contains(':') => {
            let small: String = first.to_lowercase().chain(letters).collect();
            let is_of = small.starts_with("appeal of") || small.starts_with("own appeal of");
            let article = if is_of { "the " } else { "" };
            format!("{article}{small}")
        }
        _ => label.to_owned(),
    }
}

/// A plan's title in quotation marks.
fn title(analysis: &Analysis, id: &str) -> String {
    words::quoted(analysis.plan(id).map_or("", |plan| plan.title.as_str()))
}

/// What is moved; after a lead of the same plan `before` only over whom.
fn what(analysis: &Analysis, pair: Option<&Pair>, before: Option<&str>) -> String {
    match pair {
        Some(pair) => {
            let over = format!("over {}", title(analysis, &pair.against));
            if before == Some(pair.plan.as_str()) {
                return over;
            }
            format!("the lead of {} {over}", title(analysis, &pair.plan))
        }
        None => {
            let about = analysis.about.as_deref().unwrap_or_default();
            format!("the net present value of {}", title(analysis, about))
        }
    }
}

/// A swing with its band.
fn swing(analysis: &Analysis, ends: &Ends) -> String {
    let doubt = ends.half.map_or_else(
        || "no band".to_owned(),
        |half| format!("\u{b1} {}", words::human(half)),
    );
    format!("{} ({doubt})", words::money(&analysis.currency, ends.swing))
}

/// How far the whole range moves what it can be told to move.
fn moves(analysis: &Analysis, bar: &Bar) -> String {
    let over = if bar.unit == DEVIATIONS {
        "at its 90 % quantile instead of its 10 % one".to_owned()
    } else {
        format!(
            "from {} (10 % quantile) to {} (90 %)",
            shown(bar.p10, &bar.unit),
            shown(bar.p90, &bar.unit)
        )
    };
    let mut before = None;
    let mut moved = Vec::new();
    for (ends, pair) in leads(analysis, bar)
        .into_iter()
        .filter(|(ends, _)| ends.tells())
    {
        let what = what(analysis, pair, before);
        moved.push(format!("{what} by {}", swing(analysis, ends)));
        before = pair.map(|pair| pair.plan.as_str());
    }
    let source = if bar.unsourced {
        "; nobody is named as its source"
    } else {
        ""
    };
    format!(
        "{} {over} changes {}{source}.",
        bar.label,
        words::enumerate(&moved)
    )
}

/// What is known of a change of places.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    Sure,
    ByMeans,
    SurelyNone,
    NoneByMeans,
}

/// Where the choice between the plans of each pair would be another, no surer than the points beside it.
fn choice(analysis: &Analysis, bar: &Bar) -> Vec<String> {
    if bar.pairs.is_empty() {
        let mean = analysis.plans.first().map_or(0.0, |plan| plan.npv);
        return vec![format!(
            "With a single plan there is no choice to change; its mean is {}.",
            words::money(&analysis.currency, mean)
        )];
    }
    let each = bar.pairs.iter().map(|pair| (change(pair), pair));
    let each: Vec<(Change, &Pair)> = each.collect();
    let of = |wanted: Change| {
        let some = each.iter().filter(|(found, _)| *found == wanted);
        let words: Vec<String> = some.map(|(_, pair)| between(analysis, bar, pair)).collect();
        (!words.is_empty()).then(|| words::enumerate(&words))
    };
    [
        of(Change::Sure).map(|all| format!("The choice would change {all}.")),
        of(Change::ByMeans).map(|all| format!(
            "By the means the choice would change {all}; within their bands they cannot be told apart there."
        )),
        of(Change::SurelyNone)
            .map(|all| format!("No value in this range changes the choice {all} on its own.")),
        of(Change::NoneByMeans).map(|all| format!(
            "By the means no value in this range changes the choice {all} on its own; within the bands they cannot be told apart at some of them."
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Between whom, and at which value where there is one.
fn between(analysis: &Analysis, bar: &Bar, pair: &Pair) -> String {
    let plans = match bar.pairs.len() {
        1 => "these two plans".to_owned(),
        _ => format!(
            "{} and {}",
            title(analysis, &pair.plan),
            title(analysis, &pair.against)
        ),
    };
    let at = pair
        .flip
        .map_or_else(String::new, |flip| match bar.unit.as_str() {
            DEVIATIONS => format!(" at its {} quantile", words::percent(flip.quantile)),
            unit => format!(" at about {}", shown(flip.value, unit)),
        });
    format!("between {plans}{at}")
}

fn change(pair: &Pair) -> Change {
    match pair.flip {
        Some(flip) if flip.is_sure => Change::Sure,
        Some(_) => Change::ByMeans,
        None if is_sure_throughout(&pair.ends) => Change::SurelyNone,
        None => Change::NoneByMeans,
    }
}

/// Whether one plan is ahead of the other at all three points by more than their bands.
fn is_sure_throughout(ends: &Ends) -> bool {
    let points = [ends.of_run_p10, ends.of_run_p50, ends.of_run_p90];
    let mut both = points.iter().zip(&ends.of_run_half);
    both.all(|(value, half)| half.is_some_and(|half| value.abs() > half))
}
