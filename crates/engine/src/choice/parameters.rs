//! The parameters of demand that calibration solves for or that a scenario gives.

use serde::Serialize;

/// One set of numbers for `[eq:utility]` to `[eq:keep]`. `F` brands, `J` durable products, `K` channels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameters {
    /// ᾱ, per unit of currency.
    pub price_coefficient: f64,
    /// ζ, currency of willingness to pay per unit of the hedonic value.
    pub hedonic_scale: f64,
    /// σ_b.
    pub brand_spread: f64,
    /// b_f, (F,).
    pub brand_intercept: Vec<f64>,
    /// Intercepts of groups of products, added to ξ, (J,).
    pub product_intercept: Vec<f64>,
    /// η_k, (K,).
    pub channel_intercept: Vec<f64>,
    /// ψ0, (segments,).
    pub keep: Vec<f64>,
    /// ψ_b, (F,).
    pub keep_offset: Vec<f64>,
    /// The same for those who own nothing.
    pub keep_offset_none: f64,
    /// ψ1, per month.
    pub ageing: f64,
    /// λ_b, (F,).
    pub loyalty: Vec<f64>,
    /// κ.
    pub switching_cost: f64,
    /// ϑ.
    pub nest: f64,
    /// ω.
    pub crowding: f64,
    /// υ.
    pub timing: f64,
}
