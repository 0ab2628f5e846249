//! The table of part-worths as written: a row a respondent, first its id, then a column for each `attribute:level`.

use super::folder::Rows;
use crate::document::{Node, Place, Table};
use crate::nearest::nearest;
use crate::reader::{Reader, Text, choice};

/// Columns beside the id and the levels.
const WEIGHT: &str = "weight";
const SEGMENT: &str = "segment";
const NONE: &str = "none";
/// Attribute whose levels are prices.
pub(super) const PRICE: &str = "price";
/// Mean of an attribute's worths, relative to their range, from which a row is not zero-centred; tables are rounded.
const CENTRED: f64 = 0.01;

choice! {
    /// How part-worths of prices are read between the levels.
    PriceWorthWord {
        /// On the line between the neighbouring levels.
        Interpolated = "interpolated",
        /// On one line through all levels, by least squares.
        Linear = "linear",
    }
}

choice! {
    /// What draws do with the respondents of a study.
    RespondentsWord {
        /// Each draw counts them anew, as if another sample of the same people had been asked.
        Resampled = "resampled",
        /// All draws count them as written.
        Fixed = "fixed",
    }
}

/// The table, read.
#[derive(Clone, Debug)]
pub(super) struct Study {
    /// Attributes in the order of their first columns.
    pub attributes: Vec<Attribute>,
    /// Respondents in the order of the table.
    pub respondents: Vec<Respondent>,
    /// Where the table begins.
    pub place: Place,
    /// Whether a column says the segment.
    pub has_segments: bool,
    /// A column could not be read, so levels may be missing; that has been reported.
    pub is_poison: bool,
}

/// An attribute with its levels.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    /// Name, a column of the table of products.
    pub name: String,
    /// Levels with the positions of their worths in a respondent's row.
    pub levels: Vec<(String, usize)>,
    /// Where the name of its first level stands.
    pub place: Place,
}

/// One respondent.
#[derive(Clone, Debug)]
pub(super) struct Respondent {
    /// Id.
    pub id: String,
    /// Weight, any scale.
    pub weight: f64,
    /// Segment, where a column says so.
    pub segment: Option<Text>,
    /// Worth of each level, in the order of the columns.
    pub worth: Vec<f64>,
    /// Worth of buying none, where the study asked.
    pub none: Option<f64>,
}

/// What a column holds.
enum Column {
    Id,
    Weight,
    Segment,
    None,
    Level(usize),
}

/// Reads the table; mistakes are reported.
pub(super) fn read_study(rows: &Rows, reader: &mut Reader<'_>) -> Study {
    let first = rows.columns.first();
    let mut study = Study {
        attributes: Vec::new(),
        respondents: Vec::new(),
        place: first.map_or(Place::NOWHERE, |column| column.1),
        has_segments: false,
        is_poison: false,
    };
    let mut levels = 0;
    let columns: Vec<(&str, Option<Column>)> = rows
        .columns
        .iter()
        .enumerate()
        .map(|(at, (name, place))| {
            let column = if at == 0 {
                Some(Column::Id)
            } else {
                study.column(name, *place, &mut levels, reader)
            };
            (name.as_str(), column)
        })
        .collect();
    study.is_poison = columns.iter().any(|(_, column)| column.is_none());
    study.has_segments = columns
        .iter()
        .any(|(_, column)| matches!(column, Some(Column::Segment)));
    for table in rows.tables() {
        let respondent = read_respondent(table, &columns, levels, reader);
        study.respondents.push(respondent);
    }
    study.check(rows, reader);
    study
}

impl Study {
    /// What the name of a column says; a level is added to its attribute.
    fn column(
        &mut self,
        name: &str,
        place: Place,
        levels: &mut usize,
        reader: &mut Reader<'_>,
    ) -> Option<Column> {
        match name {
            WEIGHT => return Some(Column::Weight),
            SEGMENT => return Some(Column::Segment),
            NONE => return Some(Column::None),
            _ => {}
        }
        let parts = name
            .split_once(':')
            .map(|(attribute, level)| (attribute.trim(), level.trim()));
        let Some((attribute, level)) = parts.filter(|(a, l)| !a.is_empty() && !l.is_empty()) else {
            let diagnostic = reader
                .error(place, format!("the column `{name}` of a table of part-worths"))
                .expected("`attribute:level`, such as `battery:large` or `price:199`; or `weight`, `segment`, `none`")
                .nearest(name, [WEIGHT, SEGMENT, NONE]);
            reader.push(diagnostic);
            return None;
        };
        let found = self
            .attributes
            .iter()
            .position(|known| known.name == attribute);
        let at = found.unwrap_or_else(|| {
            self.attributes.push(Attribute {
                name: attribute.to_owned(),
                levels: Vec::new(),
                place,
            });
            self.attributes.len() - 1
        });
        let known = &mut self.attributes[at].levels;
        if known.iter().any(|(text, _)| text == level) {
            let found = format!("the level `{attribute}:{level}` is there already");
            let diagnostic = reader.error(place, found).expected("each level once");
            reader.push(diagnostic);
            return None;
        }
        known.push((level.to_owned(), *levels));
        *levels += 1;
        Some(Column::Level(*levels - 1))
    }

    /// Ids that are there twice, nobody at all, no weight at all, worths that are not zero-centred.
    fn check(&self, rows: &Rows, reader: &mut Reader<'_>) {
        if self.respondents.is_empty() {
            let diagnostic = reader
                .error(self.place, "a table of part-worths without a respondent")
                .expected("a row for each respondent");
            reader.push(diagnostic);
            return;
        }
        if self.respondents.iter().all(|one| one.weight == 0.0) {
            let diagnostic = reader
                .error(self.place, "weights of respondents that are all 0")
                .expected("at least one weight above 0");
            reader.push(diagnostic);
        }
        let mut seen = std::collections::BTreeSet::new();
        for (one, table) in self.respondents.iter().zip(rows.tables()) {
            if !seen.insert(one.id.as_str()) {
                let place = table
                    .entries
                    .first()
                    .map_or(self.place, |entry| entry.node.place);
                let found = format!("the respondent `{}` is there already", one.id);
                let diagnostic = reader.error(place, found).expected("each respondent once");
                reader.push(diagnostic);
            }
        }
        self.warn_of_centres(reader);
    }

    fn warn_of_centres(&self, reader: &mut Reader<'_>) {
        for attribute in &self.attributes {
            let is_off = |one: &&Respondent| {
                let worths = || attribute.levels.iter().map(|(_, at)| one.worth[*at]);
                let mean = worths().sum::<f64>() / attribute.levels.len() as f64;
                let largest = worths().fold(f64::NEG_INFINITY, f64::max);
                let smallest = worths().fold(f64::INFINITY, f64::min);
                mean.abs() > CENTRED * (largest - smallest).max(f64::MIN_POSITIVE)
            };
            let off = self.respondents.iter().filter(is_off).count();
            if off > 0 {
                let found = format!(
                    "part-worths of `{}` that are not zero-centred, of {off} of {} respondents",
                    attribute.name,
                    self.respondents.len()
                );
                let help = if self.respondents[0].none.is_some() {
                    "differences inside an attribute are right all the same, but `none` must be on the same zero: subtract each attribute's mean, or make sure that it is"
                } else {
                    "only differences inside an attribute count, so nothing changes; most programs export them zero-centred"
                };
                let warning = reader.files.warning(attribute.place, found).help(help);
                reader.push(warning);
            }
        }
    }
}

fn read_respondent(
    table: &Table,
    columns: &[(&str, Option<Column>)],
    levels: usize,
    reader: &mut Reader<'_>,
) -> Respondent {
    let mut one = Respondent {
        id: String::new(),
        weight: 1.0,
        segment: None,
        worth: vec![0.0; levels],
        none: None,
    };
    for (name, column) in columns {
        let Some(node) = table.get(name) else {
            continue;
        };
        let text = node.as_text().unwrap_or("");
        match column {
            Some(Column::Id) if text.is_empty() => {
                let diagnostic = reader
                    .error(node.place, "a respondent without an id")
                    .expected("an id in the first column");
                reader.push(diagnostic);
            }
            Some(Column::Id) => one.id = text.to_owned(),
            Some(Column::Segment) => {
                one.segment = Some(Text {
                    text: text.to_owned(),
                    place: node.place,
                });
            }
            Some(Column::Weight) => {
                one.weight = number(node, name, reader).unwrap_or(1.0);
                if one.weight < 0.0 {
                    let diagnostic = reader
                        .error(node.place, format!("a weight of {text}"))
                        .expected("a weight of at least 0");
                    reader.push(diagnostic);
                }
            }
            Some(Column::None) => one.none = Some(number(node, name, reader).unwrap_or(0.0)),
            Some(Column::Level(at)) => one.worth[*at] = number(node, name, reader).unwrap_or(0.0),
            None => {}
        }
    }
    one
}

/// A number in a cell; anything else is reported.
fn number(node: &Node, column: &str, reader: &mut Reader<'_>) -> Option<f64> {
    let text = node.as_text().unwrap_or("");
    let number = text
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    if number.is_none() {
        let found = if text.is_empty() {
            format!("an empty cell in column `{column}`")
        } else {
            format!("{} in column `{column}`", node.describe())
        };
        let diagnostic = reader
            .error(node.place, found)
            .expected("a number of every respondent");
        reader.push(diagnostic);
    }
    number
}

/// The attribute's name with the nearest column of the table of products, for a message.
pub(super) fn no_such_column(attribute: &str, columns: &[&str]) -> (String, String) {
    let found = format!("the table of products has no column `{attribute}`");
    let help = nearest(attribute, columns.iter().copied()).map_or_else(
        || format!("add a column `{attribute}` that says each product's level"),
        |near| format!("did you mean `{near}`?"),
    );
    (found, help)
}

/// A price as a level's name.
pub(super) fn price_level(level: &str) -> Option<f64> {
    level
        .parse::<f64>()
        .ok()
        .filter(|price| price.is_finite() && *price >= 0.0)
}
