//! `PATCH /api/facilities/{id}`: a club changes its settings, and the calendar follows.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{Accepted, Command, FacilityId, Instant as Moment, Reservation, Settings, UpdateFacility};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::FacilityBody;
use super::facility::unknown;
use super::slug;
use super::view::FacilityView;
use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::Check;
use crate::http::edit::{edit, merge};
use crate::http::extract::{self, Asked, Path};
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::http::reservations::ReservationView;
use crate::openapi::Refusals;

/// Change a facility
///
/// A JSON merge patch: what is left out stays, null goes back to the default, and of a limit it means that
/// there is none. New hours hold for the calendar at once; reservations keep their instants, and those that are
/// now outside the hours are listed. With a new slug the one before leads here still, until another facility
/// takes it.
#[utoipa::path(patch, path = "/api/facilities/{id}", operation_id = "changeFacility", tag = "facilities", request_body = FacilityBody,
    params(("id" = String, Path, description = "Id or slug"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The facility", body = FacilityChanged), Refusals))]
pub(crate) async fn patch(State(edge): State<Arc<Edge>>, Path(id): Path<String>, asked: Asked) -> Outcome {
    let patch = Patch(asked.patch()?);
    let facility = edge.find(&asked.caller, &id).await?;
    let operation = format!("PATCH /api/facilities/{}", facility.id());
    let now = edge.node.now();
    let change = |state: &machine::Facility| patch.update(state, facility.id(), &asked, now);
    let renames = patch.0.get("slug").is_some();
    if renames {
        take_slug(&edge, &facility, &asked, change).await?;
    }
    let decided = edit(&edge, &facility, &asked, &operation, change).await;
    if let Ok((index, _)) = &decided {
        edge.freshen(&facility, Freshness { min_index: Some(*index), linearizable: false }).await?;
    }
    if renames {
        slug::settle(&edge, &facility).await;
    }
    let (index, accepted) = decided?;
    let Accepted::FacilityUpdated { settings, outside_hours } = accepted else { return Err(Problem::internal()) };
    let changed = FacilityChanged::of(facility.id(), &settings, &outside_hours);
    Ok(answer::versioned(&edge, index, StatusCode::OK, settings.version, &changed))
}

/// A facility, and what its new hours leave outside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FacilityChanged {
    #[serde(flatten)]
    facility: FacilityView,
    /// Reservations to come that are not within the opening hours any more, 200 at most; they stand.
    outside_hours: Vec<ReservationView>,
}

impl FacilityChanged {
    fn of(id: &FacilityId, settings: &Settings, outside_hours: &[Reservation]) -> Self {
        let outside_hours = outside_hours.iter().map(|one| ReservationView::of(id, one)).collect();
        Self { facility: FacilityView::of(id, settings), outside_hours }
    }
}

/// What is to be different.
struct Patch(Value);

/// Makes the new slug lead here, where the change is one that would be made.
async fn take_slug(
    edge: &Edge,
    facility: &Facility,
    asked: &Asked,
    change: impl Fn(&machine::Facility) -> Result<Command, Problem>,
) -> Result<(), Problem> {
    edge.freshen(facility, Freshness { min_index: None, linearizable: true }).await?;
    let slug = facility.read(|state, index| {
        let before = state.settings().ok_or_else(unknown)?;
        let Command::UpdateFacility(update) = change(state).map_err(|problem| problem.at_index(index))? else {
            return Err(Problem::internal());
        };
        // The machine refuses what was seen at another version, unless it has answered it before.
        let is_seen = asked.if_match.expected(before.version) == before.version;
        Ok((is_seen && update.settings.slug != before.slug).then_some(update.settings.slug))
    })?;
    match slug {
        Some(slug) => slug::take(edge, facility, &slug).await,
        None => Ok(()),
    }
}

impl Patch {
    /// The settings with what is different, and the calendar that follows.
    fn update(
        &self,
        state: &machine::Facility,
        id: &FacilityId,
        asked: &Asked,
        now: Moment,
    ) -> Result<Command, Problem> {
        let before = state.settings().ok_or_else(unknown)?;
        let there = serde_json::to_value(FacilityView::of(id, before)).map_err(|_| Problem::internal())?;
        let merged = self.merged_into(there);
        let body: FacilityBody<'_> = extract::from_value(&merged)?;
        let mut check = Check::default();
        let slug: Option<FacilityId> = check.required_id("/slug", body.slug.as_ref());
        let settings = body.settings(&mut check, slug.as_ref().map_or("", FacilityId::as_str));
        let settings = check.finish(Some(settings))?;
        let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
        let today = calendar::date_at(zone, now);
        // Order: days beyond the new horizon that are there already must follow the new hours too.
        let last = calendar::horizon(&settings, today).max(state.calendar_end().unwrap_or(today));
        let days = calendar::days(&settings, zone, today, calendar::days_between(today, last) + 1);
        let expected = Some(asked.if_match.expected(before.version));
        Ok(Command::UpdateFacility(Box::new(UpdateFacility { settings, expected, days })))
    }

    /// What is read with what is different. What can be said in two ways is made one before, or what is there
    /// would win over what is asked for.
    fn merged_into(&self, mut there: Value) -> Value {
        let mut patch = self.0.clone();
        if let Value::Object(fields) = &mut patch {
            flatten_contact(fields);
            let says_daily = fields.contains_key("openingTime") || fields.contains_key("closingTime");
            if says_daily && !fields.contains_key("openingHours") {
                there.as_object_mut().and_then(|there| there.remove("openingHours"));
            }
        }
        merge(there, &patch)
    }
}

/// `contact` is another way to say three fields; what is said in both ways is taken from the fields.
fn flatten_contact(fields: &mut Map<String, Value>) {
    let Some(contact) = fields.get_mut("contact").filter(|contact| contact.is_object() || contact.is_null()) else {
        return;
    };
    let contact = contact.take();
    for name in ["email", "phone", "address"] {
        let said = if contact.is_null() { Some(&Value::Null) } else { contact.get(name) };
        if let Some(said) = said {
            fields.entry(name).or_insert_with(|| said.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_ways_to_say_a_field_change_it() {
        let there = || json!({"email": "a", "phone": "1", "openingHours": {"mon": []}});
        let merged = |patch| Patch(patch).merged_into(there());
        assert_eq!(merged(json!({"contact": {"email": "b"}}))["email"], "b");
        assert_eq!(merged(json!({"contact": {"email": "b"}}))["phone"], "1");
        assert_eq!(merged(json!({"contact": {"email": "b"}, "email": "c"}))["email"], "c");
        assert_eq!(merged(json!({"contact": null}))["phone"], Value::Null);
        assert_eq!(merged(json!({"contact": 3}))["contact"], 3, "what is malformed is refused as it is");
        assert_eq!(merged(json!({"closingTime": "20:00"})).get("openingHours"), None);
        assert_eq!(merged(json!({"closingTime": "20:00", "openingHours": {}}))["openingHours"], json!({"mon": []}));
    }
}
