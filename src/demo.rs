//! The demo facility that `courtd dev` starts with, and what one can try on it.

use std::time::Duration;

use cluster::{Facility, Node, Request};
use machine::{
    Actor, Command, Court, CourtId, CreateFacility, FacilityId, LocalHours, Member, MemberId, Rejection, RequestId,
    Settings,
};
use tokio::time::Instant;

use crate::calendar;

/// The demo facility.
pub(crate) const FACILITY: &str = "fac_test789";
const TIMEZONE: &str = "UTC";
/// Courts `crt_test123` and on.
const COURTS: std::ops::Range<u32> = 123..127;
/// Members `mbr_test456` and on.
const MEMBERS: std::ops::Range<u32> = 456..462;
/// How long making it may take: the groups elect their leaders meanwhile.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the demo facility where it is not there yet, through commands of the log like any other; the log
/// index at which all of it is there.
pub(crate) async fn create(node: &Node) -> anyhow::Result<u64> {
    let deadline = Instant::now() + TIMEOUT;
    let id = FacilityId::parse(FACILITY)?;
    let facility = node.create_facility(id, "demo".to_owned(), request("facility"), deadline).await?;
    let zone = calendar::zone(TIMEZONE).ok_or_else(|| anyhow::anyhow!("the zone of the demo facility is missing"))?;
    let settings = settings();
    let days = calendar::coming_days(&settings, zone, node.now());
    let founding = Command::CreateFacility(Box::new(CreateFacility { settings, days }));
    let mut index = propose(&facility, "settings", founding).await?;
    for number in COURTS {
        index = propose(&facility, &format!("court-{number}"), Command::CreateCourt(court(number)?)).await?;
    }
    for number in MEMBERS {
        let command = Command::CreateMember(Box::new(member(number)?));
        index = propose(&facility, &format!("member-{number}"), command).await?;
    }
    Ok(index)
}

/// Open around the clock with everything allowed, so that every example works at any hour.
fn settings() -> Settings {
    let mut settings = Settings::new("Demo Club", "demo", TIMEZONE);
    settings.opening_hours = std::array::from_fn(|_| vec![LocalHours { open: 0, close: 1440 }]);
    settings.limits.max_holds = None;
    settings.limits.max_active_reservations = None;
    settings
}

fn court(number: u32) -> anyhow::Result<Court> {
    let place = number - COURTS.start + 1;
    Ok(Court {
        sort_order: i32::try_from(place)?,
        ..Court::new(CourtId::parse(&format!("crt_test{number}"))?, &format!("Court {place}"), "pickleball")
    })
}

fn member(number: u32) -> anyhow::Result<Member> {
    Ok(Member {
        email: format!("member{number}@example.org"),
        ..Member::new(MemberId::parse(&format!("mbr_test{number}"))?, &format!("Member {number}"))
    })
}

fn request(part: &str) -> RequestId {
    RequestId { principal: "system".to_owned(), key: format!("demo-{part}") }
}

async fn propose(facility: &Facility, part: &str, command: Command) -> anyhow::Result<u64> {
    let request = Request { actor: Actor::System, request: request(part), fingerprint: 0, remember_millis: 0, command };
    let answer = facility.propose(request, Instant::now() + TIMEOUT).await?;
    match answer.reply {
        // A store of an earlier run has them already.
        Ok(_) | Err(Rejection::FacilityExists | Rejection::CourtExists | Rejection::MemberExists) => Ok(answer.index),
        Err(rejection) => anyhow::bail!("failed to make the demo facility: {rejection:?}"),
    }
}
