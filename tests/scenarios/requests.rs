//! What somebody does, as a request over HTTP, and what the answer to it says in the words of a script.

use machine::{BlockKind, CourtId, Instant, Interval, Medium, Settings};
use serde_json::{Value, json};

use crate::action::{Action, Aside, Clash, Recurrence, Spot, Wait};
use crate::body::{self, instant, time};
use crate::founding::{self, member_id};
use crate::harness::{Answer, Request};
use crate::outcome::{Outcome, Promoted, name_of};
use crate::when::Wall;

/// The facility of a script.
pub const FACILITY: &str = "fac_script";

/// The id of what never was: a hold, a reservation, an entry of the waitlist.
pub const NOBODYS: &str = "nobodys";

/// The request of an action on what has the id `named`; `settings` are those that it may change.
pub fn of(action: &Action, named: Option<&str>, settings: &Settings, wall: &Wall) -> Result<Request, String> {
    let id = named.unwrap_or(NOBODYS);
    let there = || format!("/api/reservations/{id}?facilityId={FACILITY}");
    let change = |word: &str| Request::patch(&there(), json!({"action": word}));
    Ok(match action {
        Action::Hold { .. } | Action::Book { .. } | Action::BookSeries { .. } | Action::Move { .. } => wish(action, id),
        Action::Confirm { spot, with_credits } => {
            let mut body = slot_of(spot);
            body["reservationId"] = named.map_or(Value::Null, Value::from);
            body["pay"] = pay(*with_credits);
            Request::post("/confirm", body)
        }
        Action::Release(spot) => Request::post("/release", slot_of(spot)),
        Action::Cancel { spot, .. } => {
            let mut body = slot_of(spot);
            body["reservationId"] = Value::from(id);
            Request::post("/cancel", body)
        }
        Action::CancelSeries { spot, from_here } => {
            let from = if *from_here { format!("&from={}", time(spot.start)) } else { String::new() };
            Request::delete(&format!("/api/reservations/series/{id}?facilityId={FACILITY}{from}"))
        }
        Action::CheckIn(_) => change("check_in"),
        Action::Complete(_) => change("complete"),
        Action::Miss(_) => change("no_show"),
        Action::TakeBackNoShow(_) => change("reverse_no_show"),
        Action::BeginPayment(_) => {
            let body =
                json!({"facilityId": FACILITY, "reservationId": id, "successUrl": "https://club.example.org/paid"});
            Request::post("/api/checkout", body)
        }
        Action::Join { member, wait } => Request::post("/api/waitlist", join(member.as_str(), wait, wall)),
        Action::Leave(_) => Request::delete(&format!("/api/waitlist/{id}?facilityId={FACILITY}")),
        Action::Accept(member) => Request::post("/api/waitlist/accept", offer(id, member.as_str())),
        Action::Decline(member) => Request::post("/api/waitlist/decline", offer(id, member.as_str())),
        other => return of_the_club(other, id, settings),
    })
}

/// Requests by which a slot is wanted.
fn wish(action: &Action, id: &str) -> Request {
    match action {
        Action::Hold { court, member, slot, aside } => {
            Request::post("/attempt", slot_for(court, member.as_str(), *slot, aside.as_ref()))
        }
        Action::Book { court, member, slot, with_credits, aside } => {
            let mut body = slot_for(court, member.as_str(), *slot, aside.as_ref());
            body["pay"] = pay(*with_credits);
            Request::post("/api/reservations", body)
        }
        Action::BookSeries { court, member, slot, recurrence, clash } => {
            let mut body = slot_for(court, member.as_str(), *slot, None);
            body["recurrenceRule"] = Value::from(recurrence.rule.as_str());
            body["onConflict"] = Value::from(if *clash == Clash::Skip { "skip" } else { "fail_all" });
            Request::post("/api/reservations/series", body)
        }
        Action::Move { court, slot, aside, .. } => {
            let mut body = slot_for(court, "", *slot, aside.as_ref());
            body.as_object_mut().expect("a body is an object").remove("memberId");
            Request::post(&format!("/api/reservations/{id}/move?facilityId={FACILITY}"), body)
        }
        other => unreachable!("no wish for a slot: {other:?}"),
    }
}

/// Requests by which the club is run.
fn of_the_club(action: &Action, id: &str, settings: &Settings) -> Result<Request, String> {
    let below = |path: &str| format!("/api/facilities/{FACILITY}/{path}");
    Ok(match action {
        Action::Block { court, slot, kind, recurrence, clash } => {
            Request::post(&below("blocks"), block(court.as_ref(), *slot, *kind, recurrence.as_ref(), *clash))
        }
        Action::Unblock { .. } => Request::delete(&below(&format!("blocks/{id}"))),
        Action::Set(new) => {
            let (mut new, old) = (body::facility(FACILITY, new), body::facility(FACILITY, settings));
            new.as_object_mut().expect("a body is an object").retain(|field, value| old[field.as_str()] != *value);
            Request::patch(&format!("/api/facilities/{FACILITY}"), new)
        }
        Action::AddCourt(court) => Request::post(&below("courts"), body::court(court)),
        Action::OpenCourt { court, open } => {
            Request::patch(&below(&format!("courts/{court}")), json!({"active": open}))
        }
        Action::RemoveCourt(court) => Request::delete(&below(&format!("courts/{court}"))),
        Action::AddMember(member) => Request::post(&below("members"), body::member(member)),
        Action::Suspend { member, until } => Request::patch(
            &below(&format!("members/{member}")),
            json!({"status": "suspended", "suspendedUntil": until.map(time)}),
        ),
        Action::Reinstate(member) => Request::patch(&below(&format!("members/{member}")), json!({"status": "active"})),
        Action::Erase(member) => Request::delete(&below(&format!("members/{member}"))),
        Action::Want { member, email, text } => Request::patch(
            &below(&format!("members/{member}")),
            json!({"preferences": body::preferences(*email, *text)}),
        ),
        Action::Readdress { member, medium } => {
            let name = format!("new {}", name_of(member.as_str()));
            let change = match medium {
                Medium::Email => json!({"email": founding::email(&name)}),
                _ => json!({"phone": founding::phone(&name)}),
            };
            Request::patch(&below(&format!("members/{member}")), change)
        }
        Action::Credit { member, amount, reason } => {
            let mut body = json!({"amount": amount, "note": reason});
            if reason.is_empty() {
                body.as_object_mut().expect("a body is an object").remove("note");
            }
            Request::post(&below(&format!("members/{member}/credits")), body)
        }
        Action::Import { court, member, slot } => {
            let mut one = slot_for(court, member.as_str(), *slot, None);
            one["id"] = Value::from(format!("rsv_{:016x}", fastrand::u64(..)));
            Request::post(&below("imports/reservations"), json!({"reservations": [one]}))
        }
        other => return Err(format!("that cannot be asked over HTTP: {other:?}")),
    })
}

/// What an answer to an action says.
pub fn outcome(action: &Action, answer: &Answer, wall: &Wall) -> Result<Outcome, String> {
    let body = &answer.body;
    let senseless = || format!("not the answer to {action:?}: {} {body}", answer.status);
    if answer.status >= 500 {
        return Err(senseless());
    }
    if answer.status >= 400 {
        return refused(body).ok_or_else(senseless);
    }
    let dates = |name: &str| {
        let all = body[name].as_array().into_iter().flatten();
        all.filter_map(|one| instant(&one["startTime"])).map(|at| wall.date_of(at)).collect()
    };
    let count = |name: &str| body[name].as_array().map(Vec::len).ok_or_else(senseless);
    Ok(match action {
        Action::Book { .. } => Outcome::Booked { warnings: types(&body["warnings"]) },
        Action::BookSeries { .. } => Outcome::Series { booked: count("reservations")?, skipped: dates("refused") },
        Action::CancelSeries { .. } => Outcome::SeriesCancelled(count("cancelled")?),
        Action::Cancel { .. } => cancelled(body).ok_or_else(senseless)?,
        Action::Join { .. } => Outcome::Waits(joined(body).ok_or_else(senseless)?.to_owned()),
        Action::Block { .. } => Outcome::Blocked { skipped: dates("skipped") },
        Action::Pay { .. } => match body["refundCents"].as_u64().ok_or_else(senseless)? {
            0 => Outcome::Done("paid"),
            cents => Outcome::Refunded { cents },
        },
        Action::Credit { .. } => Outcome::Balance(body["creditsBalance"].as_i64().ok_or_else(senseless)?),
        Action::Import { .. } => match body["results"][0]["outcome"].as_str() {
            Some("imported" | "exists") => Outcome::Done("imported"),
            _ => refused(&body["results"][0]).ok_or_else(senseless)?,
        },
        other => Outcome::Done(done(other).ok_or_else(senseless)?),
    })
}

/// The word for what has no more to say than that it is done.
fn done(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::Hold { .. } => "held",
        Action::Confirm { .. } | Action::Accept(_) => "confirmed",
        Action::Release(_) => "released",
        Action::BeginPayment(_) => "to be paid",
        Action::Move { .. } => "moved",
        Action::CheckIn(_) => "checked in",
        Action::Complete(_) => "completed",
        Action::Miss(_) => "missed",
        Action::TakeBackNoShow(_) => "taken back",
        Action::Leave(_) => "left",
        Action::Decline(_) => "declined",
        Action::Unblock { .. } => "unblocked",
        Action::Set(_) => "set",
        Action::AddCourt(_) | Action::AddMember(_) => "added",
        Action::OpenCourt { open: true, .. } => "opened",
        Action::OpenCourt { open: false, .. } => "closed",
        Action::RemoveCourt(_) => "removed",
        Action::Suspend { .. } => "suspended",
        Action::Reinstate(_) => "reinstated",
        Action::Erase(_) => "erased",
        Action::Want { .. } | Action::Readdress { .. } => "noted",
        _ => return None,
    })
}

fn slot_of(spot: &Spot) -> Value {
    json!({"facilityId": FACILITY, "courtId": spot.court.as_str(), "startTime": time(spot.start)})
}

fn slot_for(court: &CourtId, member: &str, slot: Interval, aside: Option<&Aside>) -> Value {
    let mut body = json!({
        "facilityId": FACILITY, "courtId": court.as_str(), "memberId": member,
        "startTime": time(slot.start), "endTime": time(slot.end),
    });
    if let Some(aside) = aside {
        body["override"] = aside.rules.iter().map(String::as_str).collect();
        if !aside.reason.is_empty() {
            body["reason"] = Value::from(aside.reason.as_str());
        }
    }
    body
}

fn join(member: &str, wait: &Wait, wall: &Wall) -> Value {
    json!({
        "facilityId": FACILITY, "memberId": member, "courtId": wait.court.as_ref().map(CourtId::as_str),
        "courtType": wait.court_type, "preferredDate": wait.day.to_string(),
        "preferredStartTime": clock(wait.window.start, wall), "preferredEndTime": clock(wait.window.end, wall),
        "durationMinutes": wait.minutes, "autoBook": wait.at_once, "priority": wait.priority,
    })
}

fn clock(at: Instant, wall: &Wall) -> String {
    let minute = wall.minute_of(at);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn offer(entry: &str, member: &str) -> Value {
    json!({"facilityId": FACILITY, "waitlistId": entry, "memberId": member})
}

fn block(
    court: Option<&CourtId>,
    slot: Interval,
    kind: BlockKind,
    recurrence: Option<&Recurrence>,
    clash: Clash,
) -> Value {
    let kind = match kind {
        BlockKind::Blackout => "blackout",
        BlockKind::Maintenance => "maintenance",
        BlockKind::Event => "event",
        BlockKind::Extended => "extended",
    };
    let mode = match clash {
        Clash::Reject => "reject",
        Clash::Skip => "skip",
        Clash::Displace => "displace",
    };
    json!({
        "courtId": court.map(CourtId::as_str), "kind": kind, "startTime": time(slot.start), "endTime": time(slot.end),
        "recurrenceRule": recurrence.map(|it| it.rule.as_str()), "mode": mode,
    })
}

fn pay(with_credits: bool) -> Value {
    Value::from(if with_credits { "credits" } else { "later" })
}

/// Every code of a problem: those of the rules where rules were broken.
fn refused(problem: &Value) -> Option<Outcome> {
    let mut codes = types(&problem["conflicts"]);
    // What is in a block's way is listed and is no rule.
    if codes.is_empty() || problem["code"] == "in_the_way" {
        codes = vec![problem["code"].as_str()?.to_owned()];
    }
    codes.dedup();
    Some(Outcome::Refused(codes))
}

fn types(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|one| one["type"].as_str().map(str::to_owned)).collect()
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
    let (credits, fee_cents) = (number("penaltyCredits")?, number("feeCents")?);
    Some(Outcome::Cancelled { late: !policy["withinPolicy"].as_bool()?, credits, fee_cents, to })
}

fn joined(entry: &Value) -> Option<&'static str> {
    Some(match entry["status"].as_str()? {
        "active" => "waits",
        "offered" => "offered",
        "converted" => "booked",
        _ => "over",
    })
}
