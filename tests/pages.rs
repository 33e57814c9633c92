//! Every page in every language: complete, well-formed, usable, and inert whatever people typed.

pub(crate) mod html;
mod samples;

use std::fs;

use html::{Document, Tag};
use samples::{Ink, all};
use tessera::locale::Locale;
use tessera::web::assets::Assets;

use crate::support::app::TestApp;

fn each(mut check: impl FnMut(&str, &str, Document)) {
    let locale = Locale::embedded().expect("the embedded languages are right");
    for tag in locale.tags() {
        for hostile in [false, true] {
            let ink = Ink { translator: locale.negotiate(Some(tag), None), hostile };
            for (name, source) in all(&ink) {
                let label = format!("{name} in {tag}{}", if hostile { ", hostile" } else { "" });
                let document = html::parse(&source).unwrap_or_else(|problem| panic!("{label}: {problem}\n{source}"));
                check(&label, &source, document);
            }
        }
    }
}

/// Checks the pages of these names, each of which must be there.
fn each_of(names: &[&str], check: impl Fn(&str, &Document)) {
    let mut unseen = names.to_vec();
    each(|label, _, document| {
        let name = label.split(' ').next().expect("a label begins with the page's name");
        if names.contains(&name) {
            unseen.retain(|other| *other != name);
            check(label, &document);
        }
    });
    assert!(unseen.is_empty(), "there is no page {unseen:?}");
}

#[test]
fn no_page_shows_a_message_id_in_place_of_words() {
    let english = fs::read_to_string("static/languages/en.ftl").expect("the file is there");
    let ids: Vec<_> = english.lines().filter_map(|line| line.split_once(" = ")).map(|(id, _)| id.trim()).collect();
    each(|label, _, document| {
        for text in document.texts() {
            let text = text.trim();
            assert!(!ids.contains(&text) || !text.contains('-'), "{label}: {text}");
            assert!(!text.contains("{$") && !text.contains("{ $"), "{label}: a value is missing in {text:?}");
        }
    });
}

#[test]
fn templates_name_only_messages_that_exist() {
    let translator = Locale::embedded().expect("the embedded languages are right").negotiate(None, None);
    let mut folders = vec![std::path::PathBuf::from("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let source = fs::read_to_string(&entry).expect("a template");
            assert!(!source.contains("|safe") && !source.contains("| safe"), "{}", entry.display());
            for call in ["page.text(\"", "page.rich(\"", "page.plain(\""] {
                for rest in source.split(call).skip(1) {
                    let id = rest.split('"').next().expect("a string ends");
                    assert!(translator.knows(id), "{}: no message {id}", entry.display());
                }
            }
        }
    }
}

#[test]
fn what_people_typed_is_inert_on_every_page() {
    each(|label, _, document| {
        for tag in &document.tags {
            assert!(tag.attribute("onerror").is_none(), "{label}: {tag:?}");
            assert!(
                tag.name != "script" || tag.attribute("src").is_some_and(|src| src.starts_with("/static/")),
                "{label}"
            );
            assert!(tag.attribute("src").is_none_or(|src| src != "x"), "{label}: {tag:?}");
            for address in ["href", "src", "action"].into_iter().filter_map(|name| tag.attribute(name)) {
                assert!(!address.trim_start().starts_with("javascript:"), "{label}: {tag:?}");
            }
        }
    });
}

/// security.md: every HTML page has a CSP without unsafe-inline.
#[test]
fn no_page_has_inline_scripts_styles_or_event_handlers() {
    each(|label, _, document| {
        for tag in &document.tags {
            assert!(tag.name != "style", "{label}");
            for (name, _) in &tag.attributes {
                assert!(name != "style" && !name.starts_with("on"), "{label}: {tag:?}");
            }
        }
    });
}

/// protocol.md: nothing external (fonts, scripts); assets come from addresses that change with their content.
#[test]
fn every_asset_is_ours_and_exists() {
    let assets = Assets::embedded();
    each(|label, _, document| assert_assets(&assets, label, &document));
}

/// The frame of session management is a page without the look of the others: what it loads is ours too.
#[actix_web::test]
async fn what_the_session_frame_loads_is_ours_and_exists() {
    let frame = TestApp::new().await.browser().get("/oauth2/check-session").await;
    assert_assets(&Assets::embedded(), "check-session", &html::parse(frame.text()).unwrap());
}

#[track_caller]
fn assert_assets(assets: &Assets, label: &str, document: &Document) {
    let loading = document.tags.iter().filter(|tag| matches!(tag.name.as_str(), "script" | "link" | "img"));
    let addresses: Vec<_> = loading.filter_map(|tag| tag.attribute("src").or(tag.attribute("href"))).collect();
    assert!(!addresses.is_empty(), "{label} loads nothing");
    for address in addresses {
        let path = address.strip_prefix("/static/").unwrap_or_else(|| panic!("{label}: {address}"));
        let (hash, name) = path.split_once('/').expect("a hash and a name");
        assert!(assets.find(hash, name).is_some(), "{label}: {address}");
    }
}

/// protocol.md: nothing external (fonts, scripts); nor would an address of ours in a style sheet change with what it leads to.
#[test]
fn a_style_sheet_loads_nothing() {
    let assets = Assets::embedded();
    let sheets: Vec<_> = assets.names().filter(|name| name.starts_with("css/")).collect();
    assert!(sheets.contains(&"css/page.css"), "{sheets:?}");
    for name in sheets {
        let sheet = fs::read_to_string(format!("static/{name}")).expect("a style sheet").to_ascii_lowercase();
        for loading in ["url(", "@import", "image-set(", "src("] {
            assert!(!sheet.contains(loading), "{name}: {loading}");
        }
    }
}

#[test]
fn every_page_has_a_language_a_direction_a_title_one_heading_and_a_way_past_the_navigation() {
    each(|label, _, document| {
        let count = |name: &str| document.tags.iter().filter(|tag| tag.name == name).count();
        assert_eq!((count("h1"), count("title"), count("main")), (1, 1, 1), "{label}");
        let root = document.first("html");
        assert!(root.attribute("lang").is_some() && root.attribute("dir").is_some(), "{label}");
        let link = document.first("a");
        assert_eq!((link.attribute("class"), link.attribute("href")), (Some("skip-link"), Some("#main")), "{label}");
        let levels = document.tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse::<u8>().ok());
        levels.fold(0, |before, level| {
            assert!(level <= before + 1, "{label}: h{level} after h{before}");
            level
        });
    });
}

#[test]
fn every_field_has_a_label_and_every_reference_leads_somewhere() {
    each(|label, source, document| {
        let ids: Vec<_> = document.tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{label}: two elements with the id {id}");
        }
        for tag in document.tags.iter().filter(|tag| is_field(tag)) {
            let id = tag.attribute("id").unwrap_or_else(|| panic!("{label}: {tag:?}"));
            let labelled =
                document.tags.iter().any(|other| other.name == "label" && other.attribute("for") == Some(id));
            assert!(labelled, "{label}: no label for {id}");
            if matches!(tag.attribute("type"), Some("text" | "email" | "password" | "search")) {
                assert!(tag.attribute("autocomplete").is_some(), "{label}: {id} has no autocomplete");
            }
        }
        for name in ["aria-describedby", "aria-labelledby", "for"] {
            for id in document.tags.iter().filter_map(|tag| tag.attribute(name)).flat_map(str::split_whitespace) {
                assert!(ids.contains(&id), "{label}: {name} names {id}\n{source}");
            }
        }
        for id in document.tags.iter().filter_map(|tag| tag.attribute("href")?.strip_prefix('#')) {
            assert!(ids.contains(&id), "{label}: a link to #{id}");
        }
        for image in document.tags.iter().filter(|tag| tag.name == "img") {
            assert!(image.attribute("alt").is_some(), "{label}: {image:?}");
        }
    });
}

fn is_field(tag: &Tag) -> bool {
    matches!(tag.name.as_str(), "input" | "textarea" | "select") && tag.attribute("type") != Some("hidden")
}

/// security.md: a state-changing POST without its token is refused. What goes to a client carries none of ours.
#[test]
fn every_form_that_changes_something_carries_the_token() {
    each(|label, source, document| {
        for form in document.tags.iter().filter(|tag| tag.name == "form" && tag.attribute("method") == Some("post")) {
            let carries = document.inside(form).any(|tag| tag.attribute("name") == Some("csrf"));
            assert_eq!(carries, form.attribute("id") != Some("form-post"), "{label}\n{source}");
        }
    });
}

/// protocol.md, “So that a machine can drive it”.
#[test]
fn a_machine_finds_its_way_by_fixed_ids_and_names() {
    let has = |document: &Document, id: &str| document.tags.iter().any(|tag| tag.attribute("id") == Some(id));
    let named = |document: &Document, name: &str| document.tags.iter().any(|tag| tag.attribute("name") == Some(name));
    each_of(&["login", "login-errors"], |label, document| {
        assert!(has(document, "login-form") && named(document, "identifier") && named(document, "password"), "{label}");
        let step = document.tags.iter().find_map(|tag| tag.attribute("data-step"));
        assert_eq!(step, Some("identifier-password"), "{label}: the step in fixed words");
        let deny = document.tags.iter().find(|tag| tag.attribute("id") == Some("login-cancel"));
        let address = deny.and_then(|tag| tag.attribute("href")).unwrap_or_default();
        assert!(address.starts_with("/oauth2/authorize/cancel"), "{label}: {address:?}");
    });
    for (ids, names) in [
        (&["consent-allow", "consent-deny"][..], ["consent", "consent-loopback", "consent-scheme"]),
        (&["error-page"], ["error", "error-redirect", "other-host"]),
        (&["logged-out"], ["logged-out", "logged-out-app", "logged-out-on"]),
    ] {
        each_of(&names, |label, document| assert!(ids.iter().all(|id| has(document, id)), "{label}: {ids:?}"));
    }
    each_of(&["logout-confirm"], |label, document| assert!(has(document, "logout-confirm"), "{label}"));
}

/// OpenID Connect Registration §2: `policy_uri` and `tos_uri` are shown to the user whom the application asks.
#[test]
fn an_application_s_own_policy_and_terms_are_linked_where_it_asks() {
    let asking = ["login", "login-errors", "signup", "consent", "consent-loopback", "consent-scheme"];
    each_of(&asking, |label, document| {
        let links: Vec<_> = document.tags.iter().filter_map(|tag| tag.attribute("href")).collect();
        for address in ["https://paperboat.example/privacy", "https://paperboat.example/terms"] {
            assert!(links.iter().any(|link| link.starts_with(address)), "{label}: {links:?}");
        }
    });
}

/// Writes every page to `TESSERA_PAGES`, where it is set, so that it can be looked at.
#[test]
fn pages_can_be_looked_at() {
    let Some(folder) = std::env::var_os("TESSERA_PAGES").map(std::path::PathBuf::from) else { return };
    let locale = Locale::embedded().expect("the embedded languages are right");
    let assets = Assets::embedded();
    for name in assets.names() {
        let path = assets.path(name);
        let hash = path.split('/').nth(2).expect("a hash");
        let file = folder.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
        fs::write(file, &assets.find(hash, name).expect("it is there").bytes).expect("the file can be written");
    }
    for tag in locale.tags() {
        let ink = Ink { translator: locale.negotiate(Some(tag), None), hostile: false };
        for (name, source) in all(&ink) {
            fs::write(folder.join(format!("{name}.{tag}.html")), source).expect("the file can be written");
        }
    }
}
