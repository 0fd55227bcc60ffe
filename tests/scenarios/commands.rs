//! What somebody does, as a command of the machine, and the machine's words as the API has them.
//!
//! Ids are counted, and what is named by court and start is named by the id that it has by then.

use machine::{
    CancelReservation, Command, ConfirmHold, Facility, HoldId, HoldRef, ImportReservation, Instant, PlaceHold,
    ReleaseHold, Reservation, ReservationId, Status,
};

use crate::action::{Action, Spot};

/// The command of an action, as the `number`th request.
pub fn of(
    action: &Action,
    number: u64,
    _facility: &Facility,
    _now: Instant,
    find: impl Fn(&Spot) -> Option<Reservation>,
) -> Result<Command, String> {
    let id = || ReservationId::parse(&format!("rsv_{number}")).expect("digits");
    let nobodys = || ReservationId::parse("rsv_nobodys").expect("letters");
    let known = |spot: &Spot| find(spot).map_or_else(nobodys, |it| it.id);
    let slot_of = |spot: &Spot| (spot.court.clone(), spot.start);
    let by_slot = |spot: &Spot| HoldRef::Slot { court_id: spot.court.clone(), start: spot.start };
    Ok(match action {
        Action::Hold { court, member, slot, aside: _ } => Command::PlaceHold(PlaceHold {
            hold_id: HoldId::parse(&format!("hld_{number}")).expect("digits"),
            reservation_id: id(),
            court_id: court.clone(),
            member_id: member.clone(),
            slot: *slot,
            source: "web".to_owned(),
        }),
        // As the original's clients do: by slot, with the id that the attempt has answered with.
        Action::Confirm(spot) => {
            Command::ConfirmHold(ConfirmHold { hold: by_slot(spot), reservation_id: find(spot).map(|it| it.id) })
        }
        Action::Release(spot) => Command::ReleaseHold(ReleaseHold { hold: by_slot(spot) }),
        Action::Cancel { spot, naming } => Command::CancelReservation(CancelReservation {
            reservation_id: known(naming.as_ref().unwrap_or(spot)),
            slot: Some(slot_of(spot)),
            reason: None,
        }),
        Action::Import { court, member, slot } => Command::ImportReservation(ImportReservation {
            reservation_id: id(),
            court_id: court.clone(),
            member_id: member.clone(),
            slot: *slot,
            confirmed_at: None,
            booking_type: "standard".to_owned(),
            source: "import".to_owned(),
            notes: None,
        }),
        Action::AddCourt(court) => Command::CreateCourt(court.clone()),
        Action::AddMember(member) => Command::CreateMember(member.clone()),
        other => return Err(format!("the machine cannot do that: {other:?}")),
    })
}

/// The API's word for where a reservation stands (`api.md` 3).
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Held | Status::PaymentPending => "pending",
        Status::Confirmed => "confirmed",
        Status::CheckedIn => "in_progress",
        Status::Completed => "completed",
        Status::Cancelled => "cancelled",
        Status::Released => "released",
        Status::Expired => "expired",
        Status::NoShow => "no_show",
    }
}
