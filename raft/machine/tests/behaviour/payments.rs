//! Whatever order the payment provider's news comes in, a payment books its slot or goes back, one of the two.
//!
//! News is repeated and unordered: the page that was opened, the payment, twice and under two names, the
//! page that was closed; and meanwhile time passes, others book, and the hold is given up.

use machine::{
    BeginPayment, CheckoutEnd, Command, Court, DeliveryKind, EndCheckout, Event, MoreFacts, NoteCheckout,
    RecordPayment, RecordRefund, UpdateCourt,
};
use proptest::prelude::*;

use crate::club::{Club, hold, hours, place, release, rsv};
use crate::records::court;

const PRICE: u64 = 2000;

/// What may happen, at any time and in any order.
#[derive(Clone, Copy, Debug)]
enum News {
    PageOpened,
    Paid,
    PageClosed(CheckoutEnd),
    GivenBackThere,
    SomebodyElseWantsIt,
    GivenUp,
    TimePasses(i64),
}

fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        2 => Just(News::PageOpened),
        4 => Just(News::Paid),
        1 => Just(News::PageClosed(CheckoutEnd::Expired)),
        1 => Just(News::PageClosed(CheckoutEnd::Failed)),
        1 => Just(News::GivenBackThere),
        2 => Just(News::SomebodyElseWantsIt),
        1 => Just(News::GivenUp),
        4 => prop_oneof![Just(1), Just(60_000), Just(599_999), Just(600_000), Just(3_600_000), Just(3 * 86_400_000)]
            .prop_map(News::TimePasses),
    ]
}

/// Ana holds `c1` at 10:00 for 20.00, and has gone to pay.
fn paying() -> Club {
    let mut club = Club::new();
    let priced = Court { price_per_slot_cents: Some(u32::try_from(PRICE).expect("small")), ..court("c1") };
    club.service(Command::UpdateCourt(UpdateCourt { court: priced, expected: None }));
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(Command::BeginPayment(BeginPayment { hold: hold(1), seconds: 600 })).reply.expect("it is held");
    club
}

fn command(news: News, n: u32) -> Command {
    let (reservation_id, session_id, payment_id) = (rsv("r1"), "cs_1".to_owned(), "pi_1".to_owned());
    match news {
        News::PageOpened => Command::NoteCheckout(NoteCheckout { reservation_id, session_id }),
        News::Paid => Command::RecordPayment(RecordPayment { reservation_id, payment_id, amount_cents: PRICE }),
        News::PageClosed(why) => Command::EndCheckout(EndCheckout { reservation_id, session_id, why }),
        News::GivenBackThere => {
            Command::RecordRefund(RecordRefund { reservation_id, payment_id, refunded_cents: PRICE })
        }
        News::SomebodyElseWantsIt => place(n, "c1", "ben", hours(10, 11)),
        News::GivenUp => release(1),
        News::TimePasses(_) => Command::Tick,
    }
}

/// What came of it all.
#[derive(Debug, Default)]
struct Came {
    paid: bool,
    booked: u32,
    sent_back: u64,
    gone_there: u64,
}

fn play(all: &[News]) -> (Club, Came) {
    let (mut club, mut came) = (paying(), Came::default());
    for (n, news) in (2..).zip(all) {
        if let News::TimePasses(millis) = news {
            club.wait(*millis);
        }
        came.paid |= matches!(news, News::Paid);
        for event in club.service(command(*news, n)).events {
            match event {
                Event::ReservationConfirmed(it) if it.id == rsv("r1") => came.booked += 1,
                Event::RefundDue { amount_cents, .. } => came.sent_back += amount_cents,
                Event::RefundRecorded { amount_cents, .. } => came.gone_there += amount_cents,
                _ => {}
            }
        }
    }
    (club, came)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_payment_books_its_slot_or_goes_back_never_both_and_never_neither(all in prop::collection::vec(news(), 1..16)) {
        let (club, came) = play(&all);
        // What is not known any more goes back whenever it is told of, and its provider does it once.
        let forgotten = club.facility.reservation(&rsv("r1")).is_none();
        match (came.paid, came.booked) {
            (false, booked) => prop_assert_eq!((booked, came.sent_back), (0, 0), "nobody paid: {:?}", came),
            (true, 0) if forgotten => prop_assert!(came.sent_back + came.gone_there >= PRICE, "{:?}", came),
            (true, 0) => prop_assert_eq!(came.sent_back + came.gone_there, PRICE, "{:?}", came),
            (true, booked) => prop_assert_eq!((booked, forgotten || came.sent_back == 0), (1, true), "{:?}", came),
        }
        let refunds = club.facility.deliveries(None).filter(|it| it.kind == DeliveryKind::Refund);
        let told: u64 = refunds.filter_map(|it| match it.facts.more {
            MoreFacts::Refund { amount_cents, .. } => Some(amount_cents),
            _ => None,
        }).sum();
        prop_assert!(told <= came.sent_back, "more is sent back than was decided");
        prop_assert!(forgotten || told == came.sent_back, "{} of {:?} is told", told, came);
    }
}
