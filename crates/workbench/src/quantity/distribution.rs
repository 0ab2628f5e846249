//! Distributions by moments or by quantiles, each parameter with its unit.

use super::{Number, QUANTITY_KEYS, family_names, read_number};
use crate::diagnostic::name_list;
use crate::document::{Node, Place, Table, Value};
use crate::reader::Reader;
use crate::units::Kind;
use beachhead_engine::futures::distribution::{Conversion, Distribution};
use beachhead_engine::futures::fitting::{Description, Family, fit};

pub(super) fn read_distribution(
    node: &Node,
    family_node: &Node,
    kind: Kind,
    unit: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<(Distribution, Conversion, String)> {
    let names: Vec<&str> = family_names();
    let Some(family) = family_node.as_text().and_then(Family::from_name) else {
        let diagnostic = reader
            .error(
                family_node.place,
                format!("{} as a distribution", family_node.describe()),
            )
            .expected(format!("one of {}", name_list(&names)))
            .nearest(family_node.as_text().unwrap_or(""), &names);
        reader.push(diagnostic);
        return None;
    };
    let parameters = read_parameters(node, kind, unit, reader)?;
    let conversion = common_conversion(node, family, &parameters, reader)?;
    let mut description = Description::default();
    let mut words = Vec::new();
    for parameter in &parameters {
        let value = |number: &Number| match conversion {
            Conversion::Scale(scale) => match number.conversion {
                Conversion::Scale(own) if own != scale => number.value * own / scale,
                _ => number.value,
            },
            _ => number.value,
        };
        let values: Vec<f64> = parameter.numbers.iter().map(value).collect();
        let texts: Vec<&str> = parameter
            .numbers
            .iter()
            .map(|number| number.text.as_str())
            .collect();
        words.push(format!("{} {}", parameter.key, texts.join(" / ")));
        match (parameter.key, values.first()) {
            ("values", _) => description.values = Some(values),
            ("weights", _) => description.weights = Some(values),
            (key, Some(value)) => drop(description.set(key, *value)),
            (_, None) => {}
        }
    }
    match fit(family, &description) {
        Ok(distribution) => Some((
            distribution,
            conversion,
            format!("{}: {}", family.name(), words.join(", ")),
        )),
        Err(problem) => {
            let message = problem.to_string();
            let key = message.split('`').nth(1).unwrap_or("");
            let at = node
                .as_table()
                .and_then(|table| table.get(key))
                .unwrap_or(family_node);
            let diagnostic = reader
                .error(at.place, format!("{message} (in `{}`)", reader.path()))
                .expected(format!(
                    "a {} distribution: {}",
                    family.name(),
                    family.takes()
                ));
            reader.push(diagnostic);
            None
        }
    }
}

/// Whether quantiles are given that cannot be: one mistake, as what else is amiss with the distribution may follow from it.
pub(super) fn has_other_quantiles(table: &Table, keys: &[&str], reader: &mut Reader<'_>) -> bool {
    let is_quantile = |key: &str| {
        let share = key.strip_prefix('p').map(str::parse::<f64>);
        share.is_some_and(|share| share.is_ok()) && !keys.contains(&key)
    };
    let others = table.entries.iter().filter(|entry| is_quantile(&entry.key));
    let others: Vec<_> = others.collect();
    let Some(first) = others.first() else {
        return false;
    };
    let names = name_list(others.iter().map(|entry| &entry.key));
    let found = format!(
        "{names} in `{}`, which is no quantile that can be given",
        reader.path()
    );
    let known = keys.iter().filter(|key| key.starts_with('p'));
    let diagnostic = reader
        .error(first.place, found)
        .expected(format!("quantiles from {}", name_list(known)))
        .help(
            "the ends of a range are `low` and `high` of a beta, triangular, pert or uniform distribution; a normal or lognormal \
             one has none",
        );
    reader.push(diagnostic);
    true
}

/// One parameter of a distribution.
struct Parameter {
    key: &'static str,
    place: Place,
    numbers: Vec<Number>,
}

fn read_parameters(
    node: &Node,
    kind: Kind,
    unit: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Parameter>> {
    let table = node.as_table()?;
    let mut parameters = Vec::new();
    let mut is_complete = true;
    for key in &QUANTITY_KEYS[2..16] {
        let Some(value) = table.get(key) else {
            continue;
        };
        let items = match (&value.value, *key) {
            (Value::List(list), "values" | "weights") => list.iter().collect(),
            _ => vec![value],
        };
        // Weights are plain numbers whatever the values measure.
        let (kind, unit) = if *key == "weights" {
            (Kind::Number, None)
        } else {
            (kind, unit)
        };
        let numbers: Vec<Number> = reader.within(key, |reader| {
            items
                .iter()
                .filter_map(|item| read_number(item, kind, unit, reader))
                .collect()
        });
        is_complete &= numbers.len() == items.len();
        parameters.push(Parameter {
            key,
            place: value.place,
            numbers,
        });
    }
    is_complete.then_some(parameters)
}

/// The one unit in which all parameters are meant. Linear units mix; others must be the same.
fn common_conversion(
    node: &Node,
    family: Family,
    parameters: &[Parameter],
    reader: &mut Reader<'_>,
) -> Option<Conversion> {
    let measured = parameters
        .iter()
        .filter(|parameter| parameter.key != "weights");
    let mut first: Option<Conversion> = None;
    for parameter in measured {
        for number in &parameter.numbers {
            match (first, number.conversion) {
                (None, own) => first = Some(own),
                (Some(Conversion::Scale(_)), Conversion::Scale(_)) => {}
                (Some(before), own) if before == own => {}
                _ => {
                    let diagnostic = reader
                        .error(
                            parameter.place,
                            format!("another period than before in `{}`", reader.path()),
                        )
                        .expected("all parameters of a distribution in the same unit");
                    reader.push(diagnostic);
                    return None;
                }
            }
        }
    }
    if first.is_none() {
        let found = format!("a distribution without parameters in `{}`", reader.path());
        let diagnostic = reader.error(node.place, found).expected(format!(
            "a {} distribution: {}",
            family.name(),
            family.takes()
        ));
        reader.push(diagnostic);
    }
    first
}
