//! How long a file and a function may be before a reader loses the thread.

use crate::repository::Repository;

/// Past this a file of the product is split.
const FILE_LINES_MAX: usize = 500;
/// The same for a file of tests, whose tables are long and simple.
const TEST_FILE_LINES_MAX: usize = 800;
/// Past this a function is split: it no longer fits a screen.
const FUNCTION_LINES_MAX: usize = 70;

/// Files that one reading does not take in.
pub fn no_file_is_longer_than_one_reading(repository: &Repository) -> Vec<String> {
    let limit = |test| if test { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
    let lengths = repository.rust().map(|file| (file, file.text.lines().count()));
    lengths
        .filter(|(file, lines)| *lines > limit(file.is_test()))
        .map(|(file, lines)| format!("{}: {lines} lines, {} are the end", file.path, limit(file.is_test())))
        .collect()
}

/// Functions that do not fit a screen.
pub fn no_function_is_longer_than_a_screen(repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in repository.rust() {
        let long = file.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
        complaints.extend(long.map(|function| {
            format!(
                "{}:{}: {} has {} lines, {FUNCTION_LINES_MAX} are the end",
                file.path, function.line, function.name, function.lines
            )
        }));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_one_line_too_long_is_noticed() {
        let long = "//! a\n".repeat(FILE_LINES_MAX + 1);
        let planted = Repository::of(&[("src/a.rs", &long), ("tests/e2e/a.rs", &long), ("src/b.rs", &long[6..])]);
        let complaints = no_file_is_longer_than_one_reading(&planted);
        assert!(complaints.len() == 1 && complaints[0].starts_with("src/a.rs"), "{complaints:?}");
    }

    #[test]
    fn a_function_one_line_too_long_is_noticed() {
        let function = |lines: usize| format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
        let planted = [("src/a.rs", &*function(FUNCTION_LINES_MAX + 1)), ("src/b.rs", &*function(FUNCTION_LINES_MAX))];
        let complaints = no_function_is_longer_than_a_screen(&Repository::of(&planted));
        assert!(complaints.len() == 1 && complaints[0].starts_with("src/a.rs:1: long"), "{complaints:?}");
    }
}
