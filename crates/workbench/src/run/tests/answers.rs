//! Report and words.

use super::*;
use summary::Summary;

#[test]
fn the_report_is_one_safe_file() {
    let output = made_up();
    let summary = Summary::new(&output, "0123456789ab").unwrap();
    let page = report::html(&output, &summary);
    assert!(!page.contains("<script"), "names are escaped");
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39;"));
    assert!(!page.contains("javascript:"));
    for forbidden in ["http://", "src=", "@import", "url(", "<link", "NaN", "inf<"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for wanted in [
        "prefers-color-scheme: dark",
        "width=device-width",
        "Share of sales",
        "Installed base",
        "Cash, cumulative",
        "Awareness",
        "Register of assumptions",
        "How to reproduce",
        "0123456789ab",
        "never",
        "Step push (2 times)",
        "Gate opens: Certificate",
        "leaves the market",
        "Net cash",
        "Net present value",
        "figure class=\"wide\"",
        "Calibration: facts wanted and got",
        "<desc id=\"share_of_sales-desc\">",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    balanced(&page);
}

/// Every element that opens closes again, in order.
fn balanced(page: &str) {
    const EMPTY: [&str; 6] = ["!doctype", "meta", "line", "path", "circle", "br"];
    let mut open: Vec<&str> = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = &piece[..piece.find('>').unwrap_or_else(|| panic!("no end: {piece}"))];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/', '\n'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "…{piece}");
        } else if !EMPTY.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

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
        "Under \u{201c}Shops\u{201d} Acme sells 620 k units in 30 months, with 1.6 % of sales in the last year and 450 k users \
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
fn the_answer_over_draws() {
    let mut output = made_up();
    output.draws = 200;
    output.entrants[0].title = "Acme".to_owned();
    output.plans[1].title = "Online".to_owned();
    for outcome in output.plans.iter_mut().flat_map(|plan| &mut plan.outcomes) {
        let value = outcome.value;
        outcome.spread = Some(Spread {
            se: value.map(|_| 1.0),
            quantiles: [value.map(|v| 0.5 * v), value, value, value, value],
            median: None,
        });
    }
    for series in output.plans.iter_mut().flat_map(|plan| &mut plan.series) {
        series.bands = Some(std::array::from_fn(|_| series.values.clone()));
    }
    let difference = |against: &str, low: f64, tied: bool| Difference {
        plan: "stay_out".into(),
        against: against.into(),
        outcome: "npv".into(),
        mean: low,
        low,
        high: 2.0 * low,
        tied,
    };
    output.differences = vec![difference("online", 40e6, false)];
    let best = |plans: &[&str], level, indifference| MayBeBest {
        outcome: "npv".into(),
        level,
        indifference,
        plans: plans.iter().map(|id| (*id).to_owned()).collect(),
    };
    output.may_be_best = vec![best(&["stay_out"], 0.95, 0.0)];
    let page = |output: &RunOutput| {
        let summary = Summary::new(output, "0").unwrap();
        let text = words::paragraphs(&summary, &output.entrants).join("\n");
        (text, report::html(output, &summary))
    };
    let (text, html) = page(&output);
    for part in [
        "It loses USD 84 m on average",
        "in 90 % of draws",
        "\u{201c}Stay out\u{201d} comes first: it is ahead of \u{201c}Online\u{201d} (by USD 40 m to USD 80 m)",
        "Only \u{201c}Stay out\u{201d} may be best. All intervals hold at once with a probability of 95 %; with",
        "over 200 draws of the assumptions.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("central values"), "{text}");
    balanced(&html);
    assert!(html.contains("class=\"band\"") && html.contains("50 % and 90 % of draws"));
    assert!(!text.contains("count as none"), "{text}");
    output.differences = vec![difference("online", 40e6, true)];
    output.may_be_best = vec![best(&["stay_out", "online"], 0.999, 5e6)];
    output.issues.push(Issue {
        code: "draw_failed".into(),
        place: "draws".into(),
        count: 3,
        text: "x".into(),
    });
    let (text, _) = page(&output);
    for part in [
        "it is tied with \u{201c}Online\u{201d}",
        "Plans that may be best: \u{201c}Stay out\u{201d} and \u{201c}Online\u{201d}.",
        "with a probability of 99.9 %",
        "Differences of up to USD 5 m count as none.",
        "3 of which failed and are left out",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
