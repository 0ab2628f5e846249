//! The tables of a run, or of a comparison of two, as an Excel workbook: numbers as numbers, texts as texts.

mod asked;

use super::RunError;
use super::compare::Comparison;
use super::output::{HappenedKind, RunOutput};
use super::stored::StoredOutput;
use super::summary::{OutcomeEntry, Summary, WantedEntry};
use super::words::{self, shortened};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Most letters of a cell.
const LONGEST: usize = 32_000;
/// Most rows of a sheet below its head.
const MOST_ROWS: u32 = 1_048_575;
/// Widths of columns of words and of numbers, letters.
const WIDTHS: (f64, f64) = (28.0, 14.0);

/// A cell.
enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Maybe(Option<f64>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Option<f64>> for Value<'_> {
    fn from(number: Option<f64>) -> Self {
        Self::Maybe(number)
    }
}

/// A sheet that grows row by row.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
}

impl<'a> Sheet<'a> {
    /// A sheet with a head that stays in view; heads of columns of words are marked with `true`.
    fn new(book: &'a mut Workbook, name: &str, head: &[(&str, bool)]) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        let bold = Format::new().set_bold();
        for (column, (title, is_text)) in (0_u16..).zip(head) {
            sheet.write_string_with_format(0, column, cut(title), &bold)?;
            let width = if *is_text { WIDTHS.0 } else { WIDTHS.1 };
            sheet.set_column_width(column, width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(Self { sheet, row: 0 })
    }

    /// Adds a row. What a sheet cannot hold is left out; the notes say how much that is.
    fn row(&mut self, cells: &[Value<'_>]) -> Result<(), XlsxError> {
        self.row += 1;
        if self.row > MOST_ROWS {
            return Ok(());
        }
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                // Written as text whatever it begins with: never a formula.
                Value::Text("") | Value::Maybe(None) => {}
                Value::Text(text) => {
                    self.sheet.write_string(self.row, column, cut(text))?;
                }
                Value::Number(number) | Value::Maybe(Some(number)) => {
                    self.sheet.write_number(self.row, column, *number)?;
                }
            }
        }
        Ok(())
    }

    /// Rows that did not fit.
    fn lost(&self) -> u32 {
        self.row.saturating_sub(MOST_ROWS)
    }
}

fn cut(text: &str) -> String {
    shortened(text, LONGEST)
}

fn fault(error: XlsxError) -> RunError {
    RunError::Fault(format!("the workbook cannot be written: {error}"))
}

/// The bytes of the workbook of a run.
///
/// # Errors
/// Only a fault of the program.
pub fn of_run(run: &StoredOutput) -> Result<Vec<u8>, RunError> {
    let fill = |book: &mut Workbook| {
        about(book, run)?;
        outcomes(book, &run.summary, &run.output)?;
        differences(book, &run.summary)?;
        let lost = series(book, &run.output)?;
        happened(book, &run.output)?;
        cash(book, &run.output)?;
        calibration(book, &run.summary)?;
        if let Some(analysis) = &run.output.analysis {
            asked::sheets(book, analysis)?;
        }
        assumptions(book, &run.output)?;
        sources(book, &run.output)?;
        notes(book, &run.summary, lost)
    };
    bytes(fill)
}

/// The bytes of the workbook of a comparison.
///
/// # Errors
/// Only a fault of the program.
pub fn of_comparison(comparison: &Comparison) -> Result<Vec<u8>, RunError> {
    bytes(|book| {
        let head = [
            ("Plan", true),
            ("Outcome", true),
            ("Unit", true),
            ("First", false),
            ("Second", false),
            ("Difference", false),
            ("Low", false),
            ("High", false),
            ("Standard error", false),
            ("Common draws", false),
        ];
        let mut sheet = Sheet::new(book, "Outcomes", &head)?;
        for row in &comparison.outcomes {
            let shown = row.shown();
            sheet.row(&[
                (&row.plan).into(),
                (&row.outcome).into(),
                (&row.unit).into(),
                shown[0].into(),
                shown[1].into(),
                row.difference.into(),
                row.low.into(),
                row.high.into(),
                row.se.into(),
                row.pairs.map(|pairs| pairs as f64).into(),
            ])?;
        }
        let head = [("What differs", true), ("First", true), ("Second", true)];
        let mut sheet = Sheet::new(book, "Scenarios", &head)?;
        for change in &comparison.assumptions {
            let [first, second] = change.values.each_ref().map(|value| value.as_deref());
            sheet.row(&[
                (&change.name).into(),
                first.unwrap_or("none").into(),
                second.unwrap_or("none").into(),
            ])?;
        }
        for change in &comparison.plans {
            let name = format!("plan {}", change.plan);
            sheet.row(&[(&name).into(), (&change.what).into()])?;
        }
        for input in &comparison.inputs {
            sheet.row(&[input.into(), "differs".into()])?;
        }
        let head = [
            ("Run", true),
            ("Hash", true),
            ("Seed", false),
            ("Draws", false),
            ("Months", false),
        ];
        let mut sheet = Sheet::new(book, "Runs", &head)?;
        for side in &comparison.runs {
            sheet.row(&[
                (&side.scenario).into(),
                (&side.hash).into(),
                (side.seed as f64).into(),
                (side.draws as f64).into(),
                (side.months as f64).into(),
            ])?;
        }
        Ok(())
    })
}

/// A workbook with a fixed date, so that the same tables give the same bytes.
fn bytes(fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>) -> Result<Vec<u8>, RunError> {
    let mut book = Workbook::new();
    let date = ExcelDateTime::from_ymd(2000, 1, 1).map_err(fault)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    fill(&mut book).map_err(fault)?;
    book.save_to_buffer().map_err(fault)
}

fn about(book: &mut Workbook, run: &StoredOutput) -> Result<(), XlsxError> {
    let (output, summary) = (&run.output, &run.summary);
    let head = [("About this run", true), ("Value", true)];
    let mut sheet = Sheet::new(book, "About", &head)?;
    let number = |value: usize| value.to_string();
    let start = format!("{}-{:02}", output.start.0, output.start.1);
    for (name, value) in [
        ("Scenario", summary.scenario.clone()),
        ("Title", output.title.clone()),
        ("Hash", summary.hash.clone()),
        ("Beachhead", summary.beachhead.clone()),
        ("Seed", summary.seed.to_string()),
        ("Draws", number(summary.draws)),
        ("Months", number(summary.months)),
        ("First month", start),
        ("Nothing known on or after", output.as_of.clone()),
        ("Money in", output.currency.clone()),
    ] {
        sheet.row(&[name.into(), (&value).into()])?;
    }
    for paragraph in words::paragraphs(summary, &output.entrants) {
        sheet.row(&["In words".into(), (&paragraph).into()])?;
    }
    Ok(())
}

fn outcomes(book: &mut Workbook, summary: &Summary, output: &RunOutput) -> Result<(), XlsxError> {
    let head = [
        ("Plan", true),
        ("Title", true),
        ("Outcome", true),
        ("In words", true),
        ("Unit", true),
        ("Mean", false),
        ("Standard error", false),
        ("p05", false),
        ("p25", false),
        ("p50", false),
        ("p75", false),
        ("p95", false),
        ("Median month", false),
    ];
    let mut sheet = Sheet::new(book, "Outcomes", &head)?;
    let conditions = words::conditions(&output.resolved);
    for plan in &summary.plans {
        for (id, entry) in &plan.outcomes.0 {
            let label = words::outcome_label(id, &conditions);
            let mut cells: Vec<Value<'_>> = vec![
                (&plan.id).into(),
                (&plan.title).into(),
                id.into(),
                (&label).into(),
            ];
            match entry {
                OutcomeEntry::Distribution(entry) => {
                    cells.push((&entry.unit).into());
                    let (low, high) = ([entry.p05, entry.p25, entry.p50], [entry.p75, entry.p95]);
                    cells.extend([entry.mean, entry.se].map(Value::from));
                    cells.extend(low.map(Value::from));
                    cells.extend(high.map(Value::from));
                    cells.push(entry.median.into());
                }
                OutcomeEntry::Probability(entry) => {
                    cells.push("probability".into());
                    cells.extend([entry.mean, entry.se].map(Value::from));
                }
            }
            sheet.row(&cells)?;
        }
    }
    Ok(())
}

fn differences(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let head = [
        ("Plan", true),
        ("Against", true),
        ("Outcome", true),
        ("Mean", false),
        ("Low", false),
        ("High", false),
        ("Tied", true),
    ];
    let mut sheet = Sheet::new(book, "Differences", &head)?;
    for row in &summary.differences {
        sheet.row(&[
            (&row.plan).into(),
            (&row.against).into(),
            (&row.outcome).into(),
            row.mean.into(),
            row.low.into(),
            row.high.into(),
            if row.tied { "tied" } else { "no" }.into(),
        ])?;
    }
    Ok(())
}

/// Series by plan and month; returns how many rows did not fit.
fn series(book: &mut Workbook, output: &RunOutput) -> Result<u32, XlsxError> {
    let head = [
        ("Plan", true),
        ("Month", false),
        ("Series", true),
        ("Unit", true),
        ("Mean", false),
        ("p05", false),
        ("p25", false),
        ("p50", false),
        ("p75", false),
        ("p95", false),
    ];
    let mut sheet = Sheet::new(book, "Series", &head)?;
    for plan in &output.plans {
        for series in &plan.series {
            for (position, mean) in series.values.iter().enumerate() {
                let mut cells: Vec<Value<'_>> = vec![
                    (&plan.id).into(),
                    ((position + 1) as f64).into(),
                    (&series.id).into(),
                    (&series.unit).into(),
                    (*mean).into(),
                ];
                let bands = series.bands.iter().flatten();
                cells.extend(bands.map(|band| Value::Maybe(band.get(position).copied())));
                sheet.row(&cells)?;
            }
        }
    }
    Ok(sheet.lost())
}

fn happened(book: &mut Workbook, output: &RunOutput) -> Result<(), XlsxError> {
    let head = [
        ("Plan", true),
        ("What", true),
        ("Name", true),
        ("Median month", false),
        ("Share of draws", false),
    ];
    let mut sheet = Sheet::new(book, "Happened", &head)?;
    for plan in &output.plans {
        for one in &plan.happened {
            let kind = match one.kind {
                HappenedKind::Gate => "gate opens",
                HappenedKind::Event => "event",
                HappenedKind::Step => "step",
                HappenedKind::Exit => "leaves the market",
            };
            sheet.row(&[
                (&plan.id).into(),
                kind.into(),
                (&one.name).into(),
                f64::from(one.month).into(),
                one.share.into(),
            ])?;
        }
    }
    Ok(())
}

fn cash(book: &mut Workbook, output: &RunOutput) -> Result<(), XlsxError> {
    let years = output.months.div_ceil(12);
    let names: Vec<String> = (1..=years).map(|year| format!("Year {year}")).collect();
    let mut head = vec![("Plan", true), ("Entrant", true), ("Line", true)];
    head.extend(names.iter().map(|name| (name.as_str(), false)));
    head.push(("All", false));
    let mut sheet = Sheet::new(book, "Cash", &head)?;
    for plan in &output.plans {
        for books in &plan.books {
            let lines = books
                .lines
                .iter()
                .map(|line| (line.label.as_str(), &line.values));
            for (label, values) in lines.chain([("Net cash", &books.net)]) {
                let mut cells: Vec<Value<'_>> =
                    vec![(&plan.id).into(), (&books.entrant).into(), label.into()];
                cells.extend(
                    values
                        .chunks(12)
                        .map(|year| Value::Number(year.iter().sum())),
                );
                cells.push(values.iter().sum::<f64>().into());
                sheet.row(&cells)?;
            }
        }
    }
    Ok(())
}

fn calibration(book: &mut Workbook, summary: &Summary) -> Result<(), XlsxError> {
    let head = [
        ("Fact", true),
        ("Wanted", false),
        ("Wanted up to", false),
        ("Got", false),
        ("Error", false),
        ("Source", true),
    ];
    let mut sheet = Sheet::new(book, "Calibration", &head)?;
    for row in &summary.calibration {
        let (low, high) = match row.wanted {
            WantedEntry::Value(value) => (value, None),
            WantedEntry::Band([low, high]) => (low, Some(high)),
        };
        sheet.row(&[
            (&row.target).into(),
            low.into(),
            high.into(),
            row.got.into(),
            row.error.into(),
            row.source.as_deref().unwrap_or("").into(),
        ])?;
    }
    Ok(())
}

fn assumptions(book: &mut Workbook, output: &RunOutput) -> Result<(), XlsxError> {
    let head = [
        ("Name", true),
        ("Value", false),
        ("Unit", true),
        ("Spread", true),
        ("Origin", true),
        ("Source", true),
        ("Note", true),
    ];
    let mut sheet = Sheet::new(book, "Assumptions", &head)?;
    for row in &output.register {
        sheet.row(&[
            (&row.name).into(),
            row.value.into(),
            (&row.unit).into(),
            (&row.spread).into(),
            (&row.origin).into(),
            (&row.source).into(),
            (&row.note).into(),
        ])?;
    }
    Ok(())
}

fn sources(book: &mut Workbook, output: &RunOutput) -> Result<(), XlsxError> {
    let head = [
        ("Id", true),
        ("Publisher", true),
        ("Title", true),
        ("Published", true),
        ("Speaks of, until", true),
        ("Kind", true),
        ("Address", true),
    ];
    let mut sheet = Sheet::new(book, "Sources", &head)?;
    for source in &output.sources {
        sheet.row(&[
            (&source.id).into(),
            (&source.publisher).into(),
            (&source.title).into(),
            (&source.published).into(),
            (&source.period_end).into(),
            (&source.kind).into(),
            (&source.url).into(),
        ])?;
    }
    Ok(())
}

fn notes(book: &mut Workbook, summary: &Summary, lost: u32) -> Result<(), XlsxError> {
    let head = [
        ("Kind", true),
        ("Where", true),
        ("Count", false),
        ("Text", true),
    ];
    let mut sheet = Sheet::new(book, "Notes", &head)?;
    if lost > 0 {
        let text = "rows of the sheet Series that a sheet cannot hold; series.parquet has all";
        sheet.row(&[
            "left out".into(),
            "Series".into(),
            f64::from(lost).into(),
            text.into(),
        ])?;
    }
    for issue in &summary.issues {
        sheet.row(&[
            (&issue.code).into(),
            (&issue.place).into(),
            (issue.count as f64).into(),
            (&issue.text).into(),
        ])?;
    }
    Ok(())
}
