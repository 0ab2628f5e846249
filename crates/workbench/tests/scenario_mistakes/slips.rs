//! Records of announcements and times read from them.

use super::{SCENARIO, changed, check, location, mistakes};
use beachhead_engine::futures::slip::Promise;
use beachhead_engine::futures::survival::{NEVER, Observation};
use beachhead_engine::futures::{Address, Distribution};
use beachhead_engine::scenario::{Scenario, SlipTail};
use beachhead_workbench::diagnostic::Diagnostics;
use beachhead_workbench::scenario::{LoadOptions, load, register};
use std::fs;
use tempfile::TempDir;

const TABLE: &str = "announcements.csv";
const HEADER: &str = "chain,said,kind,promised_end,happened_from,happened,source,note\n";
const SLIPS: &str = "[[slips]]\nid = \"launch\"\nannouncements = \"announcements.csv\"\ntail = { hazard = { value = \"5 %/month\", note = \"x\" } }\n\n[finance]";
const LEAD: &str = "lead_time = { distribution = \"pert\", low = \"2 months\", mode = \"3 months\", high = \"8 months\", note = \"assumption\" }";
const SLIP: &str = "lead_time = { distribution = \"slip\", of = \"launch\", kind = \"dated\", after = \"12 months\", note = \"as promised\" }";
/// The same mathematics computed another way.
const SAME_MATHEMATICS: f64 = 1e-12;

/// Dated: kept early, 40 days late, open; vague: one between two days, one beyond `as_of`; a denial.
pub(crate) const ROWS: &str = "\
first,2020-03,dated,2020-12,,2020-12-01,survey,kept
second,2021-01-10,dated,2021-06-30,,2021-08-09,survey;riders,late
second,2021-07-15,dated,2021-12,,,,a new date for the same launch
third,2022-06-01,dated,2023-01,,,,open
fourth,2021-03-01,vague,,2021-07,2021-09,,some day in these months
third,2022-02-01,vague,,,,,soon
fifth,2023-01-01,denial,,,,,not now
";

/// A new scenario with announcements, and texts replaced.
pub(crate) fn announced(rows: &str, edits: &[(&str, &str, &str)]) -> TempDir {
    let mut all = vec![(SCENARIO, "[finance]", SLIPS), (SCENARIO, LEAD, SLIP)];
    all.extend(edits);
    let folder = changed(&[]);
    fs::write(folder.path().join(TABLE), format!("{HEADER}{rows}")).unwrap();
    for (file, from, to) in all {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the template has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    folder
}

pub(crate) fn found(folder: &TempDir) -> Diagnostics {
    mistakes(folder.path(), &LoadOptions::default())
}

/// Exactly one mistake of the rows, at a text of the table.
fn row(rows: &str, at: &str, words: &[&str]) {
    let folder = announced(rows, &[]);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], &location(folder.path(), TABLE, at), words);
}

/// Exactly one mistake of the scenario, at a text of it.
fn one(from: &str, to: &str, at: &str, words: &[&str]) {
    let folder = announced(ROWS, &[(SCENARIO, from, to)]);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    check(
        &found.list[0],
        &location(folder.path(), SCENARIO, at),
        words,
    );
}

pub(crate) fn loaded(folder: &TempDir) -> Scenario {
    load(folder.path(), &LoadOptions::default())
        .unwrap()
        .scenario
}

fn months(days: f64) -> f64 {
    days / 30.4375
}

fn same(found: &Observation, expected: Observation) {
    let ends = |observation: &Observation| match *observation {
        Observation::At(time) => (0, time, time),
        Observation::After(time) => (1, time, time),
        Observation::Between(from, to) => (2, from, to),
    };
    let ((kind, from, to), wanted) = (ends(found), ends(&expected));
    assert!(
        kind == wanted.0
            && (from - wanted.1).abs() < SAME_MATHEMATICS
            && (to - wanted.2).abs() < SAME_MATHEMATICS,
        "{found:?}, expected {expected:?}"
    );
}

#[test]
fn chains_become_observations() {
    let scenario = loaded(&announced(ROWS, &[]));
    let slip = &scenario.slips[0];
    assert_eq!(
        (slip.id.as_str(), slip.title.as_str()),
        ("launch", "launch")
    );
    assert!(matches!(slip.tail, SlipTail::Hazard(_)));
    let [dated, vague] = &slip.curves[..] else {
        panic!("{:?}", slip.curves)
    };
    assert_eq!((dated.kind, vague.kind), (Promise::Dated, Promise::Vague));
    assert_eq!(dated.chains, ["first", "second", "third"]);
    // From the end of December 2020 to the 1st; from 30 June to 9 August 2021, the new date left out; from the end of January
    // 2023 to `as_of`, 1 January 2024.
    same(&dated.observations[0], Observation::At(months(-30.0)));
    same(&dated.observations[1], Observation::At(months(40.0)));
    same(&dated.observations[2], Observation::After(months(335.0)));
    // In the order of the chains' first rows.
    assert_eq!(vague.chains, ["third", "fourth"]);
    // From 1 March to the 1st of July (122 days) and the 30th of September (213 days) 2021.
    same(
        &vague.observations[1],
        Observation::Between(months(122.0), months(213.0)),
    );
    same(&vague.observations[0], Observation::After(months(699.0)));
}

/// What happens on or after `as_of` is not known; an interval across it was open at its start.
#[test]
fn outcomes_are_censored_at_as_of() {
    for (from, happened, expected) in [
        ("", "2023-12-31", Observation::At(months(30.0))),
        ("", "2024-01-01", Observation::After(months(31.0))),
        ("", "2024-05", Observation::After(months(31.0))),
        ("2023-12-11", "2024-02-01", Observation::After(months(10.0))),
        ("2024-01-05", "2024-02-01", Observation::After(months(31.0))),
    ] {
        let rows = format!("one,2023-03-01,dated,2023-12-01,{from},{happened},survey,\n");
        let scenario = loaded(&announced(&rows, &[]));
        same(&scenario.slips[0].curves[0].observations[0], expected);
    }
}

#[test]
fn a_gate_reads_the_curve() {
    let folder = announced(ROWS, &[]);
    let scenario = loaded(&folder);
    let lead = &scenario.gates[0].lead_time;
    let quantity = &scenario.quantities[lead.index()];
    let Distribution::Slip(time) = &quantity.distribution else {
        panic!("{quantity:?}")
    };
    assert_eq!(
        (time.of.as_str(), time.kind, time.after),
        ("launch", Promise::Dated, 12.0)
    );
    assert_eq!(
        (quantity.unit.as_str(), quantity.is_uncertain()),
        ("months", true)
    );
    // The centre: two of three happened, the median is the second.
    assert!((scenario.central_values()[lead] - 12.0 - months(40.0)).abs() < SAME_MATHEMATICS);
    let drawn: Vec<f64> = (0..300)
        .map(|draw| scenario.drawn_values(&Address::new(1, draw))[lead])
        .collect();
    assert!(drawn.iter().all(|time| (11.0..=NEVER).contains(time)));
    let beyond = drawn
        .iter()
        .filter(|time| **time > 12.0 + months(335.0))
        .count();
    assert!((40..160).contains(&beyond), "{beyond} of 300 in the tail");
    let written = serde_json::to_value(&scenario).unwrap();
    let steps = written.pointer("/slips/0/curves/0/curve/steps").unwrap();
    assert_eq!(steps.as_array().unwrap().len(), 2);
    assert_eq!(
        written.pointer("/slips/0/tail/hazard").unwrap(),
        "slips.launch.tail.hazard"
    );
    let entry = &register(&load(folder.path(), &LoadOptions::default()).unwrap()).slips[0];
    assert_eq!((entry.curves[0].chains, entry.curves[0].open), (3, 1));
}

#[test]
fn what_never_happens_is_finite() {
    let never = SLIPS.replace(
        "{ hazard = { value = \"5 %/month\", note = \"x\" } }",
        "\"never\"",
    );
    let rows = "one,2023-03-01,dated,2023-12-01,,,survey,\n";
    // A gate that nothing waits for.
    let gate = format!("[[gates]]\nid = \"other\"\nholds = []\n{SLIP}\ncost = 0\n\n[[events]]");
    let edits = [
        (SCENARIO, SLIPS, never.as_str()),
        (SCENARIO, SLIP, LEAD),
        (SCENARIO, "[[events]]", &gate),
    ];
    let scenario = loaded(&announced(rows, &edits));
    let lead = &scenario.gates[1].lead_time;
    assert_eq!(scenario.central_values()[lead], NEVER);
    assert_eq!(scenario.drawn_values(&Address::new(1, 5))[lead], NEVER);
    assert!(!scenario.quantities[lead.index()].is_uncertain());
}

#[test]
fn edits_reach_slips_and_replace_them() {
    let folder = announced(ROWS, &[]);
    let with = |set: &str| {
        let options = LoadOptions {
            sets: vec![set.to_owned()],
            ..LoadOptions::default()
        };
        load(folder.path(), &options).unwrap().scenario
    };
    let scenario = with("slips.launch.tail.hazard=0.5");
    let SlipTail::Hazard(hazard) = &scenario.slips[0].tail else {
        panic!("{:?}", scenario.slips)
    };
    assert_eq!(scenario.central_values()[hazard], 0.5);
    let scenario = with("gates.approval.lead_time=4");
    assert_eq!(scenario.central_values()[&scenario.gates[0].lead_time], 4.0);
}

#[test]
fn rows_that_cannot_be() {
    row(
        "First,2020-03,dated,2020-12,,,survey,\n",
        "First",
        &["not an id", "write first"],
    );
    row(
        ",2020-03,dated,2020-12,,,survey,\n",
        ",2020-03",
        &["empty cell in column `chain`"],
    );
    row(
        "a,,vague,,,,survey,\n",
        ",vague",
        &["empty cell in column `said`"],
    );
    row(
        "a,March,vague,,,,survey,\n",
        "March",
        &["\"March\" in column `said`"],
    );
    row(
        "a,2024-01-01,vague,,,,survey,\n",
        "2024-01-01",
        &["`as_of`", "take the row out"],
    );
    row(
        "a,2020-03,datet,2020,,,survey,\n",
        "datet",
        &["did you mean `dated`?"],
    );
    row(
        "a,2020-03,dated,,,,survey,\n",
        ",,,survey",
        &["`promised_end`", "the row is dated"],
    );
    row(
        "a,2020-03,vague,2020-12,,,survey,\n",
        "2020-12",
        &["not dated"],
    );
    row(
        "a,2020-03,dated,2019-12,,,survey,\n",
        "2019-12",
        &["still to come"],
    );
    row(
        "a,2020-03,vague,,2020-04-01,,survey,\n",
        "2020-04-01",
        &["without `happened`"],
    );
    row(
        "a,2020-03,vague,,2020-06-01,2020-05,survey,\n",
        "2020-06-01",
        &["before `happened`"],
    );
    row(
        "a,2020-03,vague,,,2020-02,survey,\n",
        "a,2020",
        &["before this was said"],
    );
    row(
        "a,2020-03,vague,,,2020-05,survey,\na,2020-04,vague,,,2020-06,survey,\n",
        "a,2020-04",
        &["another outcome"],
    );
    row(
        "a,2020-03,dated,2020-12,,2020-11,surfey,\n",
        "surfey",
        &["unknown source", "did you mean `survey`?"],
    );
    row("a,2020-03,vague,,,,,\n", ",\n", &["without a source"]);
}

#[test]
fn all_rows_at_once() {
    let rows =
        "A,2020-03,vague,,,,survey,\nb,2030-01,vague,,,,survey,\nc,2020-01,dated,,,,survey,\n";
    let found = found(&announced(rows, &[]));
    assert_eq!(found.list.len(), 3, "{found}");
    assert!(
        found.list.iter().all(|mistake| mistake.file == TABLE),
        "{found}"
    );
}

#[test]
fn tables_that_cannot_be() {
    one(
        "\"announcements.csv\"",
        "\"nowhere.csv\"",
        "\"nowhere.csv\"",
        &["cannot open"],
    );
    one(
        "\"announcements.csv\"",
        "\"../x.csv\"",
        "\"../x.csv\"",
        &["leaves the scenario's folder"],
    );
    let folder = announced("a,2020,denial,,,,survey,\n", &[]);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    let at = location(folder.path(), SCENARIO, "\"announcements.csv\"");
    check(&found.list[0], &at, &["without a promise"]);
    let other = HEADER.replace("chain", "launch");
    fs::write(folder.path().join(TABLE), format!("{other}{ROWS}")).unwrap();
    let no_header = self::found(&folder);
    assert!(
        no_header
            .list
            .iter()
            .any(|m| m.found.contains("no column `chain`")),
        "{no_header}"
    );
}

#[test]
fn slips_that_cannot_be() {
    let hazard = "{ hazard = { value = \"5 %/month\", note = \"x\" } }";
    one(
        hazard,
        "\"maybe\"",
        "\"maybe\"",
        &["\"never\", or { hazard"],
    );
    one(
        &format!("tail = {hazard}\n"),
        "",
        "[[slips]]",
        &["`tail` is missing"],
    );
    one(
        "\"5 %/month\"",
        "\"500 %/month\"",
        "{ value = \"500",
        &["out of range"],
    );
    let twice = format!("{}{SLIPS}", SLIPS.replace("[finance]", ""));
    let folder = announced(ROWS, &[(SCENARIO, SLIPS, &twice)]);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    assert!(
        found.list[0]
            .found
            .contains("the slip `launch` is there already"),
        "{found}"
    );
}

#[test]
fn times_that_cannot_be_read() {
    let (id, kind) = ("of = \"launch\"", "kind = \"dated\"");
    one(
        id,
        "of = \"lunch\"",
        "\"lunch\"",
        &["unknown slip `lunch`", "did you mean `launch`?"],
    );
    one(
        kind,
        "kind = \"denial\"",
        "\"denial\"",
        &["one of `dated`, `vague`"],
    );
    one(
        &format!("{kind}, "),
        "",
        "{ distribution = \"slip\"",
        &["`kind` is missing"],
    );
    one(
        ", after = \"12 months\"",
        "",
        "{ distribution = \"slip\"",
        &["`after` is missing"],
    );
    one(
        "after = \"12 months\"",
        "after = -1",
        "-1,",
        &["out of range", "at least 0"],
    );
    one(
        "after = \"12 months\"",
        "after = \"12 mouths\"",
        "\"12 mouths\"",
        &["months"],
    );
    one(
        "after = \"12 months\"",
        "after = 12, mean = 3",
        "mean = 3",
        &["unknown key `mean`"],
    );
    one(
        "cost = \"EUR 0.4 million\"",
        "cost = { distribution = \"slip\", of = \"launch\", kind = \"dated\", after = 1 }",
        "{ distribution = \"slip\", of = \"launch\", kind = \"dated\", after = 1 }",
        &["a slip in `gates.approval.cost`", "length of time"],
    );
    let rows = "a,2020-03,vague,,,2020-05,survey,\n";
    let folder = announced(rows, &[]);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    let at = location(folder.path(), SCENARIO, "\"launch\", kind");
    check(&found.list[0], &at, &["has no dated promise", "`vague`"]);
}
