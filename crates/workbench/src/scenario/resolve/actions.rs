//! Actions of steps: whose they are, and what they name.

use super::pricing::RuleWords;
use super::{Issue, Resolver, Which};
use crate::diagnostic::name_list;
use crate::document::Place;
use crate::quantity::Written;
use crate::reader::{OneOrMany, Text};
use crate::scenario::plan_file::{PriceAction, PriceRuleWord, StudyAction};
use crate::scenario::special::{Action as WrittenAction, AllOr};
use beachhead_engine::scenario::{
    Action, Category, ChannelKind, Handle, PriceRule, Scenario, Spending,
};

impl Resolver<'_, '_> {
    pub(super) fn action(&mut self, action: &WrittenAction, scenario: &Scenario) -> Vec<Action> {
        let resolved = match action {
            WrittenAction::Open(a) => self.entrant_of(a.brand.as_ref(), a.place).map(|entrant| {
                let channels = self.channels_to_open(&a.open, entrant, scenario);
                Action::Open { channels, entrant }
            }),
            WrittenAction::Close(a) => self.entrant_of(a.brand.as_ref(), a.place).map(|entrant| {
                let channels = self.channels_to_open(&a.close, entrant, scenario);
                Action::Close { channels, entrant }
            }),
            WrittenAction::Launch(a) => {
                let products = self.own_products(&a.launch.products);
                self.check_brand(a.brand.as_ref());
                let channels = a.launch.channels.as_ref();
                let channels = channels
                    .map(|ids| self.find_all(&ids.list, Which::Channels))
                    .unwrap_or_default();
                if !channels.is_empty() {
                    self.check_launch_channels(&products, &channels, a.place, scenario);
                }
                Some(Action::Launch { products, channels })
            }
            WrittenAction::Withdraw(a) => {
                self.check_brand(a.brand.as_ref());
                Some(Action::Withdraw {
                    products: self.own_products(&a.withdraw),
                })
            }
            WrittenAction::Start(a) => {
                let gates = self.find_all(&a.start.list, Which::Gates);
                let entrant = self.entrant_of(a.brand.as_ref(), a.place);
                entrant.map(|entrant| Action::Start { gates, entrant })
            }
            WrittenAction::Negotiate(a) => {
                let channel = self.partner(&a.negotiate, scenario);
                let entrant = self.entrant_of(a.brand.as_ref(), a.place);
                if let Some(channel) = channel {
                    self.check_negotiable(&a.negotiate, channel, scenario);
                }
                match (channel, entrant) {
                    (Some(channel), Some(entrant)) => Some(Action::Negotiate { channel, entrant }),
                    _ => None,
                }
            }
            WrittenAction::Price(a) => self.price(a, scenario),
            WrittenAction::Spend(a) => {
                let amount = self.add(&a.spend);
                let months = self.add(&a.r#for);
                let on = if a.on.text == "advertising" {
                    Spending::Advertising
                } else {
                    Spending::Other(a.on.text.clone())
                };
                let entrant = self.entrant_of(a.brand.as_ref(), a.place);
                entrant.map(|entrant| Action::Spend {
                    amount,
                    on,
                    months,
                    entrant,
                })
            }
            WrittenAction::Pay(a) => self.pay(&a.pay, &a.on.text, a.brand.as_ref(), a.place),
            WrittenAction::Study(a) => self.study(a, scenario),
            WrittenAction::Overhead(a) => {
                let factor = self.add(&a.overhead);
                let entrant = self.entrant_of(a.brand.as_ref(), a.place);
                entrant.map(|entrant| Action::Overhead { factor, entrant })
            }
            WrittenAction::PullOut(a) => {
                if !a.pull_out {
                    self.error(a.place, "pull_out = false", "pull_out = true");
                }
                let entrant = self.entrant_of(a.brand.as_ref(), a.place);
                entrant.map(|entrant| Action::PullOut { entrant })
            }
            WrittenAction::Unread => None,
        };
        resolved.into_iter().collect()
    }

    fn pay(
        &mut self,
        amount: &Written,
        on: &str,
        brand: Option<&Text>,
        place: Place,
    ) -> Option<Action> {
        let amount = self.add(amount);
        let entrant = self.entrant_of(brand, place)?;
        Some(Action::Pay {
            amount,
            on: on.to_owned(),
            entrant,
        })
    }

    /// A study; one that teaches nothing, because nothing says what it could teach, is told.
    fn study(&mut self, action: &StudyAction, scenario: &Scenario) -> Option<Action> {
        let amount = self.add(&action.study);
        let months = self.add(&action.r#for);
        let entrant = self.entrant_of(action.brand.as_ref(), action.place)?;
        let learns = scenario.entrants.get(entrant)?.learning.as_ref();
        if learns.is_none_or(|learning| learning.studies.is_none()) {
            let brand = self.names.entrants.get(entrant).map_or("", String::as_str);
            self.issues.push(Issue {
                code: "study_only_costs".to_owned(),
                location: String::new(),
                count: 1,
                text: format!(
                    "the study costs and teaches nothing: `[learning.{brand}.studies]` does not say how well it is informed"
                ),
            });
        }
        Some(Action::Study {
            amount,
            months,
            entrant,
        })
    }

    fn check_brand(&mut self, brand: Option<&Text>) {
        if let Some(brand) = brand {
            self.find(brand, Which::Entrants);
        }
    }

    /// Whose action it is: the only entrant's, or that of the brand named.
    pub(super) fn entrant_of(&mut self, brand: Option<&Text>, place: Place) -> Option<usize> {
        match brand {
            Some(brand) => self.find(brand, Which::Entrants),
            None if self.names.entrants.len() <= 1 => Some(0),
            None => {
                let expected = format!("`brand`, one of {}", name_list(&self.names.entrants));
                self.error(
                    place,
                    "an action without `brand`; there are two entrants",
                    &expected,
                );
                None
            }
        }
    }

    /// Channels by id, or all that the entrant may use.
    fn channels_to_open(&mut self, ids: &AllOr, entrant: usize, scenario: &Scenario) -> Vec<usize> {
        let brand = self.names.brands.len() - self.names.entrants.len() + entrant;
        let is_others = |kind: ChannelKind| match kind {
            ChannelKind::OwnOnline(owner) | ChannelKind::OwnShops(owner) => owner != brand,
            _ => false,
        };
        match ids {
            AllOr::All => (0..scenario.channels.len())
                .filter(|at| !is_others(scenario.channels[*at].kind))
                .collect(),
            AllOr::Some(ids) => {
                let channels = self.find_all(&ids.list, Which::Channels);
                for at in &channels {
                    if is_others(scenario.channels[*at].kind) {
                        let id = self.names.channels[*at].clone();
                        let found = format!("`{id}` is another brand's own channel");
                        self.error(
                            ids.place,
                            found,
                            "networks, retail, import, or own channels",
                        );
                    }
                }
                channels
            }
        }
    }

    fn own_products(&mut self, ids: &OneOrMany<Text>) -> Vec<usize> {
        let mut products = Vec::new();
        for id in &ids.list {
            let Some(at) = self.find(id, Which::Products) else {
                continue;
            };
            if self.names.entrant_products.contains(&at) {
                products.push(at);
            } else {
                let found = format!("`{}` is not a product of an entrant", id.text);
                let own: Vec<String> = self
                    .names
                    .entrant_products
                    .iter()
                    .map(|at| self.names.products[*at].clone())
                    .collect();
                self.error(id.place, found, &format!("one of {}", name_list(&own)));
            }
        }
        products
    }

    fn check_launch_channels(
        &mut self,
        products: &[usize],
        channels: &[usize],
        place: Place,
        scenario: &Scenario,
    ) {
        for product in products.iter().map(|at| &scenario.products[*at]) {
            if !channels
                .iter()
                .any(|channel| product.channels.contains(channel))
            {
                let found = format!("`{}` is not sold through any of these channels", product.id);
                self.error(
                    place,
                    found,
                    "channels that the table of products lists for it",
                );
            }
        }
    }

    /// A channel by its id, or the shop of a network.
    pub(super) fn partner(&mut self, id: &Text, scenario: &Scenario) -> Option<usize> {
        if let Some(channel) = self
            .names
            .channels
            .iter()
            .position(|known| *known == id.text)
        {
            return Some(channel);
        }
        if let Some(network) = self
            .names
            .networks
            .iter()
            .position(|known| *known == id.text)
        {
            let mut shops = scenario.channels.iter();
            let shop = shops.position(|channel| channel.kind == ChannelKind::Network(network));
            if shop.is_none() {
                let found = format!("the network `{}` has no shop", id.text);
                self.error(id.place, found, "a channel, or a network with a channel");
            }
            return shop;
        }
        self.find(id, Which::Channels)
    }

    fn price(&mut self, action: &PriceAction, scenario: &Scenario) -> Option<Action> {
        let entrant = self.entrant_of_price(action)?;
        let brand = scenario.brands.len() - self.names.entrants.len() + entrant;
        let mut products = match &action.products {
            Some(ids) => self.own_products(ids),
            None => (0..scenario.products.len())
                .filter(|at| scenario.products[*at].brand == brand)
                .collect(),
        };
        let words = RuleWords::from(action);
        if action.values.is_some() && words.word != PriceRuleWord::Fixed {
            let found = format!("`values` with price = \"{}\"", words.name());
            self.error(action.place, found, "price = \"fixed\", or no `values`");
        }
        let rule = match self.rule(&words)? {
            PriceRule::Fixed { .. } => PriceRule::Fixed {
                prices: self.fixed_prices(action, &mut products)?,
            },
            rule => rule,
        };
        self.check_tastes(action.place, &rule, scenario);
        self.check_played(action, &products, &rule, scenario);
        Some(Action::Price { products, rule })
    }

    /// Complements have no prices that answer to rivals'.
    fn check_played(
        &mut self,
        action: &PriceAction,
        products: &[usize],
        rule: &PriceRule,
        scenario: &Scenario,
    ) {
        let Some(ids) = action.products.as_ref().filter(|_| rule.plays()) else {
            return;
        };
        let named = products.iter().map(|at| &scenario.products[*at]);
        let complements = named.filter(|product| product.category != Category::Durable);
        let complements: Vec<&str> = complements.map(|product| product.id.as_str()).collect();
        if !complements.is_empty() {
            let found = format!(
                "a price that is played for of {}, sold beside the durable",
                name_list(complements)
            );
            self.error(
                ids.place,
                found,
                "durables; others are \"fixed\" or \"cost_plus\"",
            );
        }
    }

    /// Two entrants: the brand, or the owner of the products that are named.
    fn entrant_of_price(&mut self, action: &PriceAction) -> Option<usize> {
        let names_products = action.products.is_some() || action.values.is_some();
        if action.brand.is_none() && names_products && self.names.entrants.len() > 1 {
            return Some(0);
        }
        self.entrant_of(action.brand.as_ref(), action.place)
    }

    /// Prices in the order of the products; `values` alone names the products.
    fn fixed_prices(
        &mut self,
        action: &PriceAction,
        products: &mut Vec<usize>,
    ) -> Option<Vec<Handle>> {
        let Some(values) = &action.values else {
            return Some(Vec::new());
        };
        let ids = OneOrMany {
            list: values.entries.iter().map(|(id, _)| id.clone()).collect(),
            place: values.place,
        };
        let priced = self.own_products(&ids);
        if action.products.is_some()
            && (priced.len() != products.len() || priced.iter().any(|at| !products.contains(at)))
        {
            self.error(
                values.place,
                "`values` for other products than `products`",
                "one price for each product",
            );
            return None;
        }
        let mut prices = Vec::new();
        for (id, written) in &values.entries {
            if self.names.products.contains(&id.text) {
                prices.push(self.add(written));
            }
        }
        *products = priced;
        Some(prices)
    }
}
