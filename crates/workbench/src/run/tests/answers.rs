//! Words.

use super::*;
use summary::Summary;

#[test]
fn numbers_in_words() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1_240_000.0, "1.2 m"),
        (-84.2e6, "\u{2212}84 m"),
        (999_999.0, "1 m"),
        (999.4, "999"),
        (12_345.0, "12 k"),
        (2e9, "2 bn"),
        (1.26e13, "13 tn"),
        (0.0312, "0.031"),
        (0.5, "0.5"),
        (9.96, "10"),
        (1e-9, "0"),
        (-1e-9, "0"),
        (f64::NAN, "none"),
    ] {
        assert_eq!(words::human(value), text, "{value}");
    }
    for (share, text) in [
        (0.31, "31 %"),
        (0.0312, "3.1 %"),
        (0.0003, "0.03 %"),
        (-0.05, "\u{2212}5 %"),
        (1.0, "100 %"),
    ] {
        assert_eq!(words::percent(share), text, "{share}");
    }
    assert_eq!(words::with_unit(-84.2e6, "USD"), "USD \u{2212}84 m");
    assert_eq!(words::with_unit(3.0, "units"), "3 units");
}

#[test]
fn the_answer_in_words() {
    let mut output = made_up();
    output.entrants[0].title = "Acme".to_owned();
    output.plans[1].title = "Online".to_owned();
    let mut better = plan("shops", "Shops", 0.5, 30);
    better.outcomes[3].value = Some(3.5e6);
    output.plans.push(better);
    let summary = Summary::new(&output, "0").unwrap();
    let text = words::paragraphs(&summary, &output.entrants).join("\n");
    assert_eq!(
        text,
        "The report is about \u{201c}Shops\u{201d}, the one with the highest net present value of the plans that enter and stay. \
         Under \u{201c}Shops\u{201d} Acme sells 620 k units in 30 months, with 1.6 % of sales in the last year and 450 k users \
         at the end. It is worth USD 3.5 m in today\u{2019}s money (net present value), needs USD 60 m at the deepest point \
         and has its money back for good from month 41. Of the plans that enter it comes first, before \u{201c}Online\u{201d} \
         (USD \u{2212}84 m). It beats staying out. \nThese are central values: one path with every assumption at its middle \
         value and without events. They do not say how sure the answer is."
    );
    output.plans.truncate(2);
    let summary = Summary::new(&output, "0").unwrap();
    let text = words::paragraphs(&summary, &output.entrants).remove(0);
    for part in [
        "It loses USD 84 m in today",
        "does not get its money back within 30 months",
        "No plan that enters beats staying out",
    ] {
        assert!(text.contains(part), "{text}");
    }
    output.plans.truncate(1);
    let summary = Summary::new(&output, "0").unwrap();
    assert!(
        words::paragraphs(&summary, &output.entrants)[0].contains("sells nothing under this plan")
    );
}

#[test]
fn a_promise_about_margins_is_told_where_it_makes_a_difference() {
    let told = |bound: f64, paid: f64| {
        let mut output = made_up();
        let mut other = output.plans[1].outcomes[0].clone();
        for (id, unit, value) in [("promise_bound", "share", bound), ("rebates", "USD", paid)] {
            (other.id, other.unit, other.value) = (id.into(), unit.into(), Some(value));
            output.plans[1].outcomes.push(other.clone());
        }
        let summary = Summary::new(&output, "0").unwrap();
        words::paragraphs(&summary, &output.entrants).remove(0)
    };
    assert!(!told(0.0, 0.0).contains("promise"));
    let some = told(0.4, 0.0);
    assert!(
        some.contains("makes a difference in 40 % of the months with sales. "),
        "{some}"
    );
    let paid = told(1.0, 2e6);
    assert!(
        paid.contains("in every month with sales, and USD 2 m is paid back"),
        "{paid}"
    );
}

#[test]
fn outcomes_have_names() {
    let resolved = json!({"outcomes": [{"id": "signed", "text": "channel.tel.open"}]});
    let conditions = words::conditions(&resolved);
    assert_eq!(conditions.len(), 1);
    for (id, label) in [
        ("npv", "Net present value"),
        ("npv.acme", "Net present value, Acme"),
        ("p_signed", "Signed, in some month: channel.tel.open"),
        ("p_loss", "Loses money"),
        ("hardware_profit", "Hardware profit"),
    ] {
        assert_eq!(words::outcome_label(id, &conditions), label);
    }
}

#[test]
fn two_entrants_have_suffixes() {
    let entrants = [
        Named {
            id: "a".into(),
            title: "A".into(),
        },
        Named {
            id: "b".into(),
            title: "B".into(),
        },
    ];
    assert_eq!(words::suffixed("npv", 1, &entrants), "npv.b");
    assert_eq!(words::suffixed("npv", 0, &entrants[..1]), "npv");
    let resolved = json!({"entrants": [{"brand": 1}], "brands": [{"id": "x", "title": "X"}, {"id": "y", "title": ""}]});
    assert_eq!(
        words::entrants(&resolved),
        [Named {
            id: "y".into(),
            title: "Y".into()
        }]
    );
    assert!(words::entrants(&json!({"entrants": [{"brand": 9}]})).is_empty());
}

#[test]
fn titles_are_cut_and_ranges_name_their_unit_once() {
    assert_eq!(words::shortened("plan", 4), "plan");
    assert_eq!(words::shortened("plans", 4), "pla\u{2026}");
    assert_eq!(
        words::shortened(&"\u{5d0}".repeat(1_000_000), 80)
            .chars()
            .count(),
        80
    );
    assert_eq!(words::quoted("A"), "\u{201c}A\u{201d}");
    for (low, high, unit, text) in [
        (0.024, 0.3, "share", "2.4 to 30 %"),
        (-130e6, 5e9, "USD", "USD \u{2212}130 m to 5 bn"),
        (14e6, 183e6, "units", "14 m to 183 m units"),
        (0.5, 2.0, "", "0.5 to 2"),
        (3.0, 9.0, "month", "month 3 to 9"),
    ] {
        assert_eq!(words::between(low, high, unit), text);
    }
}

#[test]
fn the_answer_over_draws() {
    let mut output = over_draws();
    let text = |output: &RunOutput| {
        let summary = Summary::new(output, "0").unwrap();
        words::paragraphs(&summary, &output.entrants).join("\n")
    };
    let told = text(&output);
    for part in [
        "No plan that enters beats \u{201c}Stay out\u{201d}: the next by mean net present value, \u{201c}Online\u{201d}, is behind by USD 40 m to 80 m",
        "1.2 m units in 30 months on average (between 620 k and 1.2 m in 90 % of draws)",
        "It loses USD 84 m on average",
        "in 90 % of draws",
        "Draw by draw \u{201c}Stay out\u{201d} is ahead of \u{201c}Online\u{201d} (by USD 40 m to 80 m).",
        "All these intervals hold at once with a probability of 95 %.",
        "over 200 draws of the assumptions.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(
        !told.contains("central values") && !told.contains("count as none"),
        "{told}"
    );
    output.differences[0].tied = true;
    output.may_be_best[0].level = 0.999;
    output.may_be_best[0].indifference = 5e6;
    output.may_be_best[0].plans.push("online".into());
    output.issues.push(Issue {
        code: "draw_failed".into(),
        place: "draws".into(),
        count: 3,
        text: "x".into(),
    });
    let told = text(&output);
    for part in [
        "\u{201c}Stay out\u{201d} has the highest mean net present value (USD 0), but 197 draws cannot tell it from \u{201c}Online\u{201d}: either may be best.",
        "tied with \u{201c}Online\u{201d}",
        "with a probability of 99.9 %",
        "Differences of up to USD 5 m count as none.",
        "3 of which failed and are left out",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // The other way round: the plan that enters is the better one.
    for outcome in output.plans[1]
        .outcomes
        .iter_mut()
        .filter(|outcome| outcome.id == "npv")
    {
        outcome.value = Some(60e6);
    }
    output.may_be_best[0].plans = vec!["online".into()];
    output.differences = vec![difference("online", "stay_out", 40e6)];
    let told = text(&output);
    let part = "\u{201c}Online\u{201d} is the best of 2 plans by mean net present value (USD 60 m): it is ahead of the next one, \u{201c}Stay out\u{201d}, by USD 40 m to 80 m.";
    assert!(told.contains(part), "{told}");
    // Sure which is best, but not by how much: it is not ahead by less than nothing.
    output.differences[0].low = -2e6;
    output.differences[0].tied = true;
    let told = text(&output);
    let part = "and 197 draws leave no other as the best; how far it is ahead of the next one, \u{201c}Stay out\u{201d}, they do not say well (USD \u{2212}2 m to 80 m).";
    assert!(
        told.contains(part)
            && !told.contains("is ahead of the next one, \u{201c}Stay out\u{201d}, by"),
        "{told}"
    );
    // Who cannot be told from the highest mean, but is no candidate either, is not said to be one.
    output.may_be_best[0].plans = vec!["online".into()];
    assert!(!text(&output).contains("may be best"));
}

#[test]
fn when_it_leaves_is_told_as_what_it_is() {
    let mut output = over_draws();
    let text = |output: &RunOutput| {
        let summary = Summary::new(output, "0").unwrap();
        words::paragraphs(&summary, &output.entrants).join("\n")
    };
    let mut exits = outcome("exit_month", "month", OutcomeKind::Month, Some(10.4));
    let spread = |median, last| Spread {
        se: Some(1.0),
        quantiles: [Some(7.0), Some(7.0), Some(median), Some(8.0), Some(last)],
        median: Some(median),
    };
    exits.spread = Some(spread(7.0, 28.0));
    output.plans[1].outcomes.push(exits);
    let told = text(&output);
    assert!(
        told.contains("It leaves the market in all draws (half of them by month 7).")
            && told.contains("of sales in the last year"),
        "{told}"
    );
    // In all but a few draws it has left a year before the end: no share of the last year.
    let last = output.plans[1].outcomes.len() - 1;
    output.plans[1].outcomes[last].spread = Some(spread(7.0, 9.0));
    assert!(!text(&output).contains("of sales in the last year"));
    // Not in every draw, so that there is no mean.
    output.plans[1].outcomes[last].value = None;
    assert!(
        text(&output)
            .contains("It leaves the market in half of draws or more (half of all by month 7).")
    );
}
