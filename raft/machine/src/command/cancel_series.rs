//! Calls a series off: all that is to come of it, or from one of its dates on.
//!
//! Each occurrence is an ordinary reservation, and is cancelled as one: its own notice, its own policy. One
//! alone is cancelled the ordinary way. What cannot be cancelled any more stays.

use serde::{Deserialize, Serialize};

use super::{CancelReservation, Done};
use crate::{Accepted, Actor, Cancellation, Facility, Instant, Rejection, ReservationId, SeriesId, Status};

/// Calls a series off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelSeries {
    /// Which series.
    pub series_id: SeriesId,
    /// Only what begins then or later; all that is to come where `None`.
    pub from: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
}

impl CancelSeries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let known: Vec<_> = facility.series(&self.series_id).collect();
        let first = known.first().ok_or(Rejection::SeriesUnknown)?;
        actor.must_act_for(&first.member_id)?;
        let from = self.from.unwrap_or(facility.now).max(facility.now.plus(1));
        let to_come = known.iter().filter(|it| it.status == Status::Confirmed && it.slot.start >= from);
        let to_come: Vec<ReservationId> = to_come.map(|it| it.id.clone()).collect();
        let (mut cancelled, mut events): (Vec<Cancellation>, Vec<_>) = (Vec::new(), Vec::new());
        for reservation_id in to_come {
            let one = CancelReservation { reservation_id, slot: None, reason: self.reason.clone() };
            let Done { accepted, events: told } = one.run(facility, actor)?;
            if let Accepted::ReservationCancelled(cancellation) = accepted {
                cancelled.push(*cancellation);
            }
            events.extend(told);
        }
        Ok(Done { accepted: Accepted::SeriesCancelled(cancelled), events })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, cancel, hours, person, rsv, run, staff};
    use super::super::words::{at_desk, series};
    use super::super::{CheckIn, OnConflict};
    use super::*;

    fn booked(then: Vec<Command>) -> Vec<super::super::cases::Step> {
        let all = series(OnConflict::FailAll, &[hours(10, 11), hours(14, 15), hours(42, 43)]);
        at_desk(at(8, 0), [all].into_iter().chain(then).collect())
    }

    fn off(from: Option<Instant>) -> Command {
        Command::CancelSeries(CancelSeries { series_id: SeriesId::parse("s1").unwrap(), from, reason: None })
    }

    #[test]
    fn a_series_is_called_off_from_a_date_on_or_all_that_is_to_come() {
        let case =
            |name, then, now, when, told| Case { name, given: booked(then), when: (now, staff(), when), then: told };
        let all = "series cancelled 3 | s1-0 Cancelled, s1-1 Cancelled, s1-2 Cancelled";
        let rest = "series cancelled 2 | s1-1 Cancelled, s1-2 Cancelled";
        run(vec![
            case("all of it", vec![], at(8, 0), off(None), all),
            case("this and following", vec![], at(8, 0), off(Some(at(14, 0))), rest),
            case("from the last on", vec![], at(8, 0), off(Some(at(14, 1))), "series cancelled 1 | s1-2 Cancelled"),
            case("what has begun stays", vec![], at(10, 0), off(None), rest),
            case("even where it is named", vec![], at(10, 0), off(Some(at(9, 0))), rest),
            case("what was called off before", vec![cancel("s1-0", None)], at(8, 0), off(None), rest),
            case("again", vec![off(None)], at(8, 0), off(None), "series cancelled 0"),
        ]);
        let mut here = booked(vec![]);
        here.push((at(9, 50), staff(), Command::CheckIn(CheckIn { reservation_id: rsv("s1-0") })));
        run(vec![Case { name: "who is there stays", given: here, when: (at(9, 50), staff(), off(None)), then: rest }]);
    }

    #[test]
    fn each_is_cancelled_under_the_policy_and_by_whose_it_is() {
        let by = |name, given, actor, told| Case { name, given, when: (at(8, 0), actor, off(None)), then: told };
        let late = "series cancelled 3 | s1-0 Cancelled, credits ana -1, s1-1 Cancelled, s1-2 Cancelled";
        run(vec![
            by("the first is late", booked(vec![]), person("ana"), late),
            by("another's", booked(vec![]), person("ben"), "NotYours"),
            by("none of that name", vec![], staff(), "SeriesUnknown"),
        ]);
    }
}
