//! What a fit says becomes assumptions and targets: parameters with their covariance, shares, the aggregate elasticity.

use super::fit::{Matched, takes_nest};
use super::{AsWritten, Resolver};
use crate::estimate::Stored;
use crate::quantity::Written;
use crate::reader::DefaultUsed;
use crate::scenario::fit::{FitSection, ParametersWord};
use crate::units::Kind;
use beachhead_engine::estimate::{OneMarket, Place as Where};
use beachhead_engine::futures::distribution::Distribution;
use beachhead_engine::scenario::{
    FitDemand, FitParameter, Handle, Measure, Origin, ProductGroup, Target,
};

/// Variance that is left of a parameter, as a share of its own, below which it follows from those before it.
const NOTHING_LEFT: f64 = 1e-12;

impl Resolver<'_, '_> {
    /// Parameters as assumptions, and the Cholesky factor of their correlations.
    pub(super) fn parameters_of(
        &mut self,
        section: &FitSection,
        stored: &Stored,
        source: &OneMarket,
    ) -> Option<(Vec<FitParameter>, Vec<f64>)> {
        let places = source.places();
        let (errors, correlation) = match self.is_drawn(section) {
            false => (vec![0.0; places.len()], Vec::new()),
            true => self.uncertainty(section, stored, source, &places)?,
        };
        let parameters = places.iter().zip(&errors);
        let parameters = parameters
            .map(|(place, error)| self.parameter(section, stored, source, *place, *error))
            .collect();
        Some((parameters, correlation))
    }

    /// Standard errors, (K,), and the Cholesky factor of correlations; parameters that were held have none.
    fn uncertainty(
        &mut self,
        section: &FitSection,
        stored: &Stored,
        source: &OneMarket,
        places: &[Where],
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let rows: Vec<Option<usize>> = places
            .iter()
            .map(|place| stored.covariance.position(place.kind, &source.name(*place)))
            .collect();
        let count = places.len();
        let found = |at: usize| match (rows[at / count], rows[at % count]) {
            (Some(a), Some(b)) => stored.covariance.at(a, b),
            _ => Some(0.0),
        };
        let covariance: Option<Vec<f64>> = (0..count * count).map(found).collect();
        let covariance = covariance.filter(|_| rows.iter().any(Option::is_some));
        let Some(covariance) = covariance else {
            let found = "a fit without a covariance of its parameters";
            let expected = "standard errors in fit.json, from which draws are taken; or `parameters = \"fixed\"`";
            self.error(section.folder.place, found, expected);
            return None;
        };
        let error = |k: usize| covariance[k * count + k].max(0.0).sqrt();
        let errors: Vec<f64> = (0..count).map(error).collect();
        let correlation = cholesky(&covariance, &errors);
        Some((errors, correlation))
    }

    fn is_drawn(&mut self, section: &FitSection) -> bool {
        match section.parameters {
            Some(word) => word == ParametersWord::Drawn,
            None => {
                self.reader.defaults.push(DefaultUsed {
                    name: "demand.fit.parameters".to_owned(),
                    value: "\"drawn\"".to_owned(),
                });
                true
            }
        }
    }

    fn parameter(
        &mut self,
        section: &FitSection,
        stored: &Stored,
        source: &OneMarket,
        place: Where,
        error: f64,
    ) -> FitParameter {
        let estimate = stored.estimate(place);
        let block = crate::estimate::block(place.kind);
        let name = format!("demand.fit.{block}.{}", source.name(place));
        let distribution = if error > 0.0 {
            Distribution::Normal {
                mean: estimate,
                sd: error,
            }
        } else {
            Distribution::Point(estimate)
        };
        FitParameter {
            value: self.derived(section, &name, Kind::Number, distribution, "of the fit"),
            estimate,
            standard_error: error,
        }
    }

    /// A number that the fit says.
    fn derived(
        &mut self,
        section: &FitSection,
        name: &str,
        kind: Kind,
        distribution: Distribution,
        why: &str,
    ) -> Handle {
        let note = section.note.as_ref().map_or("", |note| note.text.as_str());
        let text = distribution.centre().to_string();
        let note = [why, note].into_iter().filter(|part| !part.is_empty());
        self.add(&Written {
            name: name.to_owned(),
            conversion: kind.base_conversion(),
            text,
            note: Some(note.collect::<Vec<_>>().join("; ")),
            source: section.source.clone(),
            origin: Origin::Derived,
            is_poison: false,
            distribution,
            place: section.place,
            ..Written::poison(kind)
        })
    }

    /// The fit's market shares among buyers, as targets of the intercepts of its products.
    pub(super) fn share_targets(
        &mut self,
        section: &FitSection,
        source: &OneMarket,
        matched: &Matched,
        scenario_product: impl Fn(usize) -> usize,
        groups: &mut Vec<ProductGroup>,
        targets: &mut Vec<Target>,
    ) {
        let sold: f64 = source.shares().iter().sum();
        let location = self.reader.files.location(section.place);
        let mut order: Vec<(usize, f64)> = matched
            .known
            .iter()
            .zip(source.shares())
            .map(|(&j, share)| (scenario_product(j), share / sold))
            .collect();
        order.sort_by_key(|(product, _)| *product);
        let last = order.len().saturating_sub(1);
        for (at, (product, share)) in order.into_iter().enumerate() {
            let id = self.names.products[product].clone();
            let name = format!("share_of_sales.{id}");
            let why = "share of what is sold in the market of the fit";
            let wanted = self.derived(
                section,
                &format!("calibration.{name}"),
                Kind::Share,
                Distribution::Point(share),
                why,
            );
            groups.push(ProductGroup {
                id,
                products: vec![product],
            });
            targets.push(Target {
                name,
                measure: Measure::SalesShareOfGroup(groups.len() - 1),
                wanted,
                is_base: at == last,
                location: location.clone(),
            });
        }
    }

    /// The fit's aggregate elasticity as a target of the buy/keep nest, where nothing else says that.
    pub(super) fn elasticity_target(
        &mut self,
        written: &AsWritten,
        section: &FitSection,
        fit: &FitDemand,
        targets: &mut Vec<Target>,
    ) -> Option<Handle> {
        let horizon = self.whole_months(&section.period);
        if !takes_nest(&written.file) || section.period.is_poison {
            return None;
        }
        let at: Vec<f64> = fit.parameters.iter().map(|p| p.estimate).collect();
        let found = fit.source.at(&at);
        let elasticity = fit.source.aggregate_elasticity(&found);
        if !elasticity.is_finite() || elasticity >= 0.0 {
            let text = format!(
                "a fit whose sales answer to all prices by an elasticity of {}",
                crate::run::words::figure(elasticity)
            );
            let expected = "one below 0; or `demand.buy_keep_nest`, which it would solve";
            self.error(section.folder.place, text, expected);
            return None;
        }
        let name = "category_price_elasticity";
        let why =
            "aggregate elasticity in the market of the fit, anew in each draw of its parameters";
        let wanted = self.derived(
            section,
            &format!("calibration.{name}"),
            Kind::Number,
            Distribution::Point(elasticity),
            why,
        );
        targets.push(Target {
            name: name.to_owned(),
            measure: Measure::CategoryPriceElasticity { horizon },
            wanted: wanted.clone(),
            is_base: false,
            location: self.reader.files.location(section.period.place),
        });
        Some(wanted)
    }
}

/// Lower triangle of the Cholesky factor of correlations, row by row. Where rounding leaves nothing of a
/// parameter, it follows from those before it.
fn cholesky(covariance: &[f64], errors: &[f64]) -> Vec<f64> {
    let count = errors.len();
    let at = |r: usize, c: usize| r * (r + 1) / 2 + c;
    let mut factor = vec![0.0; at(count, 0)];
    for place in 0..count * count {
        let (r, c) = (place / count, place % count);
        if c > r {
            continue;
        }
        let scale = errors[r] * errors[c];
        let correlation = match scale > 0.0 {
            true => covariance[place] / scale,
            false => f64::from(u8::from(r == c)),
        };
        let before: f64 = (0..c).map(|k| factor[at(r, k)] * factor[at(c, k)]).sum();
        let left = correlation - before;
        let above = factor[at(c, c)];
        factor[at(r, c)] = if r == c && left > NOTHING_LEFT {
            left.sqrt()
        } else if r != c && above > 0.0 {
            left / above
        } else {
            0.0
        };
    }
    factor
}
