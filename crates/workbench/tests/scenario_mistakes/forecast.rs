//! Tables of earlier entries that forecasts are held against.

use super::{SCENARIO, changed, check, location, mistakes};
use beachhead_engine::scenario::{CalendarMonth, ReferenceClass};
use beachhead_workbench::diagnostic::Diagnostics;
use beachhead_workbench::scenario::{LoadOptions, load};
use std::fs;
use tempfile::TempDir;

const TABLE: &str = "entries.csv";
const HEADER: &str = "entrant,market,first_sale,months_after,share_of_sales,left,source,note\n";

/// Two shares of one entry, one that left, one that leaves after `as_of`.
const ROWS: &str = "\
volt,north,2020-03,12,0.02,,survey,
volt,north,2020-03,6,1 %,,survey;riders,first months
zap,north,2021-01-15,,,2021-08,,gave up
amp,south,2019-05,24,0.05,2030-01,riders,
";

fn with_entries(rows: &str) -> TempDir {
    let section = format!("[forecast]\nreference_class = \"{TABLE}\"\n\n[finance]");
    let folder = changed(&[(SCENARIO, "[finance]", &section)]);
    fs::write(folder.path().join(TABLE), format!("{HEADER}{rows}")).unwrap();
    folder
}

fn found(folder: &TempDir) -> Diagnostics {
    mistakes(folder.path(), &LoadOptions::default())
}

fn class(rows: &str) -> ReferenceClass {
    let folder = with_entries(rows);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    loaded.scenario.forecast.unwrap()
}

/// Exactly one mistake of the rows, at a text of the table.
fn row(rows: &str, at: &str, words: &[&str]) {
    let folder = with_entries(rows);
    let found = found(&folder);
    assert_eq!(found.list.len(), 1, "{found}");
    check(&found.list[0], &location(folder.path(), TABLE, at), words);
}

#[test]
fn rows_of_an_entry_are_taken_together_and_what_comes_later_is_not_known() {
    let class = class(ROWS);
    assert_eq!(class.members.len(), 3);
    let [volt, zap, amp] = &class.members[..] else {
        panic!("three members");
    };
    assert_eq!(volt.shares, [(6, 0.01), (12, 0.02)]);
    assert_eq!(volt.sources, ["survey", "riders"]);
    assert_eq!(volt.notes, ["first months"]);
    assert_eq!((volt.left, zap.left, amp.left), (None, Some(7), None));
    let month = CalendarMonth {
        year: 2021,
        month: 1,
    };
    assert_eq!(zap.first_sale, month);
    assert!(volt.seen > 12 && amp.seen > volt.seen);
}

#[test]
fn a_scenario_without_entries_has_no_class() {
    let folder = changed(&[]);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    assert!(loaded.scenario.forecast.is_none());
}

#[test]
fn cells_that_say_nothing_or_nonsense() {
    let cases: [(&str, &str, &[&str]); 9] = [
        (
            ",north,2020-03,12,0.02,,survey,",
            ",north",
            &["`entrant`", "required"],
        ),
        (
            "volt,north,soon,12,0.02,,survey,",
            "soon",
            &["\"soon\" in column `first_sale`", "2016-10"],
        ),
        (
            "volt,north,2020,12,0.02,,survey,",
            "2020,",
            &["`first_sale`", "a month"],
        ),
        (
            "volt,north,2020-03,1.5,0.02,,survey,",
            "1.5",
            &["`months_after`", "whole months"],
        ),
        (
            "volt,north,2020-03,0,0.02,,survey,",
            "0,0.02",
            &["`months_after`", "1 or more"],
        ),
        (
            "volt,north,2020-03,12,2,,survey,",
            "2,,survey",
            &["\"2\" in column `share_of_sales`", "3 %"],
        ),
        (
            "volt,north,2020-03,12,much,,survey,",
            "much",
            &["\"much\"", "0.03"],
        ),
        (
            "volt,north,2020-03,12,0.02,then,survey,",
            "then",
            &["\"then\" in column `left`"],
        ),
        (
            "volt,north,2020-03,12,0.02,,surveys,",
            "surveys",
            &["unknown source `surveys`", "survey"],
        ),
    ];
    for (text, at, words) in cases {
        row(&format!("{text}\n"), at, words);
    }
}

#[test]
fn a_share_and_its_age_come_together_and_a_row_has_a_reason() {
    let folder = with_entries("volt,north,2020-03,12,,,survey,\n");
    let list = found(&folder);
    assert_eq!(list.list.len(), 1, "{list}");
    assert!(list.to_string().contains("`months_after` without a share"));
    let folder = with_entries("volt,north,2020-03,,0.02,,survey,\n");
    assert!(
        found(&folder)
            .to_string()
            .contains("a share without `months_after`")
    );
    let folder = with_entries("volt,north,2020-03,12,0.02,,,\n");
    assert!(
        found(&folder)
            .to_string()
            .contains("an entry without a source")
    );
}

#[test]
fn nothing_on_or_after_as_of_is_taken() {
    row(
        "volt,north,2029-03,,,,survey,\n",
        "2029-03",
        &["a first sale in 2029-03", "before `as_of`"],
    );
    row(
        "volt,north,2020-03,120,0.3,,survey,\n",
        "120",
        &[
            "a share of 2030-03",
            "ends before `as_of`",
            "take the row out",
        ],
    );
}

#[test]
fn rows_that_contradict_each_other() {
    let first = "volt,north,2020-03,12,0.02,2021-09,survey,\n";
    row(
        &format!("{first}volt,north,2020-04,9,0.02,,survey,\n"),
        "volt,north,2020-04",
        &["another first sale", "one first sale"],
    );
    row(
        &format!("{first}volt,north,2020-03,9,0.02,2021-10,survey,\n"),
        "volt,north,2020-03,9",
        &["another month in which volt left"],
    );
    row(
        &format!("{first}volt,north,2020-03,12,0.03,,survey,\n"),
        "volt,north,2020-03,12,0.03",
        &["month 12 of volt is there already"],
    );
    row(
        "volt,north,2020-03,30,0.02,2021-09,survey,\n",
        "volt,north",
        &["a share of volt after it left"],
    );
    row(
        "volt,north,2020-03,,,2020-03,survey,\n",
        "2020-03,survey",
        &["`left` 2020-03 with a first sale in 2020-03"],
    );
}

#[test]
fn all_mistakes_at_once() {
    let folder = with_entries("volt,north,soon,1.5,2,,survey,\n,north,2020-03,12,0.02,,nobody,\n");
    assert_eq!(found(&folder).list.len(), 5, "{}", found(&folder));
}

#[test]
fn a_table_that_is_not_there_or_empty() {
    let section = "[forecast]\nreference_class = \"nothing.csv\"\n\n[finance]";
    let folder = changed(&[(SCENARIO, "[finance]", section)]);
    let list = found(&folder);
    assert_eq!(list.list.len(), 1, "{list}");
    check(
        &list.list[0],
        &location(folder.path(), SCENARIO, "\"nothing.csv\""),
        &["nothing.csv"],
    );
    let folder = with_entries("");
    let list = found(&folder);
    assert_eq!(list.list.len(), 1, "{list}");
    assert!(list.to_string().contains("without entries"));
}
