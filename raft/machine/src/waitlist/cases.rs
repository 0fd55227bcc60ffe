//! What the tables of the waitlist share: entries in short words.
//!
//! The club is that of `command::cases`; only tests read this.

use crate::command::cases::at;
use crate::{
    AcceptOffer, Command, CourtId, CourtWish, DeclineOffer, Instant, Interval, JoinWaitlist, LeaveWaitlist, LocalDate,
    MemberId, Pay, WaitlistId, WaitlistWish,
};

/// A wish of day 0 for an hour that begins in `[from, to)` hours, on any court, to be offered.
pub(crate) fn wish(from: i64, to: i64) -> WaitlistWish {
    WaitlistWish {
        date: LocalDate { year: 2026, month: 12, day: 1 },
        from_minute: u16::try_from(from * 60).ok(),
        to_minute: u16::try_from(to * 60).ok(),
        window: Interval { start: at(from, 0), end: at(to, 0) },
        wanted: at(from, 0),
        duration_minutes: 60,
        court: CourtWish::Any,
        auto_book: false,
        priority: 0,
        notify_email: true,
        notify_sms: false,
    }
}

/// The same on one court.
pub(crate) fn on(court: &str, wish: WaitlistWish) -> WaitlistWish {
    WaitlistWish { court: CourtWish::Court(CourtId::parse(court).unwrap()), ..wish }
}

/// The same, to be booked at once.
pub(crate) fn auto(wish: WaitlistWish) -> WaitlistWish {
    WaitlistWish { auto_book: true, ..wish }
}

pub(crate) fn wl(id: &str) -> WaitlistId {
    WaitlistId::parse(id).unwrap()
}

pub(crate) fn join(id: &str, member: &str, wish: WaitlistWish) -> Command {
    let member_id = MemberId::parse(member).unwrap();
    Command::JoinWaitlist(Box::new(JoinWaitlist { waitlist_id: wl(id), member_id, wish }))
}

pub(crate) fn leave(id: &str) -> Command {
    Command::LeaveWaitlist(LeaveWaitlist { waitlist_id: wl(id) })
}

pub(crate) fn accept(id: &str) -> Command {
    Command::AcceptOffer(AcceptOffer { waitlist_id: wl(id), pay: Pay::Later })
}

pub(crate) fn decline(id: &str) -> Command {
    Command::DeclineOffer(DeclineOffer { waitlist_id: wl(id) })
}

/// Eight in the morning of day 0.
pub(crate) fn eight() -> Instant {
    at(8, 0)
}
