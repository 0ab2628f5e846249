//! A study as people see it on a terminal.

use crate::shown;
use beachhead_workbench::counterfactual::{Document, Found, Pressure, StateEntry};
use beachhead_workbench::run::words;
use comfy_table::{Cell, ColumnConstraint};

pub(super) fn text(document: &Document) -> String {
    let mut text = calibration(document);
    let after = document.steps.last();
    if document.steps.len() > 1 {
        text += &shown::wrapped(&format!(
            "Steps: {}. Below, before is the table and after is what follows from all of them; --json has every step.",
            titles(&document.steps)
        ));
    } else if let Some(only) = after {
        text += &shown::wrapped(&format!("Step: {}.", only.title));
    }
    text += &not_found(document);
    text += &no_equilibrium(document);
    text.push('\n');
    text += &products(document, after);
    text.push('\n');
    text += &market(document, after);
    text.push('\n');
    text += &answers(document);
    text
}

/// Steps without prices, which must not be taken for steps that change nothing.
fn not_found(document: &Document) -> String {
    let missing = document.steps.iter().filter(|step| !is_found(step));
    let lines: Vec<String> = missing
        .map(|step| {
            let why = match step.certificate.status {
                Found::CapNotMet => "no prices were found at which every promise is kept",
                Found::NoEquilibrium | Found::Converged => "no equilibrium prices were found",
            };
            shown::wrapped(&format!("NOT FOUND after {}: {why}.", step.title))
        })
        .collect();
    lines.concat()
}

/// Prices that are shown and are no equilibrium.
fn no_equilibrium(document: &Document) -> String {
    let issues = document.issues.iter();
    let lines: Vec<String> = issues
        .filter(|issue| matches!(issue.code, "no_best_response" | "no_maximum"))
        .map(|issue| shown::wrapped(&format!("{}: {}.", issue.place, issue.text)))
        .collect();
    lines.concat()
}

fn is_found(state: &StateEntry) -> bool {
    state.certificate.status == Found::Converged
}

/// What stands where prices were not found.
const NOT_FOUND: &str = "not found";
/// What stands where there is no such number.
const NONE: &str = "\u{2013}";

/// A number of a state: not found where its prices were not, a dash where it does not exist.
fn of(state: &StateEntry, value: f64, words: fn(f64) -> String) -> String {
    if !is_found(state) {
        NOT_FOUND.to_owned()
    } else if value.is_finite() {
        words(value)
    } else {
        NONE.to_owned()
    }
}

fn titles(steps: &[StateEntry]) -> String {
    let titles: Vec<&str> = steps.iter().map(|step| step.title.as_str()).collect();
    titles.join("; ")
}

fn calibration(document: &Document) -> String {
    if document.model.starts_with("fit") {
        return shown::wrapped(&format!(
            "Market {}: {}, mean price coefficient {}. Unit costs are those that prices imply.",
            document.source,
            document.model,
            words::figure(document.price_coefficient)
        ));
    }
    if document.model == "scenario" {
        return shown::wrapped(&format!(
            "{}: incumbents in one month of the calibrated steady state.",
            document.source
        ));
    }
    let form = match (document.dissimilarity, document.price_spread) {
        (Some(dissimilarity), _) => {
            format!(
                "nested logit, dissimilarity {}",
                words::figure(dissimilarity)
            )
        }
        (None, Some(spread)) => {
            format!(
                "mixed logit, price coefficients with a spread of {}",
                words::figure(spread)
            )
        }
        (None, None) => "logit".to_owned(),
    };
    shown::wrapped(&format!(
        "{}: {form}, mean price coefficient {}. Margins are met within {}.",
        document.source,
        words::figure(document.price_coefficient),
        words::percent(document.margin_error)
    ))
}

/// Products before and after, new and dropped ones too.
fn products(document: &Document, after: Option<&StateEntry>) -> String {
    let header = [
        "Product",
        "Price",
        "after",
        "change",
        "Share",
        "after",
        "Margin\ngiven",
        "implied",
    ];
    let mut table = shown::table(header);
    for column in table.column_iter_mut() {
        column.set_constraint(ColumnConstraint::ContentWidth);
        column.set_padding((0, 1));
    }
    let blank = String::new;
    let baseline = &document.baseline.products;
    let added = after.into_iter().flat_map(|state| &state.products);
    let added = added.filter(|entry| baseline.iter().all(|known| known.product != entry.product));
    let names: Vec<&String> = baseline
        .iter()
        .chain(added)
        .map(|entry| &entry.product)
        .collect();
    for name in names {
        let was = baseline.iter().find(|entry| entry.product == *name);
        let is = after.and_then(|state| state.products.iter().find(|entry| entry.product == *name));
        // Whose it is, where it changes hands.
        let moved = match (was, is) {
            (Some(was), Some(is)) if was.firm != is.firm => format!("\nto {}", is.firm),
            (None, Some(is)) => format!("\nnew, of {}", is.firm),
            (Some(_), None) if after.is_some() => "\ndropped".to_owned(),
            _ => String::new(),
        };
        table.add_row(vec![
            Cell::new(format!("{name}{moved}")),
            shown::number(was.map_or_else(blank, |entry| words::figure(entry.price))),
            shown::number(is.zip(after).map_or_else(blank, |(entry, state)| {
                let mark = if entry.frozen { " held" } else { "" };
                of(state, entry.price, words::figure) + mark
            })),
            shown::number(
                is.and_then(|entry| entry.price_change)
                    .map_or_else(blank, words::percent),
            ),
            shown::number(was.map_or_else(blank, |entry| words::percent(entry.share))),
            shown::number(is.zip(after).map_or_else(blank, |(entry, state)| {
                let share = of(state, entry.share, words::percent);
                if is_found(state) {
                    share
                } else {
                    NONE.to_owned()
                }
            })),
            shown::number(
                was.and_then(|entry| entry.margin_given)
                    .map_or_else(blank, words::percent),
            ),
            shown::number(was.map_or_else(blank, |entry| words::percent(entry.margin))),
        ]);
    }
    shown::printed(&table)
}

fn market(document: &Document, after: Option<&StateEntry>) -> String {
    let mut table = shown::table(["", "Before", "After"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let per = if document.market_size.is_some() {
        ""
    } else {
        ", per head"
    };
    let states = [Some(&document.baseline), after];
    let mut row = |label: &str, read: &dyn Fn(&StateEntry) -> String| {
        let cells = states.map(|state| shown::number(state.map_or_else(String::new, read)));
        table.add_row(std::iter::once(Cell::new(label)).chain(cells));
    };
    row("Concentration (HHI, 0 to 10,000)", &|state| {
        of(state, state.hhi, |hhi| format!("{hhi:.0}"))
    });
    row("Mean price of what is bought", &|state| {
        of(state, state.mean_price, words::figure)
    });
    row("Share that buys nothing", &|state| {
        of(state, state.outside_share, words::percent)
    });
    row(&format!("Profit of all firms{per}"), &|state| {
        of(state, state.profit, words::figure)
    });
    row(&format!("Change of consumer surplus{per}"), &|state| {
        of(state, state.consumer_surplus_change, words::figure)
    });
    let taxed = document.steps.iter().any(|step| step.tax.abs() > 0.0);
    if taxed {
        row(&format!("Taxes{per}"), &|state| {
            of(state, state.tax, words::figure)
        });
    }
    row("Largest first-order residual, per unit sold", &|state| {
        of(state, state.certificate.first_order, |gap| {
            format!("{gap:.1e}")
        })
    });
    row(
        "Largest second-order eigenvalue, below 0 at a maximum",
        &|state| {
            let second = state.certificate.second_order.unwrap_or(f64::NAN);
            of(state, second, words::figure)
        },
    );
    row("Most that a firm gains by other prices", &|state| {
        let best = state.certificate.best_deviation.as_ref();
        let gain = best.map_or(f64::NAN, |best| best.gain);
        of(state, gain, |gain| match gain > 0.0 {
            true => words::percent(gain),
            false => "nothing".to_owned(),
        })
    });
    row("Equilibria found, from so many other starts", &|state| {
        format!(
            "{} of {}",
            state.certificate.equilibria, state.certificate.starts
        )
    });
    for promise in after.into_iter().flat_map(|state| &state.promises) {
        let bound = match (promise.binds, promise.rebate > 0.0) {
            (_, true) => format!(", {} paid back{per}", words::figure(promise.rebate)),
            (true, false) => ", binds".to_owned(),
            (false, false) => ", does not bind".to_owned(),
        };
        let label = format!(
            "{}: margin, {} promised{bound}",
            promise.firm,
            words::percent(promise.value)
        );
        let cells = [String::new(), words::percent(promise.margin)].map(shown::number);
        table.add_row(std::iter::once(Cell::new(label)).chain(cells));
    }
    shown::printed(&table)
}

/// How demand and prices answer at the prices before, product by product, and what a change of owners presses for.
fn answers(document: &Document) -> String {
    let state = &document.baseline;
    let is_pressed = |entry: &&Pressure| entry.upp != 0.0 || compensates(entry).is_some();
    let pressed: Vec<&Pressure> = document.pressure.iter().filter(is_pressed).collect();
    let mut header = vec![
        "Prices before",
        "Own\nelasticity",
        "Pass-\nthrough",
        "Most lost to",
    ];
    if !pressed.is_empty() {
        header.extend(["UPP", "CMCR", "of cost"]);
    }
    let mut table = shown::table(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    for (j, entry) in state.products.iter().enumerate() {
        let at = |matrix: &[Vec<f64>]| matrix.get(j).and_then(|row| row.get(j)).copied();
        let number = |value: Option<f64>| {
            let value = value.filter(|value| value.is_finite());
            shown::number(value.map_or_else(|| NONE.to_owned(), words::figure))
        };
        let mut cells = vec![
            Cell::new(&entry.product),
            number(at(&state.elasticities)),
            number(state.pass_through.as_deref().and_then(at)),
            Cell::new(most_lost_to(state, j)),
        ];
        if !pressed.is_empty() {
            let found = pressed.iter().find(|found| found.product == entry.product);
            cells.extend(pressure(found.copied()));
        }
        table.add_row(cells);
    }
    let mut text = shown::printed(&table);
    if !pressed.is_empty() {
        let said = "UPP: pressure on the price after the change of owners, money per unit. CMCR: by how much unit cost would have to fall for no price to move, \
                    money per unit and as a share of a cost that is above 0.";
        text += &shown::wrapped(said);
    }
    text
}

/// The compensating reduction where it is more than rounding, money per unit.
fn compensates(entry: &Pressure) -> Option<f64> {
    let large = |amount: &f64| amount.abs() > 1e-9 * entry.upp.abs().max(f64::MIN_POSITIVE);
    entry.cmcr_amount.filter(|_| entry.upp != 0.0).filter(large)
}

fn pressure(entry: Option<&Pressure>) -> [Cell; 3] {
    let Some(entry) = entry else {
        return ["", "", ""].map(Cell::new);
    };
    let amount = compensates(entry);
    let share = match (amount, entry.cmcr) {
        (None, _) => String::new(),
        (Some(_), Some(share)) if share > 1.0 => "> 100 %".to_owned(),
        (Some(_), Some(share)) => words::percent(share),
        (Some(_), None) => NONE.to_owned(),
    };
    let amount = amount.map_or_else(String::new, words::figure);
    [words::figure(entry.upp), amount, share].map(shown::number)
}

/// Where most of the sales go that a product loses as its price rises.
fn most_lost_to(state: &StateEntry, j: usize) -> String {
    let row = state.diversion.get(j).into_iter().flatten().enumerate();
    let largest = row
        .filter(|(l, ratio)| *l != j && ratio.is_finite())
        .max_by(|a, b| a.1.total_cmp(b.1));
    largest.map_or_else(String::new, |(l, ratio)| {
        let name = state.products.get(l).map_or("nothing", |to| &to.product);
        format!("{name} {}", words::percent(*ratio))
    })
}
