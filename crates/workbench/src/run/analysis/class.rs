//! The reference class beside the model: shares of sales and leaving at the same age.

use super::Inquiry;
use super::document::{AgeLine, Band, ClassForecast, ClassMemberLine, ClassShares, Left, PlanAge};
use crate::run::RunError;
use crate::run::draws::second_pass::Pass;
use crate::run::words;
use beachhead_engine::futures::survival::{BAND_QUANTILE, Curve, Observation};
use beachhead_engine::outcomes::statistics::{order_band, quantile, sorted};
use beachhead_engine::scenario::ReferenceClass;

/// Ages shown, months after the first sale.
const AGES: [u32; 6] = [6, 12, 24, 36, 48, 60];
/// Probability that the band of a median should have.
const LEVEL: f64 = 0.8;
/// A class of fewer members is called small.
const SMALL: usize = 10;

/// What a plan does in every draw, as the forecast needs it.
struct Course {
    id: String,
    /// Share of sales by month, (T, draws).
    share: Vec<Vec<f64>>,
    /// Month of the first sale by draw; none: it never sells.
    first: Vec<Option<usize>>,
    /// Month of leaving by draw.
    exit: Vec<Option<usize>>,
}

impl Inquiry<'_> {
    /// The forecast; none where the scenario names no class.
    pub(super) fn reference_class(
        &self,
        pass: &Pass<'_>,
    ) -> Result<Option<ClassForecast>, RunError> {
        let Some(class) = &self.scenario.forecast else {
            return Ok(None);
        };
        let mut courses = Vec::new();
        for plan in (0..self.plans.len()).filter(|&plan| self.enters(plan)) {
            courses.extend(self.course(pass, plan)?);
        }
        let months = self.scenario.months as u32;
        let ages = AGES.into_iter().filter(|age| *age < months.max(7));
        let ages: Vec<AgeLine> = ages.map(|age| line(class, &courses, age)).collect();
        Ok(Some(ClassForecast {
            table: class.table.clone(),
            words: words_of(class, &ages),
            members: members(class),
            ages,
        }))
    }

    fn course(&self, pass: &Pass<'_>, plan: usize) -> Result<Option<Course>, RunError> {
        let months = self.shape.months;
        let start = self.shape.series_columns(plan).start;
        let series = |stem: &str| {
            let id = self.outcome(stem);
            let place = self
                .shape
                .series
                .iter()
                .position(|(known, _)| *known == id)?;
            Some(start + place * months..start + (place + 1) * months)
        };
        let exit = self.outcome("exit_month");
        let exit = self
            .shape
            .outcomes
            .iter()
            .position(|known| known.id == exit);
        let (Some(units), Some(share), Some(exit)) =
            (series("units"), series("share_of_sales"), exit)
        else {
            return Ok(None);
        };
        let by_month = |values: Vec<f64>| -> Vec<Vec<f64>> {
            values
                .chunks(pass.count().max(1))
                .map(<[f64]>::to_vec)
                .collect()
        };
        let units = by_month(pass.columns(units)?);
        let first = |draw: usize| {
            let sells = |month: &Vec<f64>| month.get(draw).is_some_and(|units| *units > 0.0);
            units.iter().position(sells).map(|month| month + 1)
        };
        let exit = pass.column(self.shape.outcome(plan, exit))?;
        Ok(Some(Course {
            id: self.shape.plans[plan].id.clone(),
            first: (0..pass.count()).map(first).collect(),
            share: by_month(pass.columns(share)?),
            exit: exit
                .iter()
                .map(|month| month.is_finite().then_some(*month as usize))
                .collect(),
        }))
    }
}

fn members(class: &ReferenceClass) -> Vec<ClassMemberLine> {
    let line = |member: &beachhead_engine::scenario::ClassMember| ClassMemberLine {
        entrant: member.entrant.clone(),
        market: member.market.clone(),
        first_sale: format!(
            "{:04}-{:02}",
            member.first_sale.year, member.first_sale.month
        ),
        seen: member.seen,
        left: member.left,
        last_share: member.shares.last().copied(),
        sources: member.sources.clone(),
        notes: member.notes.clone(),
    };
    class.members.iter().map(line).collect()
}

fn line(class: &ReferenceClass, courses: &[Course], age: u32) -> AgeLine {
    let shares = class.members.iter().filter_map(|m| m.share_at(age));
    AgeLine {
        months: age,
        class: class_shares(&sorted(&shares.collect::<Vec<f64>>())),
        class_left: class_left(class, age),
        plans: courses.iter().map(|course| plan_age(course, age)).collect(),
    }
}

fn class_shares(shares: &[f64]) -> Option<ClassShares> {
    let at = |p: f64| quantile(shares, p);
    Some(ClassShares {
        members: shares.len(),
        lowest: *shares.first()?,
        p25: at(0.25)?,
        p50: at(0.5)?,
        p75: at(0.75)?,
        highest: *shares.last()?,
        median_band: order_band(shares, 0.5, LEVEL).map(|band| Band {
            low: band.low,
            high: band.high,
            coverage: band.coverage,
        }),
    })
}

/// Kaplan & Meier's curve of the class at an age, `[eq:survival]`, with its band of 95 %.
fn class_left(class: &ReferenceClass, age: u32) -> Left {
    let stays: Vec<Observation> = class.members.iter().map(|m| m.stay()).collect();
    let known = class
        .members
        .iter()
        .filter(|member| member.seen >= age || member.left.is_some_and(|left| left <= age))
        .count();
    let at = |band: f64| -> Option<f64> {
        let curve = Curve::fit(&stays).ok()?.value;
        let left = curve.survival_at(band);
        let steps = curve.steps.iter().zip(left);
        let last = steps.filter(|(step, _)| step.to <= f64::from(age)).last();
        Some(1.0 - last.map_or(1.0, |(_, left)| left))
    };
    Left {
        of: known,
        share: at(0.0).unwrap_or(0.0),
        low: at(BAND_QUANTILE),
        high: at(-BAND_QUANTILE),
    }
}

fn plan_age(course: &Course, age: u32) -> PlanAge {
    let mut shares = Vec::new();
    let mut left = 0;
    for (draw, first) in course.first.iter().enumerate() {
        let Some(first) = first else { continue };
        let month = first + age as usize;
        let Some(at) = course.share.get(month - 1) else {
            continue;
        };
        shares.push(at[draw]);
        left += usize::from(course.exit[draw].is_some_and(|exit| exit <= month));
    }
    let draws = shares.len();
    let shares = sorted(&shares);
    PlanAge {
        plan: course.id.clone(),
        draws,
        p05: quantile(&shares, 0.05),
        p25: quantile(&shares, 0.25),
        p50: quantile(&shares, 0.5),
        p75: quantile(&shares, 0.75),
        p95: quantile(&shares, 0.95),
        left: (draws > 0).then(|| left as f64 / draws as f64),
    }
}

fn words_of(class: &ReferenceClass, ages: &[AgeLine]) -> Vec<String> {
    let count = class.members.len();
    let gone = class.members.iter().filter(|m| m.left.is_some()).count();
    let members = if count == 1 { "entry" } else { "entries" };
    let mut list = vec![format!(
        "The class has {count} {members}, of which {gone} left as far as was known.{}",
        if count < SMALL {
            " That is few: its quantiles are those of so many records and no more."
        } else {
            ""
        }
    )];
    // The latest age at which the class says something about shares.
    let known = ages.iter().rev();
    let latest = known.filter_map(|line| Some((line.months, line.class.as_ref()?)));
    if let Some((months, shares)) = latest
        .clone()
        .find(|(_, s)| s.members > 1)
        .or(latest.clone().next())
    {
        let band = shares.median_band.map_or_else(
            || "one record has no band".to_owned(),
            |band| {
                format!(
                    "the median of entries like these lies between {} and {} with a probability of {}",
                    words::percent(band.low),
                    words::percent(band.high),
                    words::percent(band.coverage)
                )
            },
        );
        list.push(format!(
            "{months} months after the first sale the {} with a known share had {} to {} of sales, the median {}; {band}.",
            if shares.members == 1 { "one entry".to_owned() } else { format!("{} entries", shares.members) },
            words::percent(shares.lowest),
            words::percent(shares.highest),
            words::percent(shares.p50)
        ));
    }
    list
}
