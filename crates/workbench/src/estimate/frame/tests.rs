use super::*;
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;

fn csv_file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

fn read(bytes: &[u8], wanted: &[(&str, Want)]) -> Result<Frame, Diagnostics> {
    let file = csv_file(bytes);
    let wanted: Vec<(String, Want)> = wanted
        .iter()
        .map(|(name, want)| ((*name).to_owned(), *want))
        .collect();
    open(file.path(), "t.csv")?.read(&wanted)
}

#[test]
fn only_what_is_wanted_is_read() {
    let text = b"\xef\xbb\xbfid,x,junk,kind\r\n10,1.5,\xff\xfe,b\r\n\r\n9,-2e3,zz,a\n";
    let frame = read(
        text,
        &[
            ("x", Want::Numbers),
            ("id", Want::Levels),
            ("kind", Want::Either),
        ],
    )
    .unwrap();
    assert_eq!(frame.rows(), 2);
    assert_eq!(frame.numbers("x").unwrap(), [1.5, -2000.0]);
    let (codes, levels) = frame.levels("id").unwrap();
    assert_eq!(
        (codes, levels),
        (&[1_u32, 0][..], &["9".to_owned(), "10".to_owned()][..])
    );
    let (codes, levels) = frame.levels("kind").unwrap();
    assert_eq!((codes, levels[0].as_str()), (&[1_u32, 0][..], "a"));
    assert!(frame.numbers("kind").is_none() && frame.numbers("junk").is_none());
    assert_eq!(frame.names(), ["id", "x", "junk", "kind"]);
}

#[test]
fn mistakes_have_lines_and_columns() {
    let text = b"\xef\xbb\xbfid,x\na,1\n\n\"b, \"\"c\"\"\",oops\nd,NaN\n";
    let list = read(text, &[("x", Want::Numbers)]).unwrap_err().list;
    let places: Vec<(String, usize)> = list.iter().map(|m| (m.location(), m.width)).collect();
    assert_eq!(
        places,
        [("t.csv:4:12".to_owned(), 4), ("t.csv:5:3".to_owned(), 3)]
    );
    assert_eq!(list[0].source_line, "\"b, \"\"c\"\"\",oops");
    let many: String = std::iter::once("x\n".to_owned())
        .chain((0..50).map(|_| "?\n".to_owned()))
        .collect();
    let list = read(many.as_bytes(), &[("x", Want::Numbers)])
        .unwrap_err()
        .list;
    assert_eq!(list.len(), MOST_MISTAKES + 1);
    assert!(list[MOST_MISTAKES].found.contains("30 more cells"));
    // What was meant as a number is no text.
    let list = read(b"x\n1\nNaN\n", &[("x", Want::Either)])
        .unwrap_err()
        .list;
    assert!(list[0].expected.contains("finite"));
}

#[test]
fn heads_and_forms() {
    let found = |text: &[u8]| {
        read(text, &[("x", Want::Numbers)]).unwrap_err().list[0]
            .found
            .clone()
    };
    assert_eq!(found(b""), "an empty file");
    assert_eq!(found(b"x;y\n1;2\n"), "the separator is `;`");
    assert_eq!(found(b"x,x\n1,2\n"), "a second column `x`");
    assert_eq!(found(b"x,\n1,2\n"), "column 2 without a name");
    assert_eq!(found(b"z\n1\n"), "no column `x`");
    assert_eq!(
        found(b"x,y\n1\n"),
        "a row with 1 cells; the first line has 2"
    );
}

#[test]
fn rows_can_be_moved_and_left_out() {
    let mut frame = read(
        b"id,x\na,1\nb,2\nc,3\n",
        &[("x", Want::Numbers), ("id", Want::Levels)],
    )
    .unwrap();
    frame.reorder(&[2, 0]);
    assert_eq!(
        (frame.rows(), frame.numbers("x").unwrap()),
        (2, &[3.0, 1.0][..])
    );
    assert_eq!(frame.levels("id").unwrap().0, [2, 0]);
}

#[test]
fn parquet_reads_like_csv() {
    let file = tempfile::Builder::new()
        .suffix(".parquet")
        .tempfile()
        .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![1971, 1972, 1971]))),
        ("x", Arc::new(Float64Array::from(vec![0.5, 1.5, 2.5]))),
        ("name", Arc::new(StringArray::from(vec!["b", "a", "b"]))),
        (
            "holes",
            Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN)])),
        ),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
            .unwrap();
    let handle = file.reopen().unwrap();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(handle, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let opened = open(file.path(), "t.parquet").unwrap();
    let want = |list: &[(&str, Want)]| -> Vec<(String, Want)> {
        list.iter()
            .map(|(name, want)| ((*name).to_owned(), *want))
            .collect()
    };
    let frame = opened
        .read(&want(&[
            ("id", Want::LevelsAndMaybeNumbers),
            ("x", Want::Numbers),
            ("name", Want::Either),
        ]))
        .unwrap();
    assert_eq!(frame.levels("id").unwrap().1, ["1971", "1972"]);
    assert_eq!(frame.numbers("id").unwrap(), [1971.0, 1972.0, 1971.0]);
    assert_eq!(frame.numbers("x").unwrap(), [0.5, 1.5, 2.5]);
    assert_eq!(frame.levels("name").unwrap().0, [1, 0, 1]);
    let mistake = frame.mistake(1, "x", "a share of 0");
    assert_eq!(
        (mistake.location(), mistake.found.as_str()),
        ("t.parquet:2".to_owned(), "a share of 0 (column `x`)")
    );
    let list = opened
        .read(&want(&[("holes", Want::Numbers)]))
        .unwrap_err()
        .list;
    let found: Vec<(String, &str)> = list
        .iter()
        .map(|m| (m.location(), m.found.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("t.parquet:2".to_owned(), "nothing in column `holes`"),
            ("t.parquet:3".to_owned(), "`NaN` in column `holes`")
        ]
    );
}
