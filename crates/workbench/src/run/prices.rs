//! Prices that earn less than they should: receipts below unit cost or below zero, under a plan.

use super::draws::tally::DrawIssue;
use super::output::Issue;
use super::words::{self, enumerate};
use beachhead_engine::scenario::Scenario;
use beachhead_engine::simulate::{PlanRecord, PoorPrice};

/// What is wrong with a price.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// The channel is paid for taking the good.
    NegativeReceipt,
    /// The receipt does not cover the unit.
    BelowCost,
    /// The rule asks for a price below zero; the good is given away.
    GivenAway,
}

/// One wrong price of a product, with the channels that have it.
struct Finding {
    wrong: Wrong,
    product: usize,
    cost: f64,
    /// Channel and receipt in it, as first seen.
    receipts: Vec<(usize, f64)>,
    first: usize,
    last: usize,
    /// Months in which any channel has it.
    months: usize,
}

/// One issue for each product and kind of fault, counted over months.
pub(super) fn issues(scenario: &Scenario, plan: usize, record: &PlanRecord) -> Vec<DrawIssue> {
    let plan = &scenario.plans[plan];
    let mut findings: Vec<Finding> = Vec::new();
    for poor in &record.poor_prices {
        count(&mut findings, poor);
    }
    findings
        .iter()
        .map(|finding| {
            let product = &scenario.products[finding.product];
            let name = words::title(&product.title, &product.id);
            DrawIssue::new(&name, issue(scenario, &plan.id, finding))
        })
        .collect()
}

fn count(findings: &mut Vec<Finding>, poor: &PoorPrice) {
    let &PoorPrice {
        month,
        product,
        channel,
        receipt,
        unit_cost: cost,
        given_away,
    } = poor;
    let wrong = if given_away {
        Wrong::GivenAway
    } else if receipt < 0.0 {
        Wrong::NegativeReceipt
    } else {
        Wrong::BelowCost
    };
    let same = |old: &&mut Finding| (old.wrong, old.product) == (wrong, product);
    let Some(old) = findings.iter_mut().find(same) else {
        findings.push(Finding {
            wrong,
            product,
            cost,
            receipts: vec![(channel, receipt)],
            first: month,
            last: month,
            months: 1,
        });
        return;
    };
    if !old.receipts.iter().any(|(known, _)| *known == channel) {
        old.receipts.push((channel, receipt));
    }
    old.months += usize::from(old.last != month);
    old.last = month;
}

fn channel_title(scenario: &Scenario, channel: usize) -> String {
    let channel = &scenario.channels[channel];
    words::brand_title(&channel.title, &channel.id)
}

fn issue(scenario: &Scenario, plan: &str, finding: &Finding) -> Issue {
    let product = &scenario.products[finding.product];
    let product = words::title(&product.title, &product.id);
    let amount = |value: f64| {
        let sign = if value < 0.0 { "\u{2212}" } else { "" };
        format!("{} {sign}{:.2}", scenario.currency, value.abs())
    };
    let cost = amount(finding.cost);
    let by_channel = |(channel, receipt): &(usize, f64)| {
        format!(
            "{} through {}",
            amount(*receipt),
            channel_title(scenario, *channel)
        )
    };
    let receipts: Vec<String> = finding.receipts.iter().map(by_channel).collect();
    let receipts = enumerate(&receipts);
    let (code, what) = match finding.wrong {
        Wrong::NegativeReceipt => (
            "negative_receipt",
            "the brand pays to be sold: the price does not cover tax and the channel\u{2019}s margin",
        ),
        Wrong::BelowCost => ("price_below_cost", "every unit loses money"),
        Wrong::GivenAway => (
            "price_at_zero",
            "cost plus margin less the subsidy is a price below zero, so it is given away",
        ),
    };
    let text = format!("{product} (unit cost {cost}) earns {receipts}; {what}");
    let months = match finding.months {
        1 => format!("in month {}", finding.first),
        count => format!("in {count} months from month {}", finding.first),
    };
    Issue {
        code: code.into(),
        place: format!("plans.{plan}"),
        count: finding.months,
        text: format!("{text}; {months}"),
    }
}
