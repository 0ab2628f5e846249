//! `--set path=value`: edits of the tree before it is read.
//!
//! A path is keys joined by dots; lists of tables answer to the ids of their rows or to positions from
//! 1, and `calibration` also to the names of its targets. The name of every quantity is such a path.

use crate::diagnostic::Diagnostic;
use crate::document::{Files, Node, Place, Table, Value, parse_toml_value};
use crate::nearest::nearest;
use crate::quantity::{QUANTITY_KEYS, SLIP, SLIP_KEYS};
use std::ops::Range;

/// The name under which edits appear in messages.
pub const SET_FILE: &str = "--set";

/// One edit, taken apart.
#[derive(Clone, Debug)]
struct Edit {
    /// Steps of the path with their places.
    steps: Vec<(String, Place)>,
    /// The new value.
    value: Node,
}

/// Keeps the edits as a text, one a line, so that messages can point into them.
///
/// Line breaks inside an edit become spaces.
pub fn add_sets(files: &mut Files, sets: &[String]) -> usize {
    let lines: Vec<String> = sets
        .iter()
        .map(|set| set.replace(['\n', '\r'], " "))
        .collect();
    files.add(SET_FILE, lines.join("\n"))
}

/// Applies the edits of file number `file` to a tree, in order.
///
/// # Errors
/// Edits without `=` or value, and paths that lead nowhere, each with the nearest name. A new key at the
/// end of a path is put in: whether it is valid is for the reader to say.
///
/// Only edits whose path begins with a key that `is_meant` are applied.
pub fn apply_sets(
    tree: &mut Node,
    files: &Files,
    file: usize,
    is_meant: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let mut start = 0;
    for line in files.text(file).split('\n') {
        let range = start..start + line.len();
        start += line.len() + 1;
        let first = line.split(['.', '=']).next().unwrap_or("").trim();
        if !is_meant(first) {
            continue;
        }
        let applied = read_edit(files, file, range).and_then(|edit| apply(tree, &edit, files));
        mistakes.extend(applied.err().map(|mistake| *mistake));
    }
    mistakes
}

fn read_edit(files: &Files, file: usize, range: Range<usize>) -> Result<Edit, Box<Diagnostic>> {
    let line = &files.text(file)[range.clone()];
    let help = "for example --set networks.tel_one.churn=\"1 %/month\"";
    let Some((path, value)) = line.split_once('=') else {
        let found = format!("`{line}` without `=`");
        let diagnostic = files.error(Place::new(file, range), found);
        return Err(Box::new(diagnostic.expected("path=value").help(help)));
    };
    let mut steps = Vec::new();
    let mut at = range.start;
    for step in path.split('.') {
        let name = step.trim().trim_matches('"');
        if name.is_empty() {
            let diagnostic = files.error(Place::new(file, range), "a path with an empty step");
            return Err(Box::new(diagnostic.expected("path=value").help(help)));
        }
        steps.push((name.to_owned(), Place::new(file, at..at + step.len())));
        at += step.len() + 1;
    }
    let value_range = range.start + path.len() + 1..range.end;
    if value.trim().is_empty() {
        let diagnostic = files.error(Place::new(file, range), format!("`{path}` without a value"));
        return Err(Box::new(diagnostic.expected("path=value").help(help)));
    }
    Ok(Edit {
        steps,
        value: read_value(files, file, value_range, value)?,
    })
}

/// A value is TOML if it can be read so; otherwise it is text (the shell takes quotes away), but for a table or a list, which
/// no text looks like.
fn read_value(
    files: &Files,
    file: usize,
    range: Range<usize>,
    text: &str,
) -> Result<Node, Box<Diagnostic>> {
    let whole = Place::new(file, range.clone());
    let lead = text.len() - text.trim_start().len();
    let trimmed = range.start + lead..range.start + lead + text.trim().len();
    match parse_toml_value(files, file, trimmed) {
        Err(mistake) if text.trim_start().starts_with(['{', '[']) => {
            Err(Box::new(mistake.expected(
                "a table or a list in TOML, with texts in double quotes and no key twice",
            )))
        }
        read => Ok(read.unwrap_or_else(|_| Node {
            place: whole,
            value: Value::Text(text.trim().to_owned()),
        })),
    }
}

fn apply(tree: &mut Node, edit: &Edit, files: &Files) -> Result<(), Box<Diagnostic>> {
    let steps = resolve_calibration(tree, &edit.steps);
    let Some((last, before)) = steps.split_last() else {
        return Ok(());
    };
    let mut node = tree;
    for (position, (step, place)) in before.iter().enumerate() {
        let path: Vec<&str> = before[..position]
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        node = descend(node, step, *place, &path.join("."), files)?;
    }
    let (key, place) = last;
    match &mut node.value {
        Value::Table(table) => {
            let key = key_of(table, key);
            let value = kept_beside(table.get(&key), &edit.value);
            table.set(&key, *place, value);
            Ok(())
        }
        Value::List(list) => match position_of(list, key) {
            Some(position) => {
                list[position] = edit.value.clone();
                Ok(())
            }
            None => Err(no_such_row(list, key, *place, files)),
        },
        _ => Err(Box::new(files.error(
            *place,
            format!("`{key}` of something that is a plain value"),
        ))),
    }
}

fn descend<'t>(
    node: &'t mut Node,
    step: &str,
    place: Place,
    path: &str,
    files: &Files,
) -> Result<&'t mut Node, Box<Diagnostic>> {
    match &mut node.value {
        Value::Table(table) => {
            let key = key_of(table, step);
            if table.get(&key).is_none() {
                // A section that is not written yet: the reader knows whether it may be.
                table.set(
                    &key,
                    place,
                    Node {
                        place,
                        value: Value::Table(Table::default()),
                    },
                );
            }
            match table.get_mut(&key) {
                Some(inner) => Ok(inner),
                None => Err(Box::new(
                    files.error(place, format!("unknown path `{step}`")),
                )),
            }
        }
        Value::List(list) => match position_of(list, step) {
            Some(position) => Ok(&mut list[position]),
            None => Err(no_such_row(list, step, place, files)),
        },
        _ => Err(Box::new(
            files
                .error(
                    place,
                    format!("`{step}` inside `{path}`, which is a plain value"),
                )
                .help(format!(
                    "set `{path}` as a whole, for example {{ value = …, source = … }}"
                )),
        )),
    }
}

/// A key, or the key at a position from 1 where keys cannot be steps of a path (conditions).
fn key_of(table: &Table, step: &str) -> String {
    let position = step
        .parse::<usize>()
        .ok()
        .filter(|_| table.get(step).is_none());
    let entry = position.and_then(|number| table.entries.get(number.checked_sub(1)?));
    entry.map_or(step, |entry| entry.key.as_str()).to_owned()
}

fn id_of(row: &Node) -> Option<&str> {
    row.as_table()
        .and_then(|table| table.get("id"))
        .and_then(Node::as_text)
}

fn position_of(list: &[Node], step: &str) -> Option<usize> {
    list.iter()
        .position(|row| id_of(row) == Some(step))
        .or_else(|| {
            let number: usize = step.parse().ok()?;
            (1..=list.len()).contains(&number).then(|| number - 1)
        })
}

fn no_such_row(list: &[Node], step: &str, place: Place, files: &Files) -> Box<Diagnostic> {
    let ids: Vec<&str> = list.iter().filter_map(id_of).collect();
    let mut diagnostic = files.error(place, format!("unknown `{step}` in a path"));
    diagnostic.expected = if ids.is_empty() {
        format!("a position from 1 to {}", list.len())
    } else {
        format!("one of {}", crate::diagnostic::name_list(&ids))
    };
    if let Some(name) = nearest(step, ids.iter().copied()) {
        diagnostic.help = format!("did you mean `{name}`?");
    }
    Box::new(diagnostic)
}

/// A new quantity keeps nothing of the old one, but keys beside it that are not the quantity's stay.
fn kept_beside(old: Option<&Node>, new: &Node) -> Node {
    let Some(old) = old.and_then(Node::as_table) else {
        return new.clone();
    };
    let is_quantity = old.get("value").is_some() || old.get("distribution").is_some();
    // Keys of a slip may mean something else beside another quantity.
    let is_slip = old.get("distribution").and_then(Node::as_text) == Some(SLIP);
    let is_own = |key: &str| QUANTITY_KEYS.contains(&key) || (is_slip && SLIP_KEYS.contains(&key));
    let others = old.entries.iter().filter(|entry| !is_own(&entry.key));
    let others: Vec<_> = others.cloned().collect();
    if !is_quantity || others.is_empty() {
        return new.clone();
    }
    let mut table = new.as_table().cloned().unwrap_or_default();
    if new.as_table().is_none() {
        table.set("value", new.place, new.clone());
    }
    for entry in others {
        if table.get(&entry.key).is_none() {
            table.entries.push(entry);
        }
    }
    Node {
        place: new.place,
        value: Value::Table(table),
    }
}

/// Turns the name of a target (`calibration.share_of_sales.pear`) into the path of its value.
fn resolve_calibration(tree: &Node, steps: &[(String, Place)]) -> Vec<(String, Place)> {
    let found = || {
        let [(section, section_place), (target, _), rest @ ..] = steps else {
            return None;
        };
        if section != "calibration" {
            return None;
        }
        let Value::List(rows) = &tree.as_table()?.get("calibration")?.value else {
            return None;
        };
        let names: Vec<&str> = rest.iter().map(|(name, _)| name.as_str()).collect();
        let (row, path) = rows.iter().enumerate().find_map(|(position, row)| {
            let table = row.as_table()?;
            (table.get("target")?.as_text()? == target).then_some(())?;
            Some((position, path_in_row(table, &names)?))
        })?;
        let place = steps.last().map_or(*section_place, |(_, place)| *place);
        let mut resolved = vec![
            (section.clone(), *section_place),
            ((row + 1).to_string(), place),
        ];
        resolved.extend(path.into_iter().map(|name| (name, place)));
        Some(resolved)
    };
    found().unwrap_or_else(|| steps.to_vec())
}

/// Where in a row of `calibration` the rest of a target's name leads.
fn path_in_row(row: &Table, names: &[&str]) -> Option<Vec<String>> {
    let text = |key: &str| row.get(key).and_then(Node::as_text);
    let owned = |path: &[&str]| Some(path.iter().map(|name| (*name).to_owned()).collect());
    let mut names = names;
    for key in ["by", "brand", "product", "segment", "to"] {
        if let [first, rest @ ..] = names
            && text(key) == Some(*first)
        {
            names = rest;
        }
    }
    let value = row.get("values").and_then(Node::as_table);
    match names {
        [] if row.get("value").is_some() => owned(&["value"]),
        [name] if value.is_some_and(|values| values.get(name).is_some()) => {
            owned(&["values", name])
        }
        [key, ..] if row.get(key).is_some() => owned(names),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse_toml;

    const TEXT: &str = r#"
[[networks]]
id = "tel_one"
churn = { value = "0.8 %/month", source = "report" }
[[channels]]
id = "shop"
subsidy = { value = "USD 10/unit", paid_by = "brand", source = "x" }
[[calibration]]
target = "share_of_sales"
by = "brand"
values = { pear = 0.4 }
[[calibration]]
target = "network_switching"
value = 0.12
"#;

    fn set(edits: &[&str]) -> (Node, Vec<Diagnostic>) {
        let mut files = Files::default();
        let file = files.add("scenario.toml", TEXT.to_owned());
        let edits: Vec<String> = edits.iter().map(|edit| (*edit).to_owned()).collect();
        let edits_file = add_sets(&mut files, &edits);
        let mut tree = parse_toml(&files, file).unwrap();
        let mistakes = apply_sets(&mut tree, &files, edits_file, |_| true);
        (tree, mistakes)
    }

    fn at<'t>(tree: &'t Node, path: &[&str]) -> &'t Node {
        path.iter().fold(tree, |node, step| match &node.value {
            Value::Table(table) => table.get(step).unwrap(),
            Value::List(list) => &list[position_of(list, step).unwrap()],
            _ => panic!("{step}"),
        })
    }

    #[test]
    fn paths_answer_to_ids_and_to_target_names() {
        let (tree, mistakes) = set(&[
            "networks.tel_one.churn=1 %/month",
            "calibration.share_of_sales.pear=0.5",
            "calibration.network_switching={ value = 0.2 }",
            "calibration.2.source=panel",
            "channels.shop.subsidy=\"USD 20/unit\"",
            "season.factors=[1, 1]",
        ]);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(
            at(&tree, &["networks", "tel_one", "churn"]).as_text(),
            Some("1 %/month")
        );
        assert_eq!(
            at(&tree, &["calibration", "1", "values", "pear"]).as_number(),
            Some(0.5)
        );
        assert!(
            at(&tree, &["calibration", "2", "value"])
                .as_table()
                .is_some()
        );
        assert_eq!(
            at(&tree, &["calibration", "2", "source"]).as_text(),
            Some("panel")
        );
        let subsidy = at(&tree, &["channels", "shop", "subsidy"])
            .as_table()
            .unwrap();
        assert_eq!(subsidy.keys().collect::<Vec<_>>(), ["value", "paid_by"]);
        assert!(matches!(
            at(&tree, &["season", "factors"]).value,
            Value::List(_)
        ));
    }

    #[test]
    fn paths_that_lead_nowhere_are_errors() {
        let (_, mistakes) = set(&[
            "networks.tel_oen.churn=1",
            "nonsense",
            "a.b=",
            "networks.tel_one.id.x=1",
        ]);
        let found: Vec<String> = mistakes.iter().map(|m| format!("{m}")).collect();
        assert_eq!(mistakes.len(), 4, "{found:?}");
        assert!(found[0].contains("did you mean `tel_one`") && found[0].contains("--set:1:10"));
        assert!(found[1].contains("without `=`") && found[1].contains("--set:2"));
        assert!(found[2].contains("without a value"));
        assert!(found[3].contains("plain value"));
    }
}
