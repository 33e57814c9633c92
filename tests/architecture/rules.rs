//! Rules on single files: who names which library, how long a file is, what never appears.

use super::source::{Name, Source, files, text};

/// A library's path, and the prefixes of the files that may name it.
const OWNERS: &[(&[&str], &[&str])] = &[
    (&["sea_orm"], &["src/store.rs", "src/store/", "src/ephemeral/postgres.rs"]),
    (&["rusqlite"], &["src/ephemeral/sqlite.rs"]),
    (&["sea_orm_migration"], &["src/store.rs", "src/store/"]),
    (&["sqlx"], &["src/store.rs", "src/store/"]),
    (&["entity"], &["src/store.rs", "src/store/"]),
    (&["hyper"], OUTGOING),
    (&["hyper_util"], OUTGOING),
    (&["h2", "client"], OUTGOING),
    (&["reqwest"], OUTGOING),
    (&["ureq"], OUTGOING),
    (&["isahc"], OUTGOING),
    (&["curl"], OUTGOING),
    (&["awc"], OUTGOING),
    (&["actix_web", "client"], OUTGOING),
    (&["tokio", "net"], NETWORK),
    (&["image"], &["src/picture.rs"]),
    (&["josekit"], &["src/keys.rs", "src/keys/"]),
    (&["ring", "hmac"], &["src/keys.rs", "src/keys/"]),
    (&["ring", "aead"], &["src/keys.rs", "src/keys/"]),
    (&["ring", "hkdf"], &["src/keys.rs", "src/keys/"]),
    (&["ring", "signature"], &["src/keys.rs", "src/keys/"]),
];

/// Where requests to others are made, within bounds.
const OUTGOING: &[&str] = &["src/outgoing.rs", "src/outgoing/"];

/// Who else has connections: the operator's commands, which ask our own server, and where ours listens.
const NETWORK: &[&str] = &["src/outgoing.rs", "src/outgoing/", "src/cli/", "src/server/https.rs"];

/// What connects or resolves, from whichever library.
const SOCKETS: &[&str] = &["TcpStream", "TcpSocket", "UdpSocket", "ToSocketAddrs"];

const MOST_LINES: usize = 500;

/// What people write, as opposed to what tools generate (locks, schemas, snapshots).
const WRITTEN: &[&str] = &["rs", "html", "css", "js", "mjs", "py", "bash", "lua"];

/// A name of one segment is a local one (`let entity = …`) unless it is the library's own.
fn names_library(name: &Name, library: &[&str]) -> bool {
    let starts = name.segments.iter().zip(library).filter(|(segment, part)| segment == part).count() == library.len();
    starts && (name.segments.len() > 1 || !["entity", "ring", "curl"].contains(&library[0]))
}

pub(crate) fn owners(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (library, owners) in OWNERS {
        if owners.iter().any(|owner| source.path.starts_with(owner)) {
            continue;
        }
        let path = library.join("::");
        let naming = source.names.iter().filter(|name| names_library(name, library));
        findings.extend(naming.map(|name| source.at(name.line, &format!("{path} may be named only in {owners:?}"))));
    }
    findings
}

/// The bounds on requests to others are those of one client: nothing else opens a connection, or asks for an address.
pub(crate) fn sockets(source: &Source) -> Vec<String> {
    if NETWORK.iter().any(|owner| source.path.starts_with(owner)) {
        return Vec::new();
    }
    let opens = |name: &&Name| {
        let everything = name.segments.ends_with(&["net".to_owned(), "*".to_owned()]);
        everything || name.segments.iter().any(|segment| SOCKETS.contains(&segment.as_str()))
    };
    let naming = source.names.iter().filter(opens);
    naming.map(|name| source.at(name.line, &format!("sockets may be named only in {NETWORK:?}"))).collect()
}

/// An old migration must not change its meaning when a table's entity does.
pub(crate) fn migration_imports(source: &Source) -> Vec<String> {
    let naming = source.names.iter().filter(|name| names_library(name, &["entity"]));
    naming.map(|name| source.at(name.line, "a migration imports entity")).collect()
}

pub(crate) fn long_files(folders: &[&str]) -> Vec<String> {
    let written = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.').is_none_or(|(_, extension)| WRITTEN.contains(&extension))
    };
    files(folders).into_iter().filter(written).filter_map(|path| too_long(&path, &text(&path))).collect()
}

pub(crate) fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MOST_LINES).then(|| format!("{path}: {lines} lines, {MOST_LINES} at most"))
}

pub(crate) fn mod_files(source: &Source) -> Vec<String> {
    if source.path.ends_with("/mod.rs") { vec![source.at(1, "foo.rs + foo/, not foo/mod.rs")] } else { Vec::new() }
}

fn marked(source: &Source, marks: &[&str]) -> Vec<String> {
    let found = source.marks.iter().filter(|(mark, _)| marks.contains(&mark.as_str()));
    found.map(|(mark, line)| source.at(*line, &format!("{mark} has no place here"))).collect()
}

/// `#[expect(…, reason)]` says why and goes away by itself; `#[allow]` does neither.
pub(crate) fn unfinished(source: &Source) -> Vec<String> {
    marked(source, &["todo!", "unimplemented!", "dbg!", "#ignore", "#allow"])
}

/// Whoever ends a session tells its clients: that is part of the statements of one file.
pub(crate) fn endings(folders: &[&str]) -> Vec<String> {
    let others = files(folders).into_iter().filter(|path| path != "src/store/sessions.rs");
    others.flat_map(|path| ends_sessions(&path, &text(&path))).collect()
}

pub(crate) fn ends_sessions(path: &str, text: &str) -> Vec<String> {
    let ends = |line: &str| line.contains("UPDATE sessions") || line.contains("DELETE FROM sessions");
    let found = text.lines().enumerate().filter(|(_, line)| ends(line));
    found.map(|(at, _)| format!("{path}:{}: sessions end in src/store/sessions.rs alone", at + 1)).collect()
}

/// `expect("why it cannot happen")` is for what cannot happen; the rest is an error to answer.
pub(crate) fn panics(source: &Source) -> Vec<String> {
    marked(source, &["panic!", ".unwrap", ".unwrap_err"])
}

/// A sleep is either too short on a busy machine or too long on every other: `support::eventually` alone may wait.
pub(crate) fn sleeps(source: &Source) -> Vec<String> {
    if source.path == "tests/support.rs" {
        return Vec::new();
    }
    let sleeping =
        |name: &&Name| name.segments.last().is_some_and(|last| ["sleep", "sleep_until"].contains(&last.as_str()));
    let called = source.names.iter().filter(sleeping).filter(|name| name.segments.len() > 1);
    called.map(|name| source.at(name.line, "a test sleeps; use support::eventually or the manual clock")).collect()
}
