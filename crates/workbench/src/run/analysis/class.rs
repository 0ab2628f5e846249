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

/// What a plan does at the ages, as the forecast needs it.
struct Course {
    id: String,
    /// By age: shares of sales of the draws that come so far within the horizon.
    shares: Vec<Vec<f64>>,
    /// How long each draw stays after its first sale, as far as the horizon shows it.
    stays: Vec<Observation>,
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
        let ages = AGES.into_iter();
        let ages: Vec<u32> = ages
            .filter(|age| (*age as usize) < self.scenario.months)
            .collect();
        let mut courses = Vec::new();
        for plan in (0..self.plans.len()).filter(|&plan| self.enters(plan)) {
            courses.extend(self.course(pass, plan, &ages)?);
        }
        let ages = ages.iter().enumerate();
        let ages: Vec<AgeLine> = ages.map(|at| line(class, &courses, at)).collect();
        Ok(Some(ClassForecast {
            table: class.table.clone(),
            words: words_of(class, &ages),
            members: members(class),
            ages,
        }))
    }

    /// Reads a plan's months one after the other, so that memory does not grow with their number.
    fn course(
        &self,
        pass: &Pass<'_>,
        plan: usize,
        ages: &[u32],
    ) -> Result<Option<Course>, RunError> {
        let months = self.shape.months;
        let start = self.shape.series_columns(plan).start;
        let series = |stem: &str| {
            let id = self.outcome(stem);
            let place = self.shape.series.iter().position(|(known, _)| *known == id);
            place.map(|place| start + place * months)
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
        let exit = pass.column(self.shape.outcome(plan, exit))?;
        let mut course = Course {
            id: self.shape.plans[plan].id.clone(),
            shares: vec![Vec::new(); ages.len()],
            stays: Vec::new(),
        };
        // Month of the first sale by draw, from 1; 0 before there is one.
        let mut first = vec![0; pass.count()];
        for month in 1..=months {
            let sold = pass.column(units + month - 1)?;
            for (first, _) in first
                .iter_mut()
                .zip(sold)
                .filter(|(f, sold)| **f == 0 && *sold > 0.0)
            {
                *first = month;
            }
            let shares = pass.column(share + month - 1)?;
            for (draw, &first) in first.iter().enumerate().filter(|(_, first)| **first > 0) {
                let Some(at) = ages.iter().position(|age| first + *age as usize == month) else {
                    continue;
                };
                course.shares[at].push(shares[draw]);
            }
        }
        let sold = first.iter().zip(&exit).filter(|(first, _)| **first > 0);
        course.stays.extend(sold.map(|(&first, &exit)| match exit {
            exit if exit.is_nan() => Observation::After((months - first) as f64),
            exit => Observation::At(exit - first as f64),
        }));
        Ok(Some(course))
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

fn line(class: &ReferenceClass, courses: &[Course], (at, &age): (usize, &u32)) -> AgeLine {
    let shares = class.members.iter().filter_map(|m| m.share_at(age));
    AgeLine {
        months: age,
        class: class_shares(&sorted(&shares.collect::<Vec<f64>>())),
        class_left: class_left(class, age),
        plans: courses
            .iter()
            .map(|course| plan_age(course, at, age))
            .collect(),
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
    let at = |band: f64| left_by(&stays, age, band);
    Left {
        of: known,
        share: at(0.0).unwrap_or(0.0),
        low: at(BAND_QUANTILE),
        high: at(-BAND_QUANTILE),
    }
}

/// Share that has left by an age, by Kaplan & Meier's curve, so that it never falls as fewer draws or members are old enough.
fn left_by(stays: &[Observation], age: u32, band: f64) -> Option<f64> {
    let curve = Curve::fit(stays).ok()?.value;
    let left = curve.survival_at(band);
    let mut steps = curve.steps.iter().zip(left);
    let last = steps.rfind(|(step, _)| step.to <= f64::from(age));
    Some(1.0 - last.map_or(1.0, |(_, left)| left))
}

fn plan_age(course: &Course, at: usize, age: u32) -> PlanAge {
    let shares = sorted(&course.shares[at]);
    let draws = shares.len();
    PlanAge {
        plan: course.id.clone(),
        draws,
        p05: quantile(&shares, 0.05),
        p25: quantile(&shares, 0.25),
        p50: quantile(&shares, 0.5),
        p75: quantile(&shares, 0.75),
        p95: quantile(&shares, 0.95),
        left: left_by(&course.stays, age, 0.0).filter(|_| draws > 0),
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
    // The age at which the class says most, the latest of them.
    let known = ages.iter();
    let known = known.filter_map(|line| Some((line.months, line.class.as_ref()?)));
    if let Some((months, shares)) = known.max_by_key(|(months, shares)| (shares.members, *months)) {
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
