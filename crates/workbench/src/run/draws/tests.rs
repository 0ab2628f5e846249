//! Chunks, tallies and the second pass on small records with known numbers.

use super::batches::BUDGET;
use super::bytes::{Reader, Writer};
use super::chunk::{Chunks, InMemory, Tail, encode};
use super::draw::{DrawRecord, Status};
use super::second_pass::Pass;
use super::shape::{OutcomeColumn, PlanShape, Shape};
use super::tally::{DrawIssue, Tally};
use crate::run::output::{Books, CashLine, HappenedKind, Issue, OutcomeKind};
use beachhead_engine::futures::{CHUNK, chunks};
use beachhead_engine::scenario::Handle;

/// More than two chunks, the last one short.
const DRAWS: usize = 2 * CHUNK + 5;
/// Every so many draws one fails.
const FAILING: usize = 10;

fn shape() -> Shape {
    let outcome = |id: &str| OutcomeColumn {
        id: id.into(),
        unit: "units".into(),
        kind: OutcomeKind::Value,
        comparison: None,
    };
    let plan = |id: &str, slots: usize| PlanShape {
        id: id.into(),
        title: id.into(),
        slots: vec![(HappenedKind::Step, "step".into()); slots],
    };
    Shape {
        months: 3,
        assumptions: vec![Handle::new(0, "a"), Handle::new(4, "b")],
        targets: vec!["t".into()],
        outcomes: vec![outcome("x"), outcome("y")],
        events: vec!["e".into()],
        series: vec![("s".into(), "units".into()), ("u".into(), "units".into())],
        plans: vec![plan("p", 1), plan("q", 2)],
    }
}

fn issue(place: &str, text: &str) -> Issue {
    Issue {
        code: "code".into(),
        place: place.into(),
        count: 1,
        text: text.into(),
    }
}

fn books(npv: f64) -> Books {
    Books {
        entrant: "e".into(),
        lines: vec![CashLine {
            label: "l".into(),
            values: vec![npv, 1.0],
        }],
        net: vec![npv, 2.0],
        terminal: vec![("stock".into(), 3.0)],
        discounted_cash: npv,
        discounted_terminal: 4.0,
        npv,
    }
}

/// Column `c` of draw `d` holds 1000 d + c.
fn record(shape: &Shape, draw: usize) -> DrawRecord {
    let failed = draw % FAILING == 3;
    let mut columns: Vec<f64> = (0..shape.columns())
        .map(|column| (1000 * draw + column) as f64)
        .collect();
    let status = if failed { Status::Failed } else { Status::Met };
    columns[Shape::STATUS] = status.number();
    DrawRecord {
        status,
        columns,
        books: if failed {
            Vec::new()
        } else {
            vec![vec![books(draw as f64)]; 2]
        },
        issues: vec![DrawIssue::new("", issue("everywhere", &draw.to_string()))],
    }
}

fn stored(shape: &Shape) -> InMemory {
    let chunk = |range: std::ops::Range<usize>| {
        let first = range.start;
        encode(
            shape,
            first,
            range.map(|draw| record(shape, draw)).collect(),
        )
    };
    InMemory(chunks(DRAWS).map(chunk).collect())
}

fn is_kept(draw: &usize) -> bool {
    draw % FAILING != 3
}

#[test]
fn columns_lie_side_by_side() {
    let shape = shape();
    assert_eq!(shape.assumption_columns(), 1..3);
    assert_eq!(shape.row_columns(0), 5..8);
    assert_eq!(shape.slot_columns(0), 8..9);
    assert_eq!(shape.series_columns(0), 9..15);
    assert_eq!(shape.row_columns(1), 15..18);
    assert_eq!(shape.slot_columns(1), 18..20);
    assert_eq!(shape.series_columns(1), 20..26);
    assert_eq!(shape.columns(), 26);
    let mut other = shape.clone();
    assert_eq!(other.digest(), shape.digest());
    other.series[0].0 = "another".into();
    assert_ne!(other.digest(), shape.digest());
}

#[test]
fn columns_come_back_in_the_order_of_draws_without_those_that_failed() {
    let shape = shape();
    let source = stored(&shape);
    let chunks = Chunks {
        draws: DRAWS,
        columns: shape.columns(),
        source: &source,
    };
    let pass = Pass::new(chunks).unwrap();
    let kept: Vec<usize> = (0..DRAWS).filter(is_kept).collect();
    assert_eq!(pass.count(), kept.len());
    let columns = pass.columns(20..26).unwrap();
    for (values, column) in columns.chunks(kept.len()).zip(20..26) {
        let wanted = kept.iter().map(|draw| (1000 * draw + column) as f64);
        assert!(values.iter().copied().eq(wanted), "column {column}");
    }
    assert!(columns.len() * size_of::<f64>() < BUDGET);
}

#[test]
fn books_are_summed_and_issues_counted() {
    let shape = shape();
    let source = stored(&shape);
    let chunks = Chunks {
        draws: DRAWS,
        columns: shape.columns(),
        source: &source,
    };
    let mut tail = Tail::default();
    for chunk in 0..chunks.count() {
        tail.append(chunks.tail(chunk).unwrap());
    }
    let kept: Vec<usize> = (0..DRAWS).filter(is_kept).collect();
    let sum: usize = kept.iter().sum();
    let mut sums = tail.books[1][0].clone();
    assert_eq!(sums.npv, sum as f64);
    assert_eq!(sums.lines[0].values, [sum as f64, kept.len() as f64]);
    sums.divide(kept.len());
    assert_eq!((sums.net[1], sums.discounted_terminal), (2.0, 4.0));
    assert_eq!(sums.terminal[0].1, 3.0);
    let issues = tail.tally.issues(DRAWS, &str::to_owned);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].count, DRAWS);
    assert_eq!(
        issues[0].text,
        format!("in {DRAWS} of {DRAWS} draws, for example in draw 0: 0")
    );
}

#[test]
fn an_issue_twice_in_a_draw_is_one_draw() {
    let mut tally = Tally::default();
    let twice = |text: &str| vec![DrawIssue::new("a", issue("p", text)); 2];
    tally.add(7, twice("first"));
    tally.add(9, twice("second"));
    tally.add(9, vec![DrawIssue::new("b", issue("p", "other"))]);
    let mut single = Tally::default();
    single.add(0, twice("as it is"));
    assert_eq!(
        single.issues(1, &str::to_owned),
        [issue("p", "as it is"), issue("p", "as it is")]
    );
    let issues = tally.issues(10, &str::to_owned);
    let counts: Vec<usize> = issues.iter().map(|issue| issue.count).collect();
    assert_eq!(counts, [4, 1], "how often it came");
    assert_eq!(
        issues[0].text,
        "in 2 of 10 draws, for example in draw 7: first"
    );
}

#[test]
fn one_note_for_one_cause_names_products_and_plans() {
    let note = |product: &str, plan: &str, text: &str| {
        DrawIssue::new(product, issue(&format!("plans.{plan}"), text))
    };
    let of_draw = |products: &[&str]| -> Vec<DrawIssue> {
        let mut issues = vec![DrawIssue::new("", issue("plans.x", "about no product"))];
        for plan in ["x", "y"] {
            issues.extend(
                products
                    .iter()
                    .map(|p| note(p, plan, &format!("{p} loses"))),
            );
        }
        issues.push(note("lamp", "z", "lamp loses"));
        issues
    };
    let mut tally = Tally::default();
    tally.add(3, of_draw(&["lamp", "band"]));
    tally.add(5, of_draw(&["band", "lamp", "mug"]));
    let mut writer = Writer::default();
    tally.write(&mut writer);
    let read = Tally::read(&mut Reader(&writer.0)).unwrap();
    for tally in [tally, read] {
        let issues = tally.issues(8, &str::to_owned);
        assert_eq!(issues.len(), 2, "{issues:?}");
        assert_eq!(
            issues[0].text,
            "in 2 of 8 draws, for example in draw 3: about no product"
        );
        assert_eq!((&*issues[1].place, issues[1].count), ("plans", 12));
        assert_eq!(
            issues[1].text,
            "band, lamp and mug under x and y; lamp under z; in 1 to 2 of 8 draws, for example in draw 3 under x: lamp loses"
        );
    }
    let mut central = Tally::default();
    central.add(
        0,
        vec![
            note("lamp", "x", "lamp loses"),
            note("mug", "x", "mug loses"),
        ],
    );
    let issues = central.issues(1, &str::to_owned);
    assert_eq!(issues.len(), 1);
    assert_eq!((&*issues[0].place, issues[0].count), ("plans.x", 2));
    assert_eq!(
        issues[0].text,
        "lamp and mug under x; for example under x: lamp loses"
    );
}

#[test]
fn a_draw_comes_back_bit_for_bit() {
    let shape = shape();
    for draw in [0, 3, 7] {
        let mut written = record(&shape, draw);
        written.columns[4] = f64::NAN;
        written.columns[5] = -0.0;
        let bytes = written.bytes();
        let read = DrawRecord::parse(&bytes).unwrap();
        let bits = |record: &DrawRecord| -> Vec<u64> {
            record.columns.iter().map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&read), bits(&written));
        assert_eq!(
            (read.status, &read.books, &read.issues),
            (written.status, &written.books, &written.issues)
        );
        let chunk = |record| encode(&shape, draw, vec![record]);
        assert_eq!(chunk(read), chunk(written));
        for broken in [&bytes[1..], &bytes[..bytes.len() - 1], b""] {
            assert!(DrawRecord::parse(broken).is_none());
        }
    }
}

#[test]
fn bytes_that_are_no_chunk_are_refused() {
    let shape = shape();
    let InMemory(bytes) = stored(&shape);
    let tail_of = |chunk: Vec<u8>| {
        let source = InMemory(vec![chunk]);
        let chunks = Chunks {
            draws: CHUNK,
            columns: shape.columns(),
            source: &source,
        };
        chunks.tail(0).map(|_| ())
    };
    tail_of(bytes[0].clone()).unwrap();
    for broken in [
        bytes[0][1..].to_vec(),
        bytes[0][..bytes[0].len() - 1].to_vec(),
        bytes[0][..10].to_vec(),
        bytes[2].clone(),
        Vec::new(),
        [bytes[0].as_slice(), b"more"].concat(),
    ] {
        tail_of(broken).unwrap_err();
    }
    // A count that is too large must claim no memory.
    let mut huge = bytes[0].clone();
    let from = huge.len() - 8;
    huge[from..].copy_from_slice(&u64::MAX.to_le_bytes());
    tail_of(huge).unwrap_err();
}
