//! Learning and comparisons: signals that say nothing, or that nobody sends, and zones of no outcome.

use super::{SCENARIO, changed, location, mistakes, one};
use beachhead_engine::outcomes::outcome_definitions;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load};

const BEFORE: &str = "# ---- what must be in place";
const COMPLEMENTS: &str =
    "[learning.brisk.complements]\nrelation = 0.8\nspread = 0.5\ngain = 1\nnoise = 0.3\n";
/// All that the template says of complements.
const HELMETS: &str = "[[complements]]
id = \"helmets\"
category = \"helmets\"            # of the table of products
rate = { value = \"10 %/year\", source = \"survey\" }
rivals = { value = 1.0, note = \"assumption: value of all other helmets together\" }
appeal = { distribution = \"normal\", mean = -0.5, sd = 0.5, note = \"assumption\" }
price_coefficient = { value = 0.03, note = \"assumption: an elasticity near -2 at EUR 79\" }
awareness_effect = { value = 0.5, note = \"assumption: helmets in the street show the brand\" }
";
const STUDIES: &str = "[learning.brisk.studies]\nnoise = 0.5\n";
const REVIEWS: &str = "[learning.brisk.reviews]\nnoise = 2\nshare = \"1 %\"\n";

fn with(more: &str) -> String {
    format!("{more}\n{BEFORE}")
}

fn mistake(section: &str, at: &str, words: &[&str]) {
    one(SCENARIO, BEFORE, &with(section), at, words);
}

fn loaded(more: &[(&str, &str, &str)]) -> Loaded {
    let folder = changed(more);
    let loaded = load(folder.path(), &LoadOptions::default());
    loaded.map_err(|mistakes| mistakes.to_string()).unwrap()
}

#[test]
fn a_signal_without_variance() {
    let found = COMPLEMENTS.replace("noise = 0.3", "noise = 0.00");
    let words = [
        "out of range",
        "learning.brisk.complements.noise",
        "above 0",
    ];
    mistake(&found, "0.00", &words);
    let found = REVIEWS.replace("noise = 2", "noise = 0.00");
    let words = ["out of range", "learning.brisk.reviews.noise", "above 0"];
    mistake(&found, "0.00", &words);
    let uncertain = "{ distribution = \"normal\", mean = 0.3, sd = 0.2 }";
    let found = COMPLEMENTS.replace("noise = 0.3", &format!("noise = {uncertain}"));
    mistake(&found, uncertain, &["reaches -", "above 0", "`beta`"]);
}

#[test]
fn a_study_that_is_told_without_noise_or_without_an_end() {
    let found = STUDIES.replace("noise = 0.5", "noise = 0.00");
    let words = ["out of range", "learning.brisk.studies.noise", "above 0"];
    mistake(&found, "0.00", &words);
    let found = STUDIES.replace("noise = 0.5", "noise = -0.51");
    mistake(&found, "-0.51", &["above 0"]);
    let found = STUDIES.replace("noise = 0.5\n", "");
    let words = ["`noise` is missing in `learning.brisk.studies`"];
    mistake(&found, "[learning.brisk.studies]", &words);
    let study = |action: &str| {
        let step = format!("    {{ start = \"approval\" }},\n    {{ {action} }},\n");
        let at = "    { start = \"approval\" },\n";
        let folder = changed(&[(SCENARIO, at, &step), (SCENARIO, BEFORE, &with(STUDIES))]);
        mistakes(folder.path(), &LoadOptions::default())
    };
    for (action, word) in [
        ("study = \"EUR 0.2 million\"", "`for` is missing"),
        ("study = \"EUR 0.2 million\", for = 0", "above 0"),
        ("study = -1, for = \"3 months\"", "at least 0"),
    ] {
        let found = study(action);
        assert_eq!(found.list.len(), 1, "{found}");
        assert!(found.to_string().contains(word), "{found}");
    }
}

#[test]
fn a_study_that_nothing_lets_teach_is_told_to_cost_only() {
    let at = "    { start = \"approval\" },\n";
    let step = format!("{at}    {{ study = \"EUR 0.2 million\", for = \"3 months\" }},\n");
    let dear = loaded(&[(SCENARIO, at, &step)]);
    assert_eq!(dear.not_simulated.len(), 1);
    let issue = &dear.not_simulated[0];
    assert_eq!(issue.code, "study_only_costs");
    assert_eq!(issue.location, "plans.online_first.steps.begin");
    assert!(issue.text.contains("[learning.brisk.studies]"), "{issue:?}");
    let told = loaded(&[(SCENARIO, at, &step), (SCENARIO, BEFORE, &with(STUDIES))]);
    assert!(told.not_simulated.is_empty(), "{:?}", told.not_simulated);
    let learning = told.scenario.entrants[0].learning.as_ref().unwrap();
    let noise = &learning.studies.as_ref().unwrap().noise;
    assert_eq!(told.scenario.central_values()[noise], 0.5);
}

#[test]
fn what_waits_for_a_study_that_no_step_begins() {
    let when = "when = \"gate.approval.open && studies.done >= 1\"";
    let folder = changed(&[
        (SCENARIO, "when = \"gate.approval.open\"", when),
        (SCENARIO, BEFORE, &with(STUDIES)),
    ]);
    let found = mistakes(folder.path(), &LoadOptions::default());
    // What waits for the scooters waits too, and is told after them.
    let text = found.list[0].to_string();
    assert!(
        text.contains("the step `scooters` can never fire"),
        "{text}"
    );
    assert!(text.contains("waits for `studies.done`"), "{text}");
}

#[test]
fn the_durables_own_part_is_required_and_more_than_nothing() {
    let found = COMPLEMENTS.replace("spread = 0.5\n", "");
    let words = ["`spread` is missing in `learning.brisk.complements`"];
    mistake(&found, "[learning.brisk.complements]", &words);
    let found = COMPLEMENTS.replace("spread = 0.5", "spread = 0.00");
    mistake(&found, "0.00", &["above 0"]);
    let found = COMPLEMENTS.replace("relation = 0.8", "relation = -0.83");
    mistake(&found, "-0.83", &["above 0"]);
    let found = COMPLEMENTS.replace("gain = 1", "gain = -1.57");
    mistake(&found, "-1.57", &["at least 0"]);
}

#[test]
fn who_learns_and_from_what() {
    mistake(
        "[learning.volta.reviews]\nnoise = 2\nshare = 0.1\n",
        "volta.reviews",
        &["`volta` in `learning` is not an entrant", "one of `brisk`"],
    );
    mistake(
        "[learning.brisk]\n",
        "[learning.brisk]",
        &["without a signal", "`complements`, `reviews` or `studies`"],
    );
    mistake(
        "[learning.brisk.sales]\nnoise = 1\n",
        "sales]",
        &["unknown"],
    );
}

#[test]
fn complements_that_the_brand_does_not_sell() {
    let folder = changed(&[
        (SCENARIO, BEFORE, &with(COMPLEMENTS)),
        (SCENARIO, "    { launch = [\"brisk_helmet\"] },\n", ""),
        (SCENARIO, HELMETS, ""),
    ]);
    let path = folder.path().join("products.csv");
    let rows = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = rows
        .lines()
        .filter(|row| !row.contains("helmets"))
        .collect();
    std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    let found = mistakes(folder.path(), &LoadOptions::default());
    let at = location(folder.path(), SCENARIO, "[learning.brisk.complements]");
    assert_eq!(found.list.len(), 1, "{found}");
    super::check(
        &found.list[0],
        &at,
        &["`brisk` has no complements", "`[[complements]]`"],
    );
}

#[test]
fn a_spread_that_leaves_nothing_to_learn_is_a_warning() {
    let section = with(COMPLEMENTS);
    let sd = "transport_sd = 0.4\nsd = 0.29 #";
    let edits = [
        (SCENARIO, BEFORE, section.as_str()),
        (SCENARIO, "transport_sd =", sd),
    ];
    // √(0.29² + 0.4²) = 0.494 is less than the 0.5 of the durable alone.
    let warnings = loaded(&edits).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].found.contains("0.494"), "{}", warnings[0].found);
    let wider = (
        SCENARIO,
        "transport_sd =",
        "transport_sd = 0.4\nsd = 0.31 #",
    );
    assert!(loaded(&[edits[0], wider]).warnings.is_empty());
}

#[test]
fn a_belief_that_stays_at_its_prior_is_a_warning() {
    let condition = (
        SCENARIO,
        "when = \"gate.approval.open\"",
        "when = \"gate.approval.open && belief.appeal.mean > -2\"",
    );
    let warnings = loaded(&[condition]).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].found.contains("stays at the prior"));
    let section = with(REVIEWS);
    assert!(
        loaded(&[condition, (SCENARIO, BEFORE, &section)])
            .warnings
            .is_empty()
    );
}

#[test]
fn what_is_learned_from_is_resolved_and_drawn() {
    let both = with(&format!("{COMPLEMENTS}\n{REVIEWS}"));
    let scenario = loaded(&[(SCENARIO, BEFORE, &both)]).scenario;
    let entrant = &scenario.entrants[0];
    let learning = entrant.learning.as_ref().unwrap();
    let signal = learning.complements.as_ref().unwrap();
    let uncertain: Vec<&str> = scenario
        .quantities
        .iter()
        .filter(|q| q.is_uncertain() && q.name.ends_with("_z"))
        .map(|q| q.name.as_str())
        .collect();
    assert_eq!(uncertain.len(), 2);
    assert!(uncertain.contains(&"demand.entrant.brisk.appeal_z"));
    assert!(uncertain.contains(&signal.appeal_z.name()));
    let values = scenario.central_values();
    assert_eq!(values[&signal.appeal_z], 0.0);
    assert_eq!(values[&learning.reviews.as_ref().unwrap().share], 0.01);
    // Own appeals of new products are drawn where they have a spread.
    let spread = (
        SCENARIO,
        "buy_keep_nest =",
        "new_product_spread = 0.3\nbuy_keep_nest =",
    );
    let scenario = loaded(&[spread]).scenario;
    let drawn: Vec<&str> = scenario
        .products
        .iter()
        .filter(|p| p.appeal_z.is_some())
        .map(|p| p.id.as_str())
        .collect();
    assert_eq!(drawn, ["brisk_city"]);
    assert!(
        loaded(&[])
            .scenario
            .products
            .iter()
            .all(|p| p.appeal_z.is_none())
    );
}

#[test]
fn comparisons_of_what_is_no_outcome() {
    let zone = |text: &str| format!("[comparison]\n{text}\n");
    mistake(
        &zone("indifference_of = { unitz = 1000 }"),
        "unitz",
        &["`unitz`", "did you mean `units`"],
    );
    for id in ["payback_month", "cvar10"] {
        let words = [&format!("`{id}`"), "an outcome whose mean is compared"];
        mistake(
            &zone(&format!("indifference_of = {{ {id} = 3 }}")),
            id,
            &words,
        );
    }
    let words = ["out of range", "`comparison.level`", "from 0.5 to 0.9999"];
    mistake(&zone("level = \"100 %\""), "\"100 %\"", &words);
    mistake(
        &zone("indifference = \"EUR -1 million\""),
        "\"EUR -1",
        &["at least 0"],
    );
    let uncertain = "{ distribution = \"uniform\", low = 0, high = 3 }";
    let words = [
        "a distribution in `comparison.indifference`",
        "chosen, not assumed",
    ];
    mistake(
        &zone(&format!("indifference = {uncertain}")),
        uncertain,
        &words,
    );
}

#[test]
fn comparisons_are_asked_by_outcome() {
    let section = with(
        "[comparison]\nlevel = \"90 %\"\nindifference = \"EUR 5 million\"\nindifference_of = { units = 1000, revenue = 2e6 }\n",
    );
    let given = loaded(&[(SCENARIO, BEFORE, &section)]);
    let usual = loaded(&[]);
    let of = |loaded: &Loaded, id: &str| {
        let definitions = outcome_definitions(&loaded.scenario);
        let definition = definitions.iter().find(|d| d.id == id).unwrap();
        let asked = definition.comparison(&loaded.scenario);
        asked.map(|asked| (asked.level, asked.indifference))
    };
    for (id, asked, without) in [
        ("npv", Some((0.9, 5e6)), Some((0.95, 0.0))),
        ("revenue", Some((0.9, 2e6)), Some((0.95, 0.0))),
        ("units", Some((0.9, 1000.0)), Some((0.95, 0.0))),
        ("awareness", Some((0.9, 0.0)), Some((0.95, 0.0))),
        ("p_loss", Some((0.9, 0.0)), Some((0.95, 0.0))),
        ("payback_month", None, None),
        ("cvar10", None, None),
    ] {
        assert_eq!(of(&given, id), asked, "{id}");
        assert_eq!(of(&usual, id), without, "{id}");
    }
    let listed = |loaded: &Loaded| {
        let defaults = loaded.defaults.iter();
        defaults
            .filter(|d| d.name.starts_with("comparison."))
            .count()
    };
    assert_eq!((listed(&given), listed(&usual)), (0, 2));
}
