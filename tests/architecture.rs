//! The shape of the code: the arrows between modules, who may name which library, the size of files, and what never appears.
//!
//! `source` reads a file into the paths that it names, `layers` and `rules` judge them; `violations` proves that each judgement can fail.

mod layers;
mod rules;
mod source;
mod violations;

use source::{Source, tree};

/// Fails with every finding at once, one line each: `file:line: what is wrong`.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

fn judge(folders: &[&str], rule: impl Fn(&Source) -> Vec<String>) {
    none(&tree(folders).iter().flat_map(rule).collect::<Vec<_>>());
}

#[test]
fn arrows_point_downward_and_never_sideways() {
    judge(&["src"], layers::arrows);
}

#[test]
fn super_stays_within_its_own_module() {
    judge(&["src"], layers::escapes);
}

#[test]
fn modules_of_the_lowest_layer_form_no_cycle() {
    none(&layers::cycles(&tree(&["src"])));
}

#[test]
fn every_module_has_its_place_in_the_layers() {
    judge(&["src"], layers::unplaced);
}

#[test]
fn only_its_owner_names_a_library() {
    judge(&["src"], rules::owners);
}

#[test]
fn only_the_guarded_client_and_the_listener_have_sockets() {
    judge(&["src", "entity/src", "migration/src"], rules::sockets);
}

#[test]
fn migrations_never_import_the_entities() {
    judge(&["migration/src"], rules::migration_imports);
}

#[test]
fn no_file_exceeds_500_lines() {
    none(&rules::long_files(&["src", "entity", "migration", "tests", "examples", "templates", "static", "scripts"]));
}

#[test]
fn modules_are_not_named_mod_rs() {
    judge(&["src", "entity", "migration", "tests", "examples"], rules::mod_files);
}

#[test]
fn nothing_is_left_to_do_or_silenced() {
    judge(&["src", "entity", "migration", "tests", "examples"], rules::unfinished);
}

#[test]
fn production_code_does_not_panic_on_purpose() {
    judge(&["src", "entity/src", "migration/src"], rules::panics);
}

#[test]
fn sessions_end_in_one_file_alone() {
    none(&rules::endings(&["src"]));
}

#[test]
fn tests_wait_for_a_condition_and_never_sleep() {
    judge(&["tests"], rules::sleeps);
}
