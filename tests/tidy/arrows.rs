//! Which room may know which, and what each must never know: the table, and the check of it.
//!
//! A new arrow is a decision about the architecture: it begins with a line changed here.

use std::collections::BTreeSet;

use crate::repository::Repository;
use crate::source::{has_word, is_word};

/// What one room may know.
struct Room {
    /// Its folder from the top of the repository.
    folder: &'static str,
    /// The other rooms that it may depend on.
    rooms: &'static [&'static str],
    /// The only outside crates it may depend on; `None` leaves the choice to `never`.
    only: Option<&'static [&'static str]>,
    /// Outside crates that it must never depend on or name.
    never: &'static [&'static str],
    /// Names of the standard library that its product code must not use.
    unknown: &'static [&'static str],
}

const WEB: [&str; 10] = [
    "axum",
    "hyper",
    "hyper-util",
    "reqwest",
    "serde_json",
    "tokio-tungstenite",
    "tower",
    "tower-http",
    "utoipa",
    "config",
];

const ROOMS: [Room; 6] = [
    Room {
        folder: "raft/machine",
        rooms: &[],
        only: Some(&["bincode", "serde", "thiserror"]),
        never: &["tokio", "openraft", "sled", "axum", "chrono", "chrono-tz", "fastrand", "uuid"],
        // The same log must give the same state on every replica, whatever its clock, seed or processor.
        unknown: &[
            "std::time",
            "std::env",
            "std::fs",
            "std::net",
            "std::thread",
            "SystemTime",
            "HashMap",
            "HashSet",
            "f32",
            "f64",
            "async",
        ],
    },
    Room { folder: "raft", rooms: &["machine"], only: None, never: &["sled", "chrono", "rusqlite"], unknown: &[] },
    Room {
        folder: "storage",
        rooms: &["machine", "migrations", "raft"],
        only: None,
        never: &["chrono", "rusqlite"],
        unknown: &[],
    },
    Room {
        folder: "migrations",
        rooms: &[],
        only: Some(&["bincode", "crc32c", "serde", "sled", "thiserror"]),
        never: &["openraft"],
        unknown: &[],
    },
    Room {
        folder: "cluster",
        rooms: &["machine", "raft", "storage"],
        only: None,
        never: &["sled", "chrono", "chrono-tz", "rusqlite"],
        unknown: &[],
    },
    Room {
        folder: "src",
        rooms: &["cluster", "machine", "raft"],
        only: None,
        never: &["sled", "openraft"],
        unknown: &[],
    },
];

const CRATES: [&str; 6] = ["cluster", "courtd", "machine", "migrations", "raft", "storage"];

/// Every dependency that a manifest names and the table does not allow.
pub fn a_room_depends_only_on_what_its_line_of_the_table_allows(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for room in &ROOMS {
        let path = if room.folder == "src" { "Cargo.toml".to_owned() } else { format!("{}/Cargo.toml", room.folder) };
        let Some(manifest) = repository.text(&path) else {
            complaints.push(format!("{path}: the room has no manifest"));
            continue;
        };
        for name in dependencies(manifest) {
            let why = if CRATES.contains(&name.as_str()) {
                (!room.rooms.contains(&name.as_str())).then_some("the room may not know that room")
            } else if room.forbids(&name) {
                Some("the room must never know that crate")
            } else {
                room.only.and_then(|only| (!only.contains(&name.as_str())).then_some("the room keeps to a few crates"))
            };
            complaints.extend(why.map(|why| format!("{path}: depends on {name}: {why}")));
        }
    }
    complaints
}

/// Every line that names a room or crate which the table keeps from that room.
pub fn a_room_names_only_what_its_line_of_the_table_allows(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust() {
        let Some(room) = room_of(&file.path) else { continue };
        let strangers: Vec<&str> = strangers(room);
        for (line, code) in file.code_lines(false).chain(file.code_lines(true)) {
            let named = strangers.iter().filter(|name| begins_a_path(code, name));
            complaints
                .extend(named.map(|name| format!("{}:{line}: names {name}, which this room must not know", file.path)));
        }
        // Tests and benches stand outside and look at the room: one that measures has a clock.
        let looks_in = file.is_test() || file.path.contains("/benches/");
        for (line, code) in file.code_lines(false).filter(|_| !looks_in) {
            let named = room.unknown.iter().filter(|name| has_word(code, name));
            complaints.extend(named.map(|name| format!("{}:{line}: {name} has no place in this room", file.path)));
        }
    }
    complaints
}

/// Every folder of the workspace that the table has no line for.
pub fn every_room_has_its_line_in_the_table(repository: &Repository) -> Vec<String> {
    let known: BTreeSet<&str> = ROOMS.iter().map(|room| room.folder).collect();
    let folders = repository.files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    folders
        .filter(|folder| !known.contains(folder))
        .map(|folder| format!("{folder}: a crate that the table of rooms does not know"))
        .collect()
}

impl Room {
    fn forbids(&self, name: &str) -> bool {
        self.never.contains(&name) || (self.folder != "src" && WEB.contains(&name))
    }
}

/// What a room may not name: as identifiers, with underscores.
fn strangers(room: &Room) -> Vec<&'static str> {
    let rooms = CRATES.iter().filter(|name| !room.rooms.contains(name) && **name != own_name(room.folder));
    let web: &[&str] = if room.folder == "src" { &[] } else { &WEB };
    let crates = room.never.iter().chain(web).filter(|name| !name.contains('-'));
    rooms.chain(crates).copied().collect()
}

fn own_name(folder: &str) -> &str {
    match folder {
        "src" => "courtd",
        other => other.rsplit('/').next().unwrap_or(other),
    }
}

/// Whether `name::` stands in the line, and not as a part of a longer path.
fn begins_a_path(line: &str, name: &str) -> bool {
    let bytes = line.as_bytes();
    let free = |at: usize| at == 0 || !is_word(bytes[at - 1]) && bytes[at - 1] != b':';
    line.match_indices(&format!("{name}::")).any(|(at, _)| free(at))
}

/// The room whose folder is the longest beginning of the path; `tests/` of the product is in none.
fn room_of(path: &str) -> Option<&'static Room> {
    ROOMS.iter().filter(|room| path.starts_with(&format!("{}/", room.folder))).max_by_key(|room| room.folder.len())
}

/// Names under every `[…dependencies]` but those of tests.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let table: toml::Table = manifest.parse().expect("a manifest is TOML");
    let mut names = BTreeSet::new();
    for section in ["dependencies", "build-dependencies"] {
        names.extend(
            table.get(section).and_then(toml::Value::as_table).into_iter().flat_map(|found| found.keys().cloned()),
        );
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(folder: &str, manifest: &str) -> Repository {
        let path = if folder == "src" { "Cargo.toml".to_owned() } else { format!("{folder}/Cargo.toml") };
        let mut files = vec![(path.as_str(), manifest)];
        let others = ["raft/machine/Cargo.toml", "raft/Cargo.toml", "storage/Cargo.toml", "migrations/Cargo.toml"];
        files.extend(
            others.into_iter().chain(["cluster/Cargo.toml", "Cargo.toml"]).filter(|o| *o != path).map(|o| (o, "")),
        );
        Repository::of(&files)
    }

    #[test]
    fn a_new_dependency_of_the_machine_is_noticed() {
        for name in ["tokio", "rand", "raft"] {
            let planted = with("raft/machine", &format!("[dependencies]\n{name}.workspace = true\n"));
            let complaints = a_room_depends_only_on_what_its_line_of_the_table_allows(&planted);
            assert!(complaints.len() == 1 && complaints[0].contains(name), "{complaints:?}");
        }
    }

    #[test]
    fn an_arrow_past_the_cluster_is_noticed() {
        let planted = with("src", "[dependencies]\nstorage.workspace = true\nsled = \"1\"\ncluster.workspace = true\n");
        assert_eq!(a_room_depends_only_on_what_its_line_of_the_table_allows(&planted).len(), 2);
        let planted = with("cluster", "[dependencies]\nserde_json.workspace = true\n");
        assert_eq!(a_room_depends_only_on_what_its_line_of_the_table_allows(&planted).len(), 1);
    }

    #[test]
    fn a_name_that_must_not_be_known_is_noticed() {
        let planted = Repository::of(&[
            ("src/a.rs", "use openraft::Raft;\n"),
            ("raft/machine/src/b.rs", "fn a() { let m = std::collections::HashMap::new(); }\n"),
            ("raft/machine/benches/b.rs", "use std::time::Duration;\n"),
            ("cluster/src/c.rs", "// sled::open in a comment is only a word\nfn f() -> serde_json::Value {}\n"),
            ("migrations/src/d.rs", "use machine::Facility;\n"),
            ("raft/src/e.rs", "fn log() -> openraft::storage::LogState {}\n"),
        ]);
        let complaints = a_room_names_only_what_its_line_of_the_table_allows(&planted);
        assert_eq!(complaints.len(), 4, "{complaints:?}");
    }

    #[test]
    fn a_crate_without_a_line_is_noticed() {
        let planted = Repository::of(&[("xtask/Cargo.toml", ""), ("raft/Cargo.toml", "")]);
        assert_eq!(every_room_has_its_line_in_the_table(&planted).len(), 1);
        assert!(
            room_of("tests/e2e/main.rs").is_none()
                && room_of("raft/machine/src/lib.rs").is_some_and(|room| room.rooms.is_empty())
        );
    }
}
