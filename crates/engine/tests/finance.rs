//! The accounts of small plans, computed by hand, and the laws that all accounts obey.

use beachhead_engine::finance::{
    Accounts, FinanceError, Flows, TerminalSwitches, Terms, account, tax, value,
};

/// Relative to the largest amount at hand: the same sums in another order.
const IDENTITY: f64 = 1e-12;

const ALL: TerminalSwitches = TerminalSwitches {
    services_of_base: true,
    hardware_continuation: true,
    exit_cost: true,
};
const NONE: TerminalSwitches = TerminalSwitches {
    services_of_base: false,
    hardware_continuation: false,
    exit_cost: false,
};

fn plain_terms() -> Terms {
    Terms {
        discount_rate: 0.0,
        tax_rate: 0.0,
        receivable_lag: 0.0,
        payable_lag: 0.0,
        stock_cover: 0.0,
        terminal: ALL,
    }
}

fn empty_flows(zeros: &[f64]) -> Flows<'_> {
    Flows {
        goods_receipts: zeros,
        services: zeros,
        units: &[],
        unit_costs: &[],
        channel_costs: zeros,
        marketing: zeros,
        gates: zeros,
        fixed: zeros,
        settlements: zeros,
        services_of_base: 0.0,
        hardware_continuation: 0.0,
        exit_cost: 0.0,
    }
}

fn assert_amount(what: &str, found: f64, expected: f64) {
    let scale = expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= IDENTITY * scale,
        "{what}: found {found}, expected {expected}"
    );
}

fn assert_line(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (month, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_amount(&format!("{what}, month {}", month + 1), *found, *expected);
    }
}

/// 100, 200, 300, 400 units at 10 each, bought at 6; received after 45 days, paid after 60; a gate of 1500 in month 1; marketing
/// of 300, then 100; tax of a quarter.
///
/// Earned      1000  2000  3000  4000
/// received       0   500  1500  2500    half a month's sales after one month, half after two:
///                                       m2 = 1000/2; m3 = 1000/2 + 2000/2; m4 = 2000/2 + 3000/2
///                                       outstanding 10 000 − 4500 = 5500 (3000/2 + 4000)
/// bought       600  1200  1800  2400
/// paid           0     0   600  1200    outstanding 6000 − 1800 = 4200
/// profit     −1400   700  1200  1600    m1 = 1000 − 600 − 1500 − 300; m2 = 2000 − 1200 − 100
/// losses      1400   700     0     0    carried to the next month
/// tax            0     0   125   400    m3 = (1200 − 700)/4
/// net        −1800   400   775   900    m1 = −1500 − 300; m2 = 500 − 100; m3 = 1500 − 600 − 125; m4 = 2500 − 1200 − 400
/// cumulative −1800 −1400  −625   275
/// terminal   5500 − 4200 = 1300
/// npv at 1 % a month: −1800/1.01 + 400/1.01² + 775/1.01³ + 2200/1.01⁴ = 1476.3043…
#[test]
fn lags_of_45_and_60_days_a_loss_then_a_profit_and_tax() {
    let zeros = [0.0; 4];
    let flows = Flows {
        goods_receipts: &[1000.0, 2000.0, 3000.0, 4000.0],
        units: &[100.0, 200.0, 300.0, 400.0],
        unit_costs: &[6.0; 4],
        marketing: &[300.0, 100.0, 0.0, 0.0],
        gates: &[1500.0, 0.0, 0.0, 0.0],
        ..empty_flows(&zeros)
    };
    let monthly = 1.01_f64;
    let terms = Terms {
        discount_rate: monthly.powi(12) - 1.0,
        tax_rate: 0.25,
        receivable_lag: 45.0 / 30.0,
        payable_lag: 60.0 / 30.0,
        ..plain_terms()
    };
    let accounts = account(&flows, &terms).unwrap();
    assert_line(
        "receipts",
        &accounts.cash.receipts,
        &[0.0, 500.0, 1500.0, 2500.0],
    );
    assert_line(
        "purchases",
        &accounts.cash.purchases,
        &[0.0, 0.0, 600.0, 1200.0],
    );
    assert_line(
        "profit",
        &accounts.profit,
        &[-1400.0, 700.0, 1200.0, 1600.0],
    );
    assert_line("tax", &accounts.cash.tax, &[0.0, 0.0, 125.0, 400.0]);
    assert_line("net", &accounts.cash.net, &[-1800.0, 400.0, 775.0, 900.0]);
    assert_line(
        "cumulative",
        &accounts.cash.cumulative,
        &[-1800.0, -1400.0, -625.0, 275.0],
    );
    assert_amount("receivables", accounts.terminal.receivables, 5500.0);
    assert_amount("payables", accounts.terminal.payables, 4200.0);
    assert_amount("terminal", accounts.terminal.total, 1300.0);
    assert_amount("npv", accounts.npv, 1_476.304_324_447_106_4);
    assert_eq!(accounts.payback_month, Some(4));
    assert_amount("peak funding", accounts.peak_funding, 1800.0);
}

/// Two products, a month and a half of stock; the second product's unit cost falls from 4 to 3 while 30 lie in stock.
///
/// A  units  10   20    0     stock  15   30    0     bought  25   35  −30    at 2:   50   70  −60
/// B  units  20   20   40     stock  30   30   60     bought  50   20   70    at 4, 3, 3:  200   60  210
/// bought together          250   130   150
/// used    A  20   40    0;   B  80   60 + 30·(4 − 3) = 90   120      together 100  130  120
/// closing stock  A 0, B 60·3 = 180;  check: bought 530 − used 350 = 180
#[test]
fn stock_of_two_products_with_a_falling_cost() {
    let zeros = [0.0; 3];
    let flows = Flows {
        units: &[10.0, 20.0, 0.0, 20.0, 20.0, 40.0],
        unit_costs: &[2.0, 2.0, 2.0, 4.0, 3.0, 3.0],
        ..empty_flows(&zeros)
    };
    let accounts = account(
        &flows,
        &Terms {
            stock_cover: 1.5,
            ..plain_terms()
        },
    )
    .unwrap();
    assert_line(
        "purchases",
        &accounts.cash.purchases,
        &[250.0, 130.0, 150.0],
    );
    assert_line("profit", &accounts.profit, &[-100.0, -130.0, -120.0]);
    assert_amount("stock", accounts.terminal.stock, 180.0);
    assert_amount("npv", accounts.npv, -350.0);
}

/// Every line once, in round numbers, one month: 100 + 20 − 0 − 1 − 2 − 3 − 4 − 5 = 105 before tax of 10.5; terminal 7 + 8 − 9 = 6.
/// A year's discount after twelve months.
#[test]
fn every_line_counts_once_with_its_sign() {
    let flows = Flows {
        goods_receipts: &[100.0],
        services: &[20.0],
        units: &[],
        unit_costs: &[],
        channel_costs: &[1.0],
        marketing: &[2.0],
        gates: &[3.0],
        fixed: &[4.0],
        settlements: &[5.0],
        services_of_base: 7.0,
        hardware_continuation: 8.0,
        exit_cost: 9.0,
    };
    let terms = Terms {
        tax_rate: 0.1,
        ..plain_terms()
    };
    let accounts = account(&flows, &terms).unwrap();
    assert_amount("net", accounts.cash.net[0], 94.5);
    assert_amount("npv", accounts.npv, 100.5);
    let without = account(
        &flows,
        &Terms {
            terminal: NONE,
            ..terms
        },
    )
    .unwrap();
    assert_amount("npv without terminal rows", without.npv, 94.5);
    assert_eq!(without.terminal.total, 0.0);
    let base_only = TerminalSwitches {
        services_of_base: true,
        ..NONE
    };
    assert_amount(
        "base only",
        account(
            &flows,
            &Terms {
                terminal: base_only,
                ..terms
            },
        )
        .unwrap()
        .npv,
        101.5,
    );
    let mut year = [0.0; 12];
    year[11] = 110.0;
    assert_amount("a year", value::present_value(&year, 11.0, 0.1), 110.0);
}

#[test]
fn losses_are_carried_until_used_up_and_tax_is_never_negative() {
    // −10 and −5 are carried; +12 leaves 3; −1 makes 4; +3 leaves 1; +6 is taxed on 5.
    let tax = tax::with_losses_carried_forward(&[-10.0, -5.0, 12.0, -1.0, 3.0, 6.0, 8.0], 0.5);
    assert_line("tax", &tax, &[0.0, 0.0, 0.0, 0.0, 0.0, 2.5, 4.0]);
}

#[test]
fn payback_is_the_start_of_the_last_stay_above_zero() {
    assert_eq!(value::payback_month(&[-1.0, 2.0, -1.0, 0.0, 3.0]), Some(4));
    assert_eq!(value::payback_month(&[1.0, 2.0, -1.0]), None);
    assert_eq!(value::payback_month(&[1.0, 2.0]), Some(1));
    // Nothing spent, nothing earned: nothing to pay back.
    assert_eq!(value::payback_month(&[0.0, 0.0]), Some(1));
    assert_eq!(value::peak_funding(&[3.0, -2.0, -5.0, 1.0]), 5.0);
    assert_eq!(value::peak_funding(&[3.0, 2.0]), 0.0);
}

#[test]
fn a_plan_without_money_is_exactly_zero() {
    let zeros = [0.0; 60];
    let terms = Terms {
        discount_rate: 0.1,
        tax_rate: 0.25,
        receivable_lag: 1.5,
        payable_lag: 2.0,
        ..plain_terms()
    };
    let Accounts {
        cash,
        npv,
        peak_funding,
        terminal,
        ..
    } = account(&empty_flows(&zeros), &terms).unwrap();
    assert_eq!((npv, peak_funding, terminal.total), (0.0, 0.0, 0.0));
    assert!(
        cash.net
            .iter()
            .chain(&cash.cumulative)
            .all(|amount| *amount == 0.0)
    );
}

#[test]
fn a_lag_beyond_the_horizon_leaves_all_outstanding() {
    let zeros = [0.0; 2];
    let flows = Flows {
        goods_receipts: &[5.0, 7.0],
        ..empty_flows(&zeros)
    };
    for lag in [2.0, 2.5, 1e300] {
        let accounts = account(
            &flows,
            &Terms {
                receivable_lag: lag,
                ..plain_terms()
            },
        )
        .unwrap();
        assert_line("receipts", &accounts.cash.receipts, &[0.0, 0.0]);
        assert_amount("receivables", accounts.terminal.receivables, 12.0);
    }
}

/// Undiscounted, cash and what stands at the end are profit less tax, whatever the lags, stocks and costs.
#[test]
fn profit_less_tax_is_cash_and_what_stands_at_the_end() {
    // A plain congruential generator; its quality does not matter here.
    let mut state = 12345_u64;
    let mut next = |scale: f64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31) * scale
    };
    for _ in 0..200 {
        let months = 1 + next(40.0) as usize;
        let products = next(4.0) as usize;
        let mut series =
            |length: usize, scale: f64| (0..length).map(|_| next(scale)).collect::<Vec<f64>>();
        let (receipts, services) = (series(months, 1000.0), series(months, 50.0));
        let (units, costs) = (
            series(months * products, 30.0),
            series(months * products, 10.0),
        );
        let (channel_costs, marketing, gates) = (
            series(months, 90.0),
            series(months, 300.0),
            series(months, 200.0),
        );
        let (fixed, settlements) = (series(months, 100.0), series(months, 50.0));
        let flows = Flows {
            goods_receipts: &receipts,
            services: &services,
            units: &units,
            unit_costs: &costs,
            channel_costs: &channel_costs,
            marketing: &marketing,
            gates: &gates,
            fixed: &fixed,
            settlements: &settlements,
            services_of_base: 0.0,
            hardware_continuation: 0.0,
            exit_cost: 0.0,
        };
        let terms = Terms {
            tax_rate: next(0.5),
            receivable_lag: next(4.0),
            payable_lag: next(4.0),
            stock_cover: next(3.0),
            ..plain_terms()
        };
        let accounts = account(&flows, &terms).unwrap();
        let profit: f64 = accounts.profit.iter().sum();
        let tax: f64 = accounts.cash.tax.iter().sum();
        let scale: f64 = receipts
            .iter()
            .chain(&accounts.cash.purchases)
            .map(|amount| amount.abs())
            .sum();
        assert!((accounts.npv - (profit - tax)).abs() <= IDENTITY * scale);
        assert!(tax >= terms.tax_rate * profit.max(0.0) - IDENTITY * scale);
    }
}

#[test]
fn bad_input_is_named() {
    let (two, three) = ([0.0; 2], [0.0; 3]);
    let short = Flows {
        marketing: &two,
        ..empty_flows(&three)
    };
    let error = account(&short, &plain_terms()).unwrap_err();
    assert_eq!(
        error,
        FinanceError::Length {
            name: "marketing",
            found: 2,
            expected: 3
        }
    );
    let ragged = Flows {
        units: &[1.0; 4],
        unit_costs: &[1.0; 4],
        ..empty_flows(&three)
    };
    let error = account(&ragged, &plain_terms()).unwrap_err();
    assert_eq!(
        error,
        FinanceError::Length {
            name: "units",
            found: 4,
            expected: 6
        }
    );
    let infinite = Flows {
        gates: &[0.0, f64::INFINITY, 0.0],
        ..empty_flows(&three)
    };
    let error = account(&infinite, &plain_terms()).unwrap_err();
    assert_eq!(
        error,
        FinanceError::NotFinite {
            name: "gates",
            position: 2,
            value: f64::INFINITY
        }
    );
    assert_eq!(
        account(&empty_flows(&[]), &plain_terms()).unwrap_err(),
        FinanceError::NoMonths
    );
    for terms in [
        Terms {
            tax_rate: 1.1,
            ..plain_terms()
        },
        Terms {
            discount_rate: -1.0,
            ..plain_terms()
        },
        Terms {
            receivable_lag: -0.1,
            ..plain_terms()
        },
        Terms {
            payable_lag: f64::NAN,
            ..plain_terms()
        },
        Terms {
            stock_cover: f64::INFINITY,
            ..plain_terms()
        },
    ] {
        let error = account(&empty_flows(&three), &terms).unwrap_err();
        assert!(matches!(error, FinanceError::Term { .. }), "{error}");
    }
}
