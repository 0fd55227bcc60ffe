//! Erases a person: its id stays as a tombstone, nothing else that tells who it was.
//!
//! What it holds is released and what it has booked is cancelled without any penalty. Free texts of its
//! reservations go, here and in the answers that are kept for repeats.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::{Assessment, Record};
use crate::{Accepted, Actor, Event, Facility, MemberId, MemberStatus, Rejection, ReservationId, Status, refund};

/// Erases a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseMember {
    /// Who.
    pub member_id: MemberId,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
}

impl EraseMember {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_act_for(&self.member_id)?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let before = facility.member(&self.member_id).ok_or(Rejection::MemberUnknown)?;
        if before.status == MemberStatus::Erased {
            return Ok(Done::already(Accepted::MemberErased));
        }
        Rejection::unless_version(self.expected, before.version)?;
        let tombstone = before.tombstone();
        let mut events = Vec::new();
        // Order: the tombstone first, so that nothing that follows is given to the member again.
        facility.put_member(tombstone);
        let of_member: Vec<ReservationId> = facility.reservations_of(&self.member_id).collect();
        for id in of_member {
            end_and_clear(facility, &id, &mut events);
        }
        facility.ledger.erase(&self.member_id);
        facility.answers.forget_person(&self.member_id);
        events.push(Event::MemberErased(self.member_id.clone()));
        Ok(Done { accepted: Accepted::MemberErased, events })
    }
}

fn end_and_clear(facility: &mut Facility, id: &ReservationId, events: &mut Vec<Event>) {
    let Some(mut record) = facility.book.get(id).map(|record| Record::clone(record)) else { return };
    let now = facility.now;
    record.reservation.forget_person();
    let status = record.reservation.status;
    match status {
        Status::Held | Status::PaymentPending => record.end(Status::Released, now),
        Status::Confirmed => {
            let notice_millis = record.reservation.slot.start.0.saturating_sub(now.0);
            record.end(Status::Cancelled, now);
            record.assessment = Some(Assessment {
                notice_millis,
                within_policy: true,
                penalty_credits: 0,
                fee_cents: 0,
                promotion: None,
            });
            events.extend(refund::give_all_back(facility, &mut record));
        }
        Status::CheckedIn => record.end(Status::Completed, now),
        _ => {}
    }
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    events.extend(match status {
        Status::Held | Status::PaymentPending => Some(Event::HoldReleased(reservation)),
        Status::Confirmed => Some(Event::ReservationCancelled(reservation)),
        Status::CheckedIn => Some(Event::ReservationCompleted(reservation)),
        _ => None,
    });
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{
        Case, at, by_id, club, confirm, envelope, hours, member, person, place, run, service, staff, told,
    };
    use super::super::words::book;
    use super::EraseMember;
    use crate::{Facility, Member, MemberId, MemberStatus, apply};

    fn erase() -> Command {
        Command::EraseMember(EraseMember { member_id: MemberId::parse("zoe").unwrap(), expected: None })
    }

    fn zoe() -> Command {
        let (name, email) = ("Zoe Quill".to_owned(), "zoe@quill.example".to_owned());
        Command::CreateMember(Box::new(Member { name, email, phone: Some("+4155501".to_owned()), ..member("zoe") }))
    }

    #[test]
    fn an_erased_member_leaves_an_id_and_nothing_that_tells_who_it_was() {
        let mut facility = club();
        let commands = [
            zoe(),
            book("r1", "c1", "zoe", hours(10, 11)),
            place(2, "c1", "zoe", hours(12, 13)),
            confirm(by_id("h2"), None),
            place(3, "c2", "zoe", hours(14, 15)),
        ];
        for (step, command) in (1..).zip(commands) {
            apply(&mut facility, step, &envelope(step, at(8, 0), staff(), command)).reply.expect("all of these stand");
        }
        let erased = apply(&mut facility, 9, &envelope(9, at(8, 0), staff(), erase()));
        let here = "MemberErased | r1 Cancelled, r2 Cancelled, r3 Released, member zoe erased";
        let unsent = ["ntf_confirmation-email-1-r1", "ntf_confirmation-email-2-r2"];
        let [first, second] = unsent.map(|id| format!("{id} dropped not_wanted"));
        assert_eq!(told(&erased), format!("{here}, {first}, {second}"));
        assert!(facility.claims(None, None).is_empty());
        for bytes in [facility.to_snapshot(), Facility::from_snapshot(&facility.to_snapshot()).unwrap().to_snapshot()] {
            for word in ["Quill", "quill.example", "4155501", "birthday", "Dan"] {
                assert!(!bytes.windows(word.len()).any(|there| there == word.as_bytes()), "{word} is still there");
            }
        }
        let stone = facility.member(&MemberId::parse("zoe").unwrap()).expect("a tombstone");
        assert_eq!((stone.status, stone.name.as_str()), (MemberStatus::Erased, ""));
        let again = apply(&mut facility, 10, &envelope(1, at(8, 0), staff(), zoe()));
        assert!(!format!("{again:?}").contains("Quill"), "a repeat is answered without what is erased");
    }

    #[test]
    fn an_erased_member_does_nothing_any_more() {
        let given = || vec![(at(8, 0), service(), zoe()), (at(8, 0), staff(), erase())];
        let case = |name, when, then| Case { name, given: given(), when: (at(8, 0), staff(), when), then };
        run(vec![
            case("again", erase(), "MemberErased"),
            case("books", book("r1", "c1", "zoe", hours(10, 11)), "MemberUnknown"),
            case("comes back", zoe(), "MemberExists"),
        ]);
        let when = (at(8, 0), person("ana"), erase());
        run(vec![Case { name: "by another", given: given(), when, then: "NotYours" }]);
    }
}
