//! Market-wide terms: entrants, currency, simulation, finance, season.

use super::{AsWritten, Overrides, Resolver, USUAL_TYPES, unique};
use crate::reader::{DefaultUsed, Text};
use crate::scenario::file::{ScenarioFile, Terminal};
use beachhead_engine::scenario::{FinanceTerms, Handle, Simulation};

impl Resolver<'_, '_> {
    pub(super) fn check_entrants(&mut self, written: &AsWritten) {
        let file = &written.file;
        let list = &file.scenario.entrants;
        if !(1..=2).contains(&list.len()) {
            let found = format!("{} entrants", list.len());
            self.error(
                file.scenario.place,
                found,
                "one or two brands in `scenario.entrants`",
            );
        }
        let refs: Vec<&Text> = list.iter().collect();
        unique("entrant", &refs, self.reader);
        for entrant in list.iter().filter(|entrant| !entrant.is_poison()) {
            if !written
                .products
                .iter()
                .any(|product| product.brand.text == entrant.text)
            {
                let brands = written
                    .products
                    .iter()
                    .map(|product| product.brand.text.as_str());
                let diagnostic = self
                    .reader
                    .error(
                        entrant.place,
                        format!("the entrant `{}` has no products", entrant.text),
                    )
                    .expected("a brand in the table of products")
                    .nearest(&entrant.text, brands);
                self.reader.push(diagnostic);
            }
        }
    }

    pub(super) fn check_currency(&mut self, file: &ScenarioFile) {
        let currency = &file.scenario.currency;
        if !currency.is_poison() && !crate::units::is_currency(&currency.text) {
            let found = format!("\"{}\" as a currency", currency.text);
            self.error(
                currency.place,
                found,
                "a code of three capitals, such as \"USD\"",
            );
        }
    }

    pub(super) fn simulation(&mut self, file: &ScenarioFile, overrides: &Overrides) -> Simulation {
        let simulation = &file.simulation;
        let segments = file.segments.len().max(1);
        let types = match simulation.types {
            Some(types) => {
                let asked = types.value as usize;
                if !asked.is_multiple_of(segments) {
                    let found = format!("types = {asked} for {segments} segments");
                    let next = asked.next_multiple_of(segments);
                    let expected = format!("a multiple of the number of segments, such as {next}");
                    self.error(types.place, found, &expected);
                }
                asked
            }
            None => {
                let types = USUAL_TYPES.next_multiple_of(segments);
                let name = "simulation.types".to_owned();
                self.reader.defaults.push(DefaultUsed {
                    name,
                    value: types.to_string(),
                });
                types
            }
        };
        Simulation {
            types,
            draws: overrides.draws.unwrap_or(simulation.draws.value as usize),
            seed: overrides.seed.unwrap_or(simulation.seed.value as u64),
            nodes: simulation.nodes.value as u64,
            oldest_age: simulation.oldest_age.value as usize,
        }
    }

    pub(super) fn finance(&mut self, file: &ScenarioFile) -> FinanceTerms {
        let finance = &file.finance;
        let counts = |terminal: Terminal| finance.terminal.contains(&terminal);
        FinanceTerms {
            discount_rate: self.add(&finance.discount_rate),
            tax_rate: self.add(&finance.tax_rate),
            receivable: self.add(&finance.receivable),
            payable: self.add(&finance.payable),
            stock_cover: self.add(&finance.stock_cover),
            fixed_cost: self.add(&finance.fixed_cost),
            exit_cost: self.add(&finance.exit_cost),
            hardware_continuation: self.add(&finance.hardware_continuation),
            count_services_of_base: counts(Terminal::ServicesOfBase),
            count_hardware_continuation: counts(Terminal::HardwareContinuation),
            count_exit_costs: counts(Terminal::ExitCosts),
        }
    }

    pub(super) fn season(&mut self, file: &ScenarioFile) -> Vec<Handle> {
        const AVERAGE_TOLERANCE: f64 = 1e-3;
        let season = &file.season;
        let factors = &season.factors;
        if factors.len() != 12 {
            let found = format!("{} factors in `season`", factors.len());
            self.error(season.place, found, "twelve, January first");
        } else if factors.iter().all(|factor| !factor.is_poison) {
            let average = factors.iter().map(|factor| factor.centre()).sum::<f64>() / 12.0;
            if (average - 1.0).abs() > AVERAGE_TOLERANCE {
                let found = format!("seasonal factors that average {average:.4}");
                self.error(season.place, found, "an average of 1");
            }
        }
        factors
            .iter()
            .map(|factor| {
                let mut written = (**factor).clone();
                written.source = written.source.or_else(|| season.source.clone());
                let note = season.note.as_ref().map(|note| note.text.clone());
                written.note = written.note.or(note);
                self.add(&written)
            })
            .collect()
    }
}
