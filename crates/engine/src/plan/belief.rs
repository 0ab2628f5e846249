//! What a firm believes about its brand's appeal, and how signals change it.
//!
//! Three quantities are jointly normal: the appeal `b` of the durable, the deviation `x = b_acc − b̄_acc` of the complements'
//! appeal from its mean, and `a`, by how much the firm's own forecast of complements is wrong in every month alike. Signals are linear in them with normal noise, so that the posterior is normal again and exact
//! (Kalman 1960; for normal means DeGroot 1970, chapter 9). Signals may come in any order and number.

use serde::Serialize;

/// A joint normal belief about the appeal of the durable and that of complements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// Means of (b, x, a), utility; the last one of the logarithm of units.
    mean: [f64; 3],
    /// Covariance of (b, x, a).
    covariance: [[f64; 3]; 3],
}

/// How the appeal of the durable goes with that of complements: `b = c0 + c1·b_acc + u`, `[eq:relation]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relation {
    /// c1 > 0.
    pub slope: f64,
    /// σ_u > 0: what the durable's appeal is on its own.
    pub spread: f64,
}

impl Relation {
    /// Standard deviation of `b_acc` that makes that of `b` the given one; 0 where `u` alone is more than that.
    #[must_use]
    pub fn complement_sd(&self, appeal_sd: f64) -> f64 {
        let explained = appeal_sd * appeal_sd - self.spread * self.spread;
        libm::sqrt(explained.max(0.0)) / self.slope
    }

    /// The deviation `x` of the complements' appeal, where the durable's lies `z` standard deviations from its mean, with an
    /// independent standard normal of its own, `[eq:relation]`.
    #[must_use]
    pub fn complement_deviation(&self, appeal_sd: f64, z: f64, own: f64) -> f64 {
        let sd = self.complement_sd(appeal_sd);
        if sd <= 0.0 {
            return 0.0;
        }
        // Correlation of b and x.
        let together = (self.slope * sd / appeal_sd).min(1.0);
        sd * (together * z + libm::sqrt(1.0 - together * together) * own)
    }
}

impl Belief {
    /// Before any signal: the mean and standard deviation of the reference class. Without a relation complements tell nothing.
    #[must_use]
    pub fn prior(mean: f64, sd: f64, relation: Option<Relation>) -> Self {
        let (slope, complement_sd) = relation.map_or((0.0, 0.0), |relation| {
            (relation.slope, relation.complement_sd(sd))
        });
        let variance = complement_sd * complement_sd;
        Self {
            mean: [mean, 0.0, 0.0],
            covariance: [
                [sd * sd, slope * variance, 0.0],
                [slope * variance, variance, 0.0],
                [0.0; 3],
            ],
        }
    }

    /// The same of a firm whose forecast of complements' units is off by a factor `e^a` with `a ~ N(0, sd²)`, the same in every
    /// month: it cannot tell a poor forecast from a poor brand, however long it sells, `[eq:forecast_error]`.
    #[must_use]
    pub fn with_forecast_error(mut self, sd: f64) -> Self {
        self.covariance[2][2] = sd * sd;
        self
    }

    /// Posterior mean of the durable's appeal, utility.
    #[must_use]
    pub fn appeal_mean(&self) -> f64 {
        self.mean[0]
    }

    /// Its posterior standard deviation, utility.
    #[must_use]
    pub fn appeal_sd(&self) -> f64 {
        libm::sqrt(self.covariance[0][0].max(0.0))
    }

    /// A month of complements: `y = γ x + a + ε` with `ε ~ N(0, noise²)`, `[eq:signal]`.
    pub fn see_complements(&mut self, gain: f64, noise: f64, y: f64) {
        self.update([0.0, gain, 1.0], noise * noise, y);
    }

    /// Reviews of a month: their mean `y ~ N(b, noise²/count)`, `[eq:signal]`. None where nobody writes.
    pub fn see_reviews(&mut self, count: f64, noise: f64, y: f64) {
        if count > 0.0 {
            self.update([1.0, 0.0, 0.0], noise * noise / count, y);
        }
    }

    /// A study: `y ~ N(b, noise²)`, `[eq:study]`.
    pub fn see_study(&mut self, noise: f64, y: f64) {
        self.update([1.0, 0.0, 0.0], noise * noise, y);
    }

    /// One signal `y = h·(b, x, a) + noise` of a variance above 0, `[eq:posterior]`.
    fn update(&mut self, h: [f64; 3], variance: f64, y: f64) {
        let dot = |row: &[f64; 3]| row[0] * h[0] + row[1] * h[1] + row[2] * h[2];
        let with = self.covariance.map(|row| dot(&row));
        let total = dot(&with) + variance;
        let surprise = y - dot(&self.mean);
        for row in 0..3 {
            self.mean[row] += with[row] / total * surprise;
            for column in 0..3 {
                self.covariance[row][column] -= with[row] * with[column] / total;
            }
        }
    }
}
