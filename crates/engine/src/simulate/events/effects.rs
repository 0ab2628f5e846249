//! What an event does to the firm, to its market and to its rivals.

use super::standing::{Change, until};
use crate::scenario::{Effect, Handle, Shocked};
use crate::simulate::World;
use crate::simulate::path::Path;

impl Path<'_> {
    /// Carries out one effect. `actor`: whose attempt it was, for effects that name no entrant.
    pub(super) fn apply(
        &mut self,
        world: &World,
        effect: &Effect,
        actor: Option<usize>,
        month: usize,
    ) {
        let (scenario, values) = (world.scenario, world.values);
        let whose = |entrant: &Option<usize>| concerned(world, entrant.or(actor));
        let ends = |months: &Option<Handle>| until(month, months.as_ref().map(|m| values[m]));
        let standing = &mut self.firm.standing;
        match effect {
            Effect::Open { channels, entrant } => {
                for e in whose(entrant) {
                    self.open_by_event(world, channels, e, actor);
                }
            }
            Effect::Close {
                channels,
                entrant,
                months,
            } => {
                for e in whose(entrant) {
                    self.close_by_event(world, channels, e, months.as_ref(), month);
                }
            }
            Effect::Block { products, months } => {
                standing.block(scenario, products, until(month, Some(values[months])));
            }
            Effect::Shock { what, by, entrant } => {
                for e in whose(entrant) {
                    self.shock(world, *what, values[by], e);
                }
            }
            Effect::Change {
                what,
                products,
                factor,
                amount,
                months,
            } => {
                let change = Change {
                    what: *what,
                    products: products.clone(),
                    factor: factor.as_ref().map_or(1.0, |factor| values[factor]),
                    amount: amount.as_ref().map_or(0.0, |amount| values[amount]),
                    until: ends(months),
                };
                standing.change(scenario, change);
            }
            Effect::Services {
                factor,
                entrant,
                months,
            } => {
                for e in whose(entrant) {
                    standing.change_services(e, values[factor], ends(months));
                }
            }
            Effect::Royalty {
                products,
                share,
                months,
            } => standing.owe(products, values[share], ends(months)),
            Effect::Pay { amount, entrant } => {
                for e in whose(entrant).filter(|&e| self.firm.active[e]) {
                    self.firm.payments[e].single += values[amount];
                }
            }
            Effect::Delay { gates, months } => {
                for &gate in gates {
                    standing.hold_up(gate, values[months]);
                }
            }
            Effect::Exit { entrant } => {
                for e in whose(entrant) {
                    if self.firm.active[e] && self.firm.exited[e].is_none() {
                        self.firm.pull_out(world, e, month);
                    }
                    self.firm.standing.force_out(e);
                }
            }
            Effect::LaunchRival(products) => standing.launch(products),
        }
    }

    /// The bar falls; the channel opens unless the entrant has left. Only what it negotiated itself brings it in.
    fn open_by_event(
        &mut self,
        world: &World,
        channels: &[usize],
        entrant: usize,
        actor: Option<usize>,
    ) {
        if self.firm.standing.is_forced_out(entrant) {
            return;
        }
        let own = actor == Some(entrant);
        let opens = own || self.firm.exited[entrant].is_none();
        for &channel in channels {
            self.firm.standing.unbar(entrant, channel);
            self.firm.open[entrant * world.scenario.channels.len() + channel] |= opens;
        }
        if own {
            self.firm.enter(entrant);
        }
    }

    /// For good, a channel is lost; for some months it is only out of use.
    fn close_by_event(
        &mut self,
        world: &World,
        channels: &[usize],
        entrant: usize,
        months: Option<&Handle>,
        month: usize,
    ) {
        let until = until(month, months.map(|months| world.values[months]));
        for &channel in channels {
            self.firm.standing.bar(entrant, channel, until);
            if months.is_none() {
                self.firm.open[entrant * world.scenario.channels.len() + channel] = false;
                self.firm.events.lose(world, channel, entrant);
            }
        }
    }

    fn shock(&mut self, world: &World, what: Shocked, by: f64, entrant: usize) {
        match what {
            Shocked::Trust => self.firm.standing.trust_shocks[entrant] += by,
            Shocked::Awareness => self.place.shock_awareness(world, entrant, by),
        }
    }
}

/// The entrant that is meant, or all.
fn concerned(world: &World, entrant: Option<usize>) -> std::ops::Range<usize> {
    match entrant {
        Some(entrant) => entrant..entrant + 1,
        None => 0..world.scenario.entrants.len(),
    }
}
