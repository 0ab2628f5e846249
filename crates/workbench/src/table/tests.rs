use super::*;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray,
};
use std::sync::Arc;

fn csv(text: &str) -> Result<Table, Diagnostics> {
    from_csv("products.csv", text.as_bytes().to_vec())
}

fn mistakes(text: &str) -> Vec<(String, String)> {
    let list = csv(text).unwrap_err().list;
    list.into_iter()
        .map(|mistake| (mistake.location(), mistake.found))
        .collect()
}

#[test]
fn cells_with_their_places() {
    let text = "id, price ,title\r\na1,449,\"Big, \"\"red\"\"\"\r\n\r\nb2,,  é x \r\n";
    let table = csv(text).unwrap();
    assert_eq!(
        table.headers().collect::<Vec<_>>(),
        ["id", "price", "title"]
    );
    assert_eq!(table.rows(), 2);
    assert_eq!(table.text_at(0, 2), "Big, \"red\"");
    assert_eq!(&table.text()[table.range(0, 2)], "Big, \"\"red\"\"");
    assert_eq!(table.number(0, 1).unwrap(), Some(449.0));
    assert_eq!(table.given(1, 1), None);
    assert_eq!(&table.text()[table.range(1, 2)], "é x");
    assert_eq!(&table.text()[table.header_range(1)], "price");
    assert_eq!(table.location(0), "products.csv:2");
    assert_eq!(table.location(1), "products.csv:4");
}

#[test]
fn numbers_that_are_none() {
    let table = csv("id,price\na,1 449\nb,NaN\nc,inf\nd,\ne,1e400\nf, -2.5e3 \n").unwrap();
    let message = |row| table.required_number(row, 1).unwrap_err().render(false);
    assert!(
        message(0).contains("products.csv:2:3") && message(0).contains("^^^^^"),
        "{}",
        message(0)
    );
    assert!(message(0).contains("`1 449` in column `price`"));
    for row in [1, 2, 4] {
        assert!(message(row).contains("a finite number"), "{}", message(row));
    }
    assert!(message(3).contains("products.csv:5:3") && message(3).contains("an empty cell"));
    assert!((table.required_number(5, 1).unwrap() + 2500.0).abs() < f64::EPSILON);
    assert!(table.required_text(3, 1).is_err());
}

#[test]
fn missing_columns_all_at_once() {
    let table = csv("id,prize,brand\na,1,b\n").unwrap();
    assert_eq!(table.require(&["brand", "id"]).unwrap(), [2, 0]);
    let list = table
        .require(&["id", "price", "category"])
        .unwrap_err()
        .list;
    assert_eq!(list.len(), 2);
    assert_eq!(
        (list[0].location().as_str(), list[0].width),
        ("products.csv:1:1", 14)
    );
    assert!(list[0].help.contains("did you mean `prize`?"));
    assert!(list[1].help.contains("the file has `id`, `prize`, `brand`"));
}

#[test]
fn form_mistakes() {
    let list = mistakes("id,id,\na,1\nb,2,3,4\n");
    let found: Vec<(&str, &str)> = list
        .iter()
        .map(|(place, found)| (place.as_str(), found.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("products.csv:1:4", "a second column `id`"),
            ("products.csv:1:7", "a column without a name"),
            ("products.csv:2:3", "a row with 2 cells"),
            ("products.csv:3:7", "a row with 4 cells"),
        ]
    );
    assert_eq!(mistakes("")[0].1, "an empty file");
    assert_eq!(mistakes("\n\n")[0].1, "an empty file");
    let open = mistakes("id,title\na,\"never closed\nb,2\n");
    assert_eq!(
        open[0],
        (
            "products.csv:2:3".to_owned(),
            "a quote that is never closed".to_owned()
        )
    );
}

#[test]
fn encodings() {
    let table = from_csv("t.csv", b"\xef\xbb\xbfid,x\na,1\n".to_vec()).unwrap();
    assert_eq!(table.column("id"), Some(0));
    let list = from_csv("t.csv", b"id,x\na,caf\xe9\n".to_vec())
        .unwrap_err()
        .list;
    assert_eq!(
        (list[0].location().as_str(), list[0].found.as_str()),
        ("t.csv:2", "text that is not UTF-8")
    );
    assert!(from_csv("t.csv", b"\xff\xfei\0d\0".to_vec()).is_err());
}

#[test]
fn quotes_in_odd_places_never_panic() {
    for text in [
        "id\n\"\n",
        "\"",
        "\"\"",
        "a,b\n\"x\"y,2\n",
        "a,b\n x\"y,2\n",
        "a\n\"é\"\n",
        ",\n,\n",
        "a\r\"b\r",
    ] {
        if let Ok(table) = csv(text) {
            for row in 0..table.rows() {
                assert!(
                    table.text().is_char_boundary(table.range(row, 0).end),
                    "{text:?}"
                );
            }
        }
    }
    let table = csv("a,b\n\"x\"y,2\n").unwrap();
    assert_eq!((table.text_at(0, 0), table.text_at(0, 1)), ("xy", "2"));
}

fn write_parquet(columns: Vec<(&str, ArrayRef)>) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new()
        .suffix(".parquet")
        .tempfile()
        .unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let handle = file.reopen().unwrap();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(handle, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

#[test]
fn parquet_reads_like_csv() {
    let tiers: DictionaryArray<Int32Type> =
        vec![Some("low"), None, Some("low")].into_iter().collect();
    let file = write_parquet(vec![
        ("id", Arc::new(StringArray::from(vec!["a", " b ", "c"]))),
        (
            "price",
            Arc::new(Float64Array::from(vec![Some(449.0), None, Some(f64::NAN)])),
        ),
        ("ram", Arc::new(Int64Array::from(vec![3, 4, 6]))),
        (
            "sold",
            Arc::new(BooleanArray::from(vec![true, false, true])),
        ),
        (
            "day",
            Arc::new(Date32Array::from(vec![Some(17_713), None, Some(0)])),
        ),
        ("tier", Arc::new(tiers)),
    ]);
    let table = read(file.path(), "products.parquet").unwrap();
    assert_eq!(table.rows(), 3);
    let row = |row| {
        (0..6)
            .map(|column| table.text_at(row, column))
            .collect::<Vec<_>>()
    };
    assert_eq!(row(0), ["a", "449", "3", "true", "2018-07-01", "low"]);
    assert_eq!(row(1), ["b", "", "4", "false", "", ""]);
    assert_eq!(table.number(1, 1).unwrap(), None);
    let mistake = table.number(2, 1).unwrap_err();
    assert_eq!(mistake.location(), "products.parquet:3");
    assert!(mistake.found.contains("`NaN` in column `price`"));
}

#[test]
fn parquet_of_other_types_and_other_files() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let file = write_parquet(vec![("sizes", Arc::new(lists))]);
    let list = read(file.path(), "t.parquet").unwrap_err().list;
    assert!(
        list[0].found.contains("column `sizes` of type"),
        "{}",
        list[0].found
    );
    let file = tempfile::Builder::new()
        .suffix(".parquet")
        .tempfile()
        .unwrap();
    std::fs::write(file.path(), b"id,x\na,1\n").unwrap();
    assert!(
        read(file.path(), "t.parquet").unwrap_err().list[0]
            .found
            .contains("cannot read this Parquet")
    );
    assert!(
        read(Path::new("missing.csv"), "missing.csv")
            .unwrap_err()
            .list[0]
            .found
            .contains("cannot read")
    );
    assert!(
        read(Path::new("table.xlsx"), "table.xlsx")
            .unwrap_err()
            .list[0]
            .expected
            .contains(".parquet")
    );
}
