//! Which number of a draw stands in which column: the same for every draw of a run.

use crate::run::canonical;
use crate::run::output::{HappenedKind, OutcomeKind};
use crate::run::plan;
use crate::run::words::brand_title;
use beachhead_engine::outcomes::series_definitions;
use beachhead_engine::outcomes::statistics::Comparison;
use beachhead_engine::scenario::{Handle, Scenario};
use std::ops::Range;

/// The columns of a run's draws, in this order: status; values of uncertain quantities; targets wanted; targets got; then plan
/// by plan the outcomes, the first months of events, the months of what happened, and the series month by month.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Shape {
    /// Months of a series, T.
    pub(in crate::run) months: usize,
    /// Uncertain quantities, in the order of the scenario.
    pub(in crate::run) assumptions: Vec<Handle>,
    /// Names of the targets.
    pub(in crate::run) targets: Vec<String>,
    /// Outcomes of every plan.
    pub(in crate::run) outcomes: Vec<OutcomeColumn>,
    /// Ids of the events.
    pub(in crate::run) events: Vec<String>,
    /// Series of every plan: id and unit.
    pub(in crate::run) series: Vec<(String, String)>,
    /// Plans, in the order asked for.
    pub(in crate::run) plans: Vec<PlanShape>,
}

/// One outcome that every plan has in every draw.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct OutcomeColumn {
    /// Id.
    pub(in crate::run) id: String,
    /// Unit.
    pub(in crate::run) unit: String,
    /// How it is summarised.
    pub(in crate::run) kind: OutcomeKind,
    /// What is asked when plans are compared by it; none where they are not.
    pub(in crate::run) comparison: Option<Comparison>,
}

/// What is particular to a plan.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct PlanShape {
    /// Id.
    pub(in crate::run) id: String,
    /// Title.
    pub(in crate::run) title: String,
    /// What can happen in it.
    pub(in crate::run) slots: Vec<(HappenedKind, String)>,
}

impl Shape {
    /// The shape of the draws of a scenario under some of its plans, with these targets.
    pub(in crate::run) fn new(scenario: &Scenario, plans: &[usize], targets: Vec<String>) -> Self {
        let uncertain = scenario.quantities.iter().enumerate();
        let plan_shape = |&position: &usize| {
            let plan = &scenario.plans[position];
            PlanShape {
                id: plan.id.clone(),
                title: brand_title(&plan.title, &plan.id),
                slots: plan::slots(scenario, plan),
            }
        };
        Self {
            months: scenario.months,
            assumptions: uncertain
                .filter(|(_, quantity)| quantity.is_uncertain())
                .map(|(index, quantity)| Handle::new(index, &quantity.name))
                .collect(),
            targets,
            outcomes: plan::outcome_columns(scenario),
            events: scenario
                .events
                .iter()
                .map(|event| event.id.clone())
                .collect(),
            series: series_definitions(scenario)
                .into_iter()
                .map(|definition| (definition.id, definition.unit))
                .collect(),
            plans: plans.iter().map(plan_shape).collect(),
        }
    }

    /// Number of columns.
    pub(in crate::run) fn columns(&self) -> usize {
        self.plan_start(self.plans.len())
    }

    /// Column of the draw's status.
    pub(in crate::run) const STATUS: usize = 0;

    /// Columns of the values of uncertain quantities.
    pub(in crate::run) fn assumption_columns(&self) -> Range<usize> {
        1..1 + self.assumptions.len()
    }

    /// Columns of what was wanted of the targets.
    pub(in crate::run) fn wanted_columns(&self) -> Range<usize> {
        let start = self.assumption_columns().end;
        start..start + self.targets.len()
    }

    /// Columns of what the calibrated market does of them.
    pub(in crate::run) fn got_columns(&self) -> Range<usize> {
        let start = self.wanted_columns().end;
        start..start + self.targets.len()
    }

    /// Columns of an outcome and then an event's first months: the row of `draws.parquet`.
    pub(in crate::run) fn row_columns(&self, plan: usize) -> Range<usize> {
        let start = self.plan_start(plan);
        start..start + self.outcomes.len() + self.events.len()
    }

    /// Column of an outcome of a plan.
    pub(in crate::run) fn outcome(&self, plan: usize, outcome: usize) -> usize {
        self.plan_start(plan) + outcome
    }

    /// Columns of the months in which the slots of a plan happened.
    pub(in crate::run) fn slot_columns(&self, plan: usize) -> Range<usize> {
        let start = self.row_columns(plan).end;
        start..start + self.plans.get(plan).map_or(0, |plan| plan.slots.len())
    }

    /// Columns of all series of a plan, series by series, months within.
    pub(in crate::run) fn series_columns(&self, plan: usize) -> Range<usize> {
        let start = self.slot_columns(plan).end;
        start..start + self.series.len() * self.months
    }

    fn plan_start(&self, plan: usize) -> usize {
        let each = self.outcomes.len() + self.events.len() + self.series.len() * self.months;
        let slots: usize = self.plans.iter().take(plan).map(|p| p.slots.len()).sum();
        1 + self.assumptions.len() + 2 * self.targets.len() + plan * each + slots
    }

    /// Digest of all names in their order: chunks of another shape are not of this run.
    pub(in crate::run) fn digest(&self) -> String {
        let assumptions: Vec<&str> = self.assumptions.iter().map(Handle::name).collect();
        let outcomes: Vec<(&str, &str)> = self
            .outcomes
            .iter()
            .map(|outcome| (outcome.id.as_str(), outcome.unit.as_str()))
            .collect();
        let plans: Vec<(&str, Vec<&str>)> = self
            .plans
            .iter()
            .map(|plan| {
                let slots = plan.slots.iter().map(|(_, name)| name.as_str());
                (plan.id.as_str(), slots.collect())
            })
            .collect();
        let names = serde_json::json!({
            "months": self.months,
            "assumptions": assumptions,
            "targets": self.targets,
            "outcomes": outcomes,
            "events": self.events,
            "series": self.series,
            "plans": plans,
        });
        canonical::digest(canonical::text(&names).as_bytes())
    }
}
