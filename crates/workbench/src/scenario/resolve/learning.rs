//! What entrants learn from, what is drawn of their appeal, and what is asked of comparisons.

use super::Resolver;
use crate::quantity::Written;
use crate::reader::Text;
use crate::scenario::file::ScenarioFile;
use crate::scenario::learning_file::{ComplementSignalTable, ReviewSignalTable};
use crate::units::Kind;
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::outcomes::outcome_definitions;
use beachhead_engine::scenario::{
    Category, ComparisonTerms, ComplementSignal, Handle, Learning, Origin, Product, ReviewSignal,
    Scenario, StudySignal,
};

impl Resolver<'_, '_> {
    /// Adds a standard normal: where something that is solved for lies in its distribution.
    pub(super) fn add_normal(&mut self, name: &str, why: &str) -> Handle {
        let distribution = Distribution::Normal { mean: 0.0, sd: 1.0 };
        self.add(&Written {
            name: name.to_owned(),
            distribution,
            conversion: Kind::Number.base_conversion(),
            text: "standard normal".to_owned(),
            note: Some(why.to_owned()),
            origin: Origin::Derived,
            is_poison: false,
            ..Written::poison(Kind::Number)
        })
    }

    /// Where an entrant's appeal lies in the distribution that its reference class gives.
    pub(super) fn appeal_z(&mut self, id: &str) -> Handle {
        let why = "where the appeal lies in its distribution, in standard deviations";
        self.add_normal(&format!("demand.entrant.{id}.appeal_z"), why)
    }

    /// Where a new product's own appeal lies, if new products have a spread.
    pub(super) fn product_appeal_z(
        &mut self,
        file: &ScenarioFile,
        id: &str,
        is_new: bool,
    ) -> Option<Handle> {
        let spread = &file.demand.new_product_spread;
        let why = "where the product's own appeal lies, in units of `demand.new_product_spread`";
        (is_new && spread.highest() > 0.0)
            .then(|| self.add_normal(&format!("products.{id}.appeal_z"), why))
    }

    /// Brands that learn but are no entrants.
    pub(super) fn check_learners(&mut self, file: &ScenarioFile) {
        for (id, section) in &file.learning.entries {
            self.check_entrant_key(id, "learning");
            let has_signal = [
                section.complements.is_some(),
                section.reviews.is_some(),
                section.studies.is_some(),
            ]
            .contains(&true);
            // A signal by a wrong name is one mistake, not two.
            let here = format!("in `learning.{}`", id.text);
            let is_reported = self.reader.report.iter().any(|d| d.found.contains(&here));
            if !has_signal && !is_reported && !section.place.is_nowhere() {
                let found = format!("`[learning.{}]` without a signal", id.text);
                let expected = "`complements`, `reviews` or `studies`";
                self.error(section.place, found, expected);
            }
        }
    }

    pub(super) fn learning(
        &mut self,
        file: &ScenarioFile,
        id: &str,
        products: &[Product],
    ) -> Option<Learning> {
        let section = file.learning.get(id)?;
        let complements = section.complements.as_ref();
        let reviews = section.reviews.as_ref();
        Some(Learning {
            complements: complements.map(|table| self.complement_signal(file, id, table, products)),
            reviews: reviews.map(|table| self.review_signal(table)),
            studies: section.studies.as_ref().map(|table| StudySignal {
                noise: self.add(&table.noise),
            }),
        })
    }

    fn complement_signal(
        &mut self,
        file: &ScenarioFile,
        id: &str,
        table: &ComplementSignalTable,
        products: &[Product],
    ) -> ComplementSignal {
        let brand = self.names.brands.iter().position(|known| known == id);
        let sells = |product: &Product| {
            Some(product.brand) == brand && matches!(product.category, Category::Complement(_))
        };
        if !products.iter().any(sells) {
            let found = format!("`learning.{id}.complements`, but `{id}` has no complements");
            let expected = "a product of the brand in the category of one of `[[complements]]`";
            self.error(table.place, found, expected);
        }
        self.check_spread(file, id, table);
        let why = "what the complements' appeal is on its own, in standard deviations";
        ComplementSignal {
            relation: self.add(&table.relation),
            spread: self.add(&table.spread),
            gain: self.add(&table.gain),
            noise: self.add(&table.noise),
            appeal_z: self.add_normal(&format!("learning.{id}.complements.appeal_z"), why),
        }
    }

    /// A spread that leaves complements nothing to tell, where the whole spread is known before calibration.
    fn check_spread(&mut self, file: &ScenarioFile, id: &str, table: &ComplementSignalTable) {
        let Some(entrant) = file.demand.entrant.get(id) else {
            return;
        };
        let (Some(sd), transport) = (&entrant.sd, &entrant.transport_sd) else {
            return;
        };
        let whole = sd.centre().hypot(transport.centre());
        if table.spread.centre() >= whole && !table.spread.is_poison {
            let found = format!(
                "`spread` {} in `learning.{id}.complements`: the whole appeal spreads by {whole:.3}",
                table.spread.text
            );
            let help = "complements then tell nothing about the durable; a smaller `spread` says that they share appeal";
            self.warn(table.spread.place, found, help);
        }
    }

    fn review_signal(&mut self, table: &ReviewSignalTable) -> ReviewSignal {
        ReviewSignal {
            noise: self.add(&table.noise),
            share: self.add(&table.share),
        }
    }

    /// What is asked of comparisons; needs the scenario's outcomes.
    pub(super) fn comparison(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
    ) -> ComparisonTerms {
        let section = &file.comparison;
        let definitions = outcome_definitions(scenario);
        let compared = definitions
            .iter()
            .filter(|definition| definition.comparison(scenario).is_some());
        let known: Vec<String> = compared.map(|definition| definition.id.clone()).collect();
        let mut indifference_of = Vec::new();
        for (id, written) in &section.indifference_of.entries {
            self.check_compared(id, &known);
            indifference_of.push((id.text.clone(), self.choice(written)));
        }
        ComparisonTerms {
            level: self.choice(&section.level),
            indifference: self.choice(&section.indifference),
            indifference_of,
        }
    }

    /// A number that somebody chooses: nothing about it is uncertain.
    fn choice(&mut self, written: &Written) -> f64 {
        if !written.is_poison && !written.distribution.is_certain() {
            let found = format!("a distribution in `{}`", written.name);
            let expected = "a plain number: it is chosen, not assumed";
            self.error(written.place, found, expected);
        }
        self.add(written);
        written.centre()
    }

    fn check_compared(&mut self, id: &Text, known: &[String]) {
        const MOST_SHOWN: usize = 8;
        if id.is_poison() || known.contains(&id.text) {
            return;
        }
        let shown = crate::diagnostic::name_list(known.iter().take(MOST_SHOWN));
        let diagnostic = self
            .reader
            .error(
                id.place,
                format!("`{}` in `comparison.indifference_of`", id.text),
            )
            .expected(format!("an outcome whose mean is compared: {shown}, …"))
            .nearest(&id.text, known);
        self.reader.push(diagnostic);
    }
}
