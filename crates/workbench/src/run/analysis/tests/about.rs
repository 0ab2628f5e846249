//! The plan that is asked is the one that the summary's own words are about, and no verdict is firmer than its band.

use super::*;
use crate::run::words;
use crate::run::{stored, tests::small};

/// A third plan beside the two of the small scenario: the same, and it leaves in its tenth month.
const LEAVES: &str = "\n[[plans]]\nid = \"brief\"\ntitle = \"In and out\"\nexit_when = \"month >= 10\"\n[[plans.steps]]\nid = \"start\"\nwhen = \"month >= 1\"\ndo = [{ launch = [\"brisk_city\"] }, { open = \"brisk_online\" }]\n";

/// The small scenario with one more plan behind the two.
fn with_third(third: &str) -> TempDir {
    let (here, _) = loaded(2, &[]);
    let file = here.path().join("market").join("scenario.toml");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("\n[outcomes]").unwrap_or(text.len());
    let with_third = format!("{}{third}{}", &text[..at], &text[at..]);
    fs::write(&file, with_third).unwrap();
    here
}

#[test]
fn what_is_asked_is_asked_of_the_plan_that_the_words_are_about() {
    let here = with_third(LEAVES);
    // A fixed cost that makes staying the worse: who leaves early loses less.
    let cost = "finance.fixed_cost={ value = \"EUR 20 million/month\", note = \"x\" }";
    let loaded = small::again(&here, 40, MONTHS, &[cost]);
    assert_eq!(loaded.plans.len(), 3);
    let prepared = prepare(&loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let how = How {
        threads: 2,
        fresh: false,
        analysis: true,
        cancel: &cancel,
    };
    small::run_in(&here, "runs", (&loaded, &prepared), how, &Silent)
        .0
        .unwrap();
    let folder = folder::place(&here.path().join("runs"), "scooters", &prepared.hash).unwrap();
    let run = stored::read(&folder).unwrap();
    let analysis = run.output.analysis.as_ref().unwrap();
    let (told, footing) = words::plan_of(&run.summary, &run.output.entrants, 0).unwrap();
    assert_eq!(analysis.about.as_deref(), Some(told.id.as_str()));
    assert_eq!(analysis.must_be_true.as_ref().unwrap().plan, told.id);
    let npv = |id: &str| analysis.plan(id).unwrap().npv;
    assert!(npv("brief") > npv("online_first"), "who leaves loses less");
    assert_eq!(told.id, "online_first", "{footing:?}");
    assert_eq!(footing, words::Footing::RuledOut);
    let said = words::paragraphs(&run.summary, &run.output.entrants).join(" ");
    assert!(
        said.contains(
            "No plan that enters and stays may be best; of those that stay the report is about the one with the highest mean"
        ),
        "{said}"
    );
    // Only two plans are asked: the best by mean, and the one that the report is about.
    for bar in &analysis.sensitivity.bars {
        let mut plans: Vec<&str> = bar.plans.iter().map(|ends| ends.of.as_str()).collect();
        plans.sort_unstable();
        assert_eq!(plans, ["online_first", "stay_out"]);
    }
    assert_eq!(analysis.best.as_deref(), Some("stay_out"));
    assert_eq!(analysis.second.as_deref(), Some("online_first"));
    let decides = analysis.decides.sentences.join(" ");
    let firm = "No value in this range changes the choice between these two plans on its own.";
    assert!(
        decides.contains(firm) || decides.contains("cannot be told apart"),
        "{decides}"
    );
}

/// A third plan that does the second's steps a month later.
const LATER: &str = r#"
[[plans]]
id = "later"
title = "A month later"
[[plans.steps]]
id = "begin"
when = "month >= 2"
do = [{ open = "brisk_online" }, { launch = ["brisk_helmet"] }, { start = "approval" }]
[[plans.steps]]
id = "scooters"
when = "gate.approval.open"
do = [
    { launch = ["brisk_city"] },
    { price = "cost_plus", margin = "12 %", products = ["brisk_city"] },
    { spend = "EUR 0.5 million/month", on = "advertising", for = "18 months" },
]
[[plans.steps]]
id = "club"
when = "awareness > 0.2 && sales.share > 0.005"
do = [{ open = "swap_north" }]
"#;

#[test]
fn all_plans_that_may_be_best_are_asked_against_the_one_of_the_report() {
    let here = with_third(LATER);
    // A fixed cost that leaves little of what either earns.
    let cost = "finance.fixed_cost={ value = \"EUR 0.8 million/month\", note = \"x\" }";
    // A month more or less is worth less than what counts as nothing.
    let zone = "comparison.indifference={ value = \"EUR 3 million\", note = \"x\" }";
    let loaded = small::again(&here, 24, MONTHS, &[cost, zone]);
    let analysis = analysed(&loaded);
    let about = analysis.about.clone().unwrap();
    let may_be = inquire(&loaded, |inquiry, _| {
        let pass = Pass::new(inquiry.chunks).unwrap();
        inquiry.draws(&pass).unwrap().unwrap().may_be_best
    });
    let others = loaded.scenario.plans.iter().zip(&may_be);
    let mut wanted: Vec<&str> = others
        .filter(|(plan, may_be)| **may_be && plan.id != about)
        .map(|(plan, _)| plan.id.as_str())
        .collect();
    wanted.sort_unstable();
    assert!(wanted.len() > 1, "{may_be:?}");
    assert!(!analysis.sensitivity.bars.is_empty());
    for bar in &analysis.sensitivity.bars {
        let mut asked = Vec::new();
        for pair in &bar.pairs {
            let other = if pair.plan == about {
                &pair.against
            } else {
                assert_eq!(pair.against, about);
                &pair.plan
            };
            asked.push(other.as_str());
            // What one is worth more is what the two are worth, one less the other.
            let [one, two] = [&pair.plan, &pair.against].map(|id| bar.of(id).unwrap());
            let scale = one.swing.abs().max(two.swing.abs());
            is_near(pair.ends.swing, one.swing - two.swing, scale, ROUNDING);
            let at_p10 = one.of_run_p10 - two.of_run_p10;
            is_near(pair.ends.of_run_p10, at_p10, one.of_run_p10, ROUNDING);
        }
        asked.sort_unstable();
        assert_eq!(asked, wanted);
    }
    let said = analysis.decides.sentences.join(" ");
    assert!(!said.contains("not asked"), "{said}");
}

#[test]
fn attempts_that_no_plan_makes_are_not_asked_about() {
    let chance = "{ distribution = \"beta\", mean = 0.4, sd = 0.1, note = \"x\" }";
    let (_here, loaded) = with_talks(chance);
    let at = position(&loaded, "events.talks.chance");
    inquire(&loaded, |inquiry, _| {
        assert!(inquiry.attempts_of_no_one(&[0]).contains(&at));
        assert!(!inquiry.attempts_of_no_one(&[0, 1]).contains(&at));
    });
}
