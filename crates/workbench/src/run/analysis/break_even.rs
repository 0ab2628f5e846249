//! Where a row of the surface breaks even, on the scale of the entrant's appeal and its reference class.

use super::LEVEL;
use super::document::{BreakEven, Level, Member, Verdict};
use super::surface::{APPEAL, Surface};
use super::tornado::{half_width, root_of_squares};
use crate::run::words;
use beachhead_engine::outcomes::statistics::{
    Crossing, Estimate, critical_value, rises_above_zero,
};
use beachhead_engine::scenario::{Quantity, ReferenceMember, Scenario};

/// Part of the spread of appeal by which a member of the class counts as just as good.
const ALIKE: f64 = 0.15;
/// The range of appeal that is looked at, quantiles.
const RANGE: (f64, f64) = (APPEAL[0], APPEAL[APPEAL.len() - 1]);
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
                parts: Vec::new(),
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
                    parts: Vec::new(),
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

    /// Where a row of cells rises above zero, `[eq:break_even]`; `apart` is what net present values differ by from the run's mean
    /// along the appeal by common draw, (draws, levels), all finite.
    pub(super) fn break_even(
        &self,
        apart: &[Vec<f64>],
        (run, over): (Estimate, usize),
        (attempts, awareness): (usize, usize),
    ) -> Option<BreakEven> {
        self.quantity?;
        let crossing = self.crossing(apart, run.mean, None)?;
        let (verdict, z) = match crossing {
            Crossing::At(z) => (Verdict::At, Some(z)),
            Crossing::Above => (Verdict::Always, None),
            Crossing::Below => (Verdict::Never, None),
        };
        let half = half_width(run, over);
        let band = half.and_then(|half| self.band(apart, (run.mean, half), self.share(crossing)));
        let (low, high) = band.unzip();
        let quantile = z.map(|z| self.quantile(z));
        Some(BreakEven {
            attempts,
            awareness,
            verdict,
            appeal: z.map(|z| self.mean + self.sd * z),
            quantile,
            quantile_low: low,
            quantile_high: high,
            words: self.words(verdict, z, quantile, low.zip(high)),
            alike: self.alike(verdict, z),
        })
    }

    /// Where the mean over the draws, but for one of them, rises above zero if the run's mean is `run`.
    fn crossing(&self, apart: &[Vec<f64>], run: f64, without: Option<usize>) -> Option<Crossing> {
        let kept = || (0..apart.len()).filter(|&d| Some(d) != without);
        let count = kept().count() as f64;
        let mean = |level: usize| run + kept().map(|d| apart[d][level]).sum::<f64>() / count;
        let means: Vec<f64> = (0..self.values.len()).map(mean).collect();
        rises_above_zero(&self.values, &means)
    }

    /// A crossing as a quantile; below the range 0, above it 1.
    fn share(&self, crossing: Crossing) -> f64 {
        match crossing {
            Crossing::At(z) => self.quantile(z),
            Crossing::Above => 0.0,
            Crossing::Below => 1.0,
        }
    }

    /// A band of 95 % around a break-even quantile, `[eq:jackknife]`: by leaving out one draw at a time, and by the run's mean at both
    /// ends of its own interval, of half the width `half`; none of one draw.
    fn band(
        &self,
        apart: &[Vec<f64>],
        (run, half): (f64, f64),
        quantile: f64,
    ) -> Option<(f64, f64)> {
        let count = apart.len();
        let critical = critical_value(count, LEVEL)?;
        // More money is an earlier break-even.
        let easier = self.share(self.crossing(apart, run + half, None)?);
        let harder = self.share(self.crossing(apart, run - half, None)?);
        let left_out = (0..count).map(|d| Some(self.share(self.crossing(apart, run, Some(d))?)));
        let left_out: Vec<f64> = left_out.collect::<Option<_>>()?;
        let middle = left_out.iter().sum::<f64>() / count as f64;
        let squares: f64 = left_out.iter().map(|x| (x - middle) * (x - middle)).sum();
        let of_draws = critical * (squares * (count as f64 - 1.0) / count as f64).sqrt();
        let low = quantile - root_of_squares(of_draws, (quantile - easier).max(0.0));
        let high = quantile + root_of_squares(of_draws, (harder - quantile).max(0.0));
        Some((low.max(0.0), high.min(1.0)))
    }

    /// What a row says, with its band: a verdict is no firmer than what it rests on.
    fn words(
        &self,
        verdict: Verdict,
        z: Option<f64>,
        quantile: Option<f64>,
        band: Option<(f64, f64)>,
    ) -> String {
        let said = self.alike(verdict, z);
        let (lowest, highest) = RANGE;
        let Some((from, to)) = band else {
            return said;
        };
        if from <= lowest && to >= highest {
            return format!(
                "by the means {said}, but what is known leaves every appeal of the range possible: where it breaks even cannot be told"
            );
        }
        let shown = words::percent;
        match (verdict, quantile) {
            (Verdict::At, Some(quantile)) => format!(
                "{said}: better than {} of what its reference class says (what is known leaves {} to {})",
                shown(quantile),
                shown(from),
                shown(to)
            ),
            (Verdict::Always, _) if to > lowest => {
                format!(
                    "{said} (what is known leaves a break-even at up to {})",
                    shown(to)
                )
            }
            (Verdict::Never, _) if from < highest => {
                format!(
                    "{said} (what is known leaves a break-even from {} on)",
                    shown(from)
                )
            }
            _ => said,
        }
    }

    /// What a row says without its figures.
    fn alike(&self, verdict: Verdict, z: Option<f64>) -> String {
        let (low, high) = (words::percent(RANGE.0), words::percent(RANGE.1));
        match (verdict, z) {
            (Verdict::At, Some(z)) => self.as_good_as(z),
            (Verdict::Always, _) => format!(
                "in the whole range: even if the brand is better than only {low} of what its reference class says"
            ),
            _ => format!(
                "nowhere in the range: not even if the brand is better than {high} of what its reference class says"
            ),
        }
    }

    /// `if the brand is about as good as Alpha`, `if the brand lies between Alpha and Beta`.
    fn as_good_as(&self, z: f64) -> String {
        let appeal = self.mean + self.sd * z;
        let distance = |member: &&Member| (member.appeal - appeal).abs();
        let mut members = self.members.iter();
        let alike = |member: &&Member| distance(member) <= ALIKE * self.sd;
        let nearest = members.clone().filter(alike);
        if let Some(nearest) = nearest.min_by(|a, b| distance(a).total_cmp(&distance(b))) {
            return format!(
                "if the brand is at least about as good as {}",
                nearest.title
            );
        }
        let above = members.clone().find(|member| member.appeal > appeal);
        let below = members.rfind(|member| member.appeal <= appeal);
        match (below, above) {
            (Some(below), Some(above)) => {
                format!(
                    "if the brand lies between {} and {} or higher",
                    below.title, above.title
                )
            }
            (Some(best), None) => {
                format!(
                    "only if the brand is better than {}, the best of its class",
                    best.title
                )
            }
            (None, Some(worst)) => {
                format!(
                    "even if the brand is worse than {}, the least of its class",
                    worst.title
                )
            }
            (None, None) => "if the brand is good enough".to_owned(),
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
        ReferenceMember::Product(product) => {
            let product = &scenario.products[product];
            (&product.id, product.title.as_str())
        }
    };
    (id.clone(), words::title(title, id))
}
