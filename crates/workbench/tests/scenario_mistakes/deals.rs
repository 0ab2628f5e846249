//! Deals: with whom, part of which plan, on what terms.

use super::{SCENARIO, changed, one};
use beachhead_workbench::scenario::{LoadOptions, load};

/// A deal in front of the plans with some words changed, and one mistake at a text of it.
fn deal(from: &str, to: &str, at: &str, words: &[&str]) {
    let text = DEAL.replacen(from, to, 1);
    let whole = format!("{text}\n[[plans]]\nid = \"stay_out\"");
    one(SCENARIO, "[[plans]]\nid = \"stay_out\"", &whole, at, words);
}

const DEAL: &str = "[[deals]]\nid = \"north\"\npartner = \"swap_north\"\nplan = \"online_first\"\nfallback = \"stay_out\"\nstart = 12\nservice_margin = 10\nlifetime = \"30 months\"\n";

#[test]
fn a_deal_loads() {
    let whole = format!("{DEAL}\n[[plans]]\nid = \"stay_out\"");
    let folder = changed(&[(SCENARIO, "[[plans]]\nid = \"stay_out\"", &whole)]);
    let loaded = load(folder.path(), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.scenario.deals.len(), 1);
}

#[test]
fn a_partner_that_is_no_network() {
    let words = ["a deal with `dealers`, which is no network's shop"];
    deal("swap_north", "dealers", "\"dealers\"\nplan", &words);
}

#[test]
fn plans_that_are_not_there() {
    let words = [
        "unknown plan `online_frist`",
        "did you mean `online_first`?",
    ];
    deal("online_first", "online_frist", "\"online_frist\"", &words);
}

#[test]
fn a_start_after_the_horizon() {
    let words = ["a deal that starts in month 60, after the last one, 48"];
    deal("start = 12", "start = 60", "60\nservice", &words);
}

#[test]
fn a_deal_without_what_users_earn() {
    let words = ["`service_margin` is missing in `deals.north`"];
    deal("service_margin = 10\n", "", "[[deals]]", &words);
}

#[test]
fn a_subsidy_that_nobody_pays() {
    let to = "subsidy = { value = 20, paid_by = \"state\" }\nstart = 12";
    let words = ["a subsidy paid by \"state\"", "\"brand\" or \"network\""];
    deal("start = 12", to, "\"state\"", &words);
}

#[test]
fn a_chance_for_an_event_that_is_no_attempt_with_the_partner() {
    let to = "chance = { constant = 0, per_million = 1, event = \"recall\" }\nstart = 12";
    let words = [
        "the event `recall`, which is no attempt with `swap_north`",
        "whose `partner` is that of the deal",
    ];
    deal("start = 12", to, "\"recall\" }\nstart", &words);
    let to = to.replace("recall", "recal");
    let words = ["unknown event `recal`", "did you mean `recall`?"];
    deal("start = 12", &to, "\"recal\" }\nstart", &words);
}

#[test]
fn instalments_of_another_length_than_the_networks() {
    let words = ["true or false"];
    deal("start = 12", "instalments = 36\nstart = 12", "36", &words);
}
