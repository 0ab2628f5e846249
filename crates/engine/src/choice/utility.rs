//! Exponentials of utilities, `[eq:utility]` and `[eq:crowding]`, and their sums by brand and network.

use super::market::Market;
use super::offers::Offers;
use super::parameters::Parameters;
use super::tastes::Imported;
use crate::numerics::dispatch::Dispatch;
use crate::numerics::vector::exponentials;

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
    /// Sums of `by_switching` over all networks but the one a consumer is on, (I, F, C).
    pub elsewhere: Vec<f64>,
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
        self.own.resize(types * count * networks, 0.0);
        self.other.resize(types * count, 0.0);
        self.own_at_once.resize(groups, 0.0);
        self.own_financed.resize(groups, 0.0);
        self.by_switching.resize(groups, 0.0);
        self.elsewhere.resize(groups, 0.0);
        self.financed_price.resize(groups, 0.0);
        let every_brand = vec![true; market.brands];
        self.compute(market, parameters, offers, trust, &every_brand, dispatch);
    }

    /// The same as [`Attraction::update`] where nothing but the trust of some brands has changed since:
    /// what others offer stays as it is. `moved` (F,) says whose trust it is.
    pub fn update_brands(
        &mut self,
        market: &Market,
        parameters: &Parameters,
        offers: &Offers,
        trust: &[f64],
        moved: &[bool],
        dispatch: Dispatch,
    ) {
        self.compute(market, parameters, offers, trust, moved, dispatch);
    }

    /// Everything about the brands `of`, over all types.
    fn compute(
        &mut self,
        market: &Market,
        parameters: &Parameters,
        offers: &Offers,
        trust: &[f64],
        of: &[bool],
        dispatch: Dispatch,
    ) {
        let channel_value: Vec<f64> = parameters
            .channel_intercept
            .iter()
            .map(|&eta| libm::exp(eta))
            .collect();
        let which: Vec<usize> = (0..offers.len())
            .filter(|&o| of[market.products[offers.product[o]].brand])
            .collect();
        let mut exponential = vec![0.0; which.len()];
        let mut product_value = vec![0.0; market.products.len()];
        let visits = Visits::new(market, parameters, offers, &which, &channel_value);
        for i in 0..market.tastes.len() {
            product_values(market, parameters, trust, i, &mut product_value);
            exponents(
                market,
                parameters,
                offers,
                &which,
                i,
                &product_value,
                &mut exponential,
            );
            exponentials(dispatch, &mut exponential);
            self.clear_type(market, offers.len(), &which, of, i);
            self.add_type(market, &visits, of, i, &exponential, offers.len());
        }
    }

    /// Nothing is on offer by the brands `of`, whose offers are `which`, to type `i`.
    fn clear_type(
        &mut self,
        market: &Market,
        count: usize,
        which: &[usize],
        of: &[bool],
        i: usize,
    ) {
        let networks = market.networks.len();
        for &o in which {
            let at = i * count + o;
            self.own[at * networks..(at + 1) * networks].fill(0.0);
            self.other[at] = 0.0;
        }
        for f in (0..market.brands).filter(|&f| of[f]) {
            let at = (i * market.brands + f) * networks;
            let group = at..at + networks;
            self.own_at_once[group.clone()].fill(0.0);
            self.own_financed[group.clone()].fill(0.0);
            self.by_switching[group.clone()].fill(0.0);
            self.financed_price[group].fill(0.0);
        }
    }

    /// Applies compatibility and crowding for type `i`, and sums by group.
    fn add_type(
        &mut self,
        market: &Market,
        visits: &Visits,
        of: &[bool],
        i: usize,
        exponential: &[f64],
        count: usize,
    ) {
        let networks = market.networks.len();
        let groups = i * market.brands * networks..(i + 1) * market.brands * networks;
        let at_once = &mut self.own_at_once[groups.clone()];
        let financed = &mut self.own_financed[groups.clone()];
        let switching = &mut self.by_switching[groups.clone()];
        let price = &mut self.financed_price[groups.clone()];
        let own = &mut self.own[i * count * networks..(i + 1) * count * networks];
        let other = &mut self.other[i * count..(i + 1) * count];
        for cell in &visits.cells {
            let offers = &visits.offers[cell.first..cell.end];
            let (mut all, mut shops) = (Crowd::default(), Crowd::default());
            for visit in offers.iter().filter(|visit| exponential[visit.at] > 0.0) {
                all.add(visit.channel_value);
                if visit.in_shop {
                    shops.add(visit.channel_value);
                }
            }
            let of_all = cell.compatibility * all.factor(visits.omega);
            let of_shops = cell.compatibility * shops.factor(visits.omega);
            let group = cell.brand * networks + cell.network;
            for visit in offers.iter().filter(|visit| exponential[visit.at] > 0.0) {
                let value = exponential[visit.at] * of_all;
                own[visit.offer * networks + cell.network] = value;
                if visit.in_shop {
                    let coming = exponential[visit.at] * of_shops;
                    other[visit.offer] = coming;
                    switching[group] += coming;
                }
                if visit.financed {
                    financed[group] += value;
                    price[group] += value * visit.price;
                } else {
                    at_once[group] += value;
                }
            }
        }
        let elsewhere = &mut self.elsewhere[groups];
        for f in (0..market.brands).filter(|&f| of[f]) {
            let of_brand = f * networks..(f + 1) * networks;
            let from = &switching[of_brand.clone()];
            for (c, to) in elsewhere[of_brand.clone()].iter_mut().enumerate() {
                *to = (0..networks).filter(|&d| d != c).map(|d| from[d]).sum();
            }
            for at in of_brand {
                price[at] /= financed[at];
            }
        }
    }
}

/// Which offers of a product serve consumers who end up on a network: the same for all types.
struct Visits {
    cells: Vec<Cell>,
    offers: Vec<Visit>,
    omega: f64,
}

/// A product on a network that it works on.
struct Cell {
    brand: usize,
    network: usize,
    compatibility: f64,
    /// Range of `Visits::offers`.
    first: usize,
    end: usize,
}

struct Visit {
    offer: usize,
    /// Place among the offers that are computed.
    at: usize,
    price: f64,
    /// `e^{η_k}`.
    channel_value: f64,
    /// Whether the channel is the network's shop.
    in_shop: bool,
    /// Whether it is paid in instalments there.
    financed: bool,
}

impl Visits {
    fn new(
        market: &Market,
        parameters: &Parameters,
        offers: &Offers,
        which: &[usize],
        channel_value: &[f64],
    ) -> Self {
        let mut visits = Self {
            cells: Vec::new(),
            offers: Vec::new(),
            omega: parameters.crowding,
        };
        for range in offers.by_product() {
            // All offers of a brand are computed, or none.
            let Ok(at) = which.binary_search(&range.start) else {
                continue;
            };
            let product = &market.products[offers.product[range.start]];
            for (network, &compatibility) in product.compatibility.iter().enumerate() {
                if compatibility == 0.0 {
                    continue;
                }
                let first = visits.offers.len();
                visits.offers.extend(range.clone().filter_map(|offer| {
                    let channel = offers.channel[offer];
                    let shop = market.shop_of[channel];
                    shop.is_none_or(|shop| shop == network).then(|| Visit {
                        offer,
                        at: at + offer - range.start,
                        price: offers.price[offer],
                        channel_value: channel_value[channel],
                        in_shop: shop.is_some(),
                        financed: market.gives_instalments(offers, offer),
                    })
                }));
                visits.cells.push(Cell {
                    brand: product.brand,
                    network,
                    compatibility,
                    first,
                    end: visits.offers.len(),
                });
            }
        }
        visits
    }
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
        // [eq:part_worth]
        let worth = match &tastes.imported {
            Some(Imported::Study(study)) => {
                parameters.price_coefficient * study.worth[i * study.products + j]
            }
            // [eq:fit_utility]
            Some(Imported::Fit(fit)) => fit.worth[i * fit.products + j],
            None => quality * product.hedonic,
        };
        out[j] = worth + own + image + trust[f];
    }
}

/// The exponents of offers without compatibility and crowding; −∞ where the type has no reach.
fn exponents(
    market: &Market,
    parameters: &Parameters,
    offers: &Offers,
    which: &[usize],
    i: usize,
    product_value: &[f64],
    out: &mut [f64],
) {
    let tastes = &market.tastes;
    let alpha = parameters.price_coefficient * tastes.price_factor[i];
    let channels = market.shop_of.len();
    let annuity = &market.annuity[tastes.segment[i] * market.networks.len()..];
    for (out, &o) in out.iter_mut().zip(which) {
        let k = offers.channel[o];
        let shop = market.shop_of[k].filter(|_| !offers.at_once[o]);
        let factor = shop.map_or(1.0, |network| annuity[network]);
        *out = if tastes.reach[i * channels + k] {
            let paid = offers.price[o] * factor;
            let loss = match &tastes.imported {
                Some(Imported::Study(study)) => {
                    -parameters.price_coefficient * study.price_worth_at(i, paid)
                }
                Some(Imported::Fit(fit)) => fit.price[i] * paid,
                None => alpha * paid,
            };
            let value = product_value[offers.product[o]] - loss + parameters.channel_intercept[k];
            value.min(LARGEST_UTILITY)
        } else {
            f64::NEG_INFINITY
        };
    }
}

/// What `[eq:crowding]` needs of the offers that count: sum and largest of `e^{η_k}`.
#[derive(Clone, Copy, Default)]
struct Crowd {
    sum: f64,
    best: f64,
}

impl Crowd {
    #[inline(always)]
    fn add(&mut self, channel_value: f64) {
        self.sum += channel_value;
        self.best = self.best.max(channel_value);
    }

    /// `(n^eff)^{−ω}`.
    #[inline(always)]
    fn factor(self, omega: f64) -> f64 {
        if self.best == self.sum || omega == 0.0 {
            1.0
        } else if omega == 1.0 {
            self.best / self.sum
        } else {
            libm::pow(self.best / self.sum, omega)
        }
    }
}
