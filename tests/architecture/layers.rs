//! The layers and their arrows, as ARCHITECTURE.md draws them.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Name, Source};

/// How the modules of one layer may name each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Each only those that stand after it.
    Ordered,
    /// Never.
    Apart,
    /// Freely, as long as no cycle arises.
    Acyclic,
}

/// From the top down: a layer may name any layer below it.
const LAYERS: &[(Within, &[&str])] = &[
    (Within::Ordered, &["main", "lib", "cli", "server"]),
    (Within::Apart, &["oauth", "oidc", "account", "federation", "workspaces", "developer", "admin", "jobs"]),
    (Within::Ordered, &["web", "app", "telemetry"]),
    (
        Within::Ordered,
        &[
            "sign_in",
            "users",
            "session",
            "tokens",
            "credentials",
            "clients",
            "upstream",
            "access",
            "interaction",
            "outbox",
            "keys",
        ],
    ),
    (Within::Apart, &["store", "ephemeral", "outgoing"]),
    (Within::Acyclic, &["protocol", "config", "clock", "random", "secret", "locale", "picture"]),
];

/// The layer (0 is the top), the place in it, and the layer's rule.
fn place(module: &str) -> Option<(usize, usize, Within)> {
    LAYERS.iter().enumerate().find_map(|(layer, (within, modules))| {
        modules.iter().position(|name| *name == module).map(|order| (layer, order, *within))
    })
}

/// The top-level module that a path from the crate's root leads into, if it is such a path.
fn target<'a>(source: &Source, name: &'a Name) -> Option<&'a str> {
    let from_root = match name.segments.first()?.as_str() {
        "crate" => true,
        // The binary sees the library under its name.
        "tessera" => source.path == "src/main.rs",
        _ => false,
    };
    if from_root { name.segments.get(1).map(String::as_str) } else { None }
}

fn allowed(from: &str, to: &str) -> bool {
    let (Some((from_layer, from_order, within)), Some((to_layer, to_order, _))) = (place(from), place(to)) else {
        return false;
    };
    let sideways = match within {
        Within::Ordered => from_order < to_order,
        Within::Apart => false,
        Within::Acyclic => true,
    };
    from == to || from_layer < to_layer || (from_layer == to_layer && sideways)
}

/// Paths that lead up, sideways, or to something that is no module of the table.
pub(crate) fn arrows(source: &Source) -> Vec<String> {
    let from = source.module()[0].to_owned();
    let finding = |name: &Name| {
        let to = target(source, name)?;
        let text = format!("`{}` leads from {from} to {to}, against the layers", name.segments.join("::"));
        (!allowed(&from, to)).then(|| source.at(name.line, &text))
    };
    source.names.iter().filter_map(finding).collect()
}

/// `super::` that reaches the crate's root, from where it could go anywhere.
pub(crate) fn escapes(source: &Source) -> Vec<String> {
    let depth = match source.module().as_slice() {
        ["main" | "lib"] => 0,
        module => module.len(),
    };
    let climbs = |name: &Name| {
        name.segments.iter().skip_while(|part| *part == "self").take_while(|part| *part == "super").count()
    };
    let escaping = source.names.iter().filter(|name| climbs(name) > 0 && climbs(name) >= depth + name.depth);
    escaping
        .map(|name| source.at(name.line, &format!("`{}` leaves its own module", name.segments.join("::"))))
        .collect()
}

/// A module that the table does not know, so that a new one is given its place.
pub(crate) fn unplaced(source: &Source) -> Vec<String> {
    let module = source.module()[0].to_owned();
    if place(&module).is_some() {
        return Vec::new();
    }
    vec![source.at(1, &format!("{module} has no place in tests/architecture/layers.rs"))]
}

/// Modules of a layer whose order is free that reach themselves again.
pub(crate) fn cycles(sources: &[Source]) -> Vec<String> {
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        let from = source.module()[0];
        let targets = source.names.iter().filter_map(|name| target(source, name)).filter(|to| *to != from);
        arrows.entry(from).or_default().extend(targets);
    }
    let looping = arrows.keys().filter(|module| reaches(&arrows, module, module, &mut BTreeSet::new()));
    looping.map(|module| format!("{module} imports itself through other modules")).collect()
}

fn reaches<'a>(
    arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    from: &str,
    to: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    let Some(next) = arrows.get(from) else { return false };
    next.iter().any(|module| *module == to || (seen.insert(module) && reaches(arrows, module, to, seen)))
}
