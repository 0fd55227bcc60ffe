//! Many things in one request: what the interface cannot take is named by it and left out, the rest is sent.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::report::Here;

/// Items of one request at most (the interface takes 500): one is decided well within its ten seconds.
pub(super) const BATCH_ITEMS: usize = 200;

/// What became of one thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// It is here, and stands so, where the interface says how.
    Here { how: Here, status: Option<String> },
    /// It is not.
    Refused { code: String, detail: String, overlaps: Vec<String> },
}

/// Where things of one kind go.
#[derive(Clone, Copy)]
pub(super) struct Door<'a> {
    pub(super) path: &'a str,
    /// The name of the list in the body.
    pub(super) list: &'a str,
}

/// Sends bodies, and says of each what became of it, in their order.
pub(super) async fn send(api: &mut Api, door: Door<'_>, bodies: &[Value]) -> Result<Vec<Fate>> {
    let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
    loop {
        let places: Vec<usize> = (0..bodies.len()).filter(|place| !fates.contains_key(place)).collect();
        let asked: Vec<&Value> = places.iter().map(|place| &bodies[*place]).collect();
        if asked.is_empty() {
            break;
        }
        let answer = api.post_by_ids(door.path, &json!({ door.list: asked })).await?;
        if answer.status == StatusCode::BAD_REQUEST {
            fates.extend(malformed(answer, door, &places)?);
            continue;
        }
        let body = answer.accepted(door.path)?;
        let results = body["results"].as_array().map_or(&[][..], Vec::as_slice);
        if results.len() != places.len() {
            bail!("{} {} were sent and {} answered", places.len(), door.list, results.len());
        }
        for (place, result) in places.into_iter().zip(results) {
            fates.insert(place, fate(result)?);
        }
    }
    Ok(fates.into_values().collect())
}

/// Those that the interface cannot take, which it names by their place in the request.
fn malformed(answer: Answer, door: Door<'_>, places: &[usize]) -> Result<BTreeMap<usize, Fate>> {
    let mut wrong = BTreeMap::<usize, Vec<String>>::new();
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        let place = text("pointer").strip_prefix(&format!("/{}/", door.list)).and_then(|rest| rest.split_once('/'));
        let Some((at, field)) = place.and_then(|(at, field)| Some((at.parse::<usize>().ok()?, field))) else {
            continue;
        };
        if let Some(place) = places.get(at) {
            wrong.entry(*place).or_default().push(format!("{field} {}", text("detail")));
        }
    }
    if wrong.is_empty() {
        // Nothing to leave out: the request as a whole is wrong.
        answer.accepted(door.path)?;
    }
    let refused = |details: Vec<String>| Fate::Refused {
        code: "malformed".to_owned(),
        detail: details.join("; "),
        overlaps: Vec::new(),
    };
    Ok(wrong.into_iter().map(|(place, details)| (place, refused(details))).collect())
}

fn fate(result: &Value) -> Result<Fate> {
    let status = result["status"].as_str().map(str::to_owned);
    Ok(match result["outcome"].as_str() {
        Some("imported") => Fate::Here { how: Here::Imported, status },
        Some("exists") => Fate::Here { how: Here::Existing, status },
        Some("refused") => {
            let conflicts = result["conflicts"].as_array().map_or(&[][..], Vec::as_slice);
            let told: Vec<&str> = conflicts.iter().filter_map(|conflict| conflict["message"].as_str()).collect();
            let detail = if told.is_empty() {
                result["detail"].as_str().unwrap_or_default().to_owned()
            } else {
                told.join("; ")
            };
            let is_overlap = conflicts.iter().any(|conflict| conflict["type"] == "time_overlap");
            let code = if is_overlap { "time_overlap" } else { result["code"].as_str().unwrap_or("refused") };
            Fate::Refused { code: code.to_owned(), detail, overlaps: reservations_of(conflicts) }
        }
        _ => bail!("the answer makes no sense: {result}"),
    })
}

/// The reservations that conflicts name.
pub(super) fn reservations_of(conflicts: &[Value]) -> Vec<String> {
    let named = conflicts.iter().filter_map(|conflict| {
        let details = &conflict["details"];
        details["reservationId"].as_str().or(details["blockId"].as_str())
    });
    named.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: Door<'_> = Door { path: "/imports", list: "reservations" };

    #[test]
    fn what_the_interface_cannot_take_is_refused_alone() {
        let errors = json!([{"pointer": "/reservations/1/notes", "detail": "must have 1 to 2000 characters"},
            {"pointer": "/reservations/1/log/0/id", "detail": "is required"}]);
        let answer = Answer { status: StatusCode::BAD_REQUEST, body: json!({ "errors": errors }) };
        let wrong = malformed(answer, DOOR, &[0, 4, 5]).unwrap();
        let detail = "notes must have 1 to 2000 characters; log/0/id is required".to_owned();
        assert_eq!(wrong, BTreeMap::from([(4, Fate::Refused { code: "malformed".into(), detail, overlaps: vec![] })]));
        let whole = Answer { status: StatusCode::BAD_REQUEST, body: json!({"detail": "too many"}) };
        assert!(malformed(whole, DOOR, &[0, 1]).is_err());
    }

    #[test]
    fn each_answer_is_understood() {
        let overlap = json!({"outcome": "refused", "code": "slot_taken", "detail": "Slot reserved", "conflicts":
            [{"type": "time_overlap", "message": "The court is taken.", "details": {"reservationId": "r1"}}]});
        let Fate::Refused { code, detail, overlaps } = fate(&overlap).unwrap() else { panic!("it is refused") };
        assert_eq!(
            (code.as_str(), detail.as_str(), overlaps),
            ("time_overlap", "The court is taken.", vec!["r1".to_owned()])
        );
        let status = Some("offered".to_owned());
        let here = json!({"outcome": "exists", "status": "offered"});
        assert_eq!(fate(&here).unwrap(), Fate::Here { how: Here::Existing, status });
        let plain = json!({"outcome": "refused", "code": "member_not_found", "detail": "There is no such member."});
        assert!(matches!(fate(&plain).unwrap(), Fate::Refused { detail, .. } if detail == "There is no such member."));
        assert!(fate(&json!({})).is_err());
    }
}
