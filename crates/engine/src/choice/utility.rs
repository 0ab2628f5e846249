//! Exponentials of utilities, `[eq:utility]` and `[eq:crowding]`, and their sums by brand and network.

use super::market::Market;
use super::offers::Offers;
use super::parameters::Parameters;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::vector::exponentials;
use std::ops::Range;

/// Utilities above this count as this: sums of their exponentials, times loyalty, stay finite. On a
/// logit scale nobody hesitates long before.
const LARGEST_UTILITY: f64 = 300.0;

/// `e^V` of every offer for every type, and group sums. `I` types, `O` offers, `F` brands, `C` networks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attraction {
    /// `E_io` for a consumer on `c` who stays on `c`, (I, O, C); 0 where the offer does not apply.
    pub own: Vec<f64>,
    /// `E_io` for a consumer who comes from another network to this shop, (I, O); 0 for other channels.
    pub other: Vec<f64>,
    /// Sums of `own` paid at once, (I, F, C).
    pub own_at_once: Vec<f64>,
    /// Sums of `own` paid in instalments, (I, F, C).
    pub own_financed: Vec<f64>,
    /// Sums of `other` by the network come to, (I, F, C).
    pub by_switching: Vec<f64>,
    /// Choice-weighted mean price of financed offers, `[eq:mean_price]`, (I, F, C); not a number where there are none.
    pub financed_price: Vec<f64>,
}

impl Attraction {
    /// Attractions of `offers` under `parameters` with `trust` by brand (F,).
    pub fn new(
        market: &Market,
        parameters: &Parameters,
        offers: &Offers,
        trust: &[f64],
        dispatch: Dispatch,
    ) -> Self {
        let mut attraction = Self::default();
        attraction.update(market, parameters, offers, trust, dispatch);
        attraction
    }

    /// The same, into memory that is already there.
    pub fn update(
        &mut self,
        market: &Market,
        parameters: &Parameters,
        offers: &Offers,
        trust: &[f64],
        dispatch: Dispatch,
    ) {
        let (types, count, networks) = (market.tastes.len(), offers.len(), market.networks.len());
        let groups = types * market.brands * networks;
        reset(&mut self.own, types * count * networks);
        reset(&mut self.other, types * count);
        reset(&mut self.own_at_once, groups);
        reset(&mut self.own_financed, groups);
        reset(&mut self.by_switching, groups);
        reset(&mut self.financed_price, groups);
        let channel_value: Vec<f64> = parameters
            .channel_intercept
            .iter()
            .map(|&eta| libm::exp(eta))
            .collect();
        let mut exponential = vec![0.0; count];
        let mut product_value = vec![0.0; market.products.len()];
        for i in 0..types {
            product_values(market, parameters, trust, i, &mut product_value);
            exponents(
                market,
                parameters,
                offers,
                i,
                &product_value,
                &mut exponential,
            );
            exponentials(dispatch, &mut exponential);
            let crowd = Crowding {
                channel_value: &channel_value,
                omega: parameters.crowding,
            };
            self.add_type(market, &crowd, offers, i, &exponential);
        }
        for (price, weight) in self.financed_price.iter_mut().zip(&self.own_financed) {
            *price /= *weight;
        }
    }

    /// Applies compatibility and crowding for type `i`, and sums by group.
    fn add_type(
        &mut self,
        market: &Market,
        crowd: &Crowding,
        offers: &Offers,
        i: usize,
        exponential: &[f64],
    ) {
        let (count, networks) = (offers.len(), market.networks.len());
        for range in offers.by_product() {
            let product = &market.products[offers.product[range.start]];
            for c in 0..networks {
                let compatibility = product.compatibility[c];
                if compatibility == 0.0 {
                    continue;
                }
                let group = (i * market.brands + product.brand) * networks + c;
                let shop = |o: usize| market.shop_of[offers.channel[o]] == Some(c);
                let open_to = |o: usize| market.shop_of[offers.channel[o]].is_none_or(|n| n == c);
                let own = compatibility * crowd.factor(offers, range.clone(), exponential, open_to);
                let other = compatibility * crowd.factor(offers, range.clone(), exponential, shop);
                for o in range
                    .clone()
                    .filter(|&o| open_to(o) && exponential[o] > 0.0)
                {
                    let value = exponential[o] * own;
                    self.own[(i * count + o) * networks + c] = value;
                    if shop(o) {
                        self.other[i * count + o] = exponential[o] * other;
                        self.by_switching[group] += exponential[o] * other;
                    }
                    if shop(o) && market.is_financed(c) {
                        self.own_financed[group] += value;
                        self.financed_price[group] += value * offers.price[o];
                    } else {
                        self.own_at_once[group] += value;
                    }
                }
            }
        }
    }
}

fn reset(values: &mut Vec<f64>, length: usize) {
    values.clear();
    values.resize(length, 0.0);
}

/// `x_j·β_i + ξ_j + b_if + τ_f`, (J,).
fn product_values(
    market: &Market,
    parameters: &Parameters,
    trust: &[f64],
    i: usize,
    out: &mut [f64],
) {
    let tastes = &market.tastes;
    let quality =
        parameters.hedonic_scale * parameters.price_coefficient * tastes.quality_factor[i];
    for (j, product) in market.products.iter().enumerate() {
        let f = product.brand;
        let image = parameters.brand_intercept[f]
            + parameters.brand_spread * tastes.brand_node[i * market.brands + f];
        let own = product.appeal + parameters.product_intercept[j];
        out[j] = quality * product.hedonic + own + image + trust[f];
    }
}

/// The exponent of every offer without compatibility and crowding; −∞ where the type has no reach.
fn exponents(
    market: &Market,
    parameters: &Parameters,
    offers: &Offers,
    i: usize,
    product_value: &[f64],
    out: &mut [f64],
) {
    let tastes = &market.tastes;
    let alpha = parameters.price_coefficient * tastes.price_factor[i];
    let channels = market.shop_of.len();
    let annuity = &market.annuity[tastes.segment[i] * market.networks.len()..];
    for o in 0..offers.len() {
        let k = offers.channel[o];
        let factor = market.shop_of[k].map_or(1.0, |network| annuity[network]);
        out[o] = if tastes.reach[i * channels + k] {
            let value = product_value[offers.product[o]] - alpha * (offers.price[o] * factor)
                + parameters.channel_intercept[k];
            value.min(LARGEST_UTILITY)
        } else {
            f64::NEG_INFINITY
        };
    }
}

/// What `[eq:crowding]` needs: `e^{η_k}` (K,) and ω.
struct Crowding<'a> {
    channel_value: &'a [f64],
    omega: f64,
}

impl Crowding<'_> {
    /// `(n^eff)^{−ω}` of a product over the reached offers that count.
    fn factor(
        &self,
        offers: &Offers,
        range: Range<usize>,
        exponential: &[f64],
        counts: impl Fn(usize) -> bool,
    ) -> f64 {
        let (mut sum, mut best) = (0.0, 0.0_f64);
        for o in range {
            if exponential[o] > 0.0 && counts(o) {
                let value = self.channel_value[offers.channel[o]];
                sum += value;
                best = best.max(value);
            }
        }
        if best == 0.0 || self.omega == 0.0 {
            1.0
        } else if self.omega == 1.0 {
            best / sum
        } else {
            libm::pow(best / sum, self.omega)
        }
    }
}
