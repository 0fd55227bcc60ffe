//! The code by which a member confirms a cancellation.
//!
//! It names one reservation in one version at one price, whatever its number in the list has become since it
//! was told. It is keyed: whoever can send in another's name sees no answer, and cannot work it out.

use aws_lc_rs::hmac;
use machine::{CancellationPreview, FacilityId, Reservation};

use super::command::CODE_DIGITS;
use crate::auth::Secret;

/// The code of calling a reservation off for what `preview` says.
pub(super) fn code(
    token: &Secret,
    facility: &FacilityId,
    reservation: &Reservation,
    preview: &CancellationPreview,
) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.reveal().as_bytes());
    let CancellationPreview { penalty_credits, fee_cents, refund_cents, refund_credits, kept_credits, .. } = preview;
    let named = format!(
        "drop {facility} {} {} {penalty_credits} {fee_cents} {refund_cents} {refund_credits} {kept_credits}",
        reservation.id, reservation.version
    );
    let tag = hmac::sign(&key, named.as_bytes());
    let number = tag.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:0CODE_DIGITS$}", number % 10_u64.pow(u32::try_from(CODE_DIGITS).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::{CourtId, Instant, Interval, MemberId, ReservationId};

    #[test]
    fn a_code_is_of_one_reservation_in_one_version_at_one_price() {
        let token = Secret::new("12345");
        let slot = Interval { start: Instant(0), end: Instant(3_600_000) };
        let (id, court) = (ReservationId::parse("rsv_1").unwrap(), CourtId::parse("crt_1").unwrap());
        let one = Reservation::new(id, court, MemberId::parse("mbr_1").unwrap(), slot, Instant(0));
        let free = CancellationPreview {
            notice_millis: 5,
            within_policy: true,
            penalty_credits: 0,
            fee_cents: 0,
            refund_cents: 0,
            refund_credits: 0,
            kept_credits: 0,
        };
        let facility = FacilityId::parse("fac_1").unwrap();
        let first = code(&token, &facility, &one, &free);
        assert_eq!(first.len(), CODE_DIGITS);
        assert!(first.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(first, code(&token, &facility, &one, &CancellationPreview { notice_millis: 4, ..free.clone() }));
        let others = [
            code(&token, &FacilityId::parse("fac_2").unwrap(), &one, &free),
            code(&token, &facility, &Reservation { version: 2, ..one.clone() }, &free),
            code(&token, &facility, &one, &CancellationPreview { fee_cents: 500, ..free.clone() }),
            code(&Secret::new("12346"), &facility, &one, &free),
        ];
        assert!(others.iter().all(|other| *other != first), "{first} {others:?}");
    }
}
