//! What is written beside the code: the map in the README, the design of each crate, the top of the tree.

use crate::repository::Repository;

/// Every room of the map, with its design beside it where it is a crate of its own.
const ROOMS: [(&str, Option<&str>); 7] = [
    ("raft/machine", Some("raft/machine/DESIGN.md")),
    ("raft", Some("raft/DESIGN.md")),
    ("storage", Some("storage/DESIGN.md")),
    ("migrations", Some("migrations/DESIGN.md")),
    ("cluster", Some("cluster/DESIGN.md")),
    ("src", Some("src/DESIGN.md")),
    ("tests", None),
];

const DESIGN_HEADS: [&str; 5] = ["Purpose", "Not here", "Invariants", "Decisions", "When it breaks"];

/// What `ls` shows: the rooms, the papers, and nothing else. Settings of tools are dotfiles.
const TOP: [&str; 12] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "cluster",
    "deploy",
    "migrations",
    "raft",
    "src",
    "storage",
    "tests",
];

/// Names that begin a path which the README may mention without its being in the repository.
const NOT_OURS: [&str; 3] = ["target/", "/", "http"];

/// Crates without a design, and designs without one of their heads.
pub fn every_crate_has_its_design(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in ROOMS.iter().filter_map(|(_, design)| *design) {
        let Some(text) = repository.text(path) else {
            complaints.push(format!("{path}: is missing"));
            continue;
        };
        let heads: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let places: Vec<_> = DESIGN_HEADS.iter().map(|head| heads.iter().position(|h| h.starts_with(head))).collect();
        for (head, _) in DESIGN_HEADS.iter().zip(&places).filter(|(_, place)| place.is_none()) {
            complaints.push(format!("{path}: has no head \"## {head}\""));
        }
        if places.iter().all(Option::is_some) && !places.is_sorted() {
            complaints.push(format!("{path}: its heads are not in the order {DESIGN_HEADS:?}"));
        }
    }
    complaints
}

/// Rooms that the map leaves out, or names without what always holds there.
pub fn the_map_names_every_room_and_what_always_holds_there(repository: &Repository) -> Vec<String> {
    let readme = repository.text("README.md").unwrap_or_default();
    let mut complaints = Vec::new();
    for (room, _) in ROOMS {
        let entry = readme.split("\n- ").find(|entry| entry.starts_with(&format!("`{room}`")));
        match entry {
            None => complaints.push(format!("README.md: the map has no entry \"- `{room}`\"")),
            Some(entry) if !entry.split("\n\n").next().unwrap_or(entry).contains("*Invariant:*") => {
                complaints.push(format!("README.md: `{room}` has no *Invariant:* line"));
            }
            Some(_) => {}
        }
    }
    complaints
}

/// The two commands that need nothing else.
pub fn the_readme_begins_with_the_two_commands(repository: &Repository) -> Vec<String> {
    let readme = repository.text("README.md").unwrap_or_default();
    let missing = ["cargo run --release -- dev", "tests/run"].into_iter().filter(|command| !readme.contains(command));
    missing.map(|command| format!("README.md: does not show {command}")).collect()
}

/// Paths in the papers that lead nowhere.
pub fn every_path_in_the_papers_leads_somewhere(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for paper in repository.files.iter().filter(|file| file.path.ends_with(".md") && file.path != "CHANGELOG.md") {
        let folder = paper.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for path in paths_in(&paper.text) {
            let beside = format!("{folder}/{path}");
            let somewhere =
                !path.contains('/') && repository.files.iter().any(|file| file.path.ends_with(&format!("/{path}")));
            if !somewhere && !repository.has(path) && !repository.has(beside.trim_start_matches('/')) {
                complaints.push(format!("{}: {path} is not there", paper.path));
            }
        }
    }
    complaints
}

/// Entries at the top that the charter does not know.
pub fn the_top_of_the_tree_shows_the_architecture(repository: &Repository) -> Vec<String> {
    let mut complaints: Vec<String> = repository
        .files
        .iter()
        .map(|file| file.path.split('/').next().unwrap_or(&file.path))
        .filter(|name| !name.starts_with('.') && !TOP.contains(name))
        .map(|name| format!("{name}: has no place at the top"))
        .collect();
    complaints.dedup();
    complaints
}

/// Targets of links, and words in backticks that look like a path of this repository.
fn paths_in(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let links = links.map(|target| target.split('#').next().unwrap_or(target));
    // Only outside fenced blocks, where a backtick is one of a pair.
    let prose = text.split("```").step_by(2).flat_map(|part| part.lines());
    let quoted = prose.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|word| looks_like_a_path(word));
    links.chain(quoted).filter(|path| !path.is_empty() && !NOT_OURS.iter().any(|start| path.starts_with(start)))
}

/// A room's folder or something in it, or a file at the top.
fn looks_like_a_path(word: &str) -> bool {
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let first = word.split('/').next().unwrap_or(word);
    plain && word.contains('/') && (TOP.contains(&first) || first.starts_with('.')) || word.ends_with(".md") && plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readme(text: &str) -> Repository {
        Repository::of(&[("README.md", text), ("tests/run", "")])
    }

    #[test]
    fn a_design_without_a_head_is_noticed() {
        let whole: String = DESIGN_HEADS.iter().map(|head| format!("## {head}\n")).collect();
        let mut files: Vec<(&str, &str)> =
            ROOMS.iter().filter_map(|(_, path)| path.map(|path| (path, &*whole))).collect();
        assert!(every_crate_has_its_design(&Repository::of(&files)).is_empty());
        let cut = whole.replace("## Not here\n", "");
        files[0].1 = &cut;
        assert_eq!(every_crate_has_its_design(&Repository::of(&files)).len(), 1);
        let turned = format!("## When it breaks\n{}", whole.replace("## When it breaks\n", ""));
        files[0].1 = &turned;
        assert_eq!(every_crate_has_its_design(&Repository::of(&files)).len(), 1);
        assert_eq!(every_crate_has_its_design(&Repository::of(&files[1..])).len(), 1);
    }

    #[test]
    fn a_room_without_its_invariant_is_noticed() {
        let map: String = ROOMS.iter().map(|(room, _)| format!("\n- `{room}` is. *Invariant:* holds.")).collect();
        assert!(the_map_names_every_room_and_what_always_holds_there(&readme(&map)).is_empty());
        let planted = map.replacen("*Invariant:*", "", 1);
        assert_eq!(the_map_names_every_room_and_what_always_holds_there(&readme(&planted)).len(), 1);
        let planted = map.replace("\n- `tests` is. *Invariant:* holds.", "");
        assert_eq!(the_map_names_every_room_and_what_always_holds_there(&readme(&planted)).len(), 1);
    }

    #[test]
    fn a_readme_without_its_commands_is_noticed() {
        assert_eq!(the_readme_begins_with_the_two_commands(&readme("run `tests/run`")).len(), 1);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_noticed() {
        let text = "See `tests/run`, `tests/nowhere`, [this](docs/gone.md), `application/json`.\n```\n`tests/x`\n```\n";
        let complaints = every_path_in_the_papers_leads_somewhere(&readme(text));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
    }

    #[test]
    fn a_stranger_at_the_top_is_noticed() {
        let planted = Repository::of(&[("scripts/a.sh", ""), ("scripts/b.sh", ""), (".ci/run", ""), ("src/a.rs", "")]);
        assert_eq!(the_top_of_the_tree_shows_the_architecture(&planted).len(), 1);
    }
}
