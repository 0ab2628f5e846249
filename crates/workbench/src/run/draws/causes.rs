//! One note for one cause: what several products and plans have in common is said once, with the names of all.

use super::tally::Entry;
use crate::run::output::Issue;
use crate::run::words::enumerate;

/// What the place of an issue about a plan begins with.
const PLAN: &str = "plans.";

/// Puts entries about products of plans together that have the same code; others stay alone. In the order of the first of each.
pub(super) fn by_cause(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut groups: Vec<Vec<Entry>> = Vec::new();
    for entry in entries {
        let cause = cause(&entry).map(str::to_owned);
        let same = |group: &&mut Vec<Entry>| {
            cause.is_some() && group.first().and_then(self::cause) == cause.as_deref()
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

/// The code of an entry about a product under a plan.
fn cause(entry: &Entry) -> Option<&str> {
    let issue = entry.examples.first()?;
    (!entry.about.is_empty() && issue.place.starts_with(PLAN)).then_some(issue.code.as_str())
}

/// What is said of a cause.
///
/// `title` gives what a plan is called by its id.
pub(super) fn issues(
    group: Vec<Entry>,
    draws: usize,
    title: &dyn Fn(&str) -> String,
) -> Vec<Issue> {
    if let (1, [entry]) = (draws, group.as_slice()) {
        return entry.examples.clone();
    }
    // The first draw of all is the example.
    let Some(first) = group.iter().min_by_key(|entry| entry.first) else {
        return Vec::new();
    };
    let Some(example) = first.examples.first() else {
        return Vec::new();
    };
    let mut text = String::new();
    let places = if group.len() > 1 {
        let (products, plans) = concerned(&group, title);
        text += &format!("{products}; ");
        match plans.as_slice() {
            [one] => format!("{PLAN}{one}"),
            _ => PLAN.trim_end_matches('.').to_owned(),
        }
    } else {
        example.place.clone()
    };
    let under = match example.place.strip_prefix(PLAN) {
        Some(plan) if group.len() > 1 => format!(" under {}", title(plan)),
        _ => String::new(),
    };
    text += &match draws {
        1 => format!("for example{under}: {}", example.text),
        _ => format!(
            "in {} of {draws} draws, for example in draw {}{under}: {}",
            span(&group),
            first.first,
            example.text
        ),
    };
    vec![Issue {
        code: example.code.clone(),
        place: places,
        count: group.iter().map(|entry| entry.times).sum(),
        text,
    }]
}

/// In how many draws the entries are, from the rarest to the most frequent.
fn span(group: &[Entry]) -> String {
    let counts = || group.iter().map(|entry| entry.draws);
    match (counts().min(), counts().max()) {
        (Some(low), Some(high)) if low < high => format!("{low} to {high}"),
        (low, _) => low.unwrap_or(0).to_string(),
    }
}

/// Products by the plans that have them, in words, and ids of all the plans.
fn concerned(group: &[Entry], title: &dyn Fn(&str) -> String) -> (String, Vec<String>) {
    let plan_of = |entry: &Entry| {
        let issue = entry.examples.first();
        issue.map_or_else(String::new, |issue| {
            issue.place.trim_start_matches(PLAN).to_owned()
        })
    };
    let mut plans: Vec<String> = Vec::new();
    for entry in group {
        let plan = plan_of(entry);
        if !plans.contains(&plan) {
            plans.push(plan);
        }
    }
    // Plans with the same products are named together.
    let mut by_products: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for plan in &plans {
        let of_plan = group.iter().filter(|entry| plan_of(entry) == *plan);
        let mut products: Vec<String> = of_plan.map(|entry| entry.about.clone()).collect();
        products.sort();
        match by_products.iter_mut().find(|(known, _)| *known == products) {
            Some((_, plans)) => plans.push(plan.clone()),
            None => by_products.push((products, vec![plan.clone()])),
        }
    }
    let parts: Vec<String> = by_products
        .iter()
        .map(|(products, plans)| {
            let plans: Vec<String> = plans.iter().map(|plan| title(plan)).collect();
            format!("{} under {}", enumerate(products), enumerate(&plans))
        })
        .collect();
    (parts.join("; "), plans)
}
