//! Amounts in words: minor units of a currency as people write them.

use super::language::Language;

/// Currencies without minor units (ISO 4217).
const WHOLE: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies with three digits of minor units.
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Signs that mean one currency to a reader of English.
const SIGNS: [(&str, &str); 4] = [("USD", "$"), ("EUR", "€"), ("GBP", "£"), ("JPY", "¥")];

/// An amount of minor units: `$20.00`, `20,00 USD`, `¥2,000`.
pub(crate) fn amount(minor: u64, currency: &str, language: Language) -> String {
    let digits = digits(currency);
    let unit = 10_u64.pow(digits);
    let (point, comma) = match language {
        Language::English => ('.', ','),
        Language::Spanish => (',', '.'),
    };
    let mut number = grouped(minor / unit, comma);
    if digits > 0 {
        number.push(point);
        number.push_str(&format!("{:0width$}", minor % unit, width = digits as usize));
    }
    let sign = SIGNS.iter().find(|(code, _)| *code == currency).map(|(_, sign)| *sign);
    match (language, sign) {
        (Language::English, Some(sign)) => format!("{sign}{number}"),
        (Language::English, None) => format!("{currency} {number}"),
        (Language::Spanish, Some("€")) => format!("{number} €"),
        (Language::Spanish, _) => format!("{number} {currency}"),
    }
}

fn digits(currency: &str) -> u32 {
    if WHOLE.contains(&currency) {
        0
    } else if THOUSANDTHS.contains(&currency) {
        3
    } else {
        2
    }
}

fn grouped(whole: u64, comma: char) -> String {
    let text = whole.to_string();
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            out.push(comma);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        for (minor, currency, english, spanish) in [
            (2000, "USD", "$20.00", "20,00 USD"),
            (5, "EUR", "€0.05", "0,05 €"),
            (123_456_789, "CHF", "CHF 1,234,567.89", "1.234.567,89 CHF"),
            (2000, "JPY", "¥2,000", "2.000 JPY"),
            (1, "KWD", "KWD 0.001", "0,001 KWD"),
            (0, "GBP", "£0.00", "0,00 GBP"),
        ] {
            assert_eq!(amount(minor, currency, Language::English), english);
            assert_eq!(amount(minor, currency, Language::Spanish), spanish);
        }
    }
}
