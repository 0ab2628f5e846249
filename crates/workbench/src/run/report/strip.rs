//! Pictures in the cells of a table: ranges, dots and bars on a common scale, drawn without scripts.

use super::page::escape;
use crate::run::words;
use std::fmt::Write;

/// Width of a strip in its own units; the style sheet gives it as many pixels.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 22.0;
/// Room for half a tick's label at both ends.
const EDGE: f64 = 18.0;
/// About this many ticks.
const TICKS: f64 = 4.0;

/// A horizontal scale that the strips of a table share.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// A scale on which all these values stand, from the least to the greatest. What is not finite is left out.
    pub(in crate::run) fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            let by = if low == 0.0 { 1.0 } else { 0.5 * low.abs() };
            (low, high) = (low - by, high + by);
        }
        // A little air, but not beyond zero where nothing lies beyond it.
        let air = 0.03 * (high - low);
        Self {
            low: if low == 0.0 { 0.0 } else { low - air },
            high: if high == 0.0 { 0.0 } else { high + air },
            step: step(high - low, TICKS),
        }
    }

    /// From 0 to 1, for shares of a whole.
    pub(in crate::run) fn shares() -> Self {
        Self {
            low: 0.0,
            high: 1.0,
            step: 0.25,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        EDGE + (WIDTH - 2.0 * EDGE) * share
    }

    fn ticks(&self) -> Vec<f64> {
        let first = (self.low / self.step - 1e-9).ceil();
        let count = (self.high / self.step + 1e-9).floor() - first;
        let tick = |position: usize| {
            let value = self.step * (first + position as f64);
            if value.abs() < self.step / 2.0 {
                0.0
            } else {
                value
            }
        };
        (0..=count.max(0.0) as usize).map(tick).collect()
    }

    /// The axis, for the head of the column: its ticks with their numbers. `unit` as in [`words::with_unit`].
    pub(in crate::run) fn axis(&self, unit: &str) -> String {
        let mut svg = open("axis");
        let ticks = self.ticks();
        // Labels that would touch are thinned, always from zero or the lower end.
        let widest = ticks.iter().map(|tick| label(*tick, unit).chars().count());
        let room = widest.max().unwrap_or(1) as f64 * 6.6 + 8.0;
        let gap = (WIDTH - 2.0 * EDGE) * self.step / (self.high - self.low);
        let every = (room / gap).ceil().max(1.0) as usize;
        let from = ticks.iter().position(|tick| *tick == 0.0).unwrap_or(0) % every;
        for tick in ticks.iter().skip(from).step_by(every) {
            let x = self.at(*tick);
            let _ = write!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"16\" y2=\"22\"/><text x=\"{x:.1}\" y=\"12\" text-anchor=\"middle\">{}</text>",
                escape(&label(*tick, unit))
            );
        }
        svg.push_str("</svg>");
        svg
    }
}

fn label(value: f64, unit: &str) -> String {
    match unit {
        "share" => words::percent(value),
        _ => words::human(value),
    }
}

/// A round step that goes about so many times into a range.
pub(super) fn step(range: f64, times: f64) -> f64 {
    let rough = range / times;
    if rough <= 0.0 || !rough.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0, 10.0];
    let nice = round.into_iter().find(|nice| nice * power >= rough);
    nice.unwrap_or(10.0) * power
}

/// One row's picture on a scale. It repeats numbers that stand beside it, so that it is not read out.
#[derive(Clone, Debug)]
pub(in crate::run) struct Strip<'a> {
    scale: &'a Scale,
    svg: String,
}

impl<'a> Strip<'a> {
    /// An empty strip with the scale's grid; zero stands out.
    pub(in crate::run) fn new(scale: &'a Scale) -> Self {
        let mut svg = open("strip");
        for tick in scale.ticks() {
            let x = scale.at(tick);
            let class = if tick == 0.0 { "zero" } else { "grid" };
            let _ = write!(
                svg,
                "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{HEIGHT}\"/>"
            );
        }
        Self { scale, svg }
    }

    /// A zone behind everything: differences that matter to nobody.
    pub(in crate::run) fn zone(self, low: f64, high: f64) -> Self {
        self.block("zone", 0.0, HEIGHT, low, high)
    }

    /// A wide, light range: 90 % of draws.
    pub(in crate::run) fn range(self, low: f64, high: f64, colour: usize) -> Self {
        let class = format!("range c{}", colour % 8);
        self.block(&class, 7.0, 8.0, low, high)
    }

    /// A narrow, strong range: 50 % of draws.
    pub(in crate::run) fn core(self, low: f64, high: f64, colour: usize) -> Self {
        let class = format!("core c{}", colour % 8);
        self.block(&class, 7.0, 8.0, low, high)
    }

    /// A thin line with ends: an interval of an estimate.
    pub(in crate::run) fn interval(mut self, low: f64, high: f64, colour: usize) -> Self {
        let (from, to) = (self.scale.at(low), self.scale.at(high));
        let _ = write!(
            self.svg,
            "<path class=\"interval c{}\" d=\"M{from:.1} 11H{to:.1}M{from:.1} 6V16M{to:.1} 6V16\"/>",
            colour % 8
        );
        self
    }

    /// A bar between two values.
    pub(in crate::run) fn bar(self, from: f64, to: f64, colour: usize) -> Self {
        let class = format!("bar c{}", colour % 8);
        self.block(&class, 4.0, 14.0, from.min(to), from.max(to))
    }

    /// A dot: a mean or what was got.
    pub(in crate::run) fn dot(mut self, value: f64, colour: usize) -> Self {
        let x = self.scale.at(value);
        let _ = write!(
            self.svg,
            "<circle class=\"dot c{}\" cx=\"{x:.1}\" cy=\"11\" r=\"4\"/>",
            colour % 8
        );
        self
    }

    /// A ring: what was wanted.
    pub(in crate::run) fn ring(mut self, value: f64) -> Self {
        let x = self.scale.at(value);
        let _ = write!(
            self.svg,
            "<circle class=\"ring\" cx=\"{x:.1}\" cy=\"11\" r=\"7\"/>"
        );
        self
    }

    /// An upright mark: a median.
    pub(in crate::run) fn mark(mut self, value: f64) -> Self {
        let x = self.scale.at(value);
        let _ = write!(
            self.svg,
            "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"3\" y2=\"19\"/>"
        );
        self
    }

    /// A line of steps from 0 (bottom) to 1 (top) over the scale, with the area below it: a share that grows over time.
    pub(in crate::run) fn steps(mut self, points: &[(f64, f64)], colour: usize) -> Self {
        let y = |share: f64| HEIGHT - 1.0 - (HEIGHT - 2.0) * share.clamp(0.0, 1.0);
        let mut path = format!("M{:.1} {:.1}", self.scale.at(self.scale.low), y(0.0));
        for (at, share) in points {
            let _ = write!(path, "H{:.1}V{:.1}", self.scale.at(*at), y(*share));
        }
        let end = self.scale.at(self.scale.high);
        let _ = write!(
            self.svg,
            "<path class=\"area c{0}\" d=\"{path}H{end:.1}V{1:.1}Z\"/><path class=\"steps c{0}\" d=\"{path}H{end:.1}\"/>",
            colour % 8,
            y(0.0)
        );
        self
    }

    fn block(mut self, class: &str, top: f64, height: f64, low: f64, high: f64) -> Self {
        let (from, to) = (self.scale.at(low), self.scale.at(high));
        let _ = write!(
            self.svg,
            "<rect class=\"{class}\" x=\"{from:.1}\" width=\"{:.1}\" y=\"{top}\" height=\"{height}\"/>",
            (to - from).max(0.8)
        );
        self
    }

    /// The picture.
    pub(in crate::run) fn html(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}

fn open(class: &str) -> String {
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" aria-hidden=\"true\" focusable=\"false\">"
    )
}
