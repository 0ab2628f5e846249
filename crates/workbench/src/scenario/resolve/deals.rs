//! Deals: with whom, part of which plan, on what terms.

use super::{Resolver, Which, unique};
use crate::diagnostic::name_list;
use crate::reader::Text;
use crate::scenario::deal_file::DealRow;
use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{ChannelKind, Deal, Payer, Scenario, Trigger};

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
        let deals: Vec<Deal> = rows
            .filter_map(|row| self.deal(row, scenario, is_shortened))
            .collect();
        for (at, deal) in deals.iter().enumerate() {
            let mut before = deals[..at].iter();
            let same = before.find(|other| deal.event.is_some() && other.event == deal.event);
            let row = file.deals.iter().find(|row| row.id.0.text == deal.id);
            let named = row.and_then(|row| row.chance.as_ref()?.event.as_ref());
            if let (Some(same), Some(named)) = (same, named) {
                let found = format!(
                    "the event `{}` has its chance from the deal `{}` already",
                    named.text, same.id
                );
                self.error(named.place, found, "an event with its chance from one deal");
            }
        }
        deals
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
        let event = row.chance.as_ref().and_then(|chance| chance.event.as_ref());
        let event = event.and_then(|event| self.event_of_deal(row, event, scenario));
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
            instalments: row.instalments,
            service_margin,
            lifetime,
            brand_share,
            chance,
            event,
        })
    }

    /// The attempt that a deal's chance is that of.
    fn event_of_deal(&mut self, row: &DealRow, event: &Text, scenario: &Scenario) -> Option<usize> {
        let at = self.find(event, Which::Events)?;
        // What is wrong with the partner is said where it is read.
        let ids = &self.names.channels;
        let is_with = |partner: usize| {
            let of_network =
                scenario
                    .channels
                    .get(partner)
                    .and_then(|channel| match channel.kind {
                        ChannelKind::Network(network) => self.names.networks.get(network),
                        _ => None,
                    });
            let named = &row.partner.text;
            ids.get(partner) == Some(named) || of_network == Some(named)
        };
        match &scenario.events.get(at)?.trigger {
            Trigger::Attempt { partner, .. } if is_with(*partner) => Some(at),
            _ => {
                let found = format!(
                    "the event `{}`, which is no attempt with `{}`",
                    event.text, row.partner.text
                );
                self.error(
                    event.place,
                    found,
                    "an event with `attempt` whose `partner` is that of the deal",
                );
                None
            }
        }
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
