//! An entrant's appeal, loyalty and keep offset from its reference class.

use super::Ground;
use crate::choice::parameters::Parameters;
use crate::scenario::ReferenceMember;
use serde::Serialize;

/// Where an entrant's appeal comes from: `b_e ~ N(b̄_ref, s²_ref + s²_transport)`, `[eq:appeal]`.
#[derive(Clone, Debug, Serialize)]
pub struct EntrantAppeal {
    /// Brand id.
    pub brand: String,
    /// Members of the class with their solved intercepts.
    pub members: Vec<(String, f64)>,
    /// Mean of the class plus the scenario's shift.
    pub mean: f64,
    /// What it is in this draw, `mean + sd·z`; the mean in a central run.
    pub drawn: f64,
    /// `√(s²_ref + s²_transport)`.
    pub sd: f64,
    /// λ used.
    pub loyalty: f64,
    /// ψ_b used.
    pub keep_offset: f64,
}

/// Gives channels in which no incumbent sells their tastes, `[eq:channel_taste]`.
pub(super) fn give_tastes(ground: &Ground, parameters: &mut Parameters) {
    for (k, channel) in ground.scenario.channels.iter().enumerate() {
        if let Some(taste) = &channel.taste {
            let like = taste.like.map_or(0.0, |k| parameters.channel_intercept[k]);
            let more = taste.more.as_ref().map_or(0.0, |more| ground.values[more]);
            parameters.channel_intercept[k] = like + more;
        }
    }
}

/// Fills entrants' parameters in and says where they come from; `units` are those of the steady state by brand, (F,).
pub(super) fn complete(
    ground: &Ground,
    units: &[f64],
    parameters: &mut Parameters,
) -> Vec<EntrantAppeal> {
    let (scenario, values) = (ground.scenario, ground.values);
    let mut appeals = Vec::new();
    for entrant in &scenario.entrants {
        let members: Vec<(String, usize, f64)> = entrant
            .reference_class
            .iter()
            .map(|&member| intercept(ground, parameters, member))
            .collect();
        let count = members.len().max(1) as f64;
        let mean = members.iter().map(|member| member.2).sum::<f64>() / count;
        let variance = members
            .iter()
            .map(|member| (member.2 - mean) * (member.2 - mean))
            .sum::<f64>()
            / (count - 1.0).max(1.0);
        let reference_sd = entrant
            .reference_sd
            .as_ref()
            .map_or(variance.sqrt(), |sd| values[sd]);
        let transport_sd = values[&entrant.transport_sd];
        let weighted = |read: &dyn Fn(usize) -> f64| {
            let weight: f64 = members.iter().map(|member| units[member.1]).sum();
            if weight > 0.0 {
                members
                    .iter()
                    .map(|member| units[member.1] * read(member.1))
                    .sum::<f64>()
                    / weight
            } else {
                // A class that sells nothing: every member counts alike.
                members.iter().map(|member| read(member.1)).sum::<f64>() / count
            }
        };
        let loyalty = entrant.loyalty.as_ref().map_or_else(
            || weighted(&|f| parameters.loyalty[f]),
            |handle| values[handle],
        );
        let keep_offset = entrant.keep_offset.as_ref().map_or_else(
            || weighted(&|f| parameters.keep_offset[f]),
            |handle| values[handle],
        );
        let mean = mean + values[&entrant.shift];
        let sd = (reference_sd * reference_sd + transport_sd * transport_sd).sqrt();
        // [eq:appeal]
        let drawn = mean + sd * entrant.appeal_z.as_ref().map_or(0.0, |z| values[z]);
        parameters.brand_intercept[entrant.brand] = drawn;
        parameters.loyalty[entrant.brand] = loyalty;
        parameters.keep_offset[entrant.brand] = keep_offset;
        appeals.push(EntrantAppeal {
            brand: scenario.brands[entrant.brand].id.clone(),
            members: members.into_iter().map(|(id, _, b)| (id, b)).collect(),
            mean,
            drawn,
            sd,
            loyalty,
            keep_offset,
        });
    }
    appeals
}

/// Name, brand and intercept of a member; a product adds its own appeal to its brand's.
fn intercept(
    ground: &Ground,
    parameters: &Parameters,
    member: ReferenceMember,
) -> (String, usize, f64) {
    match member {
        ReferenceMember::Brand(f) => (
            ground.scenario.brands[f].id.clone(),
            f,
            parameters.brand_intercept[f],
        ),
        ReferenceMember::Product(p) => {
            let product = &ground.scenario.products[p];
            let own = ground.durable(p).map_or(0.0, |j| {
                ground.market.products[j].appeal + parameters.product_intercept[j]
            });
            (
                product.id.clone(),
                product.brand,
                parameters.brand_intercept[product.brand] + own,
            )
        }
    }
}
