//! `beachhead value`: what a deal with a network is worth to both sides.

use super::load;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shown;
use crate::talk::Talk;
use beachhead_engine::outcomes::statistics::Estimate;
use beachhead_workbench::nearest::nearest;
use beachhead_workbench::run::job::ComputeOptions;
use beachhead_workbench::run::value::{DealValue, Worth, deal_value};
use beachhead_workbench::run::{FORMAT, VERSION, words};
use beachhead_workbench::scenario::Loaded;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(
    folder: &Path,
    deal: &str,
    settings: &Settings,
    talk: &Talk,
) -> Result<(), Failure> {
    let loaded = load::scenario(folder, settings, talk)?;
    let at = find(&loaded, deal)?;
    check_options(&loaded, at, settings)?;
    settings.listen_for_interrupts()?;
    let options = ComputeOptions {
        threads: settings.threads,
        plans: &loaded.plans,
        cancel: &settings.cancel,
    };
    let simulation = &loaded.scenario.simulation;
    let draws = (simulation.draws, simulation.seed);
    let progress = talk.progress();
    let value = deal_value(&loaded, at, draws, &options, &progress)?;
    drop(progress);
    settings.check_interrupt()?;
    for worth in value.worth.iter().filter(|worth| worth.unsolved > 0) {
        talk.note(&format!(
            "note: pricing: {} repricings, over all draws and plans, found no equilibrium",
            worth.unsolved
        ));
    }
    if value.failed > 0 {
        talk.note(&format!(
            "note: {} draws could not be computed and are left out",
            value.failed
        ));
    }
    if settings.json {
        return talk.result(&shown::json(&document(&loaded, &value))?);
    }
    talk.result(text(&loaded, &value).as_bytes())
}

/// Options that would make the question another one than the deal's.
fn check_options(loaded: &Loaded, at: usize, settings: &Settings) -> Result<(), Failure> {
    let scenario = &loaded.scenario;
    let deal = &scenario.deals[at];
    if deal.start > scenario.months {
        return Err(Failure::Input(format!(
            "the deal `{}` starts in month {}, after the last of the {} months that are simulated: it would never begin; give --months {} or more",
            deal.id, deal.start, scenario.months, deal.start
        )));
    }
    if let Some(plan) = settings.plans.first() {
        return Err(Failure::Input(format!(
            "--plan {plan}: `value` compares the plans that the deal names, `{}` and `{}`; leave --plan out, or change `plan` and `fallback` of `deals.{}`",
            scenario.plans[deal.plan].id, scenario.plans[deal.fallback].id, deal.id
        )));
    }
    Ok(())
}

/// The position of a deal by its id.
fn find(loaded: &Loaded, id: &str) -> Result<usize, Failure> {
    let deals = &loaded.scenario.deals;
    if let Some(at) = deals.iter().position(|deal| deal.id == id) {
        return Ok(at);
    }
    let known: Vec<&str> = deals.iter().map(|deal| deal.id.as_str()).collect();
    let expected = if known.is_empty() {
        "a deal of the scenario, but it has no `[[deals]]`".to_owned()
    } else {
        format!("one of {}", known.join(", "))
    };
    let hint = nearest(id, known.iter().copied());
    let hint = hint.map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(Failure::Input(format!(
        "no deal `{id}`; expected {expected}{hint}"
    )))
}

fn text(loaded: &Loaded, value: &DealValue) -> String {
    let scenario = &loaded.scenario;
    let deal = &value.deal;
    let plan = |at: usize| scenario.plans[at].id.as_str();
    let mut text = shown::wrapped(&format!(
        "{}: {} from month {}, against {} without it; {} of {}",
        deal.title,
        plan(deal.plan),
        deal.start,
        plan(deal.fallback),
        if value.draws == 1 {
            "the central run".to_owned()
        } else {
            format!("means over {} draws", value.draws)
        },
        scenario.title
    ));
    for worth in &value.worth {
        text.push('\n');
        text += &gains(loaded, value, worth);
    }
    text
}

fn gains(loaded: &Loaded, value: &DealValue, worth: &Worth) -> String {
    let unit = &loaded.scenario.currency;
    let money = |amount: f64| words::with_unit(amount, unit);
    let heads = if worth.solved {
        "Rivals set prices anew"
    } else {
        "Rivals' prices held"
    };
    let mut table = shown::table([heads, "Brand", "Network", "Both"]);
    let estimate = |estimate: Estimate| {
        let doubt = estimate.se.map(|se| format!("\n± {}", money(se)));
        shown::number(money(estimate.mean) + &doubt.unwrap_or_default())
    };
    let gains = &worth.gains;
    table.add_row([
        "Gain before any transfer".into(),
        estimate(gains.brand),
        estimate(gains.network),
        estimate(gains.joint),
    ]);
    for fall in &worth.falls {
        table.add_row([
            format!("Falls through after {} months", fall.after).into(),
            estimate(fall.brand),
            estimate(fall.network),
            shown::number(money(fall.brand.mean + fall.network.mean)),
        ]);
    }
    let bargain = gains.bargain;
    let answer = if bargain.signed {
        format!(
            "Both gain together, so it can be signed: with a transfer from the network to the brand from {} to {} neither loses; at the brand's share of {} it is {}.",
            money(bargain.lowest),
            money(bargain.highest),
            words::percent(value.brand_share),
            money(bargain.transfer)
        )
    } else {
        "Together they lose: no transfer makes both sign.".to_owned()
    };
    let chance = gains.chance.map_or(String::new(), |chance| {
        format!(
            " Signed with a chance of {}, from what the network gains{}.",
            words::percent(chance),
            match value.deal.event {
                Some(_) => "; the talks in runs have the chance of the central run",
                None => "; the talks in runs have the chance that their event gives",
            }
        )
    });
    shown::printed(&table) + &shown::wrapped(&(answer + &chance))
}

fn document(loaded: &Loaded, value: &DealValue) -> Value {
    let estimate = |estimate: Estimate| json!({ "mean": estimate.mean, "se": estimate.se });
    let worth = |worth: &Worth| {
        let (gains, bargain) = (&worth.gains, worth.gains.bargain);
        let falls = worth.falls.iter().map(|fall| {
            json!({ "after_months": fall.after, "brand": estimate(fall.brand), "network": estimate(fall.network) })
        });
        json!({
            "prices": if worth.solved { "solved" } else { "held" },
            "gain": { "brand": estimate(gains.brand), "network": estimate(gains.network), "both": estimate(gains.joint) },
            "signed": bargain.signed,
            "transfer": { "lowest": bargain.lowest, "highest": bargain.highest, "at_share": bargain.transfer },
            "chance": gains.chance,
            "falls_through": falls.collect::<Vec<Value>>(),
            "repricings_unsolved": worth.unsolved,
        })
    };
    let deal = &value.deal;
    let scenario = &loaded.scenario;
    json!({
        "format": FORMAT,
        "beachhead": VERSION,
        "scenario": scenario.name,
        "unit": scenario.currency,
        "deal": deal.id,
        "plan": scenario.plans[deal.plan].id,
        "fallback": scenario.plans[deal.fallback].id,
        "draws": value.draws,
        "draws_failed": value.failed,
        "brand_share": value.brand_share,
        "worth": value.worth.iter().map(worth).collect::<Vec<Value>>(),
    })
}
