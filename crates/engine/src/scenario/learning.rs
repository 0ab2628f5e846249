//! Signals from which a firm learns about its brand's appeal.

use super::Handle;
use serde::Serialize;

/// What an entrant learns from. Without any of it beliefs stay at the prior.
#[derive(Clone, Debug, Serialize)]
pub struct Learning {
    /// Sales of complements.
    pub complements: Option<ComplementSignal>,
    /// Reviews of new owners.
    pub reviews: Option<ReviewSignal>,
    /// Studies that plans pay for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studies: Option<StudySignal>,
}

/// Months in which complements sell, `[eq:signal]`.
#[derive(Clone, Debug, Serialize)]
pub struct ComplementSignal {
    /// c1: appeal of the durable for one of the complements' appeal.
    pub relation: Handle,
    /// σ_u: spread of the durable's appeal that complements know nothing of.
    pub spread: Handle,
    /// γ: logarithm of complement units for one of the complements' appeal.
    pub gain: Handle,
    /// Standard deviation of ε: how far a month's units stray from what was expected, in logarithms.
    pub noise: Handle,
    /// Standard normal: what the complements' appeal is on its own.
    pub appeal_z: Handle,
}

/// Reviews of new owners, `[eq:signal]`.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewSignal {
    /// σ_r of one review, utility.
    pub noise: Handle,
    /// Share of new owners who write one.
    pub share: Handle,
}

/// What a study says when it ends, `[eq:study]`.
#[derive(Clone, Debug, Serialize)]
pub struct StudySignal {
    /// Standard deviation of a study's result around the durable's appeal, utility.
    pub noise: Handle,
}
