//! Terms of trade: from the consumer's price to the brand's receipt and back, `[eq:receipt]`.

use crate::scenario::{ChannelKind, Payer, Scenario, Values};

/// Money terms of all channels, (K,) each, money per unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Tax on consumers' prices, a share.
    pub sales_tax: f64,
    /// What the channel keeps.
    pub margin: Vec<f64>,
    /// Taken off the consumer's price.
    pub subsidy: Vec<f64>,
    /// The part of the subsidy that the brand pays.
    pub subsidy_by_brand: Vec<f64>,
    /// What selling there costs the brand.
    pub cost: Vec<f64>,
    /// Whether the brand is paid at all (grey imports pay it nothing here).
    pub pays_brand: Vec<bool>,
    /// Whether an entrant's units are paid at once there, whatever instalments the network gives.
    pub at_once: Vec<bool>,
}

impl Terms {
    /// The terms of a scenario's channels.
    pub fn new(scenario: &Scenario, values: &Values) -> Self {
        let channels = &scenario.channels;
        let by_channel = |read: &dyn Fn(&crate::scenario::Channel) -> f64| {
            channels.iter().map(read).collect::<Vec<f64>>()
        };
        Self {
            sales_tax: values[&scenario.sales_tax],
            margin: by_channel(&|channel| values[&channel.margin]),
            subsidy: by_channel(&|channel| values[&channel.subsidy]),
            subsidy_by_brand: by_channel(&|channel| match channel.subsidy_paid_by {
                Payer::Brand => values[&channel.subsidy],
                Payer::Network => 0.0,
            }),
            cost: by_channel(&|channel| values[&channel.cost]),
            pays_brand: channels
                .iter()
                .map(|channel| channel.kind != ChannelKind::Import)
                .collect(),
            at_once: vec![false; channels.len()],
        }
    }

    /// Other terms in a channel, money per unit; what is not given stays.
    pub fn agree(
        &mut self,
        channel: usize,
        margin: Option<f64>,
        subsidy: Option<f64>,
        payer: Payer,
    ) {
        if let Some(margin) = margin {
            self.margin[channel] = margin;
        }
        if let Some(subsidy) = subsidy {
            self.subsidy[channel] = subsidy;
            self.subsidy_by_brand[channel] = match payer {
                Payer::Brand => subsidy,
                Payer::Network => 0.0,
            };
        }
    }

    /// What the channel pays for a unit that it sells at `price`: `r = p/(1 + tax) − margin + subsidy`.
    pub fn receipt(&self, channel: usize, price: f64) -> f64 {
        price / (1.0 + self.sales_tax) - self.margin[channel] + self.subsidy[channel]
    }

    /// The consumer's price at a receipt: `p = (r + margin − subsidy)(1 + tax)`.
    pub fn price(&self, channel: usize, receipt: f64) -> f64 {
        (receipt + self.margin[channel] - self.subsidy[channel]) * (1.0 + self.sales_tax)
    }
}
