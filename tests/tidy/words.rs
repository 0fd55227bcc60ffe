//! Words and habits that this house does without.

use crate::repository::Repository;
use crate::source::{Source, has_word};

/// Module names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = ["common", "helper", "helpers", "misc", "shared", "util", "utils", "manager"];

/// How far above its pause a loop may begin.
const LOOP_LINES: usize = 5;

/// Marks of unfinished work, spelled so that this line is none of them.
const UNFINISHED: [&str; 6] = [
    "todo!(",
    "unimplemented!(",
    concat!("#[ig", "nore"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("not", " implemented"),
];

/// Paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/"), concat!(".libr", "ary")];

/// Files without a first line that says what they are for.
pub fn every_file_begins_with_what_it_is_for(repository: &Repository) -> Vec<String> {
    let silent = repository.rust().filter(|file| !file.text.trim_start_matches("#!/").starts_with("//!"));
    silent.map(|file| format!("{}:1: does not begin with //!", file.path)).collect()
}

/// Modules and types whose name is a drawer for anything.
pub fn every_name_says_what_it_names(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust() {
        let drawer = file.path.trim_end_matches(".rs").split('/').find(|part| EMPTY_NAMES.contains(part));
        complaints.extend(drawer.map(|name| format!("{}: {name} is a drawer, not a name", file.path)));
        for (line, code) in all_code(file) {
            for name in code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| name.ends_with("Manager"))
            {
                complaints.push(format!("{}:{line}: {name}: say what it does", file.path));
            }
        }
    }
    complaints
}

/// Calls that panic without a reason.
pub fn only_tests_unwrap(repository: &Repository) -> Vec<String> {
    let product = |file: &Source| !file.is_test();
    lines_with(repository, false, product, &[".unwrap()", "unwrap_unchecked("], "say with expect why it cannot fail")
}

/// Tests that wait for time instead of for what they test. The pause of a loop that looks again is
/// none of these.
pub fn no_test_sleeps(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust() {
        let lines: Vec<(usize, &str)> = file.code_lines(true).collect();
        for (at, (line, code)) in lines.iter().enumerate() {
            let sleeps = ["sleep(", "sleep_until("].iter().any(|call| has_word(code, call));
            let before = &lines[at.saturating_sub(LOOP_LINES)..at];
            let looks = before.iter().any(|(_, code)| ["loop", "while"].iter().any(|word| has_word(code, word)));
            if sleeps && !looks {
                complaints.push(format!("{}:{line}: a test sleeps: wait for a condition with a deadline", file.path));
            }
        }
    }
    complaints
}

/// What was left for later.
pub fn nothing_is_left_unfinished(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.files.iter().filter(|file| file.path != "tests/tidy/words.rs") {
        for (at, line) in file.text.lines().enumerate() {
            let found = UNFINISHED.iter().find(|mark| line.contains(*mark));
            complaints.extend(found.map(|mark| format!("{}:{}: {mark}", file.path, at + 1)));
        }
    }
    complaints
}

/// Lints switched off without saying why.
pub fn every_exception_to_a_lint_has_its_reason(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust() {
        for (at, _) in file.code.match_indices("[allow(").chain(file.code.match_indices("[expect(")) {
            let attribute = &file.code[at..file.code[at..].find(")]").map_or(file.code.len(), |end| at + end)];
            if !attribute.contains("reason =") {
                let line = file.code[..at].matches('\n').count() + 1;
                complaints.push(format!("{}:{line}: a lint is switched off without a reason", file.path));
            }
        }
    }
    complaints
}

/// Paths of somebody's machine.
pub fn no_file_names_a_place_on_one_machine(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in &repository.files {
        for (at, line) in file.text.lines().enumerate() {
            let found = MACHINE_PATHS.iter().find(|path| line.contains(*path));
            complaints.extend(found.map(|path| format!("{}:{}: {path}", file.path, at + 1)));
        }
    }
    complaints
}

fn all_code(file: &Source) -> impl Iterator<Item = (usize, &str)> {
    file.code_lines(false).chain(file.code_lines(true))
}

fn lines_with(
    repository: &Repository,
    tests: bool,
    of: impl Fn(&Source) -> bool,
    words: &[&str],
    why: &str,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust().filter(|file| of(file)) {
        for (line, code) in file.code_lines(tests) {
            let found = words.iter().find(|word| has_word(code, word));
            complaints.extend(found.map(|word| format!("{}:{line}: {word}: {why}", file.path)));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(check: fn(&Repository) -> Vec<String>, path: &str, text: &str) -> usize {
        check(&Repository::of(&[(path, text)])).len()
    }

    #[test]
    fn a_file_without_a_head_is_noticed() {
        assert_eq!(complaints(every_file_begins_with_what_it_is_for, "src/a.rs", "use std::fs;\n"), 1);
        assert_eq!(complaints(every_file_begins_with_what_it_is_for, "src/a.rs", "//! Says.\n"), 0);
    }

    #[test]
    fn a_drawer_is_noticed() {
        assert_eq!(complaints(every_name_says_what_it_names, "src/utils.rs", ""), 1);
        assert_eq!(complaints(every_name_says_what_it_names, "src/common/mod.rs", ""), 1);
        assert_eq!(complaints(every_name_says_what_it_names, "src/a.rs", "struct HoldManager;\n// a Manager\n"), 1);
    }

    #[test]
    fn an_unwrap_is_noticed_only_in_the_product() {
        let text =
            "fn a() { b().unwrap(); } // .unwrap()\n#[cfg(test)]\nmod tests {\n    fn c() { d().unwrap(); }\n}\n";
        assert_eq!(complaints(only_tests_unwrap, "src/a.rs", text), 1);
        assert_eq!(complaints(only_tests_unwrap, "storage/tests/a.rs", text), 0);
    }

    #[test]
    fn a_sleep_is_noticed_only_in_a_test() {
        let text = "async fn a() { tokio::time::sleep(d).await; }\n";
        let looks = "async fn a() {\n    while !seen() {\n        sleep(d).await;\n    }\n}\n";
        assert_eq!(complaints(no_test_sleeps, "tests/e2e/a.rs", looks), 0);
        assert_eq!(complaints(no_test_sleeps, "tests/e2e/a.rs", text), 1);
        assert_eq!(complaints(no_test_sleeps, "src/a.rs", text), 0);
        assert_eq!(complaints(no_test_sleeps, "src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{text}}}\n")), 1);
    }

    #[test]
    fn unfinished_work_is_noticed() {
        assert_eq!(complaints(nothing_is_left_unfinished, "src/a.rs", "fn a() { todo!() }\n"), 1);
        assert_eq!(complaints(nothing_is_left_unfinished, "README.md", concat!("FIX", "ME later\n")), 1);
        for ignored in ["]", " = \"needs a referee\"]"] {
            let text = format!("#[test]\n{}{ignored}\nfn a() {{}}\n", concat!("#[ig", "nore"));
            assert_eq!(complaints(nothing_is_left_unfinished, "src/a.rs", &text), 1, "{ignored}");
        }
    }

    #[test]
    fn a_lint_switched_off_in_silence_is_noticed() {
        let check = every_exception_to_a_lint_has_its_reason;
        assert_eq!(complaints(check, "src/a.rs", "#[allow(dead_code)]\nfn a() {}\n"), 1);
        assert_eq!(complaints(check, "src/a.rs", "#[allow(\n    dead_code,\n    reason = \"b\"\n)]\nfn a() {}\n"), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_noticed() {
        let text = format!("see {}shared\n", MACHINE_PATHS[0]);
        assert_eq!(complaints(no_file_names_a_place_on_one_machine, "README.md", &text), 1);
    }
}
