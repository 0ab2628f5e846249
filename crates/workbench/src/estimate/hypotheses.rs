//! Hypotheses as written in `problem.toml`: resolved to parameters, tested in up to three ways.

use super::compute::{Estimated, FitError, failed};
use super::file::ProblemFile;
use super::read::Loaded;
use crate::counterfactual::numbers::{Bare, Real};
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::Files;
use crate::reader::{Map, Text, choice, record};
use crate::run::job::Progress;
use beachhead_engine::estimate::{
    ChiSquareTest, Ending, Kind, Method, Parameters, Place, Problem, Restriction,
    order_of_covariance, restricted, wald_of,
};
use serde::Serialize;
use std::sync::atomic::AtomicBool;

record! {
    /// Values that parameters are said to have, to be tested together.
    HypothesisFile {
        /// Its name.
        name: Text,
        /// Entries of Σ, labelled as in `sigma`.
        sigma: Map<Bare<Real>>,
        /// Entries of Π, labelled as in `pi`.
        pi: Map<Bare<Real>>,
        /// Nesting parameters, all of them.
        rho: Option<Bare<Real>>,
        /// Linear parameters of utility.
        beta: Map<Bare<Real>>,
        /// Linear parameters of costs.
        gamma: Map<Bare<Real>>,
        /// How it is tested; in all ways that the method allows if not given.
        tests: Vec<TestWord>,
    }
}

choice! {
    /// Tests of a hypothesis (Newey & West 1987).
    TestWord {
        /// Wald: how far the free estimates are from it, in standard errors.
        Wald = "wald",
        /// Distance: how much worse it fits when it is imposed, with the same weights; estimates again.
        Distance = "distance",
        /// Lagrange multiplier: whether the parameters would move if they were let go; estimates again.
        Lagrange = "lagrange",
    }
}

/// A hypothesis ready to be tested.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    /// Its name.
    pub name: String,
    /// What it says.
    pub restrictions: Vec<Restriction>,
    /// Whether the free fit alone is asked.
    pub wald: bool,
    /// Whether it is imposed: distance and Lagrange multiplier.
    pub imposed: [bool; 2],
}

/// A hypothesis as tested.
#[derive(Clone, Debug, Serialize)]
pub struct HypothesisEntry {
    /// Its name.
    pub name: String,
    /// What it says, such as `prices x age = 0`.
    pub says: Vec<String>,
    /// Wald's test; null where it was not asked for.
    pub wald: Option<ChiSquareTest>,
    /// The distance test; null where it was not asked for or not possible.
    pub distance: Option<ChiSquareTest>,
    /// The Lagrange multiplier test; likewise.
    pub lagrange: Option<ChiSquareTest>,
    /// How the search with the hypothesis imposed ended; null where it was not imposed.
    pub status: Option<Ending>,
    /// Whether it puts a parameter on the edge of where it can be, where the usual distribution is too wide.
    pub on_the_edge: bool,
}

/// Resolves what is written; what is not there or held is a mistake.
pub(super) fn resolve(
    file: &ProblemFile,
    problem: &Problem,
    parameters: &Parameters,
    method: Method,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Hypothesis> {
    let mut resolving = Resolving {
        problem,
        files,
        mistakes,
        tested: order_of_covariance(problem, parameters),
    };
    let mut known: Vec<&str> = Vec::new();
    let mut list = Vec::new();
    for written in &file.hypotheses {
        if known.contains(&written.name.text.as_str()) && !written.name.is_poison() {
            let found = format!("a second hypothesis `{}`", written.name.text);
            resolving.push(written.name.place, found, "a name of its own");
        }
        known.push(&written.name.text);
        let restrictions = resolving.restrictions(written);
        let asked = |test: TestWord| written.tests.contains(&test);
        let steps = method != Method::OneStep;
        if !steps && (asked(TestWord::Distance) || asked(TestWord::Lagrange)) {
            resolving.push(
                written.place,
                "a test of distance or Lagrange multiplier after one step".to_owned(),
                "`tests = [\"wald\"]`, or `method = \"two_step\"`: the others need the weights of a second step",
            );
        }
        let all = written.tests.is_empty();
        list.push(Hypothesis {
            name: written.name.text.clone(),
            restrictions,
            wald: all || asked(TestWord::Wald),
            imposed: [TestWord::Distance, TestWord::Lagrange].map(|t| steps && (all || asked(t))),
        });
    }
    list
}

struct Resolving<'a, 'm> {
    problem: &'a Problem,
    files: &'a Files,
    mistakes: &'m mut Vec<Diagnostic>,
    /// Parameters that are not held.
    tested: Vec<Place>,
}

impl Resolving<'_, '_> {
    fn push(&mut self, place: crate::document::Place, found: String, expected: &str) {
        let mistake = self.files.error(place, found).expected(expected);
        self.mistakes.push(mistake);
    }

    fn restrictions(&mut self, written: &HypothesisFile) -> Vec<Restriction> {
        let mut list = Vec::new();
        let blocks = [
            (Kind::Sigma, &written.sigma, "sigma"),
            (Kind::Pi, &written.pi, "pi"),
            (Kind::Beta, &written.beta, "beta"),
            (Kind::Gamma, &written.gamma, "gamma"),
        ];
        for (kind, map, section) in blocks {
            for (key, value) in &map.entries {
                if let Some(place) = self.place(kind, key, section) {
                    let value = value.value;
                    list.push(Restriction { place, value });
                }
            }
        }
        if let Some(value) = &written.rho {
            let nests: Vec<Place> = self.of(Kind::Rho);
            if nests.is_empty() {
                let expected = "a problem with nests whose ρ is searched over";
                self.push(value.place, "`rho` in a hypothesis".to_owned(), expected);
            }
            let value = value.value;
            list.extend(nests.into_iter().map(|place| Restriction { place, value }));
        }
        let is_empty = blocks.iter().all(|(_, map, _)| map.entries.is_empty());
        if is_empty && written.rho.is_none() {
            let expected = "values of parameters, such as `pi = { \"prices x age\" = 0 }`";
            self.push(
                written.place,
                "a hypothesis that says nothing".to_owned(),
                expected,
            );
        }
        list
    }

    fn of(&self, kind: Kind) -> Vec<Place> {
        let all = self.tested.iter().copied();
        all.filter(|place| place.kind == kind).collect()
    }

    fn place(&mut self, kind: Kind, key: &Text, section: &str) -> Option<Place> {
        let wanted = match key.text.split_once(" x ") {
            Some((row, column)) => format!("{} x {}", row.trim(), column.trim()),
            None if kind == Kind::Sigma => format!("{0} x {0}", key.text),
            None => key.text.clone(),
        };
        let places = self.of(kind);
        let names: Vec<String> = places
            .iter()
            .map(|place| Parameters::name(self.problem, *place))
            .collect();
        if let Some(at) = names.iter().position(|name| *name == wanted) {
            return Some(places[at]);
        }
        let mistake = self
            .files
            .error(
                key.place,
                format!("`{}` in `{section}` of a hypothesis", key.text),
            )
            .expected(match names.is_empty() {
                true => format!("no `{section}`: nothing of it is estimated"),
                false => format!(
                    "one that is estimated: {}",
                    name_list(names.iter().take(16))
                ),
            })
            .nearest(&wanted, &names);
        self.mistakes.push(mistake);
        None
    }
}

/// Tests all hypotheses of a problem.
///
/// # Errors
/// A restricted model that cannot be estimated; an interruption.
pub fn tested(
    loaded: &Loaded,
    estimated: &Estimated,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Vec<HypothesisEntry>, FitError> {
    let mut entries = Vec::with_capacity(loaded.hypotheses.len());
    for hypothesis in &loaded.hypotheses {
        entries.push(test(loaded, estimated, hypothesis, cancel, progress)?);
    }
    Ok(entries)
}

fn test(
    loaded: &Loaded,
    estimated: &Estimated,
    hypothesis: &Hypothesis,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<HypothesisEntry, FitError> {
    let (problem, parameters) = estimated.model(loaded);
    let (fit, list) = (&estimated.fit, &hypothesis.restrictions);
    let wald = match hypothesis.wald {
        true => Some(wald_of(problem, parameters, fit, list).map_err(|e| failed(loaded, e))?),
        false => None,
    };
    let imposed = match hypothesis.imposed {
        [false, false] => None,
        _ => {
            let watch = |at: beachhead_engine::estimate::Evaluated| {
                let text = super::compute::standing(&at);
                progress.tell(&format!("{}, {text}", hypothesis.name));
            };
            let options = &loaded.options;
            let found = restricted(problem, parameters, options, fit, list, cancel, &watch);
            Some(found.map_err(|error| failed(loaded, error))?)
        }
    };
    let [distance, lagrange] = hypothesis.imposed;
    let says = |restriction: &Restriction| {
        let name = Parameters::name(problem, restriction.place);
        format!("{name} = {}", restriction.value)
    };
    Ok(HypothesisEntry {
        name: hypothesis.name.clone(),
        says: list.iter().map(says).collect(),
        wald,
        distance: imposed.as_ref().filter(|_| distance).map(|r| r.distance),
        lagrange: imposed.as_ref().filter(|_| lagrange).map(|r| r.lagrange),
        status: imposed.as_ref().map(|r| r.status),
        on_the_edge: list.iter().any(is_edge),
    })
}

/// A standard deviation of 0, and a nesting parameter of 0: they cannot be less.
fn is_edge(restriction: &Restriction) -> bool {
    let place = restriction.place;
    let is_spread = place.kind == Kind::Sigma && place.row == place.column;
    (is_spread || place.kind == Kind::Rho) && restriction.value == 0.0
}
