//! Hash, summary and tables.

use super::super::summary::{OutcomeEntry, WantedEntry};
use super::*;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use summary::Summary;

#[test]
fn the_hash_depends_on_what_changes_results_only() {
    let resolved = json!({"b": 1, "a": {"y": 2.5, "x": [1, 2]}});
    let same = json!({"a": {"x": [1, 2], "y": 2.5}, "b": 1});
    let first = hash(&resolved, &identity());
    assert_eq!(first.len(), 12);
    assert!(
        first
            .chars()
            .all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase())
    );
    assert_eq!(first, hash(&same, &identity()));
    let others = [
        hash(&json!({"b": 2, "a": {"y": 2.5, "x": [1, 2]}}), &identity()),
        hash(&json!({"b": 1, "a": {"y": 2.5, "x": [2, 1]}}), &identity()),
        hash(
            &resolved,
            &Identity {
                seed: 2,
                ..identity()
            },
        ),
        hash(
            &resolved,
            &Identity {
                draws: 2,
                ..identity()
            },
        ),
        hash(
            &resolved,
            &Identity {
                months: 29,
                ..identity()
            },
        ),
        hash(
            &resolved,
            &Identity {
                plans: vec!["online".to_owned()],
                ..identity()
            },
        ),
    ];
    assert!(others.iter().all(|other| *other != first));
}

#[test]
fn the_summary_is_the_contract() {
    let output = made_up();
    let summary = Summary::new(&output, "0123456789ab").unwrap();
    let bytes = summary.bytes().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let mut keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    keys.sort();
    let wanted = [
        "beachhead",
        "calibration",
        "differences",
        "draws",
        "format",
        "hash",
        "issues",
        "may_be_best",
        "months",
        "plans",
        "scenario",
        "seed",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(document["format"], 1);
    assert_eq!(document["draws"], 1);
    assert_eq!(document["differences"], json!([]));
    assert_eq!(document["may_be_best"], json!([]));
    assert_eq!(document["calibration"][1]["wanted"], json!([-4.0, -2.0]));
    assert_eq!(document["calibration"][1]["error"], json!(-0.5));
    assert_eq!(document["calibration"][0]["source"], "tracker");
    assert_eq!(document["calibration"][1]["source"], json!(null));
    assert_eq!(document["issues"][0]["where"], "events.deal");
    let npv = &document["plans"][1]["outcomes"]["npv"];
    let value = json!(-84.2e6);
    assert_eq!(
        *npv,
        json!({"unit": "USD", "mean": value, "se": null, "p05": value, "p25": value, "p50": value, "p75": value, "p95": value})
    );
    assert_eq!(
        document["plans"][1]["outcomes"]["p_loss"],
        json!({"mean": 1.0, "se": null})
    );
    assert_eq!(
        document["plans"][1]["outcomes"]["payback_month"]["mean"],
        json!(null)
    );
    assert_eq!(
        document["plans"][1]["outcomes"]["payback_month"]["unit"],
        "month"
    );
    let text = String::from_utf8(bytes.clone()).unwrap();
    let order = [
        "\"format\"",
        "\"beachhead\"",
        "\"scenario\"",
        "\"hash\"",
        "\"units\"",
        "\"npv\"",
        "\"p_loss\"",
    ];
    let places: Vec<usize> = order.iter().map(|key| text.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(!text.contains("-0.0,"), "stay-out's zeros have no sign");
    assert_eq!(Summary::parse(&bytes).unwrap(), summary);
}

#[test]
fn what_is_not_finite_is_never_written() {
    let fails = |output: &RunOutput, place: &str| {
        let error = match files(output, "0") {
            Err(error) => error.to_string(),
            Ok(_) => panic!("written"),
        };
        assert!(error.contains(place), "{error}");
    };
    let mut output = made_up();
    output.plans[1].outcomes[3].value = Some(f64::NAN);
    fails(&output, "outcome npv of plan online is NaN");
    let mut output = made_up();
    output.plans[1].series[2].values[4] = f64::INFINITY;
    fails(
        &output,
        "series cash_cumulative of plan online in month 5 is inf",
    );
    let mut output = made_up();
    output.calibration[0].got = f64::NAN;
    fails(&output, "calibration target share_of_sales.pear");
}

fn read_parquet(bytes: Vec<u8>) -> RecordBatch {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap());
    let mut reader = builder.unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none());
    batch
}

#[test]
fn tables_hold_every_draw_and_month() {
    let output = made_up();
    let all = files(&output, "0").unwrap();
    let file = |name: &str| {
        let mut files = all.iter();
        let found = files.find(|file| file.name == name);
        read_parquet(found.unwrap().bytes().unwrap())
    };
    let draws = file(folder::DRAWS);
    let schema = draws.schema();
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names[..3], ["plan", "draw", "units"]);
    assert_eq!(
        names[names.len() - 2..],
        ["event.deal", "event.restriction"]
    );
    assert_eq!(draws.num_rows(), 2);
    let payback = draws.column_by_name("payback_month").unwrap();
    assert!(payback.is_valid(0) && payback.is_null(1));
    assert!(draws.column_by_name("event.deal").unwrap().is_null(0));
    let restriction = draws
        .column_by_name("event.restriction")
        .unwrap()
        .as_primitive::<UInt32Type>();
    assert_eq!(restriction.value(1), 7);

    let assumptions = file(folder::ASSUMPTIONS);
    assert_eq!(assumptions.num_rows(), 1);
    let churn = assumptions.column_by_name("networks.tel.churn").unwrap();
    let churn = churn.as_primitive::<Float64Type>().value(0);
    assert_eq!(churn.to_bits(), CHURN.to_bits());

    let series = file(folder::SERIES);
    let schema = series.schema();
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(
        names,
        [
            "plan", "month", "series", "unit", "mean", "p05", "p25", "p50", "p75", "p95"
        ]
    );
    assert_eq!(series.num_rows(), 2 * 5 * output.months);
    let last = series.num_rows() - 1;
    assert_eq!(
        series.column(1).as_primitive::<UInt32Type>().value(last),
        30
    );
    let median = series
        .column_by_name("p50")
        .unwrap()
        .as_primitive::<Float64Type>()
        .value(last);
    assert_eq!(
        median.to_bits(),
        output.plans[1].series[4].values[29].to_bits()
    );
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let (_a, first, _, _) = written();
    let (_b, second, _, _) = written();
    for name in folder::FILES {
        let read = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
}

#[test]
fn bands_and_values() {
    let output = made_up();
    let summary = Summary::new(&output, "0").unwrap();
    assert_eq!(
        summary.calibration[1].wanted,
        WantedEntry::Band([-4.0, -2.0])
    );
    assert!(matches!(
        summary.plans[0].outcome("p_loss"),
        Some(OutcomeEntry::Probability(_))
    ));
    let row = |got| CalibrationRow {
        got,
        ..output.calibration[1].clone()
    };
    assert_eq!(row(-3.0).error(), 0.0);
    assert_eq!(row(-1.5).error(), 0.5);
}
