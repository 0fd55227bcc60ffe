//! Whether it is Stripe that tells: its signature on what a webhook brought.
//!
//! The header is `t=<unix seconds>,v1=<hex>[,v1=<hex>]`: an HMAC-SHA256 of `t`, a dot and the body as it came,
//! one for each secret that is good while one is exchanged for another.

use aws_lc_rs::hmac;
use machine::Instant;

use super::stripe::Stripe;

/// How far the time of a signature may be from this node's, in seconds: Stripe's own limit.
const TOLERANCE_SECONDS: i64 = 300;
/// Signatures that are looked at: Stripe sends one for each secret that is good, and those are few.
const SIGNATURES_MAX: usize = 16;

/// It was not Stripe that told, or it was too long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Forged {
    /// There is no signature, or none that can be read.
    #[error("there is no signature of the form t=…,v1=…")]
    Unsigned,
    /// It is of another time.
    #[error("the signature is of another time")]
    OtherTime,
    /// It is of something else, or of somebody else.
    #[error("the signature is not of this body and secret")]
    Wrong,
}

impl Stripe {
    /// Whether `body` is what Stripe signed, `now` or a short while ago.
    pub(crate) fn must_have_signed(&self, header: &str, body: &[u8], now: Instant) -> Result<(), Forged> {
        must_be_signed(self.settings().webhook_secret.reveal(), header, body, now)
    }
}

fn must_be_signed(secret: &str, header: &str, body: &[u8], now: Instant) -> Result<(), Forged> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let at = parts().find(|(name, _)| *name == "t").map(|(_, at)| at).ok_or(Forged::Unsigned)?;
    let seconds = Some(at).filter(|at| at.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds: i64 = seconds.and_then(|at| at.parse().ok()).ok_or(Forged::Unsigned)?;
    let signed = [at.as_bytes(), b".", body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signatures = parts().filter(|(name, _)| *name == "v1").take(SIGNATURES_MAX);
    let signatures: Vec<Vec<u8>> = signatures.filter_map(|(_, hex)| bytes(hex)).collect();
    if signatures.is_empty() {
        return Err(Forged::Unsigned);
    }
    // Order: whether it is of Stripe is asked first, or anybody could learn what time it is here. The
    // comparison takes as long whatever is wrong.
    if !signatures.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok()) {
        return Err(Forged::Wrong);
    }
    let apart = now.0.div_euclid(1000).saturating_sub(seconds).saturating_abs();
    if apart > TOLERANCE_SECONDS { Err(Forged::OtherTime) } else { Ok(()) }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.as_bytes().chunks(2).map(|pair| Some(digit(&pair[0])? << 4 | digit(&pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test";
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const SIGNATURE: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
    const AT: Instant = Instant(1_700_000_000_000);

    fn told(header: &str) -> Result<(), Forged> {
        must_be_signed(SECRET, header, BODY, AT)
    }

    #[test]
    fn the_known_answer_is_stripes() {
        assert_eq!(told(&format!("t=1700000000,v1={SIGNATURE}")), Ok(()));
        assert_eq!(told(&format!("t=1700000000,v1={},v1={SIGNATURE},v0=00", "00".repeat(32))), Ok(()));
        assert_eq!(told(&format!("t=1700000000, v1={}", SIGNATURE.to_uppercase())), Ok(()));
    }

    #[test]
    fn a_signature_is_of_one_body_one_time_and_one_secret() {
        let good = format!("t=1700000000,v1={SIGNATURE}");
        let at = |seconds: i64| must_be_signed(SECRET, &good, BODY, AT.plus(seconds * 1000));
        assert_eq!((at(300), at(-300)), (Ok(()), Ok(())));
        assert_eq!((at(301), at(-301)), (Err(Forged::OtherTime), Err(Forged::OtherTime)));
        assert_eq!(must_be_signed("whsec_other", &good, BODY, AT), Err(Forged::Wrong));
        assert_eq!(must_be_signed(SECRET, &good, br#"{"id":"evt_2"}"#, AT), Err(Forged::Wrong));
        assert_eq!(told(&format!("t=1700000001,v1={SIGNATURE}")), Err(Forged::Wrong));
        assert_eq!(told(&format!("t=01700000000,v1={SIGNATURE}")), Err(Forged::Wrong));
        assert_eq!(told(&format!("t=1700000000,v1={}", &SIGNATURE[2..])), Err(Forged::Wrong));
        assert_eq!(told(&format!("t=1700000000,v0={SIGNATURE}")), Err(Forged::Unsigned));
        for unsigned in ["", "t=1700000000", "v1=00", "t=x,v1=00", "t=1700000000,v1=0", "t=,v1=00", "t=+1,v1=é0"] {
            assert_eq!(told(unsigned), Err(Forged::Unsigned), "{unsigned}");
        }
    }

    /// Every change of one character, and a million others: none of them is taken.
    #[test]
    fn a_million_forged_signatures_are_refused() {
        let good = format!("t=1700000000,v1={SIGNATURE}");
        let mut forger = fastrand::Rng::with_seed(7);
        let alphabet: Vec<char> = "0123456789abcdef,=tv".chars().collect();
        let (mut taken, mut tried) = (0_u32, 0_u32);
        while tried < 1_000_000 {
            let mut forged: Vec<char> = good.chars().collect();
            for _ in 0..=forger.usize(..3) {
                let place = forger.usize(..forged.len());
                forged[place] = alphabet[forger.usize(..alphabet.len())];
            }
            let forged: String = forged.into_iter().collect();
            // The case of a digit is no change; the same text is none either.
            if forged == good {
                continue;
            }
            tried += 1;
            taken += u32::from(told(&forged).is_ok());
        }
        assert_eq!(taken, 0);
    }
}
