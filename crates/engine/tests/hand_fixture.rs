//! Oracle: every state of a small asymmetric market, month by month, against numbers that an
//! independent script computed with 50 digits (`fixtures/hand/make_fixture.py`).
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use beachhead_engine::choice::market::{Market, Network, Product};
use beachhead_engine::choice::offers::Offers;
use beachhead_engine::choice::parameters::Parameters;
use beachhead_engine::choice::tastes::Tastes;
use beachhead_engine::choice::utility::Attraction;
use beachhead_engine::dynamics::awareness::{AwarenessLaw, Exposure};
use beachhead_engine::dynamics::baseline::Baseline;
use beachhead_engine::dynamics::economy::{Economy, Ground};
use beachhead_engine::dynamics::layout::Layout;
use beachhead_engine::dynamics::settle::Consumers;
use beachhead_engine::dynamics::surplus;
use beachhead_engine::numerics::dispatch::Dispatch;
use serde_json::Value;

/// Same mathematics, other arithmetic.
const SAME_MATHEMATICS: f64 = 1e-12;

struct Case {
    market: Market,
    parameters: Parameters,
    law: AwarenessLaw,
    fixture: Value,
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn cases() -> Vec<Case> {
    let text = include_str!("fixtures/hand/fixture.json");
    let fixture: Value = serde_json::from_str(text).unwrap();
    fixture["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(case)
        .collect()
}

fn case(fixture: &Value) -> Case {
    let inputs = &fixture["inputs"];
    let types = inputs["weight"].as_array().unwrap().len();
    assert_eq!(types, 2, "quality by type is carried by two factors");
    let brands = inputs["brands"].as_array().unwrap().len();
    let market = Market {
        tastes: tastes(inputs, types),
        brands,
        incumbents: brands - 1,
        products: products(inputs),
        networks: networks(inputs),
        shop_of: inputs["channels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|channel| channel["network"].as_u64().map(|n| n as usize))
            .collect(),
        annuity: annuity(inputs, types),
        non_owners: if inputs["has_none"].as_bool().unwrap() {
            1.0
        } else {
            0.0
        },
        lapse: number(&inputs["lapse"]),
        oldest_age: count(&inputs["oldest_age"]),
        users: 1.0,
    };
    let parameters = Parameters {
        price_coefficient: 1.0,
        hedonic_scale: 1.0,
        brand_spread: 1.0,
        brand_intercept: vec![0.0; brands],
        product_intercept: vec![0.0; market.products.len()],
        channel_intercept: numbers(&inputs["channel_taste"]),
        keep: numbers(&inputs["keep_intercept"]),
        keep_offset: numbers(&inputs["keep_offset"]),
        keep_offset_none: number(&inputs["keep_offset_none"]),
        ageing: number(&inputs["ageing"]),
        loyalty: numbers(&inputs["loyalty"]),
        switching_cost: number(&inputs["switching_cost"]),
        nest: number(&inputs["nest"]),
        crowding: number(&inputs["crowding"]),
        timing: number(&inputs["timing"]),
    };
    Case {
        market,
        parameters,
        law: law(inputs, types),
        fixture: fixture.clone(),
    }
}

fn tastes(inputs: &Value, types: usize) -> Tastes {
    Tastes {
        weight: numbers(&inputs["weight"]),
        segment: (0..types).collect(),
        price_factor: numbers(&inputs["price_coefficient"]),
        brand_node: inputs["taste"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(numbers)
            .collect(),
        quality_factor: vec![0.0, 1.0],
        imported: None,
        reach: inputs["reach"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row.as_array().unwrap().iter().map(|x| x.as_bool().unwrap()))
            .collect(),
    }
}

fn products(inputs: &Value) -> Vec<Product> {
    inputs["product_brand"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(j, brand)| Product {
            scenario_index: j,
            brand: count(brand),
            hedonic: number(&inputs["quality"][1][j]) - number(&inputs["quality"][0][j]),
            appeal: number(&inputs["quality"][0][j]),
            price: 0.0,
            compatibility: inputs["compatibility"][j]
                .as_array()
                .unwrap()
                .iter()
                .map(|h| h.as_f64().map_or(0.0, f64::exp))
                .collect(),
        })
        .collect()
}

fn networks(inputs: &Value) -> Vec<Network> {
    let networks = &inputs["networks"];
    (0..networks["churn"].as_array().unwrap().len())
        .map(|c| Network {
            churn: number(&networks["churn"][c]),
            instalments: count(&networks["instalments"][c]),
            leaving_cost: number(&networks["leaving_cost"][c]),
            upgrade_cost: number(&networks["upgrade_cost"][c]),
        })
        .collect()
}

/// Present value of instalments per unit of price, read off the fixture's effective prices.
fn annuity(inputs: &Value, types: usize) -> Vec<f64> {
    let networks = inputs["networks"]["churn"].as_array().unwrap().len();
    let mut annuity = vec![1.0; types * networks];
    for (o, offer) in inputs["offers"].as_array().unwrap().iter().enumerate() {
        let channel = &inputs["channels"][count(&offer[1])];
        let Some(network) = channel["network"].as_u64() else {
            continue;
        };
        for i in 0..types {
            let price = number(&inputs["baseline"]["price"][count(&offer[0])]);
            let effective = &inputs["baseline"]["effective_price"][i][o];
            annuity[i * networks + network as usize] = number(effective) / price;
        }
    }
    annuity
}

fn law(inputs: &Value, types: usize) -> AwarenessLaw {
    let awareness = &inputs["awareness"];
    AwarenessLaw {
        carry_over: number(&awareness["carry_over"]),
        response: 1.0,
        scale: number(&awareness["scale"]),
        exponent: number(&awareness["exponent"]),
        word_of_mouth: 1.0,
        forgetting: number(&awareness["forgetting"]),
        trust_persistence: number(&inputs["trust"]["persistence"]),
        initial: 0.0,
        initial_trust: number(&inputs["trust"]["initial"]),
        by_segment: (0..types)
            .map(|i| {
                [
                    number(&awareness["response"][i]),
                    number(&awareness["word_of_mouth"][i]),
                    number(&awareness["social_exposure"][i]),
                    number(&awareness["accessory_effect"][i]),
                ]
            })
            .collect(),
    }
}

fn offers(inputs: &Value, open: &Value, price: &Value) -> Offers {
    let all = inputs["offers"].as_array().unwrap();
    let open = open.as_array().unwrap();
    let chosen = all
        .iter()
        .zip(open)
        .filter(|(_, open)| open.as_bool().unwrap());
    Offers::new(
        chosen
            .map(|(o, _)| (count(&o[0]), count(&o[1]), number(&price[count(&o[0])])))
            .collect(),
    )
}

/// Position of a fixture state in our layout, paid-off balances merged.
fn cell(layout: &Layout, market: &Market, at: [usize; 6]) -> usize {
    let [i, known, b, c, fin, age] = at;
    let owned = if b == market.brands {
        layout.none.unwrap()
    } else {
        layout.owned_of_brand(b)
    };
    let start = i * layout.type_cells() + layout.block(known, owned, c) * layout.stride();
    let paying = fin == 1 && age < market.networks[c].instalments;
    let age = if layout.none == Some(owned) { 0 } else { age };
    start + if paying { layout.age_cells + age } else { age }
}

fn for_each_state(value: &Value, visit: &mut impl FnMut([usize; 6], &Value)) {
    fn walk(value: &Value, at: &mut Vec<usize>, visit: &mut impl FnMut([usize; 6], &Value)) {
        if let Some(items) = value.as_array() {
            for (n, item) in items.iter().enumerate() {
                at.push(n);
                walk(item, at, visit);
                at.pop();
            }
        } else {
            visit(at.as_slice().try_into().unwrap(), value);
        }
    }
    walk(value, &mut Vec::new(), visit);
}

fn masses(layout: &Layout, market: &Market, value: &Value) -> Vec<f64> {
    let mut mass = vec![0.0; layout.types * layout.type_cells()];
    for_each_state(value, &mut |at, m| {
        let m = number(m);
        if m != 0.0 {
            mass[cell(layout, market, at)] += m;
        }
    });
    mass
}

#[track_caller]
fn close(got: f64, wanted: f64, what: &str) {
    let scale = wanted.abs().max(1.0);
    assert!(
        (got - wanted).abs() <= SAME_MATHEMATICS * scale,
        "{what}: got {got}, wanted {wanted}"
    );
}

fn run(case: &Case, dispatch: Dispatch) {
    let (market, parameters) = (&case.market, &case.parameters);
    let inputs = &case.fixture["inputs"];
    let expected = &case.fixture["expected"];
    let layout = Layout::new(market, 1);
    let base_layout = Layout::new(market, 0);
    let base_offers = offers(
        inputs,
        &inputs["baseline"]["open"],
        &inputs["baseline"]["price"],
    )
    .filtered(|j, _| market.products[j].brand < market.incumbents);
    let no_trust = vec![0.0; market.brands];
    let base = Attraction::new(market, parameters, &base_offers, &no_trust, dispatch);
    let baseline = Baseline::new(market, parameters, &base, &layout);
    assert_eq!(base_layout.owned + 1, layout.owned);
    check_baseline(case, &layout, &baseline);

    let mut trust = no_trust;
    trust[market.brands - 1] = case.law.initial_trust;
    let ground = Ground {
        market,
        parameters,
        baseline: &baseline,
        layout: &layout,
        dispatch,
    };
    let mass = masses(&layout, market, &inputs["initial_masses"]);
    let mut economy = Economy::new(ground, Consumers { mass: mass.into() }, trust);
    for month in 0..count(&inputs["months"]) {
        let monthly = &inputs["monthly"];
        let wanted = &expected["months"][month];
        let on_sale = offers(inputs, &monthly["open"][month], &monthly["price"][month]);
        economy.open_month(ground, &on_sale, number(&monthly["season"][month]));
        check_purchases(case, ground, &economy, &on_sale, wanted);
        let owners = economy.owners_after(ground, 0);
        close(
            owners,
            number(&wanted["entrant_owners"]),
            "entrant's owners",
        );
        let exposure = Exposure {
            spend: number(&monthly["spend"][month]),
            owners,
            satisfaction: number(&monthly["satisfaction"][month]),
            social: number(&monthly["social"][month]),
            complements: number(&monthly["accessory_units_per_user"][month]),
            complements_on_trust: number(&monthly["accessory_units_per_user"][month])
                * number(&inputs["trust"]["accessory_effect"]),
            ..Exposure::default()
        };
        economy.close_month(ground, std::slice::from_ref(&case.law), &[exposure]);
        close(
            economy.adstock[0] / 1e6,
            number(&wanted["adstock"]) / 1e6,
            "adstock",
        );
        close(
            economy.trust[market.brands - 1],
            number(&wanted["trust_next"]),
            "trust",
        );
        close(
            economy.stock.awareness[0],
            number(&wanted["awareness"]),
            "awareness",
        );
        let want = masses(&layout, market, &wanted["masses_merged"]);
        let got = &economy.consumers(ground).mass;
        for (n, (got, wanted)) in got.iter().zip(&want).enumerate() {
            close(
                *got,
                *wanted,
                &format!("mass of cell {n} after month {}", month + 1),
            );
        }
    }
}

fn check_baseline(case: &Case, layout: &Layout, baseline: &Baseline) {
    let market = &case.market;
    for i in 0..layout.types {
        for (b, row) in case.fixture["expected"]["baseline_value"][i]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            let owned = if b == market.brands {
                layout.none.unwrap()
            } else {
                layout.owned_of_brand(b)
            };
            for c in 0..layout.networks {
                let got = baseline.value[(i * layout.owned + owned) * layout.networks + c];
                close(got, number(&row[c]), "baseline value");
            }
        }
    }
}

fn check_purchases(
    case: &Case,
    ground: Ground,
    economy: &Economy,
    offers: &Offers,
    wanted: &Value,
) {
    let (market, layout) = (ground.market, ground.layout);
    let all = case.fixture["inputs"]["offers"].as_array().unwrap();
    for (o, offer) in all.iter().enumerate() {
        let at = (0..offers.len()).find(|&n| {
            offers.product[n] == count(&offer[0]) && offers.channel[n] == count(&offer[1])
        });
        let got = at.map_or(0.0, |n| economy.flows.units[n]);
        close(
            got,
            number(&wanted["units_by_offer"][o]),
            &format!("units of offer {o}"),
        );
    }
    for (b, row) in wanted["units_by_brands"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let owned = if b == market.brands {
            layout.none.unwrap()
        } else {
            layout.owned_of_brand(b)
        };
        let sum: f64 = numbers(row).iter().sum();
        close(
            economy.flows.bought_from[owned],
            sum,
            "buyers by brand owned",
        );
        if b < market.brands {
            close(economy.flows.repeat[b], number(&row[b]), "repeat purchases");
        }
    }
    let switched: f64 = economy.flows.switched_units.iter().sum();
    let networks = wanted["units_by_networks"].as_array().unwrap();
    let moved = networks.iter().enumerate().flat_map(|(from, row)| {
        numbers(row)
            .into_iter()
            .enumerate()
            .filter(move |(to, _)| *to != from)
            .map(|(_, x)| x)
    });
    close(switched, moved.sum(), "purchases at another network");
    for_each_state(&wanted["p_buy"], &mut |at, p| {
        if let Some(p) = p.as_f64() {
            let cell = cell(layout, market, at);
            let mut block = Vec::new();
            let buying = &economy.buying;
            buying.probabilities(layout, cell / layout.stride(), &mut block);
            let got = block[cell % layout.stride()];
            close(got, p, &format!("P(buy) at {at:?}"));
        }
    });
    let volume = economy.volume(ground, 0);
    let source = &wanted["source_of_volume"];
    for (f, &got) in volume.from_brand.iter().enumerate() {
        close(
            got,
            number(&source["from_rivals"][f]),
            "volume from a rival",
        );
    }
    close(
        volume.earlier_replacement,
        number(&source["earlier_replacement"]),
        "earlier replacement",
    );
    close(
        volume.new_owners,
        number(&source["never_owners"]),
        "new owners",
    );
    let mass = &economy.opened().mass;
    let surplus: f64 = surplus::by_type(ground, mass, &economy.buying).iter().sum();
    close(
        surplus,
        number(&wanted["consumer_surplus"]),
        "consumer surplus",
    );
}

#[test]
fn every_state_of_the_hand_fixture_on_every_instruction_set() {
    let cases = cases();
    assert!(cases.len() >= 2);
    for case in &cases {
        for dispatch in Dispatch::available() {
            run(case, dispatch);
        }
    }
}
