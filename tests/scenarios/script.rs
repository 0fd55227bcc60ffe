//! A script as a file: a title, the head, the lines, and what each is expected to come to.
//!
//! It can write itself back with other expectations, and changes nothing else about itself then.

use std::path::{Path, PathBuf};

/// One file.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it is, from the folder of all scripts.
    pub path: PathBuf,
    /// What the club is like before anything happens.
    pub head: Vec<Line>,
    /// What happens.
    pub lines: Vec<Line>,
    text: String,
}

/// A line that is no comment.
#[derive(Clone, Debug)]
pub struct Line {
    /// In the file, from 1.
    pub number: usize,
    /// What is done or looked at.
    pub text: String,
    /// What it is expected to come to; `None` where nothing comes of it.
    pub expected: Option<String>,
}

impl Script {
    /// Reads a file below `folder`.
    pub fn read(folder: &Path, path: &Path) -> std::io::Result<Self> {
        Ok(Self::of(path, &std::fs::read_to_string(folder.join(path))?))
    }

    /// A script of this text.
    pub fn of(path: &Path, text: &str) -> Self {
        let said = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let said: Vec<_> = said.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).collect();
        let first = said.iter().position(|(_, line)| line.starts_with("at ")).unwrap_or(said.len());
        let head = said[..first].iter().map(|(number, line)| Line {
            number: *number,
            text: (*line).to_owned(),
            expected: None,
        });
        let lines = said[first..].iter().map(|(number, line)| Line::of(*number, line));
        Self { path: path.to_owned(), head: head.collect(), lines: lines.collect(), text: text.to_owned() }
    }

    /// The name of its test: `holds::a_lapsed_hold_frees_its_court`.
    pub fn name(&self) -> String {
        let path = self.path.with_extension("");
        path.iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>().join("::")
    }

    /// Whether anything in it is about what is told outside.
    pub fn listens(&self) -> bool {
        let signs = ["check told", "check log of ", "check the last ", "the email provider ", "the text provider "];
        let is_one =
            |line: &Line| signs.iter().any(|sign| line.text.starts_with(sign)) || line.text.contains(" texts \"");
        self.lines.iter().any(is_one)
    }

    /// The same text with what the lines have come to.
    pub fn rewritten(&self, came: &[(usize, String)]) -> String {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        for (number, came) in came {
            let line = &mut lines[number - 1];
            let sign = if line.trim_start().starts_with("check ") { ": " } else { "=> " };
            let kept = outside_quotes(line, sign).map_or(line.as_str(), |at| &line[..at]).trim_end_matches([' ', ':']);
            let pad = if sign == ": " { 0 } else { ALIGNED_AT.saturating_sub(kept.chars().count() + 1) };
            let space = if sign == ": " { "" } else { " " };
            *line = format!("{kept}{space}{}{sign}{came}", " ".repeat(pad));
        }
        lines.join("\n") + "\n"
    }
}

/// The column of `=>`.
const ALIGNED_AT: usize = 64;

impl Line {
    fn of(number: usize, line: &str) -> Self {
        let nothing_comes = ["at ", "after ", "everybody restarts", "the email provider ", "the text provider "];
        let (text, expected) = if line.starts_with("check ") {
            let cut = outside_quotes(line, ": ").map(|at| (&line[..at], &line[at + 2..]));
            let (what, expected) = cut.unwrap_or((line.trim_end_matches(':'), ""));
            (what.to_owned(), Some(expected.trim().to_owned()))
        } else if nothing_comes.iter().any(|sign| line.starts_with(sign)) {
            (line.to_owned(), None)
        } else {
            let (what, expected) = line.split_once("=>").unwrap_or((line, ""));
            (what.trim().to_owned(), Some(expected.trim().to_owned()))
        };
        Self { number, text, expected }
    }
}

/// Where a sign first stands outside of a text in quotes.
fn outside_quotes(line: &str, sign: &str) -> Option<usize> {
    let is_outside = |at: &usize| line[..*at].matches('"').count().is_multiple_of(2);
    line.match_indices(sign).map(|(at, _)| at).find(is_outside)
}

/// All scripts below a folder, in order of their paths.
pub fn all(folder: &Path) -> std::io::Result<Vec<Script>> {
    let mut paths = Vec::new();
    for topic in std::fs::read_dir(folder)? {
        let topic = topic?.path();
        if topic.is_dir() {
            for file in std::fs::read_dir(&topic)? {
                paths.push(file?.path());
            }
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort_unstable();
    let below = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).to_owned();
    paths.iter().map(|path| Script::read(folder, &below(path))).collect()
}
