//! Reads settings, and tells of a mistake in them without what is set: that may be a secret.
//!
//! A parser shows the line that it stumbled over, and a reader the value that it did not expect. Both lines may
//! be that of a key: a quotation mark is forgotten, or a value stands where a section belongs.

use config::builder::DefaultState;
use config::{ConfigBuilder, ConfigError, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::SettingsError;

/// Values shorter than this are told: they are `yes` and `7`, and no secret is as short.
const HIDDEN_CHARS_MIN: usize = 8;

/// The settings that all sources make together.
pub(super) fn read<T: DeserializeOwned>(sources: ConfigBuilder<DefaultState>) -> Result<T, SettingsError> {
    let config = sources.build().map_err(|error| SettingsError::Unreadable(unparsed(&error)))?;
    let mut texts = Vec::new();
    for value in config.collect().unwrap_or_default().values() {
        gather(value, &mut texts);
    }
    config.try_deserialize().map_err(|error| SettingsError::Unreadable(without(&error.to_string(), texts)))
}

/// Where a file cannot be parsed and why, without the line itself.
fn unparsed(error: &ConfigError) -> String {
    let ConfigError::FileParse { uri, cause } = error else { return error.to_string() };
    let Some(parsing) = cause.downcast_ref::<toml::de::Error>() else { return error.to_string() };
    let shown = parsing.to_string();
    let place = shown.lines().next().unwrap_or_default();
    let file = uri.as_ref().map_or_else(String::new, |file| format!(" of {file}"));
    format!("{place}{file}: {}", parsing.message().replace('\n', ", "))
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match &value.kind {
        ValueKind::String(text) => texts.push(text.clone()),
        ValueKind::Table(table) => table.values().for_each(|value| gather(value, texts)),
        ValueKind::Array(all) => all.iter().for_each(|value| gather(value, texts)),
        _ => {}
    }
}

/// A sentence in which no text that is set can be read.
fn without(sentence: &str, mut texts: Vec<String>) -> String {
    // The longest first: one may be a part of another.
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let hidden = texts.iter().filter(|text| text.chars().count() >= HIDDEN_CHARS_MIN);
    hidden.fold(sentence.to_owned(), |sentence, text| {
        // A sentence may quote it, with its quotation marks and line ends written otherwise.
        let quoted = format!("{text:?}");
        sentence.replace(&quoted[1..quoted.len() - 1], "…").replace(text.as_str(), "…")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_not_told_however_it_is_quoted() {
        let texts = || vec!["hush hush".to_owned(), "a \"hush hush\" b".to_owned(), "yes".to_owned()];
        let told = |sentence: &str| without(sentence, texts());
        assert_eq!(
            told("invalid type: string \"hush hush\", expected a map"),
            "invalid type: string \"…\", expected a map"
        );
        assert_eq!(told("unknown variant `a \\\"hush hush\\\" b`"), "unknown variant `…`");
        assert_eq!(told("string \"yes\", expected a boolean"), "string \"yes\", expected a boolean");
    }
}
