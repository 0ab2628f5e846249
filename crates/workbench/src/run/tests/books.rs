//! The workbook: texts as texts, the same bytes, the sheets of what a run was asked.

use super::asked::asked;
use super::*;
use std::io::{self, Read};
use summary::Summary;

/// A text that must not drown a sheet.
const MEGABYTE: usize = 1_000_000;

/// Cells of a sheet, by its name, in order: numbers as they are written, texts from the shared strings.
fn cells_of(files: &[(String, String)], name: &str) -> Vec<String> {
    let file = |wanted: &str| &files.iter().find(|(name, _)| name == wanted).unwrap().1;
    let book = file("xl/workbook.xml");
    let names: Vec<&str> = book
        .split("<sheet name=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let at = names.iter().position(|known| *known == name).unwrap();
    let strings: Vec<&str> = file("xl/sharedStrings.xml")
        .split("<si>")
        .skip(1)
        .map(|rest| rest.split("</t>").next().unwrap())
        .map(|rest| rest.split_once('>').unwrap().1)
        .collect();
    let sheet = file(&format!("xl/worksheets/sheet{}.xml", at + 1));
    sheet
        .split("<c ")
        .skip(1)
        .map(|cell| {
            let value = cell.split_once("<v>").unwrap().1;
            let value = value.split("</v>").next().unwrap();
            if cell.split('>').next().unwrap().contains("t=\"s\"") {
                strings[value.parse::<usize>().unwrap()].to_owned()
            } else {
                value.to_owned()
            }
        })
        .collect()
}

#[test]
fn the_workbook_holds_what_the_run_was_asked() {
    let output = asked("=1+1");
    let summary = Summary::new(&output, "0123456789ab").unwrap();
    let files = unzipped(&workbook::of_run(&stored::StoredOutput { output, summary }).unwrap());
    for (sheet, heads, row) in [
        (
            "Tornado",
            16,
            "demand.entrant.acme.appeal_z|=1+1|standard deviations|0.5|1|2|none|stay_out|-1000000|1000000|8000000|9000000|400000|1500000|2",
        ),
        (
            "What must be true",
            9,
            "online|money for the same reach|odds as assumed|nowhere|0.4|0.8|if it is as good as =1+1: better than 62 %",
        ),
        (
            "Break-even surface",
            6,
            "money for the same reach|odds as assumed|0.05|0.05|0|200000",
        ),
        (
            "Earlier entries",
            9,
            "=1+1|=1+1|2016-02|28|20|12|0.02|=1+1|=1+1",
        ),
        (
            "Reference class",
            9,
            "12|earlier entries|1|0.02|0.02|0.02|0.02|0.02|0",
        ),
    ] {
        let cells = cells_of(&files, sheet);
        let wanted: Vec<&str> = row.split('|').collect();
        assert_eq!(cells[heads..heads + wanted.len()], wanted, "{sheet}");
    }
    assert!(!files.iter().any(|(_, text)| text.contains("<f>")));
    // A run that nobody asked has no such sheet.
    let plain = unzipped(&workbook::of_run(&stored_over_draws()).unwrap());
    assert!(!plain.iter().any(|(_, text)| text.contains("Tornado")));
}

fn stored_over_draws() -> stored::StoredOutput {
    let output = over_draws();
    let summary = Summary::new(&output, "0123456789ab").unwrap();
    stored::StoredOutput { output, summary }
}

/// The files in a workbook.
fn unzipped(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    let mut files = Vec::new();
    for position in 0..archive.len() {
        let mut file = archive.by_index(position).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

#[test]
fn the_workbook_holds_texts_and_the_same_bytes() {
    let mut run = stored_over_draws();
    let formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"];
    for (position, text) in formulas.iter().enumerate() {
        let mut row = run.output.register[0].clone();
        row.note = (*text).to_owned();
        row.name = format!("{text}{position}");
        run.output.register.push(row);
    }
    run.output.register[0].note = "x".repeat(MEGABYTE);
    let bytes = workbook::of_run(&run).unwrap();
    assert_eq!(bytes, workbook::of_run(&run).unwrap());
    let files = unzipped(&bytes);
    let strings = &files
        .iter()
        .find(|(name, _)| name == "xl/sharedStrings.xml")
        .unwrap()
        .1;
    for text in formulas {
        let kept = text.replace('\'', "&apos;");
        assert!(strings.contains(text) || strings.contains(&kept), "{text}");
    }
    for (name, sheet) in files
        .iter()
        .filter(|(name, _)| name.starts_with("xl/worksheets/"))
    {
        assert!(!sheet.contains("<f>"), "{name} holds a formula");
    }
    let book = &files
        .iter()
        .find(|(name, _)| name == "xl/workbook.xml")
        .unwrap()
        .1;
    for sheet in [
        "About",
        "Outcomes",
        "Differences",
        "Series",
        "Happened",
        "Cash",
        "Calibration",
        "Assumptions",
        "Sources",
        "Notes",
    ] {
        assert!(book.contains(&format!("name=\"{sheet}\"")), "{sheet}");
    }
    let mean = run.summary.plans[1].mean("npv").unwrap().to_string();
    assert!(
        files
            .iter()
            .any(|(_, text)| text.contains(&format!("<v>{mean}</v>"))),
        "{mean}"
    );
}
