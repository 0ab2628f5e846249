//! Where a row of the surface breaks even, on the scale of the entrant's appeal and its reference class.

use super::document::{BreakEven, Level, Member, Verdict};
use super::surface::{APPEAL, Surface};
use crate::run::words::{self, brand_title};
use beachhead_engine::outcomes::statistics::{Crossing, Estimate, rises_above_zero};
use beachhead_engine::scenario::{Quantity, ReferenceMember, Scenario};

/// Standard errors of the band of a break-even point.
const BAND: f64 = 2.0;
/// Part of the spread of appeal by which a member of the class counts as just as good.
const ALIKE: f64 = 0.15;
/// Halvings of (0, 1): to the last digit that anybody reads.
const HALVINGS: usize = 40;

/// The scale of appeal: quantiles, utilities, the members of the reference class on it.
pub(super) struct Scale<'a> {
    quantity: Option<&'a Quantity>,
    values: Vec<f64>,
    mean: f64,
    sd: f64,
    pub(super) levels: Vec<Level>,
    pub(super) members: Vec<Member>,
}

impl<'a> Scale<'a> {
    /// From mean, standard deviation and members' appeals in the central market.
    pub(super) fn new(scenario: &'a Scenario, surface: &Surface, appeal: &[f64]) -> Option<Self> {
        let [mean, sd, members @ ..] = appeal else {
            return None;
        };
        let quantity = surface
            .appeal
            .as_ref()
            .map(|(q, _)| &scenario.quantities[*q]);
        let values = surface
            .appeal
            .as_ref()
            .map_or(vec![0.0], |(_, v)| v.clone());
        let mut scale = Self {
            quantity,
            mean: *mean,
            sd: *sd,
            levels: Vec::new(),
            members: Vec::new(),
            values,
        };
        scale.levels = match quantity {
            None => vec![Level {
                value: *mean,
                quantile: None,
                words: "as assumed".to_owned(),
            }],
            Some(_) => APPEAL
                .iter()
                .zip(&scale.values)
                .map(|(&quantile, z)| Level {
                    value: mean + sd * z,
                    quantile: Some(quantile),
                    words: format!(
                        "better than {} of what its reference class says",
                        words::percent(quantile)
                    ),
                })
                .collect(),
        };
        let class = scenario.entrants.first().map(|e| &e.reference_class[..]);
        let named = class
            .unwrap_or_default()
            .iter()
            .map(|&member| name(scenario, member));
        scale.members = named
            .zip(members)
            .map(|((id, title), &appeal)| Member {
                id,
                title,
                appeal,
                quantile: scale.quantile((appeal - mean) / sd),
            })
            .collect();
        scale.members.sort_by(|a, b| a.appeal.total_cmp(&b.appeal));
        Some(scale)
    }

    /// The probability that the appeal is at most so many standard deviations from its mean.
    fn quantile(&self, z: f64) -> f64 {
        let Some(quantity) = self.quantity.filter(|_| z.is_finite()) else {
            return 0.5;
        };
        // The quantile function rises: halving finds its inverse.
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if quantity.value(middle) < z {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// Where a row of cells rises above zero, `[eq:break_even]`.
    pub(super) fn break_even(
        &self,
        row: &[Estimate],
        attempts: usize,
        awareness: usize,
    ) -> Option<BreakEven> {
        self.quantity?;
        let shifted = |by: f64| -> Option<Crossing> {
            let cell = |e: &Estimate| e.mean + by * e.se.unwrap_or(0.0);
            let cells: Vec<f64> = row.iter().map(cell).collect();
            rises_above_zero(&self.values, &cells)
        };
        let share = |crossing: Crossing| match crossing {
            Crossing::At(z) => self.quantile(z),
            Crossing::Above => 0.0,
            Crossing::Below => 1.0,
        };
        let (verdict, z) = match shifted(0.0)? {
            Crossing::At(z) => (Verdict::At, Some(z)),
            Crossing::Above => (Verdict::Always, None),
            Crossing::Below => (Verdict::Never, None),
        };
        let quantile = z.map(|z| self.quantile(z));
        let (low, high) = (shifted(BAND).map(share), shifted(-BAND).map(share));
        Some(BreakEven {
            attempts,
            awareness,
            verdict,
            appeal: z.map(|z| self.mean + self.sd * z),
            quantile,
            quantile_low: low,
            quantile_high: high,
            words: self.words(verdict, z, quantile.zip(low.zip(high))),
        })
    }

    fn words(&self, verdict: Verdict, z: Option<f64>, band: Option<(f64, (f64, f64))>) -> String {
        let (low, high) = (
            words::percent(APPEAL[0]),
            words::percent(APPEAL[APPEAL.len() - 1]),
        );
        match (verdict, z, band) {
            (Verdict::Always, ..) => {
                format!(
                    "in the whole range: even if the brand is better than only {low} of what its reference class says"
                )
            }
            (Verdict::At, Some(z), Some((quantile, (from, to)))) => format!(
                "if the brand is at least {}: better than {} of what its reference class says (the draws leave {} to {})",
                self.as_good_as(z),
                words::percent(quantile),
                words::percent(from),
                words::percent(to)
            ),
            _ => format!(
                "nowhere in the range: not even if the brand is better than {high} of what its reference class says"
            ),
        }
    }

    /// `about as good as Alpha`, `between Alpha and Beta`.
    fn as_good_as(&self, z: f64) -> String {
        let appeal = self.mean + self.sd * z;
        let distance = |member: &&Member| (member.appeal - appeal).abs();
        let nearest = self
            .members
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let Some(nearest) = nearest else {
            return "so good".to_owned();
        };
        if distance(&nearest) <= ALIKE * self.sd {
            return format!("about as good as {}", nearest.title);
        }
        let below = self
            .members
            .iter()
            .rev()
            .find(|member| member.appeal <= appeal);
        let above = self.members.iter().find(|member| member.appeal > appeal);
        match (below, above) {
            (Some(below), Some(above)) => format!("between {} and {}", below.title, above.title),
            (Some(best), None) => format!("better than {}, the best of the class", best.title),
            (None, Some(worst)) => format!("nearly {}, the least of the class", worst.title),
            (None, None) => "so good".to_owned(),
        }
    }
}

/// Id and title of a member of a reference class.
fn name(scenario: &Scenario, member: ReferenceMember) -> (String, String) {
    let (id, title) = match member {
        ReferenceMember::Brand(brand) => {
            let brand = &scenario.brands[brand];
            (&brand.id, brand.title.as_str())
        }
        ReferenceMember::Product(product) => (&scenario.products[product].id, ""),
    };
    (id.clone(), brand_title(title, id))
}
