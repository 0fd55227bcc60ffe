//! `GET /api/reservations`: many reservations, newest start first.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{CourtId, FacilityId, Instant, Interval, LocalDate, MemberId, Reservation, ReservationId};

use super::view::{NamedReservation, StatusWord};
use crate::calendar;
use crate::edge::{self, Edge};
use crate::http::answer::{self, Outcome, Page};
use crate::http::extract::{Params, Viewed};
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// Which reservations are wanted.
struct Filter {
    member: Option<MemberId>,
    court: Option<CourtId>,
    statuses: Vec<StatusWord>,
    date: Option<LocalDate>,
}

/// Place in the list: newest start first, then by facility and id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Reverse<Instant>, FacilityId, ReservationId);

/// Reservations, newest start first
///
/// Of one facility or of all. What has ended is listed for as long as the facility remembers it.
#[utoipa::path(get, path = "/api/reservations", operation_id = "listReservations", tag = "reservations",
    params(("facility" = Option<String>, Query, description = "Id or slug of the facility; all if left out"),
           ("member" = Option<String>, Query, description = "Only of this member"),
           ("court" = Option<String>, Query, description = "Only on this court"),
           ("status" = Option<String>, Query, description = "Only in these, separated by commas: pending confirmed in_progress completed cancelled no_show released expired"),
           ("date" = Option<String>, Query, description = "Only on this day, YYYY-MM-DD, local to the facility"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
           ("minIndex" = Option<u64>, Query, description = "With `facility`: wait until the replica has applied this much")),
    responses((status = 200, description = "A page of reservations", body = Page<NamedReservation>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let filter = Filter::of(&viewed)?;
    let (limit, after) = (viewed.params.limit()?, cursor(&viewed.params)?);
    match viewed.params.get("facility") {
        Some(facility) => {
            let facility = edge.find_fresh(&viewed.caller, facility, &viewed.params).await?;
            let (found, index) = filter.found_at(&facility, after.as_ref(), limit + 1);
            Ok(answer::about(&edge, index, StatusCode::OK, &page(found, limit)))
        }
        None => {
            let mut found = Vec::new();
            let mine = |facility: &Facility| viewed.caller.must_reach(facility.id()).is_ok();
            for facility in edge::facilities_here(&edge.node).into_iter().filter(mine) {
                found.extend(filter.found_at(&facility, after.as_ref(), limit + 1).0);
                found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
                found.truncate(limit + 1);
            }
            Ok(answer::json(StatusCode::OK, &page(found, limit)))
        }
    }
}

fn page(found: Vec<(Place, NamedReservation)>, limit: usize) -> Page<NamedReservation> {
    let page = answer::page(found, limit, |(Place(start, facility, id), _)| format!("{}.{facility}.{id}", start.0.0));
    Page { items: page.items.into_iter().map(|(_, view)| view).collect(), next_cursor: page.next_cursor }
}

impl Filter {
    fn of(viewed: &Viewed) -> Result<Self, Problem> {
        let params = &viewed.params;
        let (member, court) = (params.id::<MemberId>("member")?, params.id::<CourtId>("court")?);
        let member = viewed.caller.own_or(member)?;
        Ok(Self { member, court, statuses: params.words("status")?, date: params.date("date")? })
    }

    /// The first `most` of a facility, and the index they are of.
    fn found_at(
        &self,
        facility: &Facility,
        after: Option<&Place>,
        most: usize,
    ) -> (Vec<(Place, NamedReservation)>, u64) {
        facility.read(|state, index| {
            let zone = state.settings().and_then(|settings| calendar::zone(&settings.timezone));
            let span = self.date.map(|date| zone.and_then(|zone| calendar::span_of(zone, date)));
            let place = |one: &Reservation| Place(Reverse(one.slot.start), facility.id().clone(), one.id.clone());
            let admitted = state.reservations(None).filter(|one| self.admits(one, span));
            let mut found: Vec<(Place, &Reservation)> = admitted.map(|one| (place(one), one)).collect();
            found.retain(|(place, _)| after.is_none_or(|after| place > after));
            found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            found.truncate(most);
            let view = |(place, one)| (place, NamedReservation::of(facility.id(), state, one));
            (found.into_iter().map(view).collect(), index)
        })
    }

    /// `span` is that of the wanted day: `Some(None)` for a day that there is not.
    fn admits(&self, one: &Reservation, span: Option<Option<Interval>>) -> bool {
        self.member.as_ref().is_none_or(|member| *member == one.member_id)
            && self.court.as_ref().is_none_or(|court| *court == one.court_id)
            && (self.statuses.is_empty() || self.statuses.contains(&StatusWord::of(one.status)))
            && span.is_none_or(|span| span.is_some_and(|span| span.overlaps(&one.slot)))
    }
}

fn cursor(params: &Params) -> Result<Option<Place>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    let mut parts = text.splitn(3, '.');
    let mut place = || {
        let start = Reverse(Instant(parts.next()?.parse().ok()?));
        Some(Place(start, FacilityId::parse(parts.next()?).ok()?, ReservationId::parse(parts.next()?).ok()?))
    };
    place().map(Some).ok_or_else(|| Problem::malformed_at("?cursor", "is no cursor of this list"))
}
