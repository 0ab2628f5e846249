//! What a page says no firmer than it knows: superlatives, few draws, plans left out, names instead of ids.

use super::asked::asked;
use super::*;
use report::Subject;
use summary::Summary;

/// The page's text without markup, scripts and numbers that do not break.
fn text(output: &RunOutput) -> String {
    let summary = Summary::new(output, "0123456789ab").unwrap();
    let page = report::html(&Subject {
        output,
        summary: &summary,
    });
    let html = scraper::Html::parse_document(&page);
    let main = scraper::Selector::parse("main").unwrap();
    let main = html.select(&main).next().unwrap();
    let words: Vec<&str> = main.text().flat_map(str::split_whitespace).collect();
    words.join(" ").replace('\u{a0}', " ")
}

/// A third plan beside the two: it loses more by its last month than the second.
fn three_plans() -> RunOutput {
    let mut output = over_draws();
    let mut third = output.plans[1].clone();
    third.id = "shops".to_owned();
    third.title = "Shops".to_owned();
    for series in third
        .series
        .iter_mut()
        .filter(|s| s.id == "cash_cumulative")
    {
        let doubled = |values: &mut Vec<f64>| values.iter_mut().for_each(|value| *value *= 2.0);
        doubled(&mut series.values);
        series.bands.iter_mut().flatten().for_each(doubled);
    }
    output.plans.push(third);
    output
}

#[test]
fn a_plan_that_stands_at_zero_counts_among_the_highest() {
    let output = three_plans();
    let told = text(&output);
    // All who spend end below zero: the highest is who does nothing.
    assert!(
        told.contains(
            "the median is highest with USD 0 under \u{201c}Stay out\u{201d} and lowest with"
        ),
        "{told}"
    );
    // Equal ones are named together.
    assert!(
        told.contains("under \u{201c}Online\u{201d} and \u{201c}Shops\u{201d}"),
        "{told}"
    );
}

#[test]
fn few_draws_tell_no_tails_anywhere() {
    let mut output = over_draws();
    assert!(text(&output).contains("90 % of draws"));
    output.draws = 24;
    let told = text(&output);
    assert!(
        !told.contains("90 % of draws") && !told.contains("Worst 5 %"),
        "{told}"
    );
    assert!(told.contains("the middle half of draws"), "{told}");
    assert!(
        told.contains("The outer 5 % of 24 draws are one draw or less"),
        "{told}"
    );
    output.draws = 5;
    let told = text(&output);
    assert!(
        !told.contains("half of draws:") && told.contains("no ranges are told"),
        "{told}"
    );
}

#[test]
fn commands_name_plans_only_where_some_are_left_out() {
    let mut output = over_draws();
    let plan = |id: &str| json!({ "id": id });
    output.resolved["plans"] = json!([plan("stay_out"), plan("online")]);
    assert!(!text(&output).contains("--plan"));
    output.resolved["plans"] = json!([plan("stay_out"), plan("online"), plan("shops")]);
    assert!(text(&output).contains("--plan stay_out --plan online"));
}

#[test]
fn notes_call_plans_and_sources_by_their_names() {
    let mut output = over_draws();
    let issue = |code: &str, place: &str| Issue {
        code: code.into(),
        place: place.into(),
        count: 1,
        text: "said".into(),
    };
    output.issues = vec![
        issue("price_below_cost", "plans.online"),
        issue("published_later", "sources.tracker"),
        issue("draw_failed", "draws"),
    ];
    let told = text(&output);
    for part in [
        "\u{201c}Online\u{201d} : said",
        "Tracker, Shares : said",
        "draws said",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("plans.online"), "{told}");
}

#[test]
fn a_plan_without_a_row_among_earlier_entries_is_named() {
    let told = text(&asked("Volt"));
    // The made-up forecast has a row of the second plan only.
    assert!(
        told.contains("no draw of it comes so far after a first sale within the horizon: \u{201c}Stay out\u{201d} at no age."),
        "{told}"
    );
}

#[test]
fn the_report_is_about_a_plan_that_could_be_chosen() {
    let mut output = three_plans();
    // Worth more, and leaving: in month 7 in half of the draws.
    let third = &mut output.plans[2];
    for npv in third
        .outcomes
        .iter_mut()
        .filter(|outcome| outcome.id == "npv")
    {
        npv.value = Some(-4e6);
    }
    let mut exits = outcome("exit_month", "month", OutcomeKind::Month, None);
    exits.spread = Some(Spread {
        se: None,
        quantiles: [Some(7.0), Some(7.0), Some(7.0), None, None],
        median: Some(7.0),
    });
    third.outcomes.push(exits);
    output.may_be_best[0].plans = vec!["stay_out".into(), "online".into(), "shops".into()];
    let about = |output: &RunOutput| {
        let summary = Summary::new(output, "0").unwrap();
        let (plan, footing) = words::plan_of(&summary, &output.entrants, 0).unwrap();
        let sentence = words::about(&summary, &output.entrants, 0).unwrap();
        assert!(text(output).contains(&sentence), "{sentence}");
        (plan.id.clone(), footing)
    };
    use words::Footing::{Leaves, MayBeBest, RuledOut, StaysLongest};
    assert_eq!(about(&output), ("online".to_owned(), MayBeBest));
    output.may_be_best[0].plans = vec!["stay_out".into(), "shops".into()];
    assert_eq!(about(&output), ("shops".to_owned(), StaysLongest));
    output.may_be_best[0].plans = vec!["stay_out".into()];
    assert_eq!(about(&output), ("online".to_owned(), RuledOut));
    output.plans.remove(1);
    assert_eq!(about(&output), ("shops".to_owned(), Leaves));
}
