//! The languages that members are told in.

/// A language that there are words in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English, as it is written in the United States.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The code of the language, which is the folder of its templates too.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The language of a BCP 47 tag such as `es-MX`; English where there are no words in it.
    pub(crate) fn of(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// The first language of an `Accept-Language` header that there are words in.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut tags: Vec<(&str, f32)> = header.split(',').map(weighted).filter(|(_, weight)| *weight > 0.0).collect();
        tags.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        tags.into_iter().find_map(|(tag, _)| Self::known(tag)).unwrap_or_default()
    }

    fn known(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

fn weighted(part: &str) -> (&str, f32) {
    let mut parts = part.split(';');
    let tag = parts.next().unwrap_or_default();
    let weight = parts.find_map(|it| it.trim().strip_prefix("q=")).map_or(Some(1.0), |text| text.trim().parse().ok());
    (tag, weight.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_falls_back_to_its_language_and_then_to_english() {
        for (tag, language) in [
            ("es", Language::Spanish),
            ("es-MX", Language::Spanish),
            ("ES_419", Language::Spanish),
            ("en-GB", Language::English),
            ("fr-FR", Language::English),
            ("", Language::English),
            ("est", Language::English),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
        for (header, language) in [
            ("es-ES,es;q=0.9,en;q=0.8", Language::Spanish),
            ("fr, en;q=0.2, es;q=0.7", Language::Spanish),
            ("en-US,es;q=0.5", Language::English),
            ("es;q=0, de", Language::English),
            ("*", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
