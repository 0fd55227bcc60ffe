//! Books a series: the same court and member on many dates, each under the rules, in their order.
//!
//! What breaks a rule refuses all of it, or is left out; either way the answer lists both. An occurrence
//! that is left out may bring a wish along, with which its member waits for it. Each that is booked is an
//! ordinary reservation with the series' id.

use serde::{Deserialize, Serialize};

use super::{BookReservation, Done, JoinWaitlist};
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtId, Event, Facility, Interval, MemberId, Override, Pay, RefusedOccurrence,
    Rejection, Reservation, ReservationId, SeriesId, WaitlistId,
};

/// Occurrences of one series (`booking.md` 6).
const OCCURRENCES_MAX: u32 = 60;

/// What becomes of a series of which an occurrence breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnConflict {
    /// Nothing is booked.
    FailAll,
    /// It is left out.
    Skip,
}

/// One occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Minted by the proposer.
    pub reservation_id: ReservationId,
    /// When.
    pub slot: Interval,
    /// With what its member waits where it is left out; not at all where `None`.
    pub or_wait: Option<JoinWaitlist>,
}

/// Books a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookSeries {
    /// Minted by the proposer, or the client's own.
    pub series_id: SeriesId,
    /// For whom.
    pub member_id: MemberId,
    /// Which court.
    pub court_id: CourtId,
    /// When, in any order: the proposer has expanded the recurrence.
    pub occurrences: Vec<Occurrence>,
    /// What becomes of all where one breaks a rule.
    pub on_conflict: OnConflict,
    /// `web sms staff api`.
    pub source: String,
    /// What each is called.
    pub booking_type: String,
    /// Who else plays, in free text.
    pub participants: Vec<String>,
    /// Free text.
    pub notes: Option<String>,
    /// How each is to be paid.
    pub pay: Pay,
    /// The rules that staff set aside for all of it.
    pub overrides: Option<Override>,
}

/// An occurrence that was booked and what happened, or every rule that it breaks.
type Booking = Result<(Reservation, Vec<Event>), Vec<Conflict>>;

impl BookSeries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        actor.must_act_for(&self.member_id)?;
        view.court(&self.court_id)?;
        if facility.series(&self.series_id).next().is_some() {
            return self.again(facility);
        }
        let in_order = self.in_order(facility)?;
        // A copy shares what neither writes, so giving up half-way costs nothing.
        let before = facility.clone();
        let (mut booked, mut refused, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for occurrence in &in_order {
            let booking = self.book(occurrence, facility, actor);
            if booking.is_err() {
                *facility = before.clone();
            }
            match booking? {
                Ok((reservation, told)) => {
                    booked.push(reservation);
                    events.extend(told);
                }
                Err(conflicts) => refused.push(RefusedOccurrence { slot: occurrence.slot, conflicts, waits: None }),
            }
        }
        if !refused.is_empty() && (self.on_conflict == OnConflict::FailAll || booked.is_empty()) {
            *facility = before;
            return Err(Rejection::SeriesRefused(refused));
        }
        for refused in &mut refused {
            let occurrence = in_order.iter().find(|it| it.slot == refused.slot);
            refused.waits = occurrence.and_then(|it| wait(it.or_wait.as_ref()?, facility, actor, &mut events));
        }
        Ok(Done { accepted: Accepted::SeriesBooked { booked, refused }, events })
    }

    /// The same series again, for as long as any of it is remembered.
    fn again(&self, facility: &Facility) -> Result<Done, Rejection> {
        let there: Vec<Reservation> = facility.series(&self.series_id).cloned().collect();
        let own = |it: &Reservation| it.member_id == self.member_id && it.court_id == self.court_id;
        let asked = |it: &Reservation| self.occurrences.iter().any(|asked| asked.reservation_id == it.id);
        if there.iter().all(|it| own(it) && asked(it)) {
            Ok(Done::already(Accepted::SeriesBooked { booked: there, refused: Vec::new() }))
        } else {
            Err(Rejection::SeriesExists)
        }
    }

    fn in_order(&self, facility: &Facility) -> Result<Vec<&Occurrence>, Rejection> {
        if self.occurrences.len() > OCCURRENCES_MAX as usize {
            return Err(Rejection::TooMany { limit: OCCURRENCES_MAX });
        }
        if self.occurrences.is_empty() || self.occurrences.iter().any(|it| it.slot.start >= it.slot.end) {
            return Err(Rejection::EmptyInterval);
        }
        let ids: std::collections::BTreeSet<_> = self.occurrences.iter().map(|it| &it.reservation_id).collect();
        let taken = ids.iter().any(|id| facility.reservation(id).is_some());
        if taken || ids.len() < self.occurrences.len() {
            return Err(Rejection::ReservationExists);
        }
        let mut in_order: Vec<&Occurrence> = self.occurrences.iter().collect();
        in_order.sort_by_key(|it| it.slot);
        Ok(in_order)
    }
}

impl BookSeries {
    /// Books one occurrence as it would be booked alone; says every rule that it breaks.
    fn book(&self, occurrence: &Occurrence, facility: &mut Facility, actor: &Actor) -> Result<Booking, Rejection> {
        let one = BookReservation {
            reservation_id: occurrence.reservation_id.clone(),
            court_id: self.court_id.clone(),
            member_id: self.member_id.clone(),
            slot: occurrence.slot,
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            participants: self.participants.clone(),
            notes: self.notes.clone(),
            series_id: Some(self.series_id.clone()),
            pay: self.pay,
            overrides: self.overrides.clone(),
        };
        match one.run(facility, actor) {
            Ok(Done { accepted: Accepted::ReservationBooked(booked), events }) => Ok(Ok((booked.reservation, events))),
            Ok(_) => Err(Rejection::ReservationExists),
            Err(Rejection::Conflicts(conflicts)) => Ok(Err(conflicts)),
            Err(rejection) => Err(rejection),
        }
    }
}

/// Lets the member wait for an occurrence that was left out; where it may not, it only is left out.
fn wait(wish: &JoinWaitlist, facility: &mut Facility, actor: &Actor, events: &mut Vec<Event>) -> Option<WaitlistId> {
    let joined = wish.run(facility, actor).ok()?;
    events.extend(joined.events);
    Some(wish.waitlist_id.clone())
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, hours, person, rsv, run, service, staff};
    use super::super::words::{at_desk, book, priced, series, weekly};
    use super::OnConflict::{FailAll, Skip};
    use super::*;
    use crate::waitlist::cases::{wish, wl};

    const THREE: [Interval; 3] = [at_hour(10), at_hour(14), at_hour(42)];

    const fn at_hour(hour: i64) -> Interval {
        Interval { start: crate::Instant(hour * 3_600_000), end: crate::Instant((hour + 1) * 3_600_000) }
    }

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        Case { name, given: at_desk(at(8, 0), given), when: (at(8, 0), staff(), when), then }
    }

    fn taken() -> Vec<Command> {
        vec![book("r1", "c1", "ben", hours(14, 15))]
    }

    #[test]
    fn all_of_a_series_is_booked_or_what_breaks_a_rule_is_told() {
        let all = "series 3 refused 0 | s1-0 Confirmed, s1-1 Confirmed, s1-2 Confirmed";
        let two = "series 2 refused 1 | s1-0 Confirmed, s1-2 Confirmed";
        let backwards: Vec<Interval> = THREE.into_iter().rev().collect();
        let four = [THREE.as_slice(), &[at_hour(44)]].concat();
        let taken_and_tried = || taken().into_iter().chain([series(FailAll, &THREE)]).collect::<Vec<_>>();
        run(vec![
            case("all of it", vec![], series(FailAll, &THREE), all),
            case(
                "in order of time",
                vec![],
                series(FailAll, &backwards),
                "series 3 refused 0 | s1-2 Confirmed, s1-1 Confirmed, s1-0 Confirmed",
            ),
            case("all or nothing", taken(), series(FailAll, &THREE), "SeriesRefused time_overlap"),
            case(
                "nothing is left of it",
                taken_and_tried(),
                book("r2", "c1", "cat", hours(10, 11)),
                "booked r2 Confirmed | r2 Confirmed",
            ),
            case("what can be had", taken(), series(Skip, &THREE), two),
            case("nothing can", taken(), series(Skip, &THREE[1..2]), "SeriesRefused time_overlap"),
            case("one counts for the next", vec![], series(FailAll, &four), "SeriesRefused member_limit"),
            case(
                "and is left out",
                vec![],
                series(Skip, &four),
                "series 3 refused 1 | s1-0 Confirmed, s1-1 Confirmed, s1-2 Confirmed",
            ),
        ]);
    }

    #[test]
    fn who_wants_to_wait_for_what_is_left_out_waits() {
        let mut it = weekly(Skip, &THREE[..2]);
        let member_id = it.member_id.clone();
        it.occurrences[1].or_wait = Some(JoinWaitlist { waitlist_id: wl("w1"), member_id, wish: wish(14, 15) });
        // The second court is free then, so it is offered at once.
        let told = "series 1 refused 1 | s1-0 Confirmed, joined w1 Active, rsv_w1-1 Held, offer w1 Offered";
        run(vec![case("it waits", taken(), Command::BookSeries(it), told)]);
    }

    #[test]
    fn a_series_is_made_once_and_has_dates_and_names_of_its_own() {
        let there = || vec![series(FailAll, &THREE)];
        let on_another = BookSeries { court_id: CourtId::parse("c2").unwrap(), ..weekly(FailAll, &THREE) };
        let nowhere = BookSeries { court_id: CourtId::parse("c9").unwrap(), ..weekly(FailAll, &THREE) };
        let mut twice = weekly(FailAll, &THREE);
        twice.occurrences[1].reservation_id = rsv("s1-0");
        let many = vec![at_hour(10); OCCURRENCES_MAX as usize + 1];
        run(vec![
            case("the same again", there(), series(FailAll, &THREE), "series 3 refused 0"),
            case("another of its name", there(), Command::BookSeries(on_another), "SeriesExists"),
            case("no such court", vec![], Command::BookSeries(nowhere), "CourtUnknown"),
            case("one name twice", vec![], Command::BookSeries(twice), "ReservationExists"),
            case(
                "a name that is taken",
                vec![book("s1-1", "c2", "ben", hours(6, 7)), book("s1-1", "c2", "ben", hours(18, 19))],
                series(FailAll, &THREE),
                "ReservationExists",
            ),
            case("no dates", vec![], series(FailAll, &[]), "EmptyInterval"),
            case("backwards", vec![], series(FailAll, &[hours(11, 10)]), "EmptyInterval"),
            case("too many", vec![], series(FailAll, &many), "TooMany { limit: 60 }"),
        ]);
        let by =
            |actor, given, then| Case { name: "by", given, when: (at(8, 0), actor, series(FailAll, &THREE)), then };
        run(vec![
            by(person("ben"), vec![], "NotYours"),
            by(service(), at_desk(at(8, 0), vec![priced("c1", 1000, None)]), "PaymentRequired { cents: 1000 }"),
        ]);
    }
}
