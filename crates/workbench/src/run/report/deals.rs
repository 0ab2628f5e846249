//! What each deal is worth to the brand and to the network, kept and falling through.

use super::Subject;
use super::page::Page;
use super::table::{Cell, Column, Table};
use crate::run::analysis::deals::{DealLine, Mean, WorthLine};
use crate::run::words::{money, percent, quoted};

pub(super) fn section(page: &mut Page, subject: &Subject<'_>) {
    let analysis = subject.output.analysis.as_ref();
    let Some(deals) = analysis
        .map(|analysis| &analysis.deals)
        .filter(|deals| !deals.is_empty())
    else {
        return;
    };
    let currency = &subject.output.currency;
    page.section("deals", "What deals are worth", |page| {
        for deal in deals {
            page.paragraph(&terms(deal));
            for worth in &deal.worth {
                page.paragraph(&bargain(currency, deal, worth));
            }
            page.table(&table(currency, deal));
        }
        page.note(
            "Net present value with the deal less that without it, in the same draws, before any payment between the two; other deals are as the plans have them. The network\u{2019}s part is what its shop keeps of phones, less subsidies that it pays, and what its users earn it while they stay. Below each mean is its standard error. Falling through closes the shop for good.",
        );
    });
}

fn terms(deal: &DealLine) -> String {
    let until = deal.months.map_or_else(
        || "to the end".to_owned(),
        |months| format!("for {months} months"),
    );
    let alone = if deal.exclusive {
        "; no other network sells the brand meanwhile"
    } else {
        ""
    };
    let at_once = if deal.instalments {
        ""
    } else {
        "; its products are paid at once there"
    };
    format!(
        "{}: with {} from month {} {until}{alone}{at_once}. {} is set against {} without it, in {} draws.",
        deal.title,
        deal.partner,
        deal.start,
        quoted(&deal.plan),
        quoted(&deal.fallback),
        deal.draws
    )
}

fn prices(worth: &WorthLine) -> &'static str {
    if worth.solved {
        "Where rivals set prices anew"
    } else {
        "While rivals hold their prices"
    }
}

fn bargain(currency: &str, deal: &DealLine, worth: &WorthLine) -> String {
    let money = |value: f64| money(currency, value);
    let mut text = if worth.signed {
        format!(
            "{} both gain together {}: with a payment from the network to the brand between {} and {} neither loses; at the brand\u{2019}s share of {} it is {}.",
            prices(worth),
            money(worth.both.mean),
            money(worth.lowest),
            money(worth.highest),
            percent(deal.brand_share),
            money(worth.transfer)
        )
    } else {
        format!(
            "{} both lose together {}: no payment makes both sign.",
            prices(worth),
            money(worth.both.mean.abs())
        )
    };
    if let Some(chance) = worth.chance {
        text += &format!(
            " From what the network gains it is signed with a chance of {}; in the draws the talks have {}.",
            percent(chance),
            if deal.in_draws {
                "the chance that this gives in the central run"
            } else {
                "the chance that their event gives"
            }
        );
    }
    if worth.unsolved > 0 {
        text += &format!(
            " In {} repricings no equilibrium was found.",
            worth.unsolved
        );
    }
    text
}

fn table(currency: &str, deal: &DealLine) -> Table {
    let mut table = Table::new(
        &format!(
            "What {} gains both sides, kept and falling through",
            quoted(&deal.title)
        ),
        vec![
            Column::text("The deal"),
            Column::number("Brand"),
            Column::number("Network"),
            Column::number("Both"),
        ],
    );
    let cell = |mean: Mean| {
        let doubt = mean
            .se
            .map(|se| format!("\u{00b1} {}", money(currency, se)));
        Cell::number(&money(currency, mean.mean), &doubt.unwrap_or_default())
    };
    for worth in &deal.worth {
        table.row_of("group", vec![Cell::text(prices(worth))]);
        table.row(vec![
            Cell::name("Kept as written"),
            cell(worth.brand),
            cell(worth.network),
            cell(worth.both),
        ]);
        for fall in &worth.falls {
            let both = fall.brand.mean + fall.network.mean;
            table.row(vec![
                Cell::name(&format!("Falls through after {} months", fall.after)),
                cell(fall.brand),
                cell(fall.network),
                Cell::number(&money(currency, both), ""),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn mean(mean: f64) -> Mean {
        Mean {
            mean,
            se: Some(1e6),
        }
    }

    fn worth(brand: f64, network: f64) -> WorthLine {
        WorthLine {
            solved: false,
            brand: mean(brand),
            network: mean(network),
            both: mean(brand + network),
            signed: brand + network >= 0.0,
            lowest: -brand,
            highest: network,
            transfer: 0.5 * (brand + network) - brand,
            chance: Some(0.25),
            falls: Vec::new(),
            unsolved: 0,
        }
    }

    fn deal(worth: WorthLine) -> DealLine {
        DealLine {
            id: "north".into(),
            title: "A deal <b>".into(),
            partner: "North".into(),
            plan: "With".into(),
            fallback: "Without".into(),
            start: 6,
            months: None,
            exclusive: true,
            instalments: true,
            in_draws: false,
            draws: 8,
            brand_share: 0.5,
            worth: vec![worth],
        }
    }

    #[test]
    fn a_deal_that_both_gain_from_has_a_range_and_one_that_they_lose_by_has_none() {
        let good = worth(30e6, -10e6);
        let said = bargain("USD", &deal(good.clone()), &good);
        for part in [
            "",
            "at the brand\u{2019}s share of 50 % it is USD \u{2212}20 m",
            "with a chance of 25 %",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let bad = worth(-30e6, 10e6);
        let said = bargain("USD", &deal(bad.clone()), &bad);
        assert!(said.contains("both lose together USD 20 m"), "{said}");
        assert!(terms(&deal(bad)).contains("from month 6 to the end; no other network"));
    }
}
