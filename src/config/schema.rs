//! The JSON schema of the configuration, and the list of its keys that everything else here goes by.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

/// The JSON schema (draft 2020-12) of the configuration file, for editors.
pub fn json_schema() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    drop_nulls(&mut schema);
    schema
}

/// TOML knows no null: a key is there or it is not.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| !(name == "default" && (member.is_null() || member.is_object())));
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            for (name, member) in members {
                match member {
                    // Their names are keys of ours, not words of the schema.
                    Value::Object(properties) if name == "properties" => properties.values_mut().for_each(drop_nulls),
                    member => drop_nulls(member),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A section of the file: its name ("bootstrap.client"), what it is for, and its keys.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) keys: Vec<Key>,
}

/// One key of the configuration.
pub(super) struct Key {
    /// The full name, as "server.listen".
    pub(super) path: String,
    /// What it means.
    pub(super) doc: String,
    /// The JSON types that it takes.
    pub(super) types: Vec<String>,
    /// Whether its value must never be shown.
    pub(super) secret: bool,
    /// Its value when nobody sets it.
    pub(super) default: Option<Value>,
    /// A value to show where there is no default.
    pub(super) example: Option<Value>,
}

impl Key {
    /// The name within the section.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// Whether it takes this JSON type.
    pub(super) fn takes(&self, kind: &str) -> bool {
        self.types.iter().any(|own| own == kind)
    }
}

/// Every section, in the order of the structs.
pub(super) fn sections() -> Vec<Section> {
    let mut sections = Vec::new();
    collect("", &json_schema(), &mut sections);
    sections.retain(|section| !section.keys.is_empty());
    sections
}

fn collect(name: &str, schema: &Value, sections: &mut Vec<Section>) {
    let own = sections.len();
    sections.push(Section { name: name.to_owned(), doc: text(&schema["description"]), keys: Vec::new() });
    for (member, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
        if property.get("properties").is_some() {
            collect(&path, property, sections);
        } else {
            sections[own].keys.push(key(path, property));
        }
    }
}

fn key(path: String, property: &Value) -> Key {
    let kind = property.get("type").or_else(|| property.pointer("/oneOf/0/type")).unwrap_or(&Value::Null);
    let types = match kind {
        Value::Array(kinds) => kinds.iter().map(text).collect(),
        kind => vec![text(kind)],
    };
    Key {
        path,
        doc: text(&property["description"]),
        types,
        secret: property["writeOnly"] == true,
        default: property.get("default").cloned(),
        example: property.pointer("/examples/0").cloned(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
