//! Variants of the new scenario: two entrants, tables in Parquet, no networks.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use beachhead_engine::plan::expression::{Expression, Observable};
use beachhead_engine::scenario::Action;
use beachhead_workbench::scenario::{LoadOptions, Loaded, load, write_new};
use parquet::arrow::ArrowWriter;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn new_with(edits: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_new(folder.path()).unwrap();
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "the template has no {from:?}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }
    folder
}

fn loaded(folder: &Path) -> Loaded {
    load(folder, &LoadOptions::default()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

const SECOND: &str = r#"
[demand.entrant.zip]
reference_class = ["others"]
sd = 0.3
transport_sd = 0.4

[awareness.zip]
initial = "1 %"
carry_over = "55 %/month"
response = { theta = 0.12, scale = "EUR 0.4 million/month", exponent = 0.6 }
word_of_mouth = 0.1
forgetting = "1.5 %/month"

[services.zip]
revenue = "EUR 2/user/month"
margin = "50 %"

# ---- where, and with what ties"#;

fn two_entrants(conditions: &str, brand: &str) -> TempDir {
    new_with(&[
        (
            "scenario.toml",
            "entrants = [\"brisk\"]",
            "entrants = [\"brisk\", \"zip\"]",
        ),
        (
            "scenario.toml",
            "\n# ---- where, and with what ties",
            SECOND,
        ),
        (
            "scenario.toml",
            "while = \"sales.units > 0\"",
            "while = \"sales.units.brisk > 0\"",
        ),
        (
            "scenario.toml",
            "{ pay = \"EUR 2 million\"",
            &format!("{{ pay = \"EUR 2 million\"{brand}"),
        ),
        (
            "scenario.toml",
            "cash_cumulative <",
            "cash_cumulative.brisk <",
        ),
        (
            "scenario.toml",
            "awareness > 0.2 && sales.share > 0.005",
            conditions,
        ),
        (
            "scenario.toml",
            "five_percent = \"sales.share",
            "five_percent = \"sales.share.zip",
        ),
        (
            "scenario.toml",
            "{ open = \"brisk_online\" }",
            &format!("{{ open = \"brisk_online\"{brand} }}"),
        ),
        (
            "scenario.toml",
            "{ start = \"approval\" }",
            &format!("{{ start = \"approval\"{brand} }}"),
        ),
        (
            "scenario.toml",
            "for = \"18 months\" }",
            &format!("for = \"18 months\"{brand} }}"),
        ),
        (
            "scenario.toml",
            "{ open = \"swap_north\" }",
            &format!("{{ open = \"swap_north\"{brand} }}"),
        ),
        (
            "products.csv",
            "brisk_helmet,",
            "zip_one,zip,scooters,2390,,1900,quote,70,45,,\nbrisk_helmet,",
        ),
    ])
}

#[test]
fn two_entrants_are_told_apart_by_brand() {
    let folder = two_entrants(
        "awareness.brisk > 0.2 && sales.share.brisk > 0.005",
        ", brand = \"brisk\"",
    );
    let scenario = loaded(folder.path()).scenario;
    let brands: Vec<&str> = scenario
        .brands
        .iter()
        .map(|brand| brand.id.as_str())
        .collect();
    assert_eq!(brands, ["volta", "glide", "others", "brisk", "zip"]);
    assert_eq!(
        scenario
            .entrants
            .iter()
            .map(|entrant| entrant.brand)
            .collect::<Vec<_>>(),
        [3, 4]
    );
    let mut seen = Vec::new();
    scenario.outcomes[0]
        .condition
        .for_each_observable(&mut |observable| seen.push(observable));
    assert_eq!(seen, [Observable::SalesShare(1)]);
    assert!(matches!(
        scenario.plans[1].steps[2].actions[0],
        Action::Open { entrant: 0, .. }
    ));
    let revenue = &scenario.entrants[1].services.revenue;
    assert_eq!(scenario.quantities[revenue.index()].centre(), 2.0);
    let revenue = &scenario.entrants[0].services.revenue;
    assert_eq!(
        scenario.quantities[revenue.index()].centre(),
        0.0,
        "the default"
    );
    assert!(matches!(
        scenario.plans[1].exit_when,
        Some(Expression::Binary(..))
    ));
}

#[test]
fn two_entrants_without_a_brand_are_mistakes() {
    let folder = two_entrants("awareness > 0.2 && sales.share.brisk > 0.005", "");
    let mistakes = load(folder.path(), &LoadOptions::default()).unwrap_err();
    let text = mistakes.render(false);
    assert_eq!(mistakes.list.len(), 6, "{text}");
    assert_eq!(
        text.matches("an action without `brand`").count(),
        4,
        "{text}"
    );
    assert!(
        text.contains("an effect `pay` without `brand`") && text.contains("who pays"),
        "{text}"
    );
    assert!(
        text.contains("`awareness.brisk`, `awareness.zip`"),
        "{text}"
    );
}

#[test]
fn tables_may_be_parquet() {
    let folder = new_with(&[("scenario.toml", "products.csv", "products.parquet")]);
    let csv = fs::read_to_string(folder.path().join("products.csv")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |at: usize| {
        rows[1..]
            .iter()
            .map(move |row| Some(row[at]).filter(|cell| !cell.is_empty()))
    };
    let columns = rows[0].iter().enumerate().map(|(at, name)| {
        let is_number = ["price", "range_km", "speed_kmh", "unit_cost"].contains(name);
        let array: ArrayRef = if is_number {
            Arc::new(
                column(at)
                    .map(|cell| cell.map(|cell| cell.parse().unwrap()))
                    .collect::<Float64Array>(),
            )
        } else {
            Arc::new(column(at).collect::<StringArray>())
        };
        (*name, array)
    });
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
            .unwrap();
    let file = fs::File::create(folder.path().join("products.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let from_csv = loaded(new_with(&[]).path()).scenario;
    let from_parquet = loaded(folder.path()).scenario;
    let values = |scenario: &beachhead_engine::scenario::Scenario| -> Vec<(String, f64)> {
        scenario
            .quantities
            .iter()
            .map(|q| (q.name.clone(), q.centre()))
            .collect()
    };
    assert_eq!(values(&from_csv), values(&from_parquet));
    let price = from_parquet
        .quantities
        .iter()
        .find(|q| q.name == "products.volta_max.price")
        .unwrap();
    assert_eq!(price.location, "products.parquet:2");
    // A mistake in a row names the row.
    let options = LoadOptions {
        sets: vec!["products.volta_max.price=-5".to_owned()],
        ..LoadOptions::default()
    };
    assert!(load(folder.path(), &options).is_err());
}

#[test]
fn a_market_without_networks() {
    let folder = new_with(&[("products.csv", "swap_south;dealers", "dealers")]);
    let path = folder.path().join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap();
    let cut = |text: &str, from: &str, to: &str| {
        let (start, end) = (text.find(from).unwrap(), text.find(to).unwrap());
        format!("{}{}", &text[..start], &text[end..])
    };
    let text = cut(&text, "[compatibility]", "[[channels]]\nid = \"dealers\"");
    let text = text.replace("swap_north = 0.8, swap_south = 0.7, ", "");
    let text = text.replace("swap_north = 0.9, swap_south = 0.9, ", "");
    let text = text.replace(
        "swap_north = 0.4, swap_south = 0.3, dealers = 0.3",
        "dealers = 1.0",
    );
    let text = text.replace(
        "[[calibration]]\ntarget = \"network_switching\"\nvalue = 0.15\nsource = \"survey\"\n",
        "",
    );
    let text = text.replace("open = \"swap_north\"", "open = \"dealers\"");
    fs::write(&path, text).unwrap();
    let scenario = loaded(folder.path()).scenario;
    assert!(scenario.networks.is_empty());
    assert!(
        scenario
            .products
            .iter()
            .all(|product| product.compatibility.is_empty())
    );
}
