//! Sheets of what the draws were asked: what decides the answer, what must be true, how earlier entries went.

use super::{Sheet, Value};
use crate::run::analysis::document::{Analysis, Axis, ClassForecast, MustBeTrue, Verdict};
use rust_xlsxwriter::{Workbook, XlsxError};

/// All of them; a sheet about which nothing was asked is left out.
pub(super) fn sheets(book: &mut Workbook, analysis: &Analysis) -> Result<(), XlsxError> {
    if !analysis.sensitivity.bars.is_empty() {
        tornado(book, analysis)?;
    }
    if let Some(surface) = &analysis.must_be_true {
        break_even(book, surface)?;
        surface_cells(book, surface)?;
    }
    if let Some(class) = &analysis.reference_class {
        members(book, class)?;
        ages(book, class)?;
    }
    Ok(())
}

/// A row for each assumption and plan; the difference of two compared is a plan of its own.
fn tornado(book: &mut Workbook, analysis: &Analysis) -> Result<(), XlsxError> {
    let head = [
        ("Assumption", true),
        ("In words", true),
        ("Unit", true),
        ("p10", false),
        ("p50", false),
        ("p90", false),
        ("Source", true),
        ("Net present value of", true),
        ("At p10", false),
        ("At p50", false),
        ("At p90", false),
        ("Swing", false),
        ("Standard error", false),
        ("Band of 95 %, either way", false),
        ("Choice changes at", false),
        ("Common draws", false),
    ];
    let mut sheet = Sheet::new(book, "Tornado", &head)?;
    for bar in &analysis.sensitivity.bars {
        let source = match (&bar.source, bar.unsourced) {
            (Some(source), _) => source.as_str(),
            (None, true) => "none",
            (None, false) => "follows from others",
        };
        let plans = bar.plans.iter().map(|ends| (ends, None));
        let pairs = bar.pairs.iter().map(|pair| (&pair.ends, pair.flip));
        for (ends, flip) in plans.chain(pairs) {
            let flip = flip.map(|flip| flip.value);
            sheet.row(&[
                (&bar.name).into(),
                (&bar.label).into(),
                (&bar.unit).into(),
                bar.p10.into(),
                bar.p50.into(),
                bar.p90.into(),
                source.into(),
                (&ends.of).into(),
                ends.of_run_p10.into(),
                ends.of_run_p50.into(),
                ends.of_run_p90.into(),
                ends.swing.into(),
                ends.se.into(),
                ends.half.into(),
                flip.into(),
                (bar.draws as f64).into(),
            ])?;
        }
    }
    Ok(())
}

/// The words of a level.
fn level(axis: &Axis, at: usize) -> Value<'_> {
    axis.levels
        .get(at)
        .map_or("", |level| level.words.as_str())
        .into()
}

fn break_even(book: &mut Workbook, surface: &MustBeTrue) -> Result<(), XlsxError> {
    let head = [
        ("Plan", true),
        ("Cost of awareness", true),
        ("Success of attempts", true),
        ("Verdict", true),
        ("Break-even quantile", false),
        ("Low", false),
        ("High", false),
        ("Appeal", false),
        ("In words", true),
    ];
    let mut sheet = Sheet::new(book, "What must be true", &head)?;
    for row in &surface.break_even {
        let verdict = match row.verdict {
            Verdict::At => "at",
            Verdict::Always => "always",
            Verdict::Never => "nowhere",
        };
        sheet.row(&[
            (&surface.plan).into(),
            level(&surface.awareness, row.awareness),
            level(&surface.attempts, row.attempts),
            verdict.into(),
            row.quantile.into(),
            row.quantile_low.into(),
            row.quantile_high.into(),
            row.appeal.into(),
            (&row.words).into(),
        ])?;
    }
    for member in &surface.members {
        let blank = || Value::from("");
        sheet.row(&[
            (&member.title).into(),
            blank(),
            blank(),
            "member of the reference class".into(),
            member.quantile.into(),
            None.into(),
            None.into(),
            member.appeal.into(),
        ])?;
    }
    Ok(())
}

/// Net present value cell by cell: appeal runs fastest, then attempts, then awareness.
fn surface_cells(book: &mut Workbook, surface: &MustBeTrue) -> Result<(), XlsxError> {
    let head = [
        ("Cost of awareness", true),
        ("Success of attempts", true),
        ("Appeal, quantile", false),
        ("Appeal", false),
        ("Net present value", false),
        ("Standard error", false),
    ];
    let mut sheet = Sheet::new(book, "Break-even surface", &head)?;
    let (appeals, attempts) = (
        surface.appeal.levels.len().max(1),
        surface.attempts.levels.len().max(1),
    );
    for (at, cell) in surface.cells.iter().enumerate() {
        let appeal = surface.appeal.levels.get(at % appeals);
        sheet.row(&[
            level(&surface.awareness, at / appeals / attempts),
            level(&surface.attempts, at / appeals % attempts),
            appeal.and_then(|level| level.quantile).into(),
            appeal.map(|level| level.value).into(),
            cell.npv.into(),
            cell.se.into(),
        ])?;
    }
    Ok(())
}

fn members(book: &mut Workbook, class: &ClassForecast) -> Result<(), XlsxError> {
    let head = [
        ("Who", true),
        ("Where", true),
        ("First sale", true),
        ("Seen, months", false),
        ("Left after, months", false),
        ("Last share known after, months", false),
        ("Last share known", false),
        ("Sources", true),
        ("Notes", true),
    ];
    let mut sheet = Sheet::new(book, "Earlier entries", &head)?;
    for member in &class.members {
        let (months, share) = member.last_share.unzip();
        let (sources, notes) = (member.sources.join(", "), member.notes.join("; "));
        sheet.row(&[
            (&member.entrant).into(),
            (&member.market).into(),
            (&member.first_sale).into(),
            f64::from(member.seen).into(),
            member.left.map(f64::from).into(),
            months.map(f64::from).into(),
            share.into(),
            (&sources).into(),
            (&notes).into(),
        ])?;
    }
    Ok(())
}

/// The class and the plans at the same age.
fn ages(book: &mut Workbook, class: &ClassForecast) -> Result<(), XlsxError> {
    let head = [
        ("Months after the first sale", false),
        ("Who", true),
        ("Entries or draws", false),
        ("Lowest or p05", false),
        ("p25", false),
        ("Median", false),
        ("p75", false),
        ("Highest or p95", false),
        ("Left by then", false),
    ];
    let mut sheet = Sheet::new(book, "Reference class", &head)?;
    for age in &class.ages {
        let months = f64::from(age.months);
        let shares = age.class.as_ref();
        let quantiles = shares.map_or([None; 5], |of| {
            [of.lowest, of.p25, of.p50, of.p75, of.highest].map(Some)
        });
        let mut row: Vec<Value<'_>> = vec![
            months.into(),
            "earlier entries".into(),
            shares.map(|of| of.members as f64).into(),
        ];
        row.extend(quantiles.map(Value::from));
        row.push(age.class_left.share.into());
        sheet.row(&row)?;
        for plan in &age.plans {
            let mut row: Vec<Value<'_>> = vec![
                months.into(),
                (&plan.plan).into(),
                (plan.draws as f64).into(),
            ];
            let quantiles = [plan.p05, plan.p25, plan.p50, plan.p75, plan.p95];
            row.extend(quantiles.map(Value::from));
            row.push(plan.left.into());
            sheet.row(&row)?;
        }
    }
    Ok(())
}
