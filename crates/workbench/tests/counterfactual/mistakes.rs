//! One clear error for each mistake: where, what was found, what was expected.

use super::*;

/// Changes the table and asks for exactly one mistake in it.
fn in_table(from: &str, to: &str, line: usize, words: &[&str]) {
    assert!(TABLE.contains(from), "{from}");
    let files = Files::new(&TABLE.replacen(from, to, 1), "");
    one(&files, "table.csv", line, words);
}

/// Asks for exactly one mistake in these edits.
fn in_edits(edits: &str, line: usize, words: &[&str]) {
    one(&Files::new(TABLE, edits), "edits.toml", line, words);
}

fn one(files: &Files, file: &str, line: usize, words: &[&str]) {
    let found = files.mistakes();
    assert_eq!(found.list.len(), 1, "{found}");
    let mistake = &found.list[0];
    let text = mistake.render(false);
    assert!(
        mistake.file.ends_with(file) || mistake.file.contains(&format!("{file}:")),
        "{text}"
    );
    assert_eq!(mistake.line, line, "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    assert!(
        !mistake.expected.is_empty(),
        "says not what was expected:\n{text}"
    );
}

#[test]
fn cells_of_the_table() {
    in_table("2.2,0.20", "two,0.20", 4, &["`two`", "price"]);
    in_table("2.2,0.20", "-2.2,0.20", 4, &["-2.2", "above 0"]);
    in_table("2.2,0.20", ",0.20", 4, &["empty", "price"]);
    in_table(
        "0.20,0.38",
        "20,0.38",
        4,
        &["20", "share between 0 and 1", "0.2"],
    );
    in_table("0.38,x", "38,x", 4, &["38", "margin", "0.38"]);
    in_table("0.38,x", "1.2,x", 4, &["1.2", "between 0 and 1"]);
    in_table("b1,beta", "a1,beta", 4, &["second product `a1`", ":2"]);
    in_table("b1,beta", "b1,", 4, &["empty", "firm"]);
}

#[test]
fn columns_of_the_table() {
    in_table(
        "margin,nest",
        "margins,nest",
        1,
        &["`margins`", "did you mean `margin`"],
    );
    // An unknown column, and one that is missing.
    let files = Files::new(&TABLE.replacen("price,share", "price,sold", 1), "");
    let found = files.mistakes();
    assert_eq!(found.list.len(), 2, "{found}");
    assert!(found.to_string().contains("no column `share`"), "{found}");
}

#[test]
fn what_a_table_must_leave_to_others() {
    let full = "product,firm,price,share,margin\na,f,2,0.6,0.4\nb,g,2,0.4,\n";
    one(
        &Files::new(full, ""),
        "table.csv",
        0,
        &["sum to 1", "outside_share"],
    );
    let quantity = full.replace("share", "quantity");
    one(
        &Files::new(&quantity, ""),
        "table.csv",
        0,
        &["quantity", "market_size"],
    );
    let edits = "[demand]\nmarket_size = 0.9\n";
    one(
        &Files::new(&quantity, edits),
        "table.csv",
        0,
        &["0.9", "sum to 1"],
    );
    let blank = full.replace("0.6,0.4", "0.3,");
    one(
        &Files::new(&blank, ""),
        "table.csv",
        0,
        &["0 margins", "price_coefficient"],
    );
}

#[test]
fn margins_that_leave_a_nested_logit_open() {
    let table = "product,firm,price,share,margin,nest\nx,a,10,0.3,0.6,n\ny,b,10,0.3,0.6,n\n";
    let files = Files::new(table, "[demand]\nmodel = \"nested\"\n");
    one(
        &files,
        "table.csv",
        0,
        &["apart", "`dissimilarity`", "`price_coefficient`"],
    );
    let given = "[demand]\nmodel = \"nested\"\ndissimilarity = 0.5\n";
    assert!(Files::new(table, given).document().margin_error < 1e-6);
}

#[test]
fn shares_that_sum_to_1_but_for_rounding() {
    let table =
        "product,firm,price,share,margin\na,f,2,0.2,0.4\nb,g,2,0.5,\nc,h,2,0.299999999999,\n";
    one(
        &Files::new(table, ""),
        "table.csv",
        0,
        &["sum to", "outside_share"],
    );
    let quantity = table.replace("share", "quantity");
    let files = Files::new(&quantity, "[demand]\nmarket_size = 1\n");
    one(&files, "table.csv", 0, &["sum to", "market_size"]);
}

#[test]
fn two_edits_in_one_table() {
    in_edits(
        "[[edit]]\ndrop = \"a1\"\nfreeze = \"b1\"\n",
        1,
        &["`drop`, `freeze` in one table", "one table for each"],
    );
}

#[test]
fn edits_of_what_does_not_exist() {
    in_edits(
        "[[edit]]\nmerge = [\"alpha\", \"beat\"]\n",
        2,
        &["no firm `beat`", "did you mean `beta`"],
    );
    in_edits("[[edit]]\ndrop = \"a3\"\n", 2, &["no product `a3`", "`a1`"]);
    in_edits(
        "[[edit]]\ndrop = \"a1\"\n[[edit]]\nfreeze = \"a1\"\n",
        4,
        &["no product `a1` at this step"],
    );
    in_edits(
        "[[edit]]\ncost = { firms = [\"gama\"] }\nby = -0.1\n",
        2,
        &["no firm `gama`", "gamma"],
    );
    in_edits(
        "[[edit]]\nmerge = [\"alpha\", \"beta\"]\n[[edit]]\nmerge = [\"gamma\", \"beta\"]\n",
        4,
        &["no firm `beta` at this step"],
    );
    in_edits(
        "[[edit]]\nadd = \"n\"\nfirm = \"f\"\nlike = \"zz\"\n",
        4,
        &["no product `zz`"],
    );
}

#[test]
fn edits_that_say_too_little_or_too_much() {
    in_edits(
        "[[edit]]\nmerg = [\"alpha\", \"beta\"]\n",
        2,
        &["`merg`", "`merge`"],
    );
    in_edits("[[edit]]\nmerge = [\"alpha\"]\n", 2, &["two firms"]);
    in_edits(
        "[[edit]]\nmerge = [\"alpha\", \"alpha\"]\n",
        2,
        &["`alpha` twice"],
    );
    in_edits(
        "[[edit]]\nmerge = [\"alpha\", \"beta\"]\ninto = \"gamma\"\n",
        3,
        &["`gamma`"],
    );
    in_edits("[[edit]]\ncost = \"a1\"\n", 1, &["changes nothing", "`by`"]);
    in_edits(
        "[[edit]]\ntax = \"a1\"\n",
        1,
        &["changes nothing", "`rate`"],
    );
    in_edits(
        "[[edit]]\nchange = \"a1\"\n",
        1,
        &["changes nothing", "`worth`"],
    );
    in_edits(
        "[[edit]]\nchange = \"a1\"\nworth = 1\nutility = 1\n",
        1,
        &["more than one of"],
    );
    in_edits("[[edit]]\ndrop = \"all\"\n", 1, &["every product"]);
    in_edits(
        "[[edit]]\nadd = \"a1\"\nfirm = \"f\"\nlike = \"b1\"\n",
        2,
        &["second product `a1`"],
    );
    in_edits(
        "[[edit]]\ndrop = 3\n",
        2,
        &["the number 3", "list of products"],
    );
    in_edits(
        "[[edit]]\ncost = \"a1\"\nby = -1.5\n",
        3,
        &["-1.5", "above -1"],
    );
}

#[test]
fn conduct_of_the_wrong_shape() {
    let head = "[[edit]]\nconduct = [\"alpha\", \"beta\"]\n";
    in_edits(
        &format!("{head}matrix = [[1, 0.2]]\n"),
        3,
        &["1 rows", "2 rows of 2"],
    );
    in_edits(
        &format!("{head}matrix = [[1, 0.2], [0.2, 1, 0]]\n"),
        3,
        &["3 numbers", "2 rows of 2"],
    );
    in_edits(
        &format!("{head}matrix = [[1, 0.2], [0.2, 0.5]]\n"),
        3,
        &["0.5 on the diagonal"],
    );
    in_edits(&format!("{head}weight = 1.5\n"), 3, &["1.5", "from 0 to 1"]);
    in_edits(head, 1, &["`weight`", "`matrix`"]);
}

#[test]
fn promises_that_cannot_be_made() {
    in_edits(
        "[[edit]]\ncap = \"delta\"\nvalue = 0.05\n",
        2,
        &["no firm `delta`"],
    );
    in_edits("[[edit]]\ncap = \"alpha\"\nvalue = 1\n", 3, &["below 1"]);
    in_edits("[[edit]]\ncap = \"alpha\"\n", 1, &["`value` is missing"]);
    in_edits(
        "[[edit]]\nservices = \"a1\"\namount = -1\n",
        3,
        &["-1", "at least 0"],
    );
    let shared = "[[edit]]\nconduct = [\"alpha\", \"beta\"]\nweight = 0.5\n";
    let cap = "[[edit]]\ncap = \"alpha\"\nvalue = 0.05\n";
    in_edits(
        &format!("{shared}{cap}"),
        5,
        &["shares profits", "`conduct`"],
    );
    in_edits(&format!("{cap}{shared}"), 5, &["has promised", "`cap`"]);
}

#[test]
fn forms_of_demand() {
    in_edits("[demand]\nmodel = \"probit\"\n", 2, &["probit", "`logit`"]);
    in_edits(
        "[demand]\ndissimilarity = 0.5\n",
        2,
        &["`dissimilarity`", "nested"],
    );
    in_edits(
        "[demand]\nmodel = \"mixed\"\n",
        1,
        &["`price_spread` is missing"],
    );
    in_edits(
        "[demand]\nmodel = \"nested\"\ndissimilarity = 1.5\n",
        3,
        &["1.5", "up to 1"],
    );
    let table = TABLE.replace("0.38,x", "0.38,");
    let files = Files::new(
        &table,
        "[demand]\nmodel = \"nested\"\ndissimilarity = 0.5\n",
    );
    one(&files, "table.csv", 0, &["no nest", "`nest`"]);
}

#[test]
fn all_mistakes_of_both_files_show_at_once() {
    let table = TABLE
        .replace("2.2,0.20", "x,0.20")
        .replace("1.8,0.25", "1.8,y");
    let files = Files::new(&table, "[demand]\nmodel = 3\n[[edit]]\ndrop = 4\n");
    assert_eq!(files.mistakes().list.len(), 4, "{}", files.mistakes());
    let edits = "[[edit]]\ndrop = \"zz\"\n[[edit]]\nmerge = [\"alpha\", \"zz\"]\n";
    assert_eq!(Files::new(TABLE, edits).mistakes().list.len(), 2);
}

#[test]
fn files_that_cannot_be_read() {
    let files = Files::new(TABLE, "");
    let missing = read(&files.path("none.csv"), Some(&files.path("none.toml"))).unwrap_err();
    assert_eq!(missing.list.len(), 2, "{missing}");
    let folder = read(&files.path("."), None).unwrap_err();
    assert!(folder.to_string().contains(".csv"), "{folder}");
    let broken = Files::new(TABLE, "[[edit]\n");
    assert!(broken.mistakes().to_string().contains("TOML"));
}
