//! The languages in which texts are answered.

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    /// English, and for whoever speaks anything else.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// That of a BCP 47 tag.
    pub(super) fn of(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("es") { Self::Es } else { Self::En }
    }

    /// The one of two that is its own.
    pub(super) fn either<T>(self, en: T, es: T) -> T {
        match self {
            Self::En => en,
            Self::Es => es,
        }
    }
}
