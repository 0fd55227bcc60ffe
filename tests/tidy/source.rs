//! Just enough reading of Rust to judge it: what is code, what is a test, where a function ends.
//!
//! Comments and the insides of literals are blanked out, so that a word in a sentence is not taken
//! for a word of the program. It is no parser: braces are counted, names are not resolved.

/// One file of the repository, as text and as code.
pub struct Source {
    /// Path from the top of the repository, with `/`.
    pub path: String,
    /// What is written there.
    pub text: String,
    /// The same length and lines, with comments and the insides of literals blanked; empty unless Rust.
    pub code: String,
    /// For each line whether only a test build reads it.
    tests: Vec<bool>,
    test: bool,
}

/// A function as it stands in a file.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { code_only(text) } else { String::new() };
        let tests = test_lines(&code);
        let mut source = Self { path: path.to_owned(), text: text.to_owned(), code, tests, test: false };
        if is_test_file(path) {
            source.mark_as_test();
        }
        source
    }

    /// Only a test build reads this file.
    pub fn mark_as_test(&mut self) {
        self.test = true;
        self.tests.fill(true);
    }

    /// Paths, without their end, of the modules that stand under `#[cfg(test)]` here.
    pub fn test_modules(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        let inside = if ["lib", "main", "mod"].contains(&name) { folder } else { stem };
        let items = self.code.split("#[cfg(test)]").skip(1).filter_map(|rest| rest.split_once(';'));
        let names = items.filter_map(|(item, _)| item.trim().rsplit_once("mod ").map(|(_, name)| name));
        names.filter(|name| name.bytes().all(is_word)).map(|name| format!("{inside}/{name}")).collect()
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The whole file is for tests.
    pub fn is_test(&self) -> bool {
        self.test
    }

    /// Lines of code with their number; `tests` chooses between those of tests and those of the product.
    pub fn code_lines(&self, tests: bool) -> impl Iterator<Item = (usize, &str)> {
        let wanted = move |at: usize| self.tests.get(at).copied().unwrap_or(false) == tests;
        self.code.lines().enumerate().filter(move |(at, _)| wanted(*at)).map(|(at, line)| (at + 1, line))
    }

    /// Every function with a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            if at > 0 && is_word(self.code.as_bytes()[at - 1]) {
                continue;
            }
            let name: String = self.code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(open) = body_of(&self.code, at) else { continue };
            if name.is_empty() {
                continue;
            }
            let lines = self.code[at..closing(&self.code, open)].matches('\n').count() + 1;
            found.push(Function { name, line: line_at(&self.code, at), lines });
        }
        found
    }
}

/// Whether `word` stands in `line` by itself and not as a part of a longer word.
pub fn has_word(line: &str, word: &str) -> bool {
    let bytes = line.as_bytes();
    line.match_indices(word).any(|(at, _)| {
        let before = at == 0 || !is_word(bytes[at - 1]) || !is_word(word.as_bytes()[0]);
        let end = at + word.len();
        let after = end == bytes.len() || !is_word(bytes[end]) || !is_word(bytes[end - 1]);
        before && after
    })
}

fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("tests/") || path.contains("/tests/") || name == "tests.rs" || name.ends_with("_tests.rs")
}

/// Marks the item under every `#[cfg(test)]`, attribute and all.
fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let end = match body_of(code, at) {
            Some(open) => closing(code, open),
            None => code[at..].find(';').map_or(code.len(), |end| at + end),
        };
        let last = line_at(code, end).min(marks.len());
        marks[line_at(code, at) - 1..last].fill(true);
    }
    marks
}

/// Where the body of the item that begins at `at` opens; `None` if it ends in a semicolon.
fn body_of(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in code[at..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(at + offset),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (offset, byte) in code[open..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset;
        }
    }
    code.len().saturating_sub(1)
}

fn line_at(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// Whether the byte can be a part of a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The same text with comments and the insides of literals turned into spaces.
fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => find(bytes, at, b"\n"),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment(bytes, at),
            b'"' => quoted(bytes, at),
            b'r' if at == 0 || !is_word(bytes[at - 1]) || bytes[at - 1] == b'b' => raw_string(bytes, at),
            b'\'' => character(bytes, at),
            _ => at,
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(code).expect("whole characters were replaced by spaces")
}

/// The next `needle` at or after `at`, or the end.
fn find(bytes: &[u8], at: usize, needle: &[u8]) -> usize {
    bytes[at..].windows(needle.len()).position(|window| window == needle).map_or(bytes.len(), |found| at + found)
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// `r"…"` with any number of hashes; `start` itself where none begins there.
fn raw_string(bytes: &[u8], start: usize) -> usize {
    let hashes = bytes[start + 1..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(start + 1 + hashes) != Some(&b'"') {
        return start;
    }
    let end = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    (find(bytes, start + 2 + hashes, &end) + end.len()).min(bytes.len())
}

/// A character literal; `start` itself where the quote begins a lifetime.
fn character(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start + 1..];
    match rest.first() {
        Some(b'\\') => find(bytes, start + 3, b"'") + 1,
        Some(first) => {
            let width = match first {
                0x00..=0x7f => 1,
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                _ => 4,
            };
            if rest.get(width) == Some(&b'\'') { start + width + 2 } else { start }
        }
        None => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        let text = "let a = \"sled::open \\\" x\"; // sled\nlet b = r#\"a \" sled\"#; /* a /* sled */ b */ let c: &'static str = 'x';";
        let code = code_only(text);
        assert!(!code.contains("sled") && !code.contains('x'), "{code}");
        assert!(code.contains("let c: &'static str =") && code.len() == text.len());
    }

    #[test]
    fn a_quote_character_opens_no_string() {
        let code = code_only("match c { '\"' => a, '\\'' => b, '—' => d, _ => real() }");
        assert!(code.contains("=> a") && code.contains("=> b") && code.contains("=> d") && code.contains("real()"));
    }

    #[test]
    fn the_block_under_cfg_test_is_a_test_and_nothing_else() {
        let source = Source::new("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n");
        let lines: Vec<usize> = source.code_lines(true).map(|(line, _)| line).collect();
        assert_eq!(lines, [2, 3, 4, 5]);
        let named = Source::new("src/a.rs", "mod b;\n#[cfg(test)]\nmod cases;\n#[cfg(test)]\nfn f() { g(); }\n");
        assert_eq!(named.test_modules(), ["src/a/cases"]);
        let lone = Source::new("src/b.rs", "#[cfg(test)]\nmod twin;\nfn c() {}\n");
        assert_eq!(lone.code_lines(true).count(), 2);
    }

    #[test]
    fn a_function_ends_at_its_own_brace() {
        let source = Source::new("src/a.rs", "trait T {\n    fn a(x: [u8; 2]);\n}\nfn b() {\n    if x {\n    }\n}\n");
        let found: Vec<_> = source.functions().into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("b".to_owned(), 4, 4)]);
    }

    #[test]
    fn a_word_is_whole() {
        assert!(has_word("use sled::Db;", "sled") && !has_word("let unsled = 1;", "sled"));
        assert!(has_word("a.unwrap();", ".unwrap()"));
    }
}
