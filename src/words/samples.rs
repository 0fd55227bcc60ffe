//! One message of each kind and turn, to try templates with before a member gets one.

use machine::{
    BookingFacts, CourtId, Delivery, DeliveryId, DeliveryKind, DeliveryState, FacilityId, Facts, Instant, Interval,
    Medium, Member, MemberId, MoreFacts, PaymentStatus, ReservationId, SeriesSlot, Settings, WaitlistId,
};

use super::page::{Offered, PageState, Ways};
use super::{Language, Telling, Words, WordsError};
use crate::links::Links;

const HOUR_MILLIS: i64 = 60 * 60 * 1000;
/// The afternoon before the slot of every sample.
pub(super) const NOW: Instant = Instant(1_796_086_800_000);
/// A Tuesday in December, at six in the evening in Los Angeles.
pub(super) const START: Instant = Instant(1_796_176_800_000);

/// Tries every kind of message by every medium in every language, and every page.
pub(super) fn try_all(words: &Words) -> Result<(), WordsError> {
    let (facility_id, settings) = (facility_id(), settings());
    let links = Links::of_one_run("https://courts.example.org").ok();
    for language in Language::ALL {
        let member = member("Ana Sosa", language);
        for (kind, facts) in all() {
            for (medium, links) in [(Medium::Email, links.as_ref()), (Medium::Sms, links.as_ref()), (Medium::Sms, None)]
            {
                let delivery = delivery(kind, medium, facts.clone());
                let (delivery, facility_id, settings, member) = (&delivery, &facility_id, &settings, &member);
                words.compose(Telling { delivery, facility_id, settings, member, links, now: NOW })?;
            }
        }
        for state in PageState::ALL {
            let paid = |credits, card| Ways::Paid { credits, card };
            for ways in [Ways::Free, paid(false, false), paid(true, false), paid(false, true), paid(true, true)] {
                let offered = Offered {
                    settings: &settings,
                    court_name: "Court 1",
                    slot: slot(0),
                    rate_cents: Some(2000),
                    expires_at: START,
                    now: NOW,
                    ways,
                };
                words.offer_page(language, state, Some(offered))?;
            }
            words.offer_page(language, state, None)?;
        }
    }
    Ok(())
}

/// The sample at `place` in words, as an email and as a text message.
#[cfg(test)]
pub(super) fn told(words: &Words, name: &str, language: Language, place: usize) -> String {
    use crate::notify::Content;

    let (facility_id, settings, member) = (facility_id(), settings(), member(name, language));
    let key = crate::auth::Secret::new("the key of all samples, which is long enough");
    let links = Links::new(&key, &[], "https://courts.example.org").unwrap();
    let (kind, facts) = all().swap_remove(place);
    let compose = |medium| {
        let delivery = delivery(kind, medium, facts.clone());
        let (facility_id, settings, member) = (&facility_id, &settings, &member);
        let links = Some(&links);
        words.compose(Telling { delivery: &delivery, facility_id, settings, member, links, now: NOW }).unwrap()
    };
    let Content::Email { subject, text, html, calendar, reply_to, from_name } = compose(Medium::Email) else {
        panic!("an email was asked for");
    };
    let Content::Text(sms) = compose(Medium::Sms) else { panic!("a text message was asked for") };
    let calendar = calendar.map_or_else(String::new, |part| format!("{}\n{}", part.method.word(), part.text));
    let reply_to = reply_to.unwrap_or_default();
    let parts = [
        ("subject", subject),
        ("from", format!("{from_name} / {reply_to}")),
        ("text", text),
        ("html", html),
        ("calendar", calendar.replace("\r\n", "\n")),
        ("sms", sms),
    ];
    let part = |(name, text): (&str, String)| format!("=== {name}\n{}\n", text.trim_end());
    parts.into_iter().map(part).collect()
}

/// Every kind, in every turn that its template takes.
pub(super) fn all() -> Vec<(DeliveryKind, Facts)> {
    // One of them has been changed on its own before.
    let version = |week| if week == 1 { 5 } else { 2 };
    let occurrence =
        |week: i64| SeriesSlot { id: reservation(&week.to_string()), slot: slot(week), version: version(week) };
    let series = || MoreFacts::Series { slots: (0..3).map(occurrence).collect() };
    let missed = |penalty_credits, no_show_count, suspended_until| MoreFacts::Missed {
        penalty_credits,
        no_show_count,
        suspended_until,
    };
    let mut unpaid = facts(MoreFacts::None);
    unpaid.booking = unpaid.booking.map(|it| BookingFacts { payment: PaymentStatus::Required, ..it });
    let mut unknown = facts(MoreFacts::Refund { payment_id: "pi_1".to_owned(), amount_cents: 2000 });
    let refund = unknown.clone();
    unknown.booking = None;
    let mut offered = facts(MoreFacts::Offer { expires_at: NOW.plus(HOUR_MILLIS / 2) });
    offered.booking = offered.booking.map(|it| BookingFacts { payment: PaymentStatus::None, ..it });
    let mut free = offered.clone();
    free.booking = free.booking.map(|it| BookingFacts { rate_cents: None, ..it });
    vec![
        (DeliveryKind::Confirmation, facts(MoreFacts::None)),
        (DeliveryKind::Confirmation, unpaid.clone()),
        (DeliveryKind::Confirmation, facts(series())),
        (DeliveryKind::Reminder { minutes_before: 1440 }, facts(MoreFacts::None)),
        (DeliveryKind::Reminder { minutes_before: 120 }, unpaid),
        (DeliveryKind::WaitlistOffer, offered.clone()),
        (DeliveryKind::WaitlistOffer, free),
        (DeliveryKind::WaitlistAutoBooked, facts(MoreFacts::None)),
        (DeliveryKind::Cancellation, facts(cancelled(false, true))),
        (DeliveryKind::Cancellation, facts(cancelled(false, false))),
        (DeliveryKind::Cancellation, facts(cancelled(true, true))),
        (DeliveryKind::Cancellation, facts(series())),
        (DeliveryKind::HoldRefunded, refund),
        (DeliveryKind::HoldRefunded, unknown),
        (DeliveryKind::NoShow, facts(missed(0, 1, None))),
        (DeliveryKind::NoShow, facts(missed(2, 3, Some(START.plus(14 * 24 * HOUR_MILLIS))))),
        (DeliveryKind::ReservationMoved, facts(MoreFacts::Moved { court_name: "Court 2".to_owned(), slot: slot(1) })),
        (DeliveryKind::ReservationMoved, facts(MoreFacts::None)),
        (DeliveryKind::Displaced, facts(cancelled(true, true))),
        (DeliveryKind::Displaced, facts(MoreFacts::None)),
    ]
}

fn cancelled(by_club: bool, within_policy: bool) -> MoreFacts {
    let costs = !by_club && !within_policy;
    MoreFacts::Cancelled {
        notice_millis: HOUR_MILLIS,
        within_policy,
        by_club,
        penalty_credits: u32::from(costs),
        fee_cents: if costs { 500 } else { 0 },
        refund_cents: if costs { 1500 } else { 2000 },
        refund_credits: if by_club { 2 } else { 0 },
    }
}

pub(super) fn facts(more: MoreFacts) -> Facts {
    let booking = BookingFacts {
        court_id: CourtId::parse("crt_1").expect("an id"),
        court_name: "Court 1".to_owned(),
        slot: slot(0),
        version: 2,
        rate_cents: Some(2000),
        payment: PaymentStatus::Paid,
    };
    Facts { booking: Some(booking), more }
}

pub(super) fn delivery(kind: DeliveryKind, medium: Medium, facts: Facts) -> Delivery {
    Delivery {
        id: DeliveryId::parse("ntf_sample").expect("an id"),
        kind,
        medium,
        member_id: Some(MemberId::parse("mbr_ana").expect("an id")),
        reservation_id: Some(reservation("1-1")),
        waitlist_id: Some(WaitlistId::parse("wl_1").expect("an id")),
        facts,
        created_at: NOW,
        due_at: NOW,
        not_after: START,
        state: DeliveryState::Claimed,
        claimed_until: None,
        attempts: Vec::new(),
        provider_id: None,
        receipt: None,
        ended_at: None,
        dropped: None,
    }
}

pub(super) fn facility_id() -> FacilityId {
    FacilityId::parse("fac_north").expect("an id")
}

pub(super) fn settings() -> Settings {
    Settings {
        email: Some("desk@northside.example".to_owned()),
        phone: Some("+1 555 0100".to_owned()),
        address: Some("1 Court Road; Springfield".to_owned()),
        ..Settings::new("Northside Racquet Club", "northside", "America/Los_Angeles")
    }
}

pub(super) fn member(name: &str, language: Language) -> Member {
    let mut member = Member::new(MemberId::parse("mbr_ana").expect("an id"), name);
    member.email = "ana@example.org".to_owned();
    language.code().clone_into(&mut member.preferences.locale);
    member
}

fn reservation(name: &str) -> ReservationId {
    ReservationId::parse(&format!("rsv_{name}")).expect("an id")
}

fn slot(week: i64) -> Interval {
    let start = START.plus(week * 7 * 24 * HOUR_MILLIS);
    Interval { start, end: start.plus(HOUR_MILLIS) }
}
