//! What somebody does, as a request over HTTP, and what the answer to it says in the words of a script.

use serde_json::{Value, json};

use crate::action::{Action, Spot};
use crate::body::{self, time};
use crate::founding::member_id;
use crate::harness::{Answer, Request};
use crate::outcome::{Outcome, Promoted};

/// The facility of a script.
pub const FACILITY: &str = "fac_script";

/// The id of a hold and of a reservation that never was.
pub const NOBODYS: &str = "rsv_nobodys";

/// The request of an action; `find` knows the reservation that is meant.
pub fn of(action: &Action, mut find: impl FnMut(&Spot) -> Result<Option<String>, String>) -> Result<Request, String> {
    let slot_of =
        |spot: &Spot| json!({"facilityId": FACILITY, "courtId": spot.court.as_str(), "startTime": time(spot.start)});
    Ok(match action {
        Action::Hold { court, member, slot, aside: _ } => Request::post(
            "/attempt",
            json!({
                "facilityId": FACILITY, "courtId": court.as_str(), "memberId": member.as_str(),
                "startTime": time(slot.start), "endTime": time(slot.end),
            }),
        ),
        Action::Confirm(spot) => {
            let mut body = slot_of(spot);
            if let Some(reservation) = find(spot)? {
                body["reservationId"] = Value::String(reservation);
            }
            Request::post("/confirm", body)
        }
        Action::Release(spot) => Request::post("/release", slot_of(spot)),
        Action::Cancel { spot, naming } => {
            let mut body = slot_of(spot);
            let named = find(naming.as_ref().unwrap_or(spot))?;
            body["reservationId"] = Value::String(named.unwrap_or_else(|| NOBODYS.to_owned()));
            Request::post("/cancel", body)
        }
        Action::Import { court, member, slot } => {
            let id = format!("rsv_{:016x}", fastrand::u64(..));
            let one = json!({"id": id, "courtId": court.as_str(), "memberId": member.as_str(),
                             "startTime": time(slot.start), "endTime": time(slot.end)});
            Request::post(&format!("/api/facilities/{FACILITY}/imports/reservations"), json!({"reservations": [one]}))
        }
        Action::AddCourt(court) => Request::post(&format!("/api/facilities/{FACILITY}/courts"), body::court(court)),
        Action::AddMember(member) => {
            Request::post(&format!("/api/facilities/{FACILITY}/members"), body::member(member))
        }
        other => return Err(format!("that cannot be asked over HTTP: {other:?}")),
    })
}

/// What an answer to an action says.
pub fn outcome(action: &Action, answer: &Answer) -> Result<Outcome, String> {
    let body = &answer.body;
    if answer.status >= 500 {
        return Err(format!("{} {body}", answer.status));
    }
    if answer.status >= 400 {
        return refused(body).ok_or_else(|| format!("a refusal without a code: {} {body}", answer.status));
    }
    Ok(match action {
        Action::Hold { .. } => Outcome::Done("held"),
        Action::Confirm(_) => Outcome::Done("confirmed"),
        Action::Release(_) => Outcome::Done("released"),
        Action::Cancel { .. } => cancelled(body).ok_or_else(|| format!("not the answer to a cancellation: {body}"))?,
        Action::Import { .. } => match body["results"][0]["outcome"].as_str() {
            Some("imported" | "exists") => Outcome::Done("imported"),
            _ => refused(&body["results"][0]).ok_or_else(|| format!("not the answer to an import: {body}"))?,
        },
        Action::AddCourt(_) | Action::AddMember(_) => Outcome::Done("added"),
        other => return Err(format!("no answer is known to {other:?}: {body}")),
    })
}

/// Every code of a problem: those of the rules where rules were broken.
fn refused(problem: &Value) -> Option<Outcome> {
    let conflicts = problem["conflicts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut codes: Vec<String> =
        conflicts.iter().filter_map(|conflict| conflict["type"].as_str().map(str::to_owned)).collect();
    codes.dedup();
    if codes.is_empty() {
        codes.push(problem["code"].as_str()?.to_owned());
    }
    Some(Outcome::Refused(codes))
}

fn cancelled(body: &Value) -> Option<Outcome> {
    let policy = &body["policyCheck"];
    let number = |name: &str| policy[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let promotion = &body["waitlistPromotion"];
    let to = match promotion["action"].as_str() {
        None => None,
        Some(action) => {
            let how = if action == "auto_booked" { Promoted::Booked } else { Promoted::Offered };
            Some((member_id(promotion["memberId"].as_str()?).ok()?, how))
        }
    };
    Some(Outcome::Cancelled {
        late: !policy["withinPolicy"].as_bool()?,
        credits: number("penaltyCredits")?,
        fee_cents: number("feeCents")?,
        to,
    })
}
