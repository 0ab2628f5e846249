//! JSON schema and reference of `scenario.toml`, from the same declarations that read it.

use super::file::ScenarioFile;
use crate::quantity::quantity_schema;
use crate::reader::{Field, Record, record_schema};
use serde::Serialize;
use serde_json::json;

/// The JSON schema (draft 2020-12) of `scenario.toml`.
pub fn schema() -> serde_json::Value {
    let mut schema = record_schema::<ScenarioFile>();
    if let Some(object) = schema.as_object_mut() {
        let dialect = "https://json-schema.org/draft/2020-12/schema";
        object.insert("$schema".to_owned(), json!(dialect));
        object.insert("title".to_owned(), json!("Beachhead scenario, format 1"));
        object.insert("$defs".to_owned(), json!({ "quantity": quantity_schema() }));
    }
    schema
}

/// A field of the format, for the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDoc {
    /// Path, with `<id>` where a name stands.
    pub path: String,
    /// What it means.
    pub meaning: String,
    /// What may be written.
    pub expected: String,
    /// Whether it must be given.
    pub required: bool,
    /// What stands if nothing is written.
    pub default: Option<String>,
}

/// Every field of `scenario.toml`, in the order of the format.
pub fn reference() -> Vec<FieldDoc> {
    let mut docs = Vec::new();
    collect("", ScenarioFile::fields(), &mut docs);
    docs
}

fn collect(above: &str, fields: Vec<Field>, docs: &mut Vec<FieldDoc>) {
    for field in fields {
        let path = if above.is_empty() {
            field.key.to_owned()
        } else {
            format!("{above}.{}", field.key)
        };
        docs.push(FieldDoc {
            path: path.clone(),
            meaning: field.doc.split_whitespace().collect::<Vec<_>>().join(" "),
            expected: (field.describe)("the scenario's currency"),
            required: field.required,
            default: field
                .default
                .filter(|text| *text != "{}")
                .map(str::to_owned),
        });
        if let Some((step, inner)) = (field.inner)() {
            collect(&format!("{path}{step}"), inner, docs);
        }
    }
}
