//! Tastes for channels in which no incumbent sells, so that no sales can tell them.

use super::{Resolver, Which};
use crate::reader::DefaultUsed;
use crate::scenario::file::ScenarioFile;
use beachhead_engine::scenario::{ChannelTaste, Product};

impl Resolver<'_, '_> {
    /// What is said of such channels, by channel; a channel about which nothing is said counts as the base channel, and is listed
    /// as a default.
    pub(super) fn tastes(
        &mut self,
        file: &ScenarioFile,
        products: &[Product],
    ) -> Vec<Option<ChannelTaste>> {
        let own = self.names.entrant_products.clone();
        let has_incumbents = |channel: usize| {
            let mut incumbents = products.iter().enumerate();
            incumbents.any(|(p, product)| !own.contains(&p) && product.channels.contains(&channel))
        };
        let with_incumbents: Vec<bool> = (0..file.channels.len()).map(has_incumbents).collect();
        let mut tastes = Vec::with_capacity(file.channels.len());
        for (at, row) in file.channels.iter().enumerate() {
            let id = &row.id.0.text;
            let like = row.like.as_ref().and_then(|other| {
                let channel = self.find(other, Which::Channels)?;
                if with_incumbents[channel] {
                    return Some(channel);
                }
                let found = format!("`like` = `{}`, in which no incumbent sells", other.text);
                let expected = "a channel of incumbents, whose taste their sales tell";
                self.error(other.place, found, expected);
                None
            });
            let is_said = row.taste.is_some() || row.like.is_some();
            if with_incumbents[at] && is_said {
                let found = format!("a taste for `{id}`, in which incumbents sell");
                let expected = "neither `taste` nor `like`: `share_of_sales` by channel tells it";
                self.error(row.place, found, expected);
            }
            if !is_said && !with_incumbents[at] && !id.is_empty() {
                self.reader.defaults.push(DefaultUsed {
                    name: format!("channels.{id}.taste"),
                    value: "0".to_owned(),
                });
            }
            let more = row.taste.as_ref().map(|taste| self.add(taste));
            tastes.push((is_said && !with_incumbents[at]).then_some(ChannelTaste { like, more }));
        }
        tastes
    }
}
