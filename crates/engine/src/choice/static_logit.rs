//! The static limit: a mixed logit with an outside good, which the months must reach when nothing
//! carries over (McFadden & Train 2000).

/// Market shares of a mixed logit, (J,): `Σ_i w_i e^{V_ij} / (1 + Σ_l e^{V_il})`.
///
/// `weight` (I,), `utility` (I, J) row by row.
pub fn shares(weight: &[f64], utility: &[f64]) -> Vec<f64> {
    let products = if weight.is_empty() {
        0
    } else {
        utility.len() / weight.len()
    };
    let mut shares = vec![0.0; products];
    for (w, row) in weight.iter().zip(utility.chunks_exact(products.max(1))) {
        // Shifted by the largest utility, so that no exponential overflows.
        let largest = row.iter().copied().fold(0.0, f64::max);
        let inside: f64 = row.iter().map(|v| libm::exp(v - largest)).sum();
        let sum = inside + libm::exp(-largest);
        for (share, v) in shares.iter_mut().zip(row) {
            *share += w * libm::exp(v - largest) / sum;
        }
    }
    shares
}

/// Elasticities of shares with respect to prices, (J, J) row by row: row `j`, column `l` is
/// `∂ ln s_j / ∂ ln p_l`, with `α_i` (I,) and prices (J,).
pub fn price_elasticities(
    weight: &[f64],
    utility: &[f64],
    alpha: &[f64],
    price: &[f64],
) -> Vec<f64> {
    let products = price.len();
    let total = shares(weight, utility);
    let mut elasticity = vec![0.0; products * products];
    for (i, row) in utility.chunks_exact(products.max(1)).enumerate() {
        let own = shares(&[1.0], row);
        for j in 0..products {
            for l in 0..products {
                let same = if j == l { 1.0 } else { 0.0 };
                let derivative = -alpha[i] * own[j] * (same - own[l]);
                elasticity[j * products + l] += weight[i] * derivative * price[l] / total[j];
            }
        }
    }
    elasticity
}
