//! `fit.json`: what was estimated, how well, at what cost, what to know about it.

use super::bootstrap::BootstrapEntry;
use super::hypotheses::HypothesisEntry;
use super::read::Loaded;
use super::words;
use crate::run::{FORMAT, VERSION};
use beachhead_engine::estimate::{
    ChiSquareTest, Covariance, Ending, Fit, Kind, Method, MicroMoment, MicroStatistic, Optimiser,
    Parameters, overidentification,
};
use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Version of the format.
    pub format: u32,
    /// Release that made it.
    pub beachhead: &'static str,
    /// What the problem calls itself.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// Digest of the problem and its tables, first 12 hexadecimal digits.
    pub hash: String,
    /// Objective of the last step.
    pub objective: f64,
    /// Largest component of its projected gradient.
    pub gradient_norm: f64,
    /// How the last search ended: `converged`, `budget_spent`, `broke_down`; `evaluated` where none was asked for; `markets_failed` where some market cannot be
    /// computed at the end, which leaves no standard errors.
    pub status: Ending,
    /// All parameters that are not held at 0: what is searched over first, then what is concentrated out.
    pub parameters: Vec<ParameterEntry>,
    /// What surveys say and what the model says; empty without surveys.
    pub micro: Vec<MicroEntry>,
    /// Hansen's test that all moments can hold at once; null after one step, whose weights it does not fit, and where there are no moments to spare.
    pub overidentification: Option<ChiSquareTest>,
    /// Tests of what the problem says of its parameters.
    pub hypotheses: Vec<HypothesisEntry>,
    /// The bootstrap over markets; null without one.
    pub bootstrap: Option<BootstrapEntry>,
    /// Evaluations of the objective, over all steps.
    pub evaluations: u64,
    /// Evaluations of the contraction, over all steps and markets.
    pub contraction_evaluations: u64,
    /// Iterations of the fixed point, likewise.
    pub fixed_point_iterations: u64,
    /// Iterations of searches.
    pub iterations: u64,
    /// Settings that decide what the numbers mean.
    pub settings: SettingsEntry,
    /// Sizes.
    pub dimensions: Dimensions,
    /// Steps, an initial update of weights first.
    pub steps: Vec<StepEntry>,
    /// Gradient by the parameters that are searched over, in their order.
    pub gradient: Vec<f64>,
    /// Covariance of the estimates that have standard errors.
    pub covariance: CovarianceEntry,
    /// What to know before it is believed.
    pub diagnosis: DiagnosisEntry,
    /// The same in words.
    pub issues: Vec<IssueEntry>,
}

/// A parameter.
#[derive(Clone, Debug, Serialize)]
pub struct ParameterEntry {
    /// As the reference calls it.
    pub name: String,
    /// `sigma`, `pi`, `rho`, `beta` or `gamma`.
    pub block: &'static str,
    /// Its value.
    pub estimate: f64,
    /// Standard error; null where it was held, or could not be computed.
    pub se: Option<f64>,
    /// Whether it was held.
    pub fixed: bool,
    /// Whether it ended on a bound.
    pub at_bound: bool,
}

/// A statistic of a survey.
#[derive(Clone, Debug, Serialize)]
pub struct MicroEntry {
    /// Its name.
    pub name: String,
    /// The survey.
    pub survey: String,
    /// What the survey says.
    pub observed: f64,
    /// What the model says; null where it could not be computed.
    pub computed: Option<f64>,
}

/// Settings that decide what the numbers mean.
#[derive(Clone, Debug, Serialize)]
pub struct SettingsEntry {
    /// Steps of the method of moments.
    pub method: &'static str,
    /// Covariance behind weights.
    pub weighting: &'static str,
    /// Covariance behind standard errors.
    pub standard_errors: &'static str,
    /// What searched.
    pub optimiser: &'static str,
    /// Whether instruments became optimal ones after a first fit.
    pub optimal_instruments: bool,
    /// Starting points.
    pub starts: usize,
}

/// Sizes of a problem.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Dimensions {
    /// Markets.
    pub markets: usize,
    /// Products in markets.
    pub rows: usize,
    /// Firms.
    pub firms: usize,
    /// People in markets.
    pub agents: usize,
    /// Linear columns.
    pub linear: usize,
    /// Columns with random coefficients.
    pub nonlinear: usize,
    /// Demographics.
    pub demographics: usize,
    /// Columns of costs.
    pub costs: usize,
    /// Moments.
    pub moments: usize,
    /// Dimensions of absorbed fixed effects of utility.
    pub absorbed: usize,
    /// Nests.
    pub nests: usize,
    /// Rows left out, as their share was 0.
    pub dropped: usize,
}

/// A step.
#[derive(Clone, Debug, Serialize)]
pub struct StepEntry {
    /// Its objective.
    pub objective: f64,
    /// Largest component of its projected gradient.
    pub gradient_norm: f64,
    /// How its search ended.
    pub status: Ending,
    /// Iterations of its search.
    pub iterations: u64,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Evaluations of the contraction.
    pub contraction_evaluations: u64,
}

/// A covariance with the names of its rows.
#[derive(Clone, Debug, Serialize)]
pub struct CovarianceEntry {
    /// Positions in `parameters`.
    pub parameters: Vec<usize>,
    /// Row by row.
    pub values: Vec<Option<f64>>,
}

/// What to know about a fit, in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosisEntry {
    /// Eigenvalues of the Hessian, ascending; empty where it was not computed.
    pub hessian_eigenvalues: Vec<Option<f64>>,
    /// First-stage F of the excluded instruments by endogenous column.
    pub first_stage: Vec<FirstStage>,
    /// Rows whose computed share was raised in the fixed point.
    pub clipped_shares: usize,
    /// Rows whose cost was brought within its bounds.
    pub clipped_costs: usize,
    /// Markets that could not be computed at the end.
    pub failed_markets: usize,
    /// Evaluations during which a market could not be computed.
    pub troubled_evaluations: u64,
    /// Condition number of the covariance of moments.
    pub moments_condition: Option<f64>,
}

/// A first stage.
#[derive(Clone, Debug, Serialize)]
pub struct FirstStage {
    /// The column that is explained.
    pub column: String,
    /// F of the excluded instruments.
    pub f: Option<f64>,
}

/// What people should know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IssueEntry {
    /// Its kind.
    pub code: &'static str,
    /// What it is about.
    #[serde(rename = "where")]
    pub place: String,
    /// How often.
    pub count: usize,
    /// In words.
    pub text: String,
}

/// A number that a document may hold.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Puts a fit into a document.
pub fn document(loaded: &Loaded, fit: &Fit) -> Document {
    let (parameters, covariance) = parameters(loaded, fit);
    let steps: Vec<StepEntry> = fit
        .steps
        .iter()
        .map(|step| StepEntry {
            objective: step.objective,
            gradient_norm: step.gradient_norm,
            status: step.status,
            iterations: step.iterations,
            evaluations: step.evaluations,
            contraction_evaluations: step.contraction_evaluations,
        })
        .collect();
    let sum =
        |of: fn(&beachhead_engine::estimate::StepReport) -> u64| fit.steps.iter().map(of).sum();
    Document {
        format: FORMAT,
        beachhead: VERSION,
        name: loaded.name.clone(),
        title: loaded.title.clone(),
        hash: loaded.hash(),
        objective: fit.objective,
        gradient_norm: fit.gradient_norm,
        status: fit.status,
        parameters,
        micro: micro(loaded, fit),
        overidentification: overidentified(loaded, fit),
        hypotheses: Vec::new(),
        bootstrap: None,
        evaluations: sum(|step| step.evaluations),
        contraction_evaluations: sum(|step| step.contraction_evaluations),
        fixed_point_iterations: sum(|step| step.fixed_point_iterations),
        iterations: sum(|step| step.iterations),
        settings: settings(loaded),
        dimensions: dimensions(loaded, fit),
        steps,
        gradient: fit.gradient.clone(),
        covariance,
        diagnosis: diagnosis(fit),
        issues: words::issues(loaded, fit),
    }
}

impl Document {
    /// Puts tests of hypotheses in, and what to know about them.
    #[must_use]
    pub fn with_hypotheses(mut self, entries: Vec<HypothesisEntry>) -> Self {
        self.issues.extend(words::of_hypotheses(&entries));
        self.hypotheses = entries;
        self
    }

    /// Puts a bootstrap in, and what to know about it.
    #[must_use]
    pub fn with_bootstrap(mut self, entry: BootstrapEntry) -> Self {
        self.issues.extend(words::of_bootstrap(&entry));
        self.bootstrap = Some(entry);
        self
    }
}

fn parameters(loaded: &Loaded, fit: &Fit) -> (Vec<ParameterEntry>, CovarianceEntry) {
    let free: Vec<_> = loaded
        .parameters
        .free()
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    let held_at_zero = |estimate: &beachhead_engine::estimate::Estimate| {
        estimate.fixed && estimate.estimate == 0.0
    };
    let shown: Vec<_> = fit
        .estimates
        .iter()
        .filter(|each| !held_at_zero(each))
        .collect();
    let entries = shown
        .iter()
        .map(|each| ParameterEntry {
            name: each.name.clone(),
            block: block(each.place.kind),
            estimate: each.estimate,
            se: finite(each.standard_error),
            fixed: each.fixed,
            at_bound: each.at_bound,
        })
        .collect();
    // The covariance has θ first, then what was concentrated out, in the order of the estimates.
    let concentrated = shown
        .iter()
        .filter(|each| !each.fixed && !free.contains(&each.place))
        .map(|each| each.place);
    let order: Vec<_> = free.iter().copied().chain(concentrated).collect();
    let positions = order
        .iter()
        .filter_map(|place| shown.iter().position(|each| each.place == *place))
        .collect();
    let covariance = CovarianceEntry {
        parameters: positions,
        values: fit.covariance.iter().map(|value| finite(*value)).collect(),
    };
    (entries, covariance)
}

/// Surveys beside the model: moments are what is observed less what is computed, micro moments last.
fn micro(loaded: &Loaded, fit: &Fit) -> Vec<MicroEntry> {
    let Some(micro) = &loaded.problem.micro else {
        return Vec::new();
    };
    let first = fit.moments.len().saturating_sub(micro.moments.len());
    let entry = |(moment, gap): (&MicroMoment, &f64)| {
        let part = match moment.statistic {
            MicroStatistic::Mean(part)
            | MicroStatistic::Ratio(part, _)
            | MicroStatistic::Covariance(part, ..) => part,
        };
        let dataset = micro.parts.get(part).map(|part| part.dataset);
        let survey = dataset.and_then(|dataset| micro.datasets.get(dataset));
        MicroEntry {
            name: moment.name.clone(),
            survey: survey.map_or_else(String::new, |survey| survey.name.clone()),
            observed: moment.observed,
            computed: finite(moment.observed - gap),
        }
    };
    micro
        .moments
        .iter()
        .zip(&fit.moments[first..])
        .map(entry)
        .collect()
}

fn overidentified(loaded: &Loaded, fit: &Fit) -> Option<ChiSquareTest> {
    if loaded.options.method == Method::OneStep || fit.status == Ending::MarketsFailed {
        return None;
    }
    let test = overidentification(fit);
    (test.degrees > 0 && test.statistic.is_finite() && test.p_value.is_finite()).then_some(test)
}

/// What a block is called in files.
pub fn block(kind: Kind) -> &'static str {
    match kind {
        Kind::Sigma => "sigma",
        Kind::Pi => "pi",
        Kind::Rho => "rho",
        Kind::Beta => "beta",
        Kind::Gamma => "gamma",
    }
}

fn settings(loaded: &Loaded) -> SettingsEntry {
    let options = &loaded.options;
    let covariance = |of: Covariance| match of {
        Covariance::Unadjusted => "unadjusted",
        Covariance::Robust => "robust",
        Covariance::Clustered => "clustered",
    };
    SettingsEntry {
        method: match options.method {
            Method::OneStep => "one_step",
            Method::TwoStep => "two_step",
            Method::Iterated { .. } => "iterated",
        },
        weighting: covariance(options.weighting),
        standard_errors: covariance(options.standard_errors),
        optimiser: match options.search.optimiser {
            Optimiser::Lbfgsb => "l_bfgs_b",
            Optimiser::Bfgs => "bfgs",
            Optimiser::TrustRegion => "trust_region",
            Optimiser::NelderMead => "nelder_mead",
            Optimiser::Evaluate => "none",
        },
        optimal_instruments: loaded.optimal.is_some(),
        starts: options.starts,
    }
}

fn dimensions(loaded: &Loaded, fit: &Fit) -> Dimensions {
    let problem = &loaded.problem;
    let agents = problem.agents.as_ref();
    Dimensions {
        markets: problem.markets.len(),
        rows: problem.rows(),
        firms: loaded.rows.firms.len(),
        agents: agents.map_or(0, |agents| agents.weight.len()),
        linear: problem.linear.len(),
        nonlinear: problem.nonlinear.len(),
        demographics: agents.map_or(0, |agents| agents.labels.len()),
        costs: problem
            .supply
            .as_ref()
            .map_or(0, |supply| supply.design.len()),
        moments: fit.moments.len(),
        absorbed: problem.absorbed.len(),
        nests: problem.nests.as_ref().map_or(0, |nests| nests.labels.len()),
        dropped: loaded.rows.dropped,
    }
}

fn diagnosis(fit: &Fit) -> DiagnosisEntry {
    let found = &fit.diagnosis;
    DiagnosisEntry {
        hessian_eigenvalues: found
            .hessian_eigenvalues
            .iter()
            .map(|v| finite(*v))
            .collect(),
        first_stage: found
            .first_stage
            .iter()
            .map(|(column, f)| FirstStage {
                column: column.clone(),
                f: finite(*f),
            })
            .collect(),
        clipped_shares: found.clipped_shares.len(),
        clipped_costs: found.clipped_costs.len(),
        failed_markets: found.troubles.len(),
        troubled_evaluations: found.troubled_evaluations,
        moments_condition: finite(found.moments_condition),
    }
}

/// Names of the parameters that are searched over.
pub(super) fn free_names(loaded: &Loaded) -> Vec<String> {
    let free = loaded.parameters.free();
    free.iter()
        .map(|(place, _)| Parameters::name(&loaded.problem, *place))
        .collect()
}
