//! Effects of events: what they name, and whose they are.

use super::{Resolver, Which};
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::quantity::Written;
use crate::reader::{OneOrMany, Text};
use crate::scenario::event_file::{
    ChangeEffect, ChangeWord, LaunchRivalEffect, ShockEffect, ShockWord,
};
use crate::scenario::products::ProductRow;
use crate::scenario::special::{AllOr, Effect as WrittenEffect};
use beachhead_engine::scenario::{Changed, Effect, Handle, Scenario, Shocked, WAITS_FOR_EVENT};

impl Resolver<'_, '_> {
    pub(super) fn effects(
        &mut self,
        effects: &[WrittenEffect],
        scenario: &Scenario,
    ) -> Vec<Effect> {
        effects
            .iter()
            .filter_map(|effect| self.effect(effect, scenario))
            .collect()
    }

    fn effect(&mut self, effect: &WrittenEffect, scenario: &Scenario) -> Option<Effect> {
        Some(match effect {
            WrittenEffect::Open(e) => Effect::Open {
                channels: self.all_or(&e.open, Which::Channels),
                entrant: self.named_entrant(e.brand.as_ref()),
            },
            WrittenEffect::Close(e) => Effect::Close {
                channels: self.all_or(&e.close, Which::Channels),
                entrant: self.named_entrant(e.brand.as_ref()),
                months: self.add_given(e.r#for.as_deref()),
            },
            WrittenEffect::Block(e) => Effect::Block {
                products: self.own_or_all(&e.block),
                months: self.add(&e.r#for),
            },
            WrittenEffect::Shock(e) => return self.shock(e),
            WrittenEffect::Change(e) => return self.change(e),
            WrittenEffect::Royalty(e) => {
                let products = self.own_if_not_given(e.products.as_ref());
                self.check_own(&products, e.place, scenario);
                Effect::Royalty {
                    products,
                    share: self.add(&e.royalty),
                    months: self.add_given(e.r#for.as_deref()),
                }
            }
            WrittenEffect::Pay(e) => Effect::Pay {
                entrant: self.who_pays(e.brand.as_ref(), e.place),
                amount: self.add(&e.pay),
            },
            WrittenEffect::Delay(e) => Effect::Delay {
                gates: self.find_all(&e.delay.list, Which::Gates),
                months: self.add(&e.by),
            },
            WrittenEffect::Exit(e) => {
                if !e.exit {
                    self.error(e.place, "exit = false", "exit = true");
                }
                Effect::Exit {
                    entrant: self.named_entrant(e.brand.as_ref()),
                }
            }
            WrittenEffect::LaunchRival(e) => Effect::LaunchRival(self.rival_products(e, scenario)),
            WrittenEffect::Unread => return None,
        })
    }

    fn shock(&mut self, effect: &ShockEffect) -> Option<Effect> {
        let what = match effect.shock {
            ShockWord::Trust => Shocked::Trust,
            ShockWord::Awareness => Shocked::Awareness,
            ShockWord::Unread => return None,
        };
        let entrant = self.named_entrant(effect.brand.as_ref());
        if what == Shocked::Awareness && effect.by.centre().abs() > 1.0 {
            let found = format!("awareness shocked by {}", effect.by.text);
            self.error(
                effect.by.place,
                found,
                "a change of awareness between -1 and 1",
            );
        }
        Some(Effect::Shock {
            what,
            by: self.add(&effect.by),
            entrant,
        })
    }

    fn change(&mut self, effect: &ChangeEffect) -> Option<Effect> {
        let months = self.add_given(effect.r#for.as_deref());
        let factor = self.add_given(effect.by.as_deref());
        let amount = self.add_given(effect.add.as_deref());
        let what = match effect.change {
            ChangeWord::Cost => Changed::Cost,
            ChangeWord::Price => Changed::Price,
            ChangeWord::Services => {
                if amount.is_some() || effect.products.is_some() {
                    let found = "`add` or `products` with change = \"services\"";
                    self.error(effect.place, found, "`by`, a factor of what services earn");
                }
                let entrant = self.named_entrant(effect.brand.as_ref());
                let Some(factor) = factor else {
                    let found = "change = \"services\" without `by`";
                    self.error(effect.place, found, "`by`, a factor such as 0.8");
                    return None;
                };
                return Some(Effect::Services {
                    factor,
                    entrant,
                    months,
                });
            }
            ChangeWord::Unread => return None,
        };
        if factor.is_none() && amount.is_none() {
            let found = "a `change` by nothing";
            self.error(
                effect.place,
                found,
                "`by`, a factor such as 1.1, or `add`, money per unit",
            );
        }
        if effect.brand.is_some() {
            let found = "`brand` with a change of costs or prices";
            self.error(effect.place, found, "`products`");
        }
        Some(Effect::Change {
            what,
            products: self.own_if_not_given(effect.products.as_ref()),
            factor,
            amount,
            months,
        })
    }

    fn add_given(&mut self, written: Option<&Written>) -> Option<Handle> {
        written.map(|written| self.add(written))
    }

    /// The entrant that an effect names; none: it concerns who negotiated, or all.
    fn named_entrant(&mut self, brand: Option<&Text>) -> Option<usize> {
        brand.and_then(|brand| self.find(brand, Which::Entrants))
    }

    fn who_pays(&mut self, brand: Option<&Text>, place: Place) -> Option<usize> {
        if brand.is_none() && self.names.entrants.len() > 1 {
            let expected = format!(
                "`brand`, who pays: one of {}",
                name_list(&self.names.entrants)
            );
            let found = "an effect `pay` without `brand`; there are two entrants";
            self.error(place, found, &expected);
        }
        self.named_entrant(brand)
    }

    fn all_or(&mut self, ids: &AllOr, which: Which) -> Vec<usize> {
        match ids {
            AllOr::All => (0..self.list(which).len()).collect(),
            AllOr::Some(ids) => self.find_all(&ids.list, which),
        }
    }

    fn own_or_all(&mut self, ids: &AllOr) -> Vec<usize> {
        match ids {
            AllOr::All => self.names.entrant_products.clone(),
            AllOr::Some(ids) => self.find_all(&ids.list, Which::Products),
        }
    }

    fn own_if_not_given(&mut self, ids: Option<&AllOr>) -> Vec<usize> {
        match ids {
            Some(ids) => self.own_or_all(ids),
            None => self.names.entrant_products.clone(),
        }
    }

    fn check_own(&mut self, products: &[usize], place: Place, scenario: &Scenario) {
        for at in products {
            if !self.names.entrant_products.contains(at) {
                let found = format!(
                    "a royalty on `{}`, a rival's product",
                    scenario.products[*at].id
                );
                self.error(place, found, "products of the entrants");
            }
        }
    }

    /// Reports rivals' products that wait for an event, where none brings them.
    pub(super) fn check_waiting(&mut self, rows: &[ProductRow], scenario: &Scenario) {
        let brings = |product: usize| {
            let outcomes = scenario.events.iter().flat_map(|event| &event.outcomes);
            let mut effects = outcomes.flat_map(|outcome| &outcome.effects);
            effects.any(
                |effect| matches!(effect, Effect::LaunchRival(list) if list.contains(&product)),
            )
        };
        for (at, row) in rows.iter().enumerate() {
            let waits = scenario
                .products
                .get(at)
                .is_some_and(|product| product.available_from == WAITS_FOR_EVENT);
            if let Some((_, place)) = row.launch.filter(|_| waits && !brings(at)) {
                let found = format!("`{}` waits for an event that none brings", row.id.text);
                let expected = format!(
                    "an event with the effect {{ launch_rival = \"{}\" }}, or a month",
                    row.id.text
                );
                self.error(place, found, &expected);
            }
        }
    }

    /// Rivals' products that are not on sale from the start.
    fn rival_products(&mut self, effect: &LaunchRivalEffect, scenario: &Scenario) -> Vec<usize> {
        let ids: &OneOrMany<Text> = &effect.launch_rival;
        let mut products = Vec::new();
        for id in &ids.list {
            let Some(at) = self.find(id, Which::Products) else {
                continue;
            };
            if self.names.entrant_products.contains(&at) {
                let found = format!("`{}` is a product of an entrant", id.text);
                self.error(id.place, found, "products of rivals");
            } else if scenario.products[at].available_from <= 1 {
                let found = format!("`{}` is on sale from the start", id.text);
                let expected =
                    "a product whose `launch` in the table is \"event\", or a later month";
                self.error(id.place, found, expected);
            }
            products.push(at);
        }
        products
    }
}
