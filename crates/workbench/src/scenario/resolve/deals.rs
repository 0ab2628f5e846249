//! Deals: with whom, part of which plan, on what terms.

use super::{Resolver, unique};
use crate::diagnostic::name_list;
use crate::reader::Text;
use crate::scenario::deal_file::DealRow;
use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{ChannelKind, Deal, Payer, Scenario};

impl Resolver<'_, '_> {
    pub(super) fn deals(
        &mut self,
        file: &ScenarioFile,
        scenario: &Scenario,
        is_shortened: bool,
    ) -> Vec<Deal> {
        let ids: Vec<&Text> = file.deals.iter().map(|row| &row.id.0).collect();
        unique("deal", &ids, self.reader);
        let rows = file.deals.iter();
        rows.filter_map(|row| self.deal(row, scenario, is_shortened))
            .collect()
    }

    fn deal(&mut self, row: &DealRow, scenario: &Scenario, is_shortened: bool) -> Option<Deal> {
        let plan = self.plan_named(&row.plan, scenario);
        let fallback = self.plan_named(&row.fallback, scenario);
        let entrant = self.entrant_of(row.brand.as_ref(), row.place);
        let start = row.start.value as usize;
        if start > scenario.months && !is_shortened {
            let found = format!(
                "a deal that starts in month {start}, after the last one, {}",
                scenario.months
            );
            self.error(row.start.place, found, "a month of the scenario");
        }
        let months = row.months.as_ref().map(|months| self.whole_months(months));
        let margin = row.margin.as_ref().map(|margin| self.add(margin));
        let subsidy = row.subsidy.as_ref().map(|subsidy| self.add(&subsidy.value));
        let paid_by = row
            .subsidy
            .as_ref()
            .and_then(|subsidy| subsidy.paid_by.as_ref());
        let subsidy_paid_by = match paid_by.map(|text| (text.text.as_str(), text.place)) {
            Some(("brand", _)) => Payer::Brand,
            Some(("network", _)) | None => Payer::Network,
            Some((found, place)) => {
                let found = format!("a subsidy paid by \"{found}\"");
                self.error(place, found, "\"brand\" or \"network\"");
                Payer::Network
            }
        };
        let service_margin = self.add(&row.service_margin);
        let lifetime = self.add(&row.lifetime);
        let brand_share = self.add(&row.brand_share);
        let chance = row.chance.as_ref().map(|chance| {
            let constant = self.add(&chance.constant);
            (constant, self.add(&chance.per_million))
        });
        let partner = self.partner(&row.partner, scenario)?;
        let ChannelKind::Network(network) = scenario.channels.get(partner)?.kind else {
            let found = format!(
                "a deal with `{}`, which is no network's shop",
                row.partner.text
            );
            self.error(
                row.partner.place,
                found,
                "a network, or the channel that is its shop",
            );
            return None;
        };
        Some(Deal {
            id: row.id.0.text.clone(),
            title: super::market::title(row.title.as_ref(), &row.id.0),
            partner,
            network,
            entrant: entrant?,
            plan: plan?,
            fallback: fallback?,
            start,
            months,
            exclusive: row.exclusive,
            margin,
            subsidy,
            subsidy_paid_by,
            service_margin,
            lifetime,
            brand_share,
            chance,
        })
    }

    fn plan_named(&mut self, id: &Text, scenario: &Scenario) -> Option<usize> {
        if id.is_poison() {
            return None;
        }
        let ids: Vec<&str> = scenario.plans.iter().map(|plan| plan.id.as_str()).collect();
        let found = ids.iter().position(|known| *known == id.text);
        if found.is_none() {
            let diagnostic = self
                .reader
                .error(id.place, format!("unknown plan `{}`", id.text))
                .expected(format!("a plan: {}", name_list(&ids)))
                .nearest(&id.text, ids.iter().copied());
            self.reader.push(diagnostic);
        }
        found
    }
}
