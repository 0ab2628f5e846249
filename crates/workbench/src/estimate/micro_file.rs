//! `[micro]` of `problem.toml`: surveys and what they say.

use crate::counterfactual::numbers::{AboveZero, Bare, Real};
use crate::reader::{Text, choice, record};

record! {
    /// Surveys of people and what they chose, beside the markets' shares.
    MicroFile {
        /// Surveys.
        surveys: Vec<Survey>,
        /// What they say, and the model must reproduce.
        moments: Vec<Moment>,
        /// Table of the covariance of the observed values, a column and a row for each moment in their order: what the surveys have instead of what the model implies.
        covariance: Option<Text>,
    }
}

record! {
    /// A survey.
    Survey {
        /// Its name.
        name: Text,
        /// How many people it asked.
        people: Bare<AboveZero>,
        /// Whom it asked.
        asked: Asked = "\"everybody\"",
        /// Markets that it covers, by their ids as text; all if not given.
        markets: Vec<Text>,
    }
}

choice! {
    /// Whom a survey asked.
    Asked {
        /// Everybody, people who bought nothing too.
        Everybody = "everybody",
        /// People who bought.
        Buyers = "buyers",
        /// People who bought, and what they would have bought instead.
        SecondChoices = "second_choices",
    }
}

record! {
    /// A mean over a survey, of a number of the person times a number of what the person chose; with `among` the mean of that divided by another, with
    /// `statistic` the covariance of the two numbers.
    Moment {
        /// Its name.
        name: Text,
        /// Name of the survey.
        survey: Text,
        /// What the survey says.
        observed: Bare<Real>,
        /// Number of the person, from columns of the table of people: `age`, `log(income)`; 1 if not given.
        person: Option<Text>,
        /// Number of the product chosen, from columns of the table of products: `minivan`; 1 if not given.
        product: Option<Text>,
        /// The same of buying nothing.
        nothing: Bare<Real> = "0",
        /// Number of the product chosen, where second choices are asked for.
        first: Option<Text>,
        /// Number of the second choice.
        second: Option<Text>,
        /// What is compared.
        statistic: Statistic = "\"mean\"",
        /// Among whom the mean is taken: the mean is divided by that of these numbers.
        among: Option<Among>,
    }
}

record! {
    /// Whom a mean is taken among.
    Among {
        /// Number of the person, such as 1 for those who count and 0 for others; 1 if not given.
        person: Option<Text>,
        /// Number of the product chosen; 1 if not given.
        product: Option<Text>,
        /// The same of buying nothing.
        nothing: Bare<Real> = "0",
    }
}

choice! {
    /// Statistics of a survey.
    Statistic {
        /// A mean.
        Mean = "mean",
        /// The covariance of `person` and `product`, with `nothing` as the product's number of those who bought nothing.
        Covariance = "covariance",
    }
}
