//! The log: what a line looks like, and what never stands in one.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tessera::config::{Config, Sources};
use tessera::secret::Secret;
use tessera::telemetry::subscriber;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no other test holds it").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is written when `log` runs under these flags.
fn written(flags: &[&str], log: impl FnOnce()) -> String {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let config = Config::load(&Sources { flags, ..Sources::default() }).expect("right flags");
    let lines = Lines::default();
    let writer = lines.clone();
    tracing::subscriber::with_default(subscriber(&config.log, move || writer.clone(), false), log);
    String::from_utf8(lines.0.lock().expect("no other test holds it").clone()).expect("a log is text")
}

#[test]
fn a_json_line_is_one_object_with_the_fields_at_its_top() {
    let text = written(&["log.format=json"], || tracing::info!(client = "app", "signed in"));
    let line: serde_json::Value = serde_json::from_str(&text).expect("one object");
    assert_eq!(
        (&line["message"], &line["client"], &line["level"]),
        (&"signed in".into(), &"app".into(), &"INFO".into())
    );
}

#[test]
fn the_filter_decides_what_is_logged() {
    let log = || {
        tracing::info!("info");
        tracing::error!("error");
    };
    let text = written(&["log.filter=error"], log);
    assert!(text.contains("error") && !text.contains("info"), "{text}");
}

#[test]
fn a_module_has_a_level_of_its_own() {
    let log = || {
        tracing::debug!(target: "tessera::oauth::token", "of the module");
        tracing::debug!(target: "tessera::oidc", "of another");
        tracing::info!(target: "sea_orm_migration", "what every start says");
        tracing::warn!(target: "sea_orm_migration", "what only this one says");
    };
    let text = written(&["log.filter=info,tessera::oauth=debug"], log);
    assert!(text.contains("of the module") && !text.contains("of another"), "{text}");
    assert!(text.contains("only this one") && !text.contains("every start"), "{text}");
    let asked_for = written(&["log.filter=info,sea_orm_migration=info"], log);
    assert!(asked_for.contains("every start"), "{asked_for}");
}

/// A level that is misspelt would else be a module of which everything is logged, and nothing of the rest.
#[test]
fn a_filter_that_says_nothing_is_refused() {
    for wrong in [
        "",
        "inof",
        "info,",
        "3",
        "tessera",
        "tessera=",
        "=info",
        "tessera=loud",
        "a b=info",
        "info=debug=warn",
        "x[y]=info",
    ] {
        let flags = vec![format!("log.filter={wrong}")];
        let refused = Config::load(&Sources { flags, ..Sources::default() }).expect_err(wrong).to_string();
        assert!(refused.contains("log.filter") && refused.contains("a filter is a level"), "{wrong}: {refused}");
    }
    for right in ["off", "WARN", "info, tessera=debug", "tessera::oauth=trace", "error,h2=off"] {
        let flags = vec![format!("log.filter={right}")];
        Config::load(&Sources { flags, ..Sources::default() }).expect(right);
    }
}

#[test]
fn a_secret_is_redacted_in_every_format() {
    for format in ["log.format=pretty", "log.format=json"] {
        let text = written(&[format], || tracing::info!(password = ?Secret::from("CANARY-51"), "signed in"));
        assert!(text.contains("[redacted]") && !text.contains("CANARY-51"), "{text}");
    }
}
