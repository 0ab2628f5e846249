//! Small pictures as inline SVG: lines over months, and wanted against got.

use super::escape;
use crate::run::output::Series;
use crate::run::words;
use std::fmt::Write;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;
/// Colours that the style sheet defines, for light and dark.
const COLOURS: usize = 8;
/// A pattern besides the colour, so that lines differ without it.
const DASHES: [&str; 4] = ["", "7 4", "2 4", "10 4 2 4"];
/// About this many steps on the vertical axis.
const STEPS: f64 = 5.0;

/// A line of a chart.
pub(super) struct Line<'a> {
    /// What it shows.
    pub label: &'a str,
    /// A value a month, over several draws the median.
    pub values: &'a [f64],
    /// Over several draws: what 90 % and what 50 % of them lie between, each low and high.
    pub bands: Vec<(&'a [f64], &'a [f64])>,
}

impl<'a> Line<'a> {
    /// A series: its values, or median and bands over draws.
    pub(super) fn new(label: &'a str, series: &'a Series) -> Self {
        match &series.bands {
            None => Self {
                label,
                values: &series.values,
                bands: Vec::new(),
            },
            Some([p05, p25, p50, p75, p95]) => Self {
                label,
                values: p50,
                bands: vec![(p05, p95), (p25, p75)],
            },
        }
    }
}

/// Lines over months.
pub(super) struct Chart<'a> {
    /// Unique in the page; part of ids.
    pub id: &'a str,
    /// What it shows.
    pub title: &'a str,
    /// Unit of the values: `share`, a currency, or a word.
    pub unit: &'a str,
    /// Calendar year and month of month 1.
    pub start: (i32, u32),
    /// The lines.
    pub lines: Vec<Line<'a>>,
}

impl Chart<'_> {
    /// The picture with its legend and the table of its numbers.
    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        let unit = if self.unit == "share" {
            "per cent"
        } else {
            self.unit
        };
        let caption = format!("{} ({unit})", self.title);
        let _ = write!(
            html,
            "<figure><figcaption>{}</figcaption>",
            escape(&caption)
        );
        self.picture(&mut html);
        html.push_str("<ul class=\"legend\">");
        for (position, line) in self.lines.iter().enumerate() {
            let _ = write!(
                html,
                "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path class=\"series\" {} d=\"M1 5H27\"/></svg>{}</li>",
                stroke(position),
                escape(line.label)
            );
        }
        html.push_str("</ul>");
        self.table(&mut html);
        html.push_str("</figure>\n");
        html
    }

    fn picture(&self, html: &mut String) {
        let months = self
            .lines
            .iter()
            .map(|line| line.values.len())
            .max()
            .unwrap_or(0);
        let (low, high, step) = self.scale();
        let x = |month: usize| {
            let span = months.saturating_sub(1).max(1) as f64;
            LEFT + (WIDTH - LEFT - RIGHT) * month as f64 / span
        };
        let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low);
        let id = escape(self.id);
        let _ = write!(
            html,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
            escape(self.title),
            escape(&self.description())
        );
        let steps = ((high - low) / step).round() as usize;
        for tick in 0..=steps {
            let value = low + step * tick as f64;
            let value = if value.abs() < step / 2.0 { 0.0 } else { value };
            let at = y(value);
            let class = if value == 0.0 { "axis" } else { "grid" };
            let _ = write!(
                html,
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                escape(&self.tick(value))
            );
        }
        self.calendar(html, months, &x);
        for (position, line) in self.lines.iter().enumerate() {
            for (low, high) in &line.bands {
                let there = high.iter().enumerate();
                let back = low.iter().enumerate().rev();
                let mut points = String::new();
                for (month, value) in there.chain(back) {
                    let _ = write!(points, "{:.1},{:.1} ", x(month), y(*value));
                }
                let colour = position % COLOURS;
                let _ = write!(
                    html,
                    "<path class=\"band\" style=\"fill:var(--s{colour})\" d=\"M{}Z\"/>",
                    points.trim_end()
                );
            }
            let mut path = String::new();
            for (month, value) in line.values.iter().enumerate() {
                let letter = if month == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{letter}{:.1} {:.1}", x(month), y(*value));
            }
            if line.values.len() == 1 {
                path.push_str("h0.1");
            }
            let _ = write!(
                html,
                "<path class=\"series\" {} d=\"{path}\"/>",
                stroke(position)
            );
        }
        html.push_str("</svg>");
    }

    /// A tick and a year at each January, thinned where they would touch; the first month if none is.
    fn calendar(&self, html: &mut String, months: usize, x: &dyn Fn(usize) -> f64) {
        let (year, month) = self.start;
        let januaries: Vec<(usize, i32)> = (0..months)
            .filter(|offset| (month as usize - 1 + offset).is_multiple_of(12))
            .map(|offset| (offset, year + ((month as usize - 1 + offset) / 12) as i32))
            .collect();
        let base = HEIGHT - BOTTOM;
        let mut mark = |at: f64, text: &str| {
            let _ = write!(
                html,
                "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{base}\" y2=\"{:.1}\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                base + 5.0,
                base + 20.0
            );
        };
        let every = januaries.len().div_ceil(8).max(1);
        for (offset, year) in januaries.iter().step_by(every) {
            mark(x(*offset), &year.to_string());
        }
        if januaries.is_empty() && months > 0 {
            mark(x(0), &format!("{year}-{month:02}"));
        }
    }

    /// Lowest and highest tick, both multiples of the step, with 0 between them.
    fn scale(&self) -> (f64, f64, f64) {
        let values = || {
            self.lines.iter().flat_map(|line| {
                let bands = line
                    .bands
                    .iter()
                    .flat_map(|(low, high)| low.iter().chain(*high));
                line.values.iter().chain(bands).copied()
            })
        };
        let low = values().fold(0.0, f64::min);
        let high = values().fold(0.0, f64::max);
        let rough = (high - low) / STEPS;
        if rough <= 0.0 || !rough.is_finite() {
            return (0.0, 1.0, 1.0);
        }
        let power = 10_f64.powf(rough.log10().floor());
        let nice = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .find(|nice| nice * power >= rough);
        let step = nice.unwrap_or(10.0) * power;
        (
            (low / step).floor() * step,
            (high / step).ceil() * step,
            step,
        )
    }

    fn tick(&self, value: f64) -> String {
        if self.unit == "share" {
            words::percent(value)
        } else {
            words::human(value)
        }
    }

    fn number(&self, value: f64) -> String {
        words::with_unit(value, self.unit)
    }

    fn description(&self) -> String {
        let lines = self.lines.iter().filter_map(|line| {
            let (first, last) = (line.values.first()?, line.values.last()?);
            Some(format!(
                "{} from {} to {}",
                line.label,
                self.number(*first),
                self.number(*last)
            ))
        });
        lines.collect::<Vec<_>>().join("; ")
    }

    fn table(&self, html: &mut String) {
        html.push_str("<details><summary>Numbers</summary><div class=\"scroll\"><table><thead><tr><th>Month</th>");
        for line in &self.lines {
            let _ = write!(html, "<th class=\"number\">{}</th>", escape(line.label));
        }
        html.push_str("</tr></thead><tbody>");
        let months = self
            .lines
            .iter()
            .map(|line| line.values.len())
            .max()
            .unwrap_or(0);
        for offset in 0..months {
            let index = self.start.1 as usize - 1 + offset;
            let year = self.start.0 + (index / 12) as i32;
            let _ = write!(html, "<tr><th>{year}-{:02}</th>", index % 12 + 1);
            for line in &self.lines {
                let text = line
                    .values
                    .get(offset)
                    .map_or(String::new(), |value| self.number(*value));
                let _ = write!(html, "<td class=\"number\">{}</td>", escape(&text));
            }
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table></div></details>");
    }
}

fn stroke(position: usize) -> String {
    let colour = position % COLOURS;
    let dash = DASHES[(position / COLOURS + position) % DASHES.len()];
    if dash.is_empty() {
        format!("style=\"stroke:var(--s{colour})\"")
    } else {
        format!("style=\"stroke:var(--s{colour})\" stroke-dasharray=\"{dash}\"")
    }
}

/// Shares wanted (a ring, or a bar for a band) and got (a dot), a row each.
pub(super) fn wanted_and_got(rows: &[(&str, (f64, f64), f64)]) -> String {
    const ROW: f64 = 22.0;
    const NAMES: f64 = 210.0;
    let height = TOP + ROW * rows.len() as f64 + BOTTOM;
    let top = rows
        .iter()
        .map(|(_, band, got)| band.1.max(*got))
        .fold(0.0, f64::max);
    let top = (top * 10.0).ceil().max(1.0) / 10.0;
    let x = |value: f64| NAMES + (WIDTH - NAMES - 2.0 * RIGHT) * value / top;
    let mut html = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"fit-title\"><title id=\"fit-title\">Shares wanted and got by calibration</title>"
    );
    for tick in 0..=5 {
        let value = top * f64::from(tick) / 5.0;
        let at = x(value);
        let _ = write!(
            html,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            height - BOTTOM,
            height - BOTTOM + 18.0,
            words::percent(value)
        );
    }
    for (position, (name, (low, high), got)) in rows.iter().enumerate() {
        let y = TOP + ROW * (position as f64 + 0.5);
        let _ = write!(
            html,
            "<text class=\"label\" x=\"0\" y=\"{:.1}\">{}</text>",
            y + 4.0,
            escape(&shortened(name))
        );
        if high > low {
            let _ = write!(
                html,
                "<line class=\"axis\" stroke-width=\"5\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                x(*low),
                x(*high)
            );
        } else {
            let _ = write!(
                html,
                "<circle class=\"wanted\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"6\"/>",
                x(*low)
            );
        }
        let _ = write!(
            html,
            "<circle class=\"got\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"3\"/>",
            x(*got)
        );
    }
    html.push_str("</svg>");
    html
}

/// The end of a long name says which row it is.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 32;
    let letters = name.chars().count();
    if letters <= LONGEST {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(letters - LONGEST + 1).collect();
    format!("\u{2026}{tail}")
}
