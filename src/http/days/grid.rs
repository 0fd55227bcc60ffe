//! `GET /api/availability`: the whole grid of a day, what is free and what is not, court by court.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Court, CourtId, FacilityId, LocalDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::slots::{Day, Slot};
use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::extract::Viewed;
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::time::Utc;

/// A day of a facility.
#[derive(Serialize, ToSchema)]
#[schema(as = DayGrid)]
pub(crate) struct GridView {
    facility: FacilityName,
    /// The local day.
    #[schema(example = "2026-12-01")]
    date: String,
    /// The log index that this is of.
    index: u64,
    /// Every court, in the order of lists.
    courts: Vec<CourtSlots>,
}

/// A facility, in short.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct FacilityName {
    id: String,
    name: String,
    slug: String,
    timezone: String,
}

/// A court and its slots.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CourtSlots {
    id: String,
    name: String,
    r#type: String,
    surface_type: Option<String>,
    /// In order; empty where the facility is closed, or the calendar does not reach.
    slots: Vec<SlotView>,
}

/// A slot of the grid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlotView {
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// `available`, `pending`, `reserved` or `maintenance`.
    status: &'static str,
    /// In minor units of the facility's currency; null where the court has no price.
    price_cents: Option<u64>,
    /// Whether it can be a part of a booking made now by somebody whom no limit of their own stops.
    bookable: bool,
}

impl FacilityName {
    pub(super) fn of(id: &FacilityId, state: &machine::Facility) -> Option<Self> {
        let settings = state.settings()?;
        let (name, slug, timezone) = (settings.name.clone(), settings.slug.clone(), settings.timezone.clone());
        Some(Self { id: id.to_string(), name, slug, timezone })
    }
}

impl From<Slot> for SlotView {
    fn from(slot: Slot) -> Self {
        let Slot { interval, status, price_cents, bookable } = slot;
        Self { start_time: Utc(interval.start), end_time: Utc(interval.end), status, price_cents, bookable }
    }
}

/// The grid of a day
///
/// Free slots too, with what each costs. A day runs in elapsed time from each opening, so a day on which
/// clocks change has fewer or more slots.
#[utoipa::path(get, path = "/api/availability", operation_id = "readDay", tag = "availability",
    params(("facility" = String, Query, description = "Id or slug of the facility"),
           ("date" = Option<String>, Query, description = "A local day, YYYY-MM-DD; today if left out"),
           ("court" = Option<String>, Query, description = "Only this court"),
           ("minIndex" = Option<u64>, Query, description = "Wait until the replica has applied this much"),
           ("consistency" = Option<String>, Query, description = "`linearizable` confirms with the leader first")),
    responses((status = 200, description = "The day", body = GridView), Refusals))]
pub(crate) async fn day(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (court, date) = (viewed.params.id::<CourtId>("court")?, viewed.params.date("date")?);
    let facility = edge.find_fresh(&viewed.caller, viewed.params.required("facility")?, &viewed.params).await?;
    let now = edge.node.now();
    let view = facility.read(|state, index| {
        let name = FacilityName::of(facility.id(), state);
        let name = name.ok_or_else(|| Problem::not_found("facility_not_found", "There is no such facility."))?;
        if court.as_ref().is_some_and(|court| state.court(court).is_none()) {
            return Err(Problem::not_found("court_not_found", "There is no such court.").at_index(index));
        }
        let zone = calendar::zone(&name.timezone).ok_or_else(Problem::internal)?;
        let date = date.unwrap_or_else(|| calendar::date_at(zone, now));
        let courts = courts(state, court.as_ref(), date, now);
        Ok(GridView { facility: name, date: date.to_string(), index, courts })
    })?;
    Ok(answer::about(&edge, view.index, StatusCode::OK, &view))
}

fn courts(
    state: &machine::Facility,
    only: Option<&CourtId>,
    date: LocalDate,
    now: machine::Instant,
) -> Vec<CourtSlots> {
    let day = Day::of(state, date, now);
    let mut courts: Vec<&Court> = state.courts().filter(|court| only.is_none_or(|only| *only == court.id)).collect();
    courts.sort_unstable_by_key(|court| (court.sort_order, &court.id));
    let view = |court: &Court| CourtSlots {
        id: court.id.to_string(),
        name: court.name.clone(),
        r#type: court.court_type.clone(),
        surface_type: court.surface_type.clone(),
        slots: day.as_ref().map_or_else(Vec::new, |day| day.slots(court).into_iter().map(SlotView::from).collect()),
    };
    courts.into_iter().map(view).collect()
}
