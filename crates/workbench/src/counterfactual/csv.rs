//! The tables of a study as CSV.

use super::document::{Document, StateEntry};

/// All products of all states as CSV: a row per step and product.
pub fn csv(document: &Document) -> String {
    let mut text = String::from(
        "step,title,product,firm,frozen,price,price_change,share,cost,margin,margin_given,profit,upp,cmcr,status\n",
    );
    let states = std::iter::once(&document.baseline).chain(&document.steps);
    for (step, state) in states.enumerate() {
        for entry in &state.products {
            let optional = |value: Option<f64>| value.map_or_else(String::new, number);
            let pressure = document
                .pressure
                .iter()
                .find(|p| p.product == entry.product);
            let pressure = pressure.filter(|_| step == 0);
            let cells = [
                step.to_string(),
                quoted(&state.title),
                quoted(&entry.product),
                quoted(&entry.firm),
                entry.frozen.to_string(),
                number(entry.price),
                optional(entry.price_change),
                number(entry.share),
                number(entry.cost),
                number(entry.margin),
                optional(entry.margin_given),
                number(entry.profit),
                optional(pressure.map(|p| p.upp)),
                optional(pressure.and_then(|p| p.cmcr)),
                state.certificate.status.word().to_owned(),
            ];
            text += &cells.join(",");
            text.push('\n');
        }
    }
    text
}

/// What the other tables leave out, as CSV: a row a number. `measure` says what; `product` and `with` of what, where it is of a product, a firm or a pair.
/// The pressure of a change of owners is at the prices before, in step 0.
pub fn measures_csv(document: &Document) -> String {
    let mut table = Measures {
        text: String::from("step,title,measure,product,with,value\n"),
        head: String::new(),
    };
    let states = std::iter::once(&document.baseline).chain(&document.steps);
    for (step, state) in states.enumerate() {
        table.head = format!("{step},{}", quoted(&state.title));
        table.of_state(state);
        if step == 0 {
            for pressure in &document.pressure {
                let mut add = |measure, value| table.add(measure, &pressure.product, "", value);
                add("upp", Some(pressure.upp));
                add("guppi", Some(pressure.gross_upward_pricing_pressure_index));
                add("cmcr", pressure.cmcr);
                add("cmcr_amount", pressure.cmcr_amount);
            }
        }
    }
    table.text
}

struct Measures {
    text: String,
    /// The first cells of every row of a step.
    head: String,
}

impl Measures {
    fn add(&mut self, measure: &str, product: &str, with: &str, value: Option<f64>) {
        let cells = [
            self.head.clone(),
            measure.to_owned(),
            quoted(product),
            quoted(with),
            value.map_or_else(String::new, number),
        ];
        self.text += &cells.join(",");
        self.text.push('\n');
    }

    fn of_state(&mut self, state: &StateEntry) {
        for (measure, value) in [
            ("hhi", state.hhi),
            ("outside_share", state.outside_share),
            ("mean_price", state.mean_price),
            ("profit", state.profit),
            ("consumer_surplus_change", state.consumer_surplus_change),
            ("tax", state.tax),
        ] {
            self.add(measure, "", "", Some(value));
        }
        for firm in &state.firms {
            self.add("firm_share", &firm.firm, "", Some(firm.share));
            self.add("firm_profit", &firm.firm, "", Some(firm.profit));
        }
        let names: Vec<&str> = state.products.iter().map(|p| p.product.as_str()).collect();
        self.matrix("diversion", &names, &state.diversion);
        self.matrix("elasticity", &names, &state.elasticities);
        if let Some(passed) = &state.pass_through {
            self.matrix("pass_through", &names, passed);
        }
    }

    /// A column beyond the products is that of buying nothing, which has no name.
    fn matrix(&mut self, measure: &str, names: &[&str], rows: &[Vec<f64>]) {
        for (product, row) in names.iter().zip(rows) {
            for (at, value) in row.iter().enumerate() {
                let with = names.get(at).copied().unwrap_or("");
                self.add(measure, product, with, Some(*value));
            }
        }
    }
}

/// A number as a cell; empty where there is none, and no zero below zero.
fn number(value: f64) -> String {
    if value.is_finite() {
        (value + 0.0).to_string()
    } else {
        String::new()
    }
}

/// A cell in quotes; what a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}
