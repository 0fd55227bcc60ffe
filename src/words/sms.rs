//! A text message: in the letters that a text message has, and no longer than one may be.
//!
//! One letter outside of the old GSM alphabet makes all of a message twice as long, so what only looks better
//! is written plainly: quotes, dashes and accents that the alphabet lacks.

/// The longest text that a provider takes, in characters.
pub(super) const SMS_CHARS_MAX: usize = 1600;
/// A name that is longer is cut: a message is for what happens, not for names.
const NAME_CHARS_MAX: usize = 32;

/// A text in plain letters, in one line, not too long.
pub(super) fn text(rendered: &str) -> String {
    let line = rendered.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&line).chars().take(SMS_CHARS_MAX).collect()
}

/// A name as a text message has it.
pub(super) fn name(name: &str) -> String {
    let plain = plain(name.trim());
    if plain.chars().count() <= NAME_CHARS_MAX {
        return plain;
    }
    let cut: String = plain.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{}.", cut.trim_end())
}

/// The text in plain letters.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'á' | 'â' | 'ã' => out.push('a'),
            'í' | 'î' | 'ï' => out.push('i'),
            'ó' | 'ô' | 'õ' => out.push('o'),
            'ú' | 'û' => out.push('u'),
            'ê' | 'ë' => out.push('e'),
            'ç' => out.push('c'),
            'Á' | 'À' | 'Â' | 'Ã' => out.push('A'),
            'È' | 'Ê' | 'Ë' => out.push('E'),
            'Í' | 'Ì' | 'Î' | 'Ï' => out.push('I'),
            'Ó' | 'Ò' | 'Ô' | 'Õ' => out.push('O'),
            'Ú' | 'Ù' | 'Û' => out.push('U'),
            '\u{2018}' | '\u{2019}' | '`' => out.push('\''),
            '\u{201c}' | '\u{201d}' | '«' | '»' => out.push('"'),
            '\u{2010}'..='\u{2015}' => out.push('-'),
            '\u{2026}' => out.push_str("..."),
            '\u{a0}' | '\u{202f}' | '\u{2009}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_of_plain_letters() {
        assert_eq!(text("¿Mañana  a las 18:00?\n\nSí – “él”…\n"), "¿Mañana a las 18:00? Si - \"él\"...");
        assert_eq!(text(&"x".repeat(5000)).chars().count(), SMS_CHARS_MAX);
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(name(" Pista Ángel "), "Pista Angel");
        let long = "The Northside Racquet and Swimming Club of 1904";
        assert_eq!(name(long), "The Northside Racquet and Swimm.");
        assert_eq!(name(long).len(), NAME_CHARS_MAX);
    }
}
