//! Figures: a caption, a sentence that says what the picture shows, the picture, and its numbers in a table.
//!
//! Pictures over months are drawn by plotly.js from JSON beside them; without scripts the sentence and the table remain.

use super::page::{escape, long, name, tied};
use super::table::Table;
use serde_json::{Value, json};
use std::fmt::Write;

/// Stands for the months of the run on the horizontal axis of a trace; the page's script has them once.
pub(in crate::run) const MONTHS: &str = "@months";

/// Pixels of a picture's height unless it says otherwise.
pub(in crate::run) const HEIGHT: u32 = 200;

/// A figure.
#[derive(Clone, Debug)]
pub(in crate::run) struct Figure {
    /// Unique in the page.
    pub(in crate::run) id: String,
    /// What it is about, with the unit.
    pub(in crate::run) title: String,
    /// One sentence, from the numbers, that says what the picture shows.
    pub(in crate::run) says: String,
    /// The pictures, side by side where there is room.
    pub(in crate::run) panels: Vec<Panel>,
    /// Its numbers; empty where a table that is shown has them.
    pub(in crate::run) numbers: Option<Table>,
    /// A key to colours and shapes: class of the sign, and its meaning.
    pub(in crate::run) key: Vec<(&'static str, String)>,
}

/// One picture of a figure.
#[derive(Clone, Debug)]
pub(in crate::run) struct Panel {
    /// Its name, e.g. a plan; may be empty where there is only one.
    pub(in crate::run) title: String,
    /// What it shows, in a few words with numbers; also read out in place of the picture.
    pub(in crate::run) says: String,
    /// Traces of plotly.js. Colours are names of the style sheet: `@s0` … `@s7`, `@ink`, `@soft`, `@accent`, `@warn`, with
    /// an opacity after a slash (`@s0/0.2`), so that they follow the theme. Text in them goes through [`plot_text`].
    pub(in crate::run) traces: Vec<Value>,
    /// Layout of plotly.js, added to that of the page: usually `yaxis` with `range` and `ticksuffix`.
    pub(in crate::run) layout: Value,
    /// Pixels.
    pub(in crate::run) height: u32,
}

impl Figure {
    /// The figure's markup. Panels without traces are left out.
    pub(in crate::run) fn html(&self) -> String {
        let id = escape(&self.id);
        let mut html = format!(
            "<figure id=\"{id}\"><figcaption><strong>{}</strong> <span>{}</span></figcaption>\n",
            name(&self.title),
            long(&tied(&self.says))
        );
        html.push_str(&key(&self.key));
        let alone = if self.panels.len() == 1 { " alone" } else { "" };
        let _ = writeln!(html, "<div class=\"panels{alone}\">");
        for panel in self.panels.iter().filter(|panel| !panel.traces.is_empty()) {
            panel.html(&mut html, &self.title);
        }
        html.push_str("</div>\n");
        if let Some(numbers) = self.numbers.as_ref().filter(|numbers| !numbers.is_empty()) {
            html.push_str("<details><summary>Numbers</summary>");
            html.push_str(&numbers.html());
            html.push_str("</details>");
        }
        html.push_str("</figure>\n");
        html
    }
}

/// A key to signs; nothing where there are none.
pub(super) fn key(signs: &[(&'static str, String)]) -> String {
    if signs.is_empty() {
        return String::new();
    }
    let mut html = String::from("<ul class=\"key\">");
    for (sign, text) in signs {
        let _ = write!(
            html,
            "<li><span class=\"sign {sign}\"></span>{}</li>",
            long(text)
        );
    }
    html.push_str("</ul>\n");
    html
}

impl Panel {
    fn html(&self, html: &mut String, of: &str) {
        html.push_str("<div class=\"panel\">");
        let read_out = if self.title.is_empty() {
            format!("{of}. {}", self.says)
        } else {
            let _ = write!(html, "<p class=\"panel-title\">{}</p>", name(&self.title));
            format!("{of}, {}. {}", self.title, self.says)
        };
        if !self.says.is_empty() && !self.title.is_empty() {
            let _ = write!(
                html,
                "<p class=\"panel-says\">{}</p>",
                long(&tied(&self.says))
            );
        }
        let drawing = json!({ "data": self.traces, "layout": self.layout, "height": self.height });
        let _ = writeln!(
            html,
            "<div class=\"plot\" role=\"img\" aria-label=\"{}\"></div><script type=\"application/json\">{}</script></div>",
            escape(&crate::run::words::shortened(&read_out, 600)),
            safe(&drawing)
        );
    }
}

/// JSON that can stand in a script element whatever names it holds.
pub(super) fn safe(value: &Value) -> String {
    let text = value.to_string();
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(letter));
            }
            other => safe.push(other),
        }
    }
    safe
}

/// Text for plotly.js, which takes some tags and entities for markup: all of it shown as it is, cut where it is endless.
pub(in crate::run) fn plot_text(text: &str) -> String {
    let text = crate::run::words::shortened(text, 60);
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '$' => plain.push('\u{ff04}'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                plain.push('\u{fffd}');
            }
            other if other.is_control() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

/// Most units that an axis counts.
const MOST_COUNTED: f64 = 1e4;

/// How large numbers are drawn: in what unit the axis counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::run) struct Count {
    /// Values are divided by this.
    pub(in crate::run) by: f64,
    /// What then stands for the division: `million`, `%`.
    pub(in crate::run) word: &'static str,
}

impl Count {
    /// For values up to this size in this unit.
    pub(in crate::run) fn of(largest: f64, unit: &str) -> Self {
        let count = |by, word| Self { by, word };
        match largest.abs() {
            _ if unit == "share" => count(0.01, "%"),
            size if size >= 1e12 => count(1e12, "trillion"),
            size if size >= 1e9 => count(1e9, "billion"),
            size if size >= 1e6 => count(1e6, "million"),
            size if size >= 1e4 => count(1e3, "thousand"),
            _ => count(1.0, ""),
        }
    }

    /// For several pictures side by side, each up to its size: the finest unit in which the smallest is no fraction and the largest does
    /// not need more digits than an axis has room for.
    pub(in crate::run) fn for_all(sizes: impl Iterator<Item = f64>, unit: &str) -> Self {
        let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
        for size in sizes.filter(|size| *size > 0.0) {
            smallest = smallest.min(size);
            largest = largest.max(size);
        }
        let finest = Self::of(smallest.min(largest), unit).by;
        let mut units = [1.0, 1e4, 1e6, 1e9, 1e12]
            .map(|size| Self::of(size, unit))
            .into_iter();
        units
            .find(|count| count.by >= finest && largest <= MOST_COUNTED * count.by)
            .unwrap_or_else(|| Self::of(largest, unit))
    }

    /// The unit of the axis in words: `million users`, `USD million`, `%`.
    pub(in crate::run) fn unit(&self, unit: &str) -> String {
        match (self.word, unit) {
            ("%", _) => "%".to_owned(),
            ("", unit) => unit.to_owned(),
            (word, unit) if crate::run::words::is_currency(unit) => format!("{unit} {word}"),
            (word, unit) => format!("{word} {unit}"),
        }
    }

    /// A value as it is drawn: divided, with four significant digits.
    pub(in crate::run) fn value(&self, value: f64) -> Value {
        let text = format!("{:.3e}", value / self.by);
        let rounded = text.parse::<f64>().unwrap_or(0.0);
        if rounded == rounded.trunc() && rounded.abs() < 1e15 {
            json!(rounded as i64)
        } else {
            json!(rounded)
        }
    }

    /// Values as they are drawn.
    pub(in crate::run) fn values(&self, values: &[f64]) -> Value {
        values.iter().map(|value| self.value(*value)).collect()
    }
}

/// A line over months (or over `x`) in a colour; `label` is what a pointer reads.
pub(in crate::run) fn line(x: &Value, y: Value, label: &str, colour: &str, width: f64) -> Value {
    json!({
        "type": "scatter", "mode": "lines", "x": x, "y": y, "name": plot_text(label),
        "line": { "color": colour, "width": width },
    })
}

/// The area between two lines in a colour: two traces.
pub(in crate::run) fn band(
    x: &Value,
    (low, high): (Value, Value),
    (label_low, label_high): (&str, &str),
    colour: &str,
) -> [Value; 2] {
    let edge = |y: Value, label: &str| {
        let mut edge = line(x, y, label, colour, 0.0);
        edge["line"] = json!({ "width": 0, "color": colour });
        edge
    };
    let low = edge(low, label_low);
    let mut high = edge(high, label_high);
    high["fill"] = json!("tonexty");
    high["fillcolor"] = json!(colour);
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_side_by_side_count_in_what_the_smallest_is_no_fraction_of() {
        let counted = |sizes: &[f64]| Count::for_all(sizes.iter().copied(), "USD").unit("USD");
        assert_eq!(counted(&[1.3e9, 34e6]), "USD million");
        assert_eq!(counted(&[34e9, 1.3e9]), "USD billion");
        // Millions would need five digits, thousands eight.
        assert_eq!(counted(&[20e9, 34e6]), "USD billion");
        assert_eq!(counted(&[72e6, 134e3]), "USD million");
        assert_eq!(counted(&[900.0]), "USD");
        assert_eq!(counted(&[]), "USD");
        assert_eq!(
            Count::for_all([0.04, 0.4].into_iter(), "share").unit("share"),
            "%"
        );
    }
}
