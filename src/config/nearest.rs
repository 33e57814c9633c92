//! The right key that a wrong one was probably meant to be.

use super::schema::{Key, Section};

/// What to say after an unknown key: the nearest right one if there is one near, else the section's keys.
pub(super) fn advice(wrong: &str, sections: &[Section], name_of: impl Fn(&str) -> String) -> String {
    if let Some(right) = nearest(wrong, sections) {
        return format!("did you mean {}?", name_of(&right));
    }
    let (section, _) = wrong.rsplit_once('.').unwrap_or(("", wrong));
    if let Some(known) = sections.iter().find(|known| known.name == section) {
        let keys: Vec<_> = known.keys.iter().map(Key::name).collect();
        return format!("the keys of [{section}] are {}", keys.join(", "));
    }
    let names: Vec<_> = sections.iter().map(|section| section.name.as_str()).collect();
    format!("the sections are {}", names.join(", "))
}

/// The key of the same name elsewhere, else the section or key whose full name differs least, if it differs little.
fn nearest(wrong: &str, sections: &[Section]) -> Option<String> {
    let keys = || sections.iter().flat_map(|section| &section.keys);
    let last = wrong.rsplit('.').next().unwrap_or(wrong);
    let names = sections.iter().map(|section| section.name.clone()).chain(keys().map(|key| key.path.clone()));
    let near = names.map(|name| (strsim::damerau_levenshtein(wrong, &name), name)).min();
    let near = near.filter(|(distance, name)| *distance <= allowed(last) && depth(name) == depth(wrong));
    near.map(|(_, name)| name).or_else(|| keys().find(|key| key.name() == last).map(|key| key.path.clone()))
}

/// A third of the letters may be wrong, and two always.
fn allowed(name: &str) -> usize {
    (name.len() / 3).max(2)
}

fn depth(path: &str) -> usize {
    path.matches('.').count()
}
