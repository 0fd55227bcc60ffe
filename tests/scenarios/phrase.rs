//! A line read from left to right: what is left of it, and the few ways to take something off its front.
//!
//! Words are whole: `for` is not the beginning of `forever`. What cannot be read is an error that says what
//! was expected, because these lines are written by people.

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub struct Phrase<'a>(&'a str);

impl<'a> Phrase<'a> {
    /// All of `text`.
    pub fn new(text: &'a str) -> Self {
        Self(text.trim())
    }

    /// Takes these words off the front, if they are there.
    pub fn eat(&mut self, words: &str) -> bool {
        let Some(rest) = self.0.strip_prefix(words) else { return false };
        let inside_a_word = words.ends_with(char::is_alphanumeric) && rest.starts_with(|c: char| c.is_alphanumeric());
        if !inside_a_word {
            self.0 = rest.trim_start();
        }
        !inside_a_word
    }

    /// Takes these words off the front; they must be there.
    pub fn expect(&mut self, words: &str) -> Result<(), String> {
        if self.eat(words) { Ok(()) } else { Err(format!("expected \"{words}\" before \"{}\"", self.0)) }
    }

    /// Takes one of these off the front, if one is there: the place of the first that fits.
    pub fn eat_any(&mut self, any: &[&str]) -> Option<usize> {
        any.iter().position(|words| self.eat(words))
    }

    /// Takes off what stands before a blank or comma.
    pub fn word(&mut self) -> Result<&'a str, String> {
        let end = self.0.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest.trim_start();
        if word.is_empty() { Err(format!("expected a word before \"{rest}\"")) } else { Ok(word) }
    }

    /// Takes off a number.
    pub fn number(&mut self) -> Result<u32, String> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("\"{word}\" is no number"))
    }

    /// Takes off a number and what it counts, in either number: `1 hour`, `2 hours`.
    pub fn count(&mut self, of: &str) -> Result<u32, String> {
        let number = self.number()?;
        if self.eat(&format!("{of}s")) || self.eat(of) {
            Ok(number)
        } else {
            Err(format!("expected {of}s of {number}"))
        }
    }

    /// Takes off what stands before the next comma, and the comma; or all.
    pub fn until_comma(&mut self) -> &'a str {
        let (text, rest) = self.0.split_at(self.0.find(',').unwrap_or(self.0.len()));
        self.0 = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        text.trim()
    }

    /// Takes a text in double quotes off the front.
    pub fn quoted(&mut self) -> Result<&'a str, String> {
        let inside = self.0.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let (text, rest) = inside.ok_or_else(|| format!("expected a text in quotes before \"{}\"", self.0))?;
        self.0 = rest.trim_start();
        Ok(text)
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        self.0
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("\"{}\" is not understood", self.0)) }
    }
}

/// The parts of a list, cut at the commas that stand outside of parentheses.
pub fn list(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// A name and what stands in parentheses behind it.
pub fn with_particulars(text: &str) -> Result<(&str, Vec<&str>), String> {
    let Some((name, rest)) = text.split_once('(') else { return Ok((text.trim(), Vec::new())) };
    let inside = rest.trim().strip_suffix(')').ok_or_else(|| format!("\"{text}\" lacks its closing parenthesis"))?;
    Ok((name.trim(), list(inside)))
}
