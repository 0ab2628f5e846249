//! A deal between an entrant and a network: its terms, and what is done with and without it.

use super::{Action, ChannelKind, Handle, Payer, Plan, Scenario, Step};
use crate::plan::expression::{Binary, Expression, Observable};
use serde::Serialize;

/// A deal, with all that its worth depends on.
#[derive(Clone, Debug, Serialize)]
pub struct Deal {
    /// Id.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// The network's shop, a channel.
    pub partner: usize,
    /// The network.
    pub network: usize,
    /// Whose deal, a position in the scenario's entrants.
    pub entrant: usize,
    /// The plan that it is part of, by position.
    pub plan: usize,
    /// What is done without it, by position.
    pub fallback: usize,
    /// Month in which the shop opens.
    pub start: usize,
    /// How many months it holds; to the end if not given.
    pub months: Option<usize>,
    /// Whether the shops of all other networks stay closed to the entrant meanwhile.
    pub exclusive: bool,
    /// What the shop keeps of a unit, money; as without the deal if not given.
    pub margin: Option<Handle>,
    /// What is taken off the consumer's price, money per unit; likewise.
    pub subsidy: Option<Handle>,
    /// Who pays it.
    pub subsidy_paid_by: Payer,
    /// Whether the brand's products are paid in the network's instalments there; at once if not.
    pub instalments: bool,
    /// What a user earns the network, money a month.
    pub service_margin: Handle,
    /// How long one who is there at the end stays, months.
    pub lifetime: Handle,
    /// β, the entrant's share of what both gain.
    pub brand_share: Handle,
    /// Chance that it is signed, `logit⁻¹(a + b·gain of the network)`: `a`, and `b` per money.
    pub chance: Option<(Handle, Handle)>,
    /// The attempt whose chance that becomes, by position; it is only reported if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<usize>,
}

impl Deal {
    /// The plan with the deal; `falls` months after its start it falls through, if so.
    pub fn with(&self, scenario: &Scenario, falls: Option<usize>) -> Plan {
        let mut plan = self.stripped(&scenario.plans[self.plan]);
        let held = falls.or(self.months);
        let end = held.map(|months| self.start + months);
        let open = Action::Open {
            channels: vec![self.partner],
            entrant: self.entrant,
        };
        let agree = Action::Agree {
            channel: self.partner,
            margin: self.margin.clone(),
            subsidy: self.subsidy.clone(),
            payer: self.subsidy_paid_by,
            at_once: !self.instalments,
        };
        plan.steps
            .push(step("deal", from(self.start), false, vec![open, agree]));
        if let Some(end) = end {
            let close = self.close(vec![self.partner]);
            plan.steps
                .push(step("deal_ends", from(end), true, vec![close]));
        }
        if self.exclusive {
            let is_other = |&k: &usize| {
                k != self.partner && matches!(scenario.channels[k].kind, ChannelKind::Network(_))
            };
            let others: Vec<usize> = (0..scenario.channels.len()).filter(is_other).collect();
            let mut when = from(self.start);
            if let Some(end) = end {
                let before = compare(Binary::Less, end);
                when = Expression::Binary(Binary::And, Box::new(when), Box::new(before));
            }
            let close = self.close(others);
            plan.steps
                .push(step("deal_excludes", when, true, vec![close]));
        }
        plan
    }

    /// What is done without it.
    pub fn without(&self, scenario: &Scenario) -> Plan {
        let mut plan = self.stripped(&scenario.plans[self.fallback]);
        plan.steps.push(step(
            "no_deal",
            from(1),
            true,
            vec![self.close(vec![self.partner])],
        ));
        plan
    }

    fn close(&self, channels: Vec<usize>) -> Action {
        Action::Close {
            channels,
            entrant: self.entrant,
        }
    }

    /// A plan that neither talks with the partner nor opens its shop.
    fn stripped(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        for step in &mut plan.steps {
            step.actions.retain(|action| {
                !matches!(action, Action::Negotiate { channel, entrant }
                    if (*channel, *entrant) == (self.partner, self.entrant))
            });
            for action in &mut step.actions {
                if let Action::Open { channels, entrant } = action
                    && *entrant == self.entrant
                {
                    channels.retain(|&k| k != self.partner);
                }
            }
        }
        plan
    }
}

fn compare(operator: Binary, month: usize) -> Expression {
    let now = Box::new(Expression::Observable(Observable::Month));
    Expression::Binary(operator, now, Box::new(Expression::Number(month as f64)))
}

fn from(month: usize) -> Expression {
    compare(Binary::GreaterOrEqual, month)
}

fn step(id: &str, when: Expression, repeats: bool, actions: Vec<Action>) -> Step {
    Step {
        id: id.into(),
        when,
        when_text: String::new(),
        repeats,
        actions,
    }
}
