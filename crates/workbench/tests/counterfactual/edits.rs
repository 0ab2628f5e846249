//! What each edit does to prices.

use super::*;
use beachhead_engine::numerics::solve::Status;
use beachhead_workbench::counterfactual::edits::Edit;
use beachhead_workbench::counterfactual::{Found, csv};
use beachhead_workbench::document::{Files as Texts, parse_toml};
use beachhead_workbench::reader::{Reader, Shape};

/// The same mathematics by two ways, each iterated to its end.
const SAME: f64 = 1e-9;
/// Conditions of Karush, Kuhn and Tucker.
const KKT: f64 = 1e-8;

fn same(one: f64, other: f64) {
    assert!(
        (one - other).abs() <= SAME * one.abs().max(1.0),
        "{one} and {other}"
    );
}

fn same_prices(one: &StateEntry, other: &StateEntry) {
    for entry in &one.products {
        same(entry.price, price(other, &entry.product));
    }
}

#[test]
fn the_baseline_is_the_table() {
    let document = document("");
    assert_eq!(document.calibration, Status::Converged);
    assert!(document.steps.is_empty());
    for (entry, wanted) in document
        .baseline
        .products
        .iter()
        .zip([0.15, 0.10, 0.20, 0.25])
    {
        same(entry.share, wanted);
    }
    let given: Vec<Option<f64>> = document
        .baseline
        .products
        .iter()
        .map(|e| e.margin_given)
        .collect();
    assert_eq!(given, [Some(0.40), None, Some(0.38), Some(0.41)]);
    assert!(document.baseline.certificate.first_order < SAME);
    assert_eq!(document.baseline.certificate.equilibria, 1);
}

#[test]
fn a_merger_raises_prices_as_the_tables_own_owners_after_do() {
    let by_edit = document("[[edit]]\nmerge = [\"alpha\", \"beta\"]\n");
    let table = TABLE
        .replace("margin,nest", "margin,nest,firm_after,cost_change")
        .replace("0.40,x", "0.40,x,alpha,")
        .replace(",,y", ",,y,alpha,")
        .replace("0.38,x", "0.38,x,alpha,")
        .replace("0.41,y", "0.41,y,gamma,");
    let by_table = Files::new(&table, "").document();
    same_prices(last(&by_edit), last(&by_table));
    for product in ["a1", "a2", "b1", "c1"] {
        assert!(price(last(&by_edit), product) > price(&by_edit.baseline, product));
    }
    assert!(last(&by_edit).hhi > by_edit.baseline.hhi);
    assert!(last(&by_edit).consumer_surplus_change < 0.0);
    // Pressure on those that join hands, none on the other.
    let upp: Vec<f64> = by_edit.pressure.iter().map(|entry| entry.upp).collect();
    assert!(
        upp[0] > 0.0 && upp[1] > 0.0 && upp[2] > 0.0 && upp[3] == 0.0,
        "{upp:?}"
    );
}

#[test]
fn reductions_of_cost_as_large_as_the_compensating_ones_leave_prices() {
    let merger = "[[edit]]\nmerge = [\"alpha\", \"beta\"]\n";
    let merged = document(merger);
    let mut edits = merger.to_owned();
    for entry in &merged.pressure {
        let cut = entry.cmcr.unwrap();
        edits += &format!("[[edit]]\ncost = \"{}\"\nby = {:?}\n", entry.product, -cut);
    }
    let compensated = document(&edits);
    same_prices(last(&compensated), &compensated.baseline);
}

#[test]
fn splitting_undoes_a_merger() {
    let document = document(
        "[[edit]]\nmerge = [\"alpha\", \"beta\"]\ninto = \"ab\"\n[[edit]]\nsplit = \"b1\"\ninto = \"beta again\"\n",
    );
    same_prices(last(&document), &document.baseline);
    assert_eq!(document.steps[0].products[0].firm, "ab");
    assert_eq!(last(&document).products[2].firm, "beta again");
}

#[test]
fn entry_then_exit_restores_prices() {
    let document = document(
        "[[edit]]\nadd = \"new\"\nfirm = \"delta\"\nlike = \"c1\"\nutility = 0.3\n[[edit]]\ndrop = \"new\"\n",
    );
    assert!(price(&document.steps[0], "new") > 0.0);
    assert!(price(&document.steps[0], "c1") < price(&document.baseline, "c1"));
    same_prices(last(&document), &document.baseline);
}

#[test]
fn full_conduct_is_a_merger() {
    let conduct = document("[[edit]]\nconduct = [\"alpha\", \"beta\"]\nweight = 1\n");
    let merger = document("[[edit]]\nmerge = [\"alpha\", \"beta\"]\n");
    same_prices(last(&conduct), last(&merger));
    let matrix =
        document("[[edit]]\nconduct = [\"alpha\", \"beta\"]\nmatrix = [[1, 0.3], [\"30 %\", 1]]\n");
    let weight = document("[[edit]]\nconduct = [\"alpha\", \"beta\"]\nweight = 0.3\n");
    same_prices(last(&matrix), last(&weight));
}

#[test]
fn held_prices_stay() {
    let document = document(
        "[[edit]]\nfreeze = { firms = [\"gamma\"] }\n[[edit]]\nfreeze = \"a2\"\nprice = 3\n[[edit]]\nmerge = [\"alpha\", \"beta\"]\n",
    );
    same(
        price(last(&document), "c1"),
        price(&document.baseline, "c1"),
    );
    same(price(last(&document), "a2"), 3.0);
    assert!(price(last(&document), "b1") > price(&document.baseline, "b1"));
}

#[test]
fn taxes_are_paid_and_passed_on() {
    let rate = document("[[edit]]\ntax = \"all\"\nrate = \"10 %\"\n");
    assert!(price(last(&rate), "a1") > price(&rate.baseline, "a1"));
    assert!(last(&rate).tax > 0.0);
    // A tax per unit is a higher cost.
    let tax = document("[[edit]]\ntax = \"all\"\namount = 0.1\n");
    let cost = document("[[edit]]\ncost = \"all\"\namount = 0.1\n");
    same_prices(last(&tax), last(&cost));
}

#[test]
fn worth_is_utility_in_money() {
    let first = document("[[edit]]\nchange = [\"a1\", \"b1\"]\nworth = 0.25\n");
    let utility = 0.25 * first.price_coefficient;
    let second = document(&format!(
        "[[edit]]\nchange = [\"a1\", \"b1\"]\nutility = {utility}\n"
    ));
    same_prices(last(&first), last(&second));
}

#[test]
fn every_form_of_demand_has_the_tables_shares_and_an_equilibrium() {
    let forms = [
        "[demand]\nmodel = \"nested\"\ndissimilarity = 0.6\n",
        "[demand]\nmodel = \"mixed\"\nprice_spread = 0.5\ntypes = 60\n",
        "[demand]\noutside_share = 0.5\n",
        "[demand]\nprice_coefficient = 1.9\nmarket_size = 1000\n",
    ];
    for form in forms {
        let document = document(&format!("{form}[[edit]]\nmerge = [\"alpha\", \"beta\"]\n"));
        assert_eq!(document.calibration, Status::Converged, "{form}");
        assert!(last(&document).certificate.first_order < SAME, "{form}");
        let second = last(&document).certificate.second_order.unwrap();
        assert!(second < 0.0, "{form}");
        assert!(price(last(&document), "b1") > price(&document.baseline, "b1"));
    }
}

#[test]
fn a_new_product_may_have_its_own_cost() {
    let add = "[[edit]]\nadd = \"new\"\nfirm = \"delta\"\nlike = \"c1\"\n";
    let same_cost = document(add);
    let own_cost = document(&format!("{add}cost = 0.5\n"));
    let changed = document(&format!("{add}[[edit]]\ncost = \"new\"\namount = 0\n"));
    let entry = |of: &Document| {
        let products = &last(of).products;
        products
            .iter()
            .find(|e| e.product == "new")
            .unwrap()
            .clone()
    };
    same(entry(&own_cost).cost, 0.5);
    assert!(entry(&own_cost).price < entry(&same_cost).price);
    same_prices(last(&same_cost), last(&changed));
}

/// Every key that the reference gives an edit, all at once: each is read, and none is taken for another edit.
#[test]
fn every_documented_key_of_every_edit_is_read() {
    let (mut edits, mut keys) = (0, 0);
    for (word, _, fields) in Edit::kinds() {
        let mut text = String::from("[[edit]]\n");
        for field in &fields {
            let value = match (field.key, (field.describe)("")) {
                ("matrix", _) => "[[1, 0.5], [0.5, 1]]".to_owned(),
                ("characteristics", _) => "{ sugar = 5 }".to_owned(),
                ("remedy", _) => "\"rebate\"".to_owned(),
                (_, words) if words.contains("text") || words.contains("product") => {
                    "\"a1\"".to_owned()
                }
                _ => "0.5".to_owned(),
            };
            text += &format!("{} = {value}\n", field.key);
        }
        let mut files = Texts::default();
        let at = files.add("edits.toml", text.clone());
        let tree = parse_toml(&files, at).unwrap();
        let list = tree.as_table().unwrap().get("edit").unwrap();
        let mut reader = Reader::new(&files, "the table's currency");
        let read = Vec::<Edit>::read(list, &mut reader);
        assert!(reader.report.is_empty(), "{text}\n{:?}", reader.report);
        assert!(!matches!(read[0], Edit::Unread), "{word}");
        edits += 1;
        keys += fields.len();
    }
    assert!(edits >= 11 && keys > 3 * edits, "{edits}, {keys}");
}

#[test]
fn table_prices_that_a_firm_would_leave_are_told() {
    let table = "product,firm,price,share,margin\nx,a,10,0.3,0.4\ny,b,10,0.3,\n";
    let edits = "[demand]\nmodel = \"mixed\"\nprice_spread = 2\ntypes = 4\n";
    let document = Files::new(table, edits).document();
    let certificate = &document.baseline.certificate;
    assert_eq!(certificate.status, Found::Converged);
    let best = certificate.best_deviation.as_ref().unwrap();
    assert!(best.gain > 0.05 && best.prices[0] > 15.0, "{best:?}");
    assert!(certificate.rejected >= 1, "{certificate:?}");
    let mut issues = document.issues.iter();
    let issue = issues
        .find(|issue| issue.code == "no_best_response")
        .unwrap();
    for word in [&best.firm, &best.products[0], "% more"] {
        assert!(issue.text.contains(word), "{}", issue.text);
    }
    let mut issues = document.issues.iter();
    let elsewhere = issues
        .find(|issue| issue.code == "equilibria_elsewhere")
        .unwrap();
    assert!(
        elsewhere.text.contains("x ") && elsewhere.text.contains("y "),
        "{}",
        elsewhere.text
    );
}

#[test]
fn a_reduction_of_a_cost_below_zero_is_money_and_no_share() {
    let table = "product,firm,price,share,margin\na,f,10,0.3,0.5\nb,g,1,0.3,\n";
    let merger = "[[edit]]\nmerge = [\"f\", \"g\"]\n";
    let document = Files::new(table, merger).document();
    let [a, b] = &document.pressure[..] else {
        panic!("two products")
    };
    assert!(document.baseline.products[1].cost < 0.0);
    assert!(b.cmcr.is_none() && b.cmcr_amount.unwrap() > 0.0);
    same(
        a.cmcr.unwrap() * document.baseline.products[0].cost,
        a.cmcr_amount.unwrap(),
    );
}

#[test]
fn quantities_and_a_market_size_are_shares_in_units() {
    let table = "product,firm,price,quantity,margin\na,f,2,150,0.4\nb,g,2.2,250,\n";
    let edits = "[demand]\nmarket_size = 1000\n[[edit]]\nmerge = [\"f\", \"g\"]\n";
    let document = Files::new(table, edits).document();
    same(document.baseline.products[0].share, 0.15);
    // Profit is money in all: (p − c)·q.
    let entry = &document.baseline.products[0];
    same(entry.profit, (entry.price - entry.cost) * 150.0);
}

#[test]
fn a_negative_cost_is_told_with_a_remedy() {
    // A product at a fifth of the others' price, whose margin must be as much money as theirs.
    let table = "product,firm,price,share,margin\na,f,10,0.3,0.5\nb,g,1,0.3,\n";
    let document = Files::new(table, "").document();
    let issue = document
        .issues
        .iter()
        .find(|issue| issue.code == "negative_cost")
        .unwrap();
    assert_eq!(issue.place, "b");
    assert!(issue.text.contains("price_coefficient"), "{}", issue.text);
}

#[test]
fn margins_that_cannot_all_be_met_are_told_with_numbers() {
    let table = TABLE.replace("0.41,y", "0.85,y");
    let document = Files::new(&table, "").document();
    let issue = document
        .issues
        .iter()
        .find(|issue| issue.code == "margins_missed")
        .unwrap();
    assert_eq!(issue.place, "c1");
    assert!(issue.text.contains("0.8500"), "{}", issue.text);
}

#[test]
fn csv_has_a_row_for_each_step_and_product_and_no_formulas() {
    let table = TABLE.replace("a1,alpha", "=cmd(),alpha");
    let document = Files::new(&table, "[[edit]]\nmerge = [\"alpha\", \"beta\"]\n").document();
    let text = csv(&document);
    assert_eq!(text.lines().count(), 1 + 2 * 4);
    assert!(text.contains("\"'=cmd()\""), "{text}");
    let columns = text.lines().map(|line| line.matches(',').count());
    assert_eq!(columns.max(), Some(14));
}

#[test]
fn the_bundled_example_reads() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/beer");
    let study = read(&root.join("products.csv"), Some(&root.join("merger.toml")));
    let document = compute(&study.unwrap()).unwrap();
    let changes: Vec<f64> = last(&document)
        .products
        .iter()
        .filter_map(|e| e.price_change)
        .collect();
    assert!(changes.iter().all(|change| *change > 0.0), "{changes:?}");
}

#[test]
fn a_promise_about_margins_lowers_prices_until_it_is_kept() {
    let services = "[[edit]]\nservices = { firms = [\"alpha\"] }\namount = 0.3\n";
    let free = document(services);
    let kept = document(&format!(
        "{services}[[edit]]\ncap = \"alpha\"\nvalue = \"5 %\"\n"
    ));
    let promise = &last(&kept).promises[0];
    assert!(promise.binds);
    same(promise.margin, 0.05);
    assert!(
        promise.stationary.unwrap() < KKT && promise.best_deviation.unwrap() < KKT,
        "{promise:?}"
    );
    let certificate = &last(&kept).certificate;
    assert!(certificate.starts > 0 && certificate.converged == certificate.starts);
    assert_eq!((certificate.equilibria, certificate.rejected), (1, 0));
    assert!(certificate.second_order.unwrap() < 0.0);
    assert!(price(last(&kept), "a1") < price(last(&free), "a1"));
    assert!(last(&kept).consumer_surplus_change > last(&free).consumer_surplus_change);
    let loose = document(&format!(
        "{services}[[edit]]\ncap = \"alpha\"\nvalue = 0.9\n"
    ));
    assert!(!last(&loose).promises[0].binds);
    same_prices(last(&loose), last(&free));
    let rebate = document(&format!(
        "{services}[[edit]]\ncap = \"alpha\"\nvalue = 0.05\nremedy = \"rebate\"\n"
    ));
    assert!(last(&rebate).promises[0].rebate > 0.0);
    same_prices(last(&rebate), last(&free));
}
