//! `GET /api/availability/search`: what is free of a length, over all facilities of a chain.
//!
//! Each facility is read by itself, from the replica here: the answer is a hint where to book, and each
//! item carries the index of the facility that it is of.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{Court, CourtId, FacilityId, Instant, Interval, LocalDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::grid::FacilityName;
use super::slots::Day;
use crate::calendar;
use crate::edge::{self, Edge};
use crate::http::answer::{self, Outcome, Page};
use crate::http::extract::Viewed;
use crate::http::facilities::courts::{self, CourtType};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::time::{Utc, parse_clock};

/// Nobody plays for longer than two days.
const DURATION_MINUTES_MAX: u32 = 2880;

/// A court that is free.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FreeCourt {
    facility: FacilityName,
    /// The log index of the facility that this is of.
    index: u64,
    court: CourtName,
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// What all of it costs, in minor units; null where the court has no price.
    price_cents: Option<u64>,
    /// ISO 4217 code of the price.
    currency: String,
}

/// A court, in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CourtName {
    id: String,
    name: String,
    r#type: String,
    surface_type: Option<String>,
}

/// What is looked for.
struct Wanted {
    date: LocalDate,
    from: Option<u16>,
    to: Option<u16>,
    court_type: Option<&'static str>,
    minutes: Option<u32>,
    chain: Option<String>,
}

/// Place in the list: by start, then facility, then court.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Instant, FacilityId, CourtId);

/// Free courts
///
/// Over all facilities of a chain, or all there are, soonest first. `date`, `from` and `to` are local to each
/// facility; the whole slot lies within them.
#[utoipa::path(get, path = "/api/availability/search", operation_id = "searchAvailability", tag = "availability",
    params(("date" = String, Query, description = "A local day, YYYY-MM-DD"),
           ("from" = Option<String>, Query, description = "Not before this local time, HH:MM"),
           ("to" = Option<String>, Query, description = "Over by this local time, HH:MM; not after `from` is on the next day"),
           ("courtType" = Option<CourtType>, Query, description = "Only courts for this sport"),
           ("durationMinutes" = Option<u32>, Query, description = "How long; each facility's shortest if left out"),
           ("chain" = Option<String>, Query, description = "Only facilities of this chain"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of free courts", body = Page<FreeCourt>), Refusals))]
pub(crate) async fn search(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let wanted = Wanted::of(&viewed.params)?;
    let (limit, after) = (viewed.params.limit()?, cursor(&viewed.params)?);
    let now = edge.node.now();
    let mut found: Vec<(Place, FreeCourt)> = Vec::new();
    for facility in edge::facilities_here(&edge.node) {
        found.extend(wanted.free_at(&facility, now, after.as_ref()));
        // Beyond the page nobody looks: a chain of many clubs keeps no more than two pages at a time.
        if found.len() > 2 * (limit + 1) {
            cut(&mut found, limit + 1);
        }
    }
    cut(&mut found, limit + 1);
    let cursor_of = |Place(start, facility, court): &Place| format!("{}.{facility}.{court}", start.0);
    Ok(answer::json(StatusCode::OK, &answer::page_at(found, limit, None, cursor_of)))
}

fn cut(found: &mut Vec<(Place, FreeCourt)>, most: usize) {
    found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    found.truncate(most);
}

impl Wanted {
    fn of(params: &Params) -> Result<Self, Problem> {
        let date = params.date("date")?.ok_or_else(|| Problem::malformed_at("?date", "is required"))?;
        let clock = |name: &str| {
            let Some(text) = params.get(name) else { return Ok(None) };
            let detail = "must be a local time, HH:MM";
            parse_clock(text).map(Some).ok_or_else(|| Problem::malformed_at(format!("?{name}"), detail))
        };
        let minutes = params.number("durationMinutes", 1, DURATION_MINUTES_MAX)?;
        Ok(Self {
            date,
            from: clock("from")?,
            to: clock("to")?,
            court_type: params.word::<CourtType>("courtType")?.map(courts::word),
            minutes,
            chain: params.get("chain").map(str::to_owned),
        })
    }

    fn free_at(&self, facility: &Facility, now: Instant, after: Option<&Place>) -> Vec<(Place, FreeCourt)> {
        facility.read(|state, index| {
            let (Some(settings), Some(name)) = (state.settings(), FacilityName::of(facility.id(), state)) else {
                return Vec::new();
            };
            let minutes = self.minutes.unwrap_or(settings.min_duration_minutes);
            let in_chain = self.chain.is_none() || self.chain == settings.chain;
            let day = Day::of(state, self.date, now).filter(|day| in_chain && day.takes(minutes));
            let (Some(day), Some(window)) = (day, self.window(&settings.timezone)) else { return Vec::new() };
            let is_wanted = |court: &&Court| self.court_type.is_none_or(|kind| kind == court.court_type);
            let free = |court: &Court| {
                let of_court = |slot: Interval| {
                    let place = Place(slot.start, facility.id().clone(), court.id.clone());
                    let price_cents = day.price_cents(court, &slot);
                    (place, free_court(&name, index, court, slot, price_cents, &settings.currency))
                };
                day.free(court, minutes, &window).into_iter().map(of_court).collect::<Vec<_>>()
            };
            let all = state.courts().filter(is_wanted).flat_map(free);
            all.filter(|(place, _)| after.is_none_or(|after| place > after)).collect()
        })
    }

    /// The window in instants, where either end may be open.
    fn window(&self, timezone: &str) -> Option<Interval> {
        calendar::window(calendar::zone(timezone)?, self.date, self.from, self.to)
    }
}

fn free_court(
    facility: &FacilityName,
    index: u64,
    court: &Court,
    slot: Interval,
    price_cents: Option<u64>,
    currency: &str,
) -> FreeCourt {
    FreeCourt {
        facility: facility.clone(),
        index,
        court: CourtName {
            id: court.id.to_string(),
            name: court.name.clone(),
            r#type: court.court_type.clone(),
            surface_type: court.surface_type.clone(),
        },
        start_time: Utc(slot.start),
        end_time: Utc(slot.end),
        price_cents,
        currency: currency.to_owned(),
    }
}

fn cursor(params: &Params) -> Result<Option<Place>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    let mut parts = text.splitn(3, '.');
    let mut place = || {
        let start = parts.next()?.parse().ok()?;
        Some(Place(Instant(start), FacilityId::parse(parts.next()?).ok()?, CourtId::parse(parts.next()?).ok()?))
    };
    place().map(Some).ok_or_else(|| Problem::malformed_at("?cursor", "is no cursor of this list"))
}
