//! The templates: those in the binary, and an operator's own in place of any of them.
//!
//! What an operator brings is tried with every kind of message at the start, so that a mistake is found by who
//! made it, with its file and line, and not by a member. Where one fails later all the same, the built-in one
//! says it.

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::samples;

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("templates/", $name)))),+] };
}

/// The templates of the binary, by the name that a file has which takes their place.
const EMBEDDED: [(&str, &str); 25] = embedded![
    "layout.html",
    "layout.txt",
    "offer.html",
    "en/terms.txt",
    "en/offer.txt",
    "en/confirmation.txt",
    "en/reminder.txt",
    "en/waitlist_offer.txt",
    "en/waitlist_auto_booked.txt",
    "en/cancellation.txt",
    "en/hold_refunded.txt",
    "en/no_show.txt",
    "en/reservation_moved.txt",
    "en/displaced.txt",
    "es/terms.txt",
    "es/offer.txt",
    "es/confirmation.txt",
    "es/reminder.txt",
    "es/waitlist_offer.txt",
    "es/waitlist_auto_booked.txt",
    "es/cancellation.txt",
    "es/hold_refunded.txt",
    "es/no_show.txt",
    "es/reservation_moved.txt",
    "es/displaced.txt",
];

/// The words for everything that members are told.
pub struct Words {
    templates: Environment<'static>,
    /// The built-in ones, where an operator has brought others.
    spare: Option<Environment<'static>>,
}

/// Why there are no words.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A file of the operator's cannot be read.
    #[error("failed to read {file} of templates_dir: {source}")]
    Unreadable {
        /// Its name below the folder.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that takes no template's place.
    #[error("{file} in templates_dir takes the place of no template; there are: {known}")]
    NoTemplate {
        /// Its name below the folder.
        file: String,
        /// The names that there are.
        known: String,
    },
    /// A template that makes no message.
    #[error("template {file}, line {line}: {why}")]
    Broken {
        /// Which template.
        file: String,
        /// Its line.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// What goes to no member has no words.
    #[error("nothing is said of it to anybody")]
    NothingToSay,
}

impl Default for Words {
    fn default() -> Self {
        Self::embedded()
    }
}

impl Words {
    /// The built-in templates.
    pub fn embedded() -> Self {
        Self { templates: environment(), spare: None }
    }

    /// The built-in templates and, in place of any of them, the file of its name below `folder`.
    pub fn load(folder: &Path) -> Result<Self, WordsError> {
        let mut templates = environment();
        let mut found = Vec::new();
        files_below(folder, "", &mut found)?;
        for (file, source) in found {
            if !EMBEDDED.iter().any(|(name, _)| *name == file) {
                let known = EMBEDDED.map(|(name, _)| name).join(", ");
                return Err(WordsError::NoTemplate { file, known });
            }
            let added = templates.add_template_owned(file.clone(), source);
            added.map_err(|error| broken(&file, &error))?;
        }
        let words = Self { templates, spare: None };
        samples::try_all(&words)?;
        Ok(Self { spare: Some(environment()), ..words })
    }

    /// A whole template.
    pub(super) fn render(&self, name: &str, with: &impl Serialize) -> Result<String, WordsError> {
        self.with_spare(name, |templates| templates.get_template(name)?.render(Serde(with)))
    }

    /// Some blocks of a template.
    pub(super) fn blocks<const N: usize>(
        &self,
        name: &str,
        with: &impl Serialize,
        blocks: [&str; N],
    ) -> Result<[String; N], WordsError> {
        self.with_spare(name, |templates| {
            let template = templates.get_template(name)?;
            let mut rendered = template.render_captured(Serde(with))?;
            let mut out = [const { String::new() }; N];
            rendered.with_state_mut(|state| {
                for (text, block) in out.iter_mut().zip(blocks) {
                    *text = state.render_block(block)?;
                }
                Ok::<_, minijinja::Error>(())
            })?;
            Ok(out)
        })
    }

    /// By the built-in template where the operator's own fails.
    fn with_spare<T>(
        &self,
        name: &str,
        render: impl Fn(&Environment<'static>) -> Result<T, minijinja::Error>,
    ) -> Result<T, WordsError> {
        match (render(&self.templates), &self.spare) {
            (Err(error), Some(spare)) => {
                let error = broken(name, &error);
                tracing::error!("a template of the operator failed, the built-in one is used: {error}");
                render(spare).map_err(|error| broken(name, &error))
            }
            (rendered, _) => rendered.map_err(|error| broken(name, &error)),
        }
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("has_own", &self.spare.is_some()).finish_non_exhaustive()
    }
}

/// What is wrong, and where: a mistake in what a template includes is told with the place where it is.
fn broken(name: &str, error: &minijinja::Error) -> WordsError {
    let mut innermost = error;
    while let Some(inner) = std::error::Error::source(innermost).and_then(|it| it.downcast_ref()) {
        innermost = inner;
    }
    let kind = innermost.kind();
    WordsError::Broken {
        file: innermost.name().unwrap_or(name).to_owned(),
        line: innermost.line().unwrap_or(1),
        why: innermost.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    }
}

fn environment() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in EMBEDDED {
        templates.add_template(name, source).expect("the templates of the binary are tested");
    }
    templates
}

/// All files below a folder, with what they say, by their names below it.
fn files_below(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) -> Result<(), WordsError> {
    let unreadable = |file: &str, source| WordsError::Unreadable { file: file.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(|source| unreadable(&folder.display().to_string(), source))?;
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort_unstable();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
        if path.is_dir() {
            // Only the folders of languages are looked into, one deep.
            if prefix.is_empty() {
                files_below(&path, &file, found)?;
            }
        } else {
            let source = std::fs::read_to_string(&path).map_err(|source| unreadable(&file, source))?;
            found.push((file, source));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn loaded(files: &[(&str, &str)]) -> Result<Words, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, source) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, source).unwrap();
        }
        Words::load(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_built_in_template_says_every_kind_of_message() {
        samples::try_all(&Words::embedded()).unwrap();
    }

    #[test]
    fn an_operator_puts_its_own_words_in_place_of_any() {
        let words = loaded(&[("en/terms.txt", &EMBEDDED[3].1.replace("\"Court\"", "\"Lane\""))]).unwrap();
        let told = samples::told(&words, "Ana Sosa", Language::English, 0);
        assert!(told.contains("Lane: "), "{told}");
        assert!(loaded(&[]).is_ok());
    }

    #[test]
    fn a_broken_template_is_refused_with_its_file_and_line() {
        let good = EMBEDDED.iter().find(|(name, _)| *name == "en/reminder.txt").unwrap().1;
        for (file, source, parts) in [
            ("en/reminder.txt", good.replace("{% endif %}", ""), ["en/reminder.txt", "line"]),
            (
                "en/reminder.txt",
                good.replace("{{ court_short }}", "{{ court_shrt }}"),
                ["en/reminder.txt, line 12", "undefined"],
            ),
            ("en/reminder.txt", "Hello".to_owned(), ["en/reminder.txt, line 1", "block"]),
            ("layout.html", "{{ nobody.knows }}".to_owned(), ["layout.html, line 1", "undefined"]),
            ("en/remindr.txt", good.to_owned(), ["en/remindr.txt", "no template"]),
        ] {
            let told = loaded(&[(file, &source)]).unwrap_err();
            assert!(parts.iter().all(|part| told.contains(part)), "{told}");
        }
        let nowhere = Words::load(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(nowhere.contains("/nowhere/at/all"), "{nowhere}");
    }
}
