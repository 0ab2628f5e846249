//! Price rules: what each needs, what it has no use for, and when prices are set anew.

use super::{Resolver, Which};
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::quantity::Written;
use crate::scenario::file::ScenarioFile;
use crate::scenario::plan_file::{PriceAction, PriceRuleWord};
use crate::scenario::pricing_file::{
    CapBaseWord, CapRemedyWord, CapScopeWord, FirmRuleTable, PricingSection,
};
use beachhead_engine::scenario::{
    CapBase, CapRemedy, CapScope, CapTerms, Category, FirmRule, PriceRule, Pricing, Scenario,
};

/// A rule as written, in a plan or for a firm.
pub(super) struct RuleWords<'w> {
    pub(super) word: PriceRuleWord,
    pub(super) place: Place,
    margin: Option<&'w Written>,
    cap: Option<&'w Written>,
    base: Option<CapBaseWord>,
    scope: Option<CapScopeWord>,
    other_revenue: Option<&'w Written>,
    other_profit: Option<&'w Written>,
    cap_window: Option<&'w Written>,
    remedy: Option<CapRemedyWord>,
}

/// The words of a rule, wherever it is written.
macro_rules! words {
    ($row:expr) => {
        RuleWords {
            word: $row.price,
            place: $row.place,
            margin: $row.margin.as_deref(),
            cap: $row.cap.as_deref(),
            base: $row.base,
            scope: $row.scope,
            other_revenue: $row.other_revenue.as_deref(),
            other_profit: $row.other_profit.as_deref(),
            cap_window: $row.cap_window.as_deref(),
            remedy: $row.remedy,
        }
    };
}

impl<'w> From<&'w PriceAction> for RuleWords<'w> {
    fn from(action: &'w PriceAction) -> Self {
        words!(action)
    }
}

impl<'w> From<&'w FirmRuleTable> for RuleWords<'w> {
    fn from(row: &'w FirmRuleTable) -> Self {
        words!(row)
    }
}

impl RuleWords<'_> {
    /// The keys of a promise that are there.
    fn promise_keys(&self) -> Vec<&'static str> {
        let keys = [
            ("cap", self.cap.is_some()),
            ("base", self.base.is_some()),
            ("scope", self.scope.is_some()),
            ("other_revenue", self.other_revenue.is_some()),
            ("other_profit", self.other_profit.is_some()),
            ("cap_window", self.cap_window.is_some()),
            ("remedy", self.remedy.is_some()),
        ];
        keys.iter()
            .filter(|(_, is)| *is)
            .map(|(key, _)| *key)
            .collect()
    }

    pub(super) fn name(&self) -> &'static str {
        match self.word {
            PriceRuleWord::Fixed => "fixed",
            PriceRuleWord::CostPlus => "cost_plus",
            PriceRuleWord::Bertrand => "bertrand",
            PriceRuleWord::MarginCap => "margin_cap",
            PriceRuleWord::Unread => "",
        }
    }
}

impl Resolver<'_, '_> {
    /// A rule other than fixed prices by product.
    pub(super) fn rule(&mut self, words: &RuleWords<'_>) -> Option<PriceRule> {
        let (name, promise) = (words.name(), words.promise_keys());
        if words.word != PriceRuleWord::MarginCap && !promise.is_empty() {
            let found = format!("{} with price = \"{name}\"", name_list(promise));
            self.error(
                words.place,
                found,
                "these keys with price = \"margin_cap\" alone",
            );
        }
        if words.word != PriceRuleWord::CostPlus && words.margin.is_some() {
            let expected = match words.word {
                PriceRuleWord::Fixed => "`values`, or nothing",
                PriceRuleWord::MarginCap => "`cap`, a share of receipts",
                _ => "no `margin`: it is what is found",
            };
            let found = format!("`margin` with price = \"{name}\"");
            self.error(words.place, found, expected);
        }
        match words.word {
            PriceRuleWord::Fixed => Some(PriceRule::Fixed { prices: Vec::new() }),
            PriceRuleWord::CostPlus => {
                let Some(margin) = words.margin else {
                    let found = "price = \"cost_plus\" without `margin`";
                    let expected = "`margin`, a share of unit cost such as \"5 %\"";
                    self.error(words.place, found, expected);
                    return None;
                };
                Some(PriceRule::CostPlus {
                    margin: self.add(margin),
                })
            }
            PriceRuleWord::Bertrand => Some(PriceRule::Bertrand),
            PriceRuleWord::MarginCap => self.promise(words).map(PriceRule::MarginCap),
            PriceRuleWord::Unread => None,
        }
    }

    fn promise(&mut self, words: &RuleWords<'_>) -> Option<CapTerms> {
        let scope = self.scope(words);
        let Some(cap) = words.cap else {
            let found = "price = \"margin_cap\" without `cap`";
            let expected =
                "`cap`, the largest share of receipts that profit may be, such as \"5 %\"";
            self.error(words.place, found, expected);
            return None;
        };
        if !cap.is_poison && cap.centre() >= 1.0 {
            let found = format!("a cap of {}", cap.text);
            self.error(
                cap.place,
                found,
                "less than 100 %: profit is never all of receipts",
            );
        }
        Some(CapTerms {
            cap: self.add(cap),
            base: match words.base {
                Some(CapBaseWord::Net) => CapBase::Net,
                _ => CapBase::Gross,
            },
            scope: scope?,
            window: words
                .cap_window
                .map(|window| self.whole_months(window).max(1)),
            remedy: match words.remedy {
                Some(CapRemedyWord::Rebate) => CapRemedy::Rebate,
                _ => CapRemedy::Price,
            },
        })
    }

    fn scope(&mut self, words: &RuleWords<'_>) -> Option<CapScope> {
        let others = (words.other_revenue, words.other_profit);
        match (words.scope, others) {
            (Some(CapScopeWord::Company), (Some(revenue), Some(profit))) => {
                Some(CapScope::Company {
                    other_revenue: self.add(revenue),
                    other_profit: self.add(profit),
                })
            }
            (Some(CapScopeWord::Company), _) => {
                let found = "scope = \"company\" without `other_revenue` and `other_profit`";
                let expected = "both: what the company sells elsewhere, such as \"USD 16 billion/year\", and what it earns there";
                self.error(words.place, found, expected);
                None
            }
            (_, (None, None)) => Some(CapScope::Market),
            _ => {
                let found = "`other_revenue` or `other_profit` without scope = \"company\"";
                self.error(
                    words.place,
                    found,
                    "scope = \"company\" with both, or neither",
                );
                None
            }
        }
    }

    pub(super) fn pricing(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        is_shortened: bool,
    ) -> Option<Pricing> {
        let section = &file.pricing;
        let mut firms = Vec::new();
        for (id, row) in &section.firms.entries {
            let brand = self.find(id, Which::Brands);
            let rule = self.rule(&RuleWords::from(row));
            if let (Some(brand), Some(rule)) = (brand, rule) {
                self.check_firm(row, brand, &rule, scenario);
                firms.push(FirmRule { brand, rule });
            }
        }
        let months = self.set_months(section, scenario.months, is_shortened);
        let when = section.when.as_ref().map(|text| {
            let observables = self.observables(&[]);
            self.condition(text, &observables)
        });
        let window = section.window.as_ref().map(|w| self.whole_months(w).max(1));
        let is_empty = firms.is_empty() && section.firms.entries.is_empty();
        let is_timed = !section.months.is_empty() || section.every.is_some() || when.is_some();
        if is_empty {
            if is_timed || window.is_some() {
                let found = "`pricing` without `firms`";
                let expected = "`[pricing.firms]`: a rule for each brand that sets prices, such as apple = { price = \"bertrand\" }";
                self.error(section.place, found, expected);
            }
            return None;
        }
        let acts = |firm: &FirmRule| {
            !scenario.is_entrant(firm.brand) && !matches!(firm.rule, PriceRule::Fixed { .. })
        };
        if firms.iter().any(acts) && !is_timed {
            let found = "`pricing` that never happens";
            self.error(section.place, found, "`every`, `months` or `when`");
        }
        Some(Pricing {
            months,
            when,
            when_text: section
                .when
                .as_ref()
                .map(|t| t.text.clone())
                .unwrap_or_default(),
            window,
            firms,
        })
    }

    fn set_months(
        &mut self,
        section: &PricingSection,
        last: usize,
        is_shortened: bool,
    ) -> Vec<usize> {
        if let (Some(every), false) = (&section.every, section.months.is_empty()) {
            self.error(every.place, "`every` beside `months`", "one of them");
        }
        if let Some(every) = &section.every {
            let step = self.whole_months(every).max(1);
            return (1 + step..=last).step_by(step).collect();
        }
        let mut months: Vec<usize> = Vec::new();
        for month in &section.months {
            let value = month.value as usize;
            if value > last && !is_shortened {
                let found = format!("prices set in month {value}, after the last one, {last}");
                self.error(month.place, found, "a month of the scenario");
            }
            months.push(value);
        }
        months.sort_unstable();
        months.dedup();
        months
    }

    fn check_firm(
        &mut self,
        row: &FirmRuleTable,
        brand: usize,
        rule: &PriceRule,
        scenario: &Scenario,
    ) {
        self.check_tastes(row.place, rule, scenario);
        if scenario.is_entrant(brand) {
            return;
        }
        let durables = scenario
            .products
            .iter()
            .filter(|product| product.brand == brand && product.category == Category::Durable);
        let has_none = |late: bool| -> Vec<&str> {
            let without = durables
                .clone()
                .filter(|product| product.unit_cost.is_none());
            let without = without.filter(|product| !late || product.available_from > 1);
            without.map(|product| product.id.as_str()).collect()
        };
        let id = scenario.brands[brand].id.as_str();
        match rule {
            PriceRule::CostPlus { .. } => {
                let missing = has_none(false);
                if !missing.is_empty() {
                    let found = format!(
                        "cost_plus of `{id}`, whose {} have no `unit_cost`",
                        name_list(missing)
                    );
                    self.error(row.place, found, "a unit cost of each of its products");
                }
            }
            rule if rule.plays() => {
                let missing = has_none(true);
                if !missing.is_empty() {
                    let found = format!(
                        "{} of `{id}` without `unit_cost`: what is not on sale in month 1 has no price there to back a cost out of",
                        name_list(missing)
                    );
                    self.error(
                        row.place,
                        found,
                        "a unit cost of each product that comes later",
                    );
                }
            }
            _ => {}
        }
    }

    /// Part-worths of prices bend at the levels of a study: no first-order condition holds there.
    pub(super) fn check_tastes(&mut self, place: Place, rule: &PriceRule, scenario: &Scenario) {
        if rule.plays() && scenario.part_worths.is_some() {
            let found = "prices that are played for with `part_worths`";
            let expected = "price = \"fixed\" or \"cost_plus\": between the levels of a study demand has corners";
            self.error(place, found, expected);
        }
    }
}
