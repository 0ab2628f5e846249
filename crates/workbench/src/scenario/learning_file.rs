//! Learning and comparisons in `scenario.toml` as written.

use crate::quantity::{Level, Measured, Money, NotNegative, Positive, Share};
use crate::reader::{Map, record};

record! {
    /// What an entrant learns about its appeal from; without it beliefs stay at the prior.
    LearningSection {
        /// Sales of complements.
        complements: Option<ComplementSignalTable>,
        /// Reviews by new owners.
        reviews: Option<ReviewSignalTable>,
        /// Studies that plans pay for.
        studies: Option<StudySignalTable>,
    }
}

record! {
    /// Months in which complements sell tell something about the durable.
    ComplementSignalTable {
        /// Appeal of the durable for one of the complements' appeal.
        relation: Measured<Positive>,
        /// Standard deviation of what the durable's appeal is on its own, utility. Without it a pilot would be overvalued.
        spread: Measured<Positive>,
        /// Logarithm of complement units for one of the complements' appeal.
        gain: Measured<NotNegative>,
        /// Standard deviation of a month's units around what was expected, in logarithms.
        noise: Measured<Positive>,
    }
}

record! {
    /// Reviews by new owners tell something about the durable.
    ReviewSignalTable {
        /// Standard deviation of one review, utility.
        noise: Measured<Positive>,
        /// Share of new owners who write one.
        share: Measured<Share>,
    }
}

record! {
    /// What a `study` says about the durable when it ends.
    StudySignalTable {
        /// Standard deviation of a study's result around the truth, utility.
        noise: Measured<Positive>,
    }
}

record! {
    /// When two plans differ. Certain numbers: they are choices, not assumptions.
    ComparisonSection {
        /// Probability with which the intervals of all pairs of plans hold at once, for one outcome.
        level: Measured<Level> = "0.95",
        /// Difference that matters to nobody, of outcomes in money.
        indifference: Measured<Money> = "0",
        /// The same by outcome, each in the outcome's own unit; for those in money instead of `indifference`.
        indifference_of: Map<Measured<NotNegative>>,
    }
}
