//! A block as clients write and read it.

use chrono_tz::Tz;
use machine::{Block, BlockKind, BlockMode, CourtId, Interval};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::check::{Check, Text};
use crate::recurrence::{Length, Recurrence};
use crate::time::Utc;

/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 200;

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockKind)]
pub(crate) enum KindWord {
    Blackout,
    Maintenance,
    Event,
    /// Open beyond the opening hours.
    Extended,
}

/// What becomes of what is in a block's way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BlockMode)]
pub(crate) enum ModeWord {
    /// The block is refused, with the list.
    #[default]
    Reject,
    /// Those of its times are left out.
    Skip,
    /// It is cancelled at no cost, and who had it is first on the waitlist.
    Displace,
}

/// A block to be placed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewBlock)]
pub(crate) struct BlockBody<'a> {
    /// An unused id of your own.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// All courts if left out.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    court_id: Option<Text<'a>>,
    #[schema(value_type = KindWord)]
    kind: Option<KindWord>,
    /// RFC 3339 with an offset.
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    end_time: Option<Text<'a>>,
    /// RFC 5545, in the facility's wall time.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "FREQ=WEEKLY;BYDAY=TU")]
    recurrence_rule: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    title: Option<Text<'a>>,
    mode: Option<ModeWord>,
}

/// What a body asks for.
pub(super) struct Wanted {
    pub(super) id: Option<machine::BlockId>,
    pub(super) court_id: Option<CourtId>,
    pub(super) kind: BlockKind,
    pub(super) first: Interval,
    pub(super) rule: Option<String>,
    pub(super) title: Option<String>,
    pub(super) mode: BlockMode,
}

/// A time of a block.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimeView {
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
}

/// A block as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Block)]
pub(crate) struct BlockView {
    pub(super) id: String,
    facility_id: String,
    court_id: Option<String>,
    kind: KindWord,
    /// Of its first time that is kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    end_time: Option<Utc>,
    recurrence_rule: Option<String>,
    title: Option<String>,
    mode: ModeWord,
    /// All its times within the calendar, in order.
    times: Vec<TimeView>,
    version: u64,
}

impl Wanted {
    pub(super) fn of(body: &BlockBody<'_>, check: &mut Check) -> Option<Self> {
        let id = check.id("/id", body.id.as_ref());
        let court_id = check.id("/courtId", body.court_id.as_ref());
        if body.kind.is_none() {
            check.missing("/kind");
        }
        if body.end_time.is_none() {
            check.missing("/endTime");
        }
        let start = check.required_time("/startTime", body.start_time.as_ref());
        let end = check.time("/endTime", body.end_time.as_ref());
        let title = check.text("/title", body.title.as_ref(), TITLE_CHARS_MAX);
        let first = Interval { start: start?, end: end? };
        if first.end <= first.start {
            check.wrong("/endTime", "must be after startTime");
        }
        let kind = match body.kind? {
            KindWord::Blackout => BlockKind::Blackout,
            KindWord::Maintenance => BlockKind::Maintenance,
            KindWord::Event => BlockKind::Event,
            KindWord::Extended => BlockKind::Extended,
        };
        let mode = match body.mode.unwrap_or_default() {
            ModeWord::Reject => BlockMode::Reject,
            ModeWord::Skip => BlockMode::Skip,
            ModeWord::Displace => BlockMode::Displace,
        };
        let rule = body.recurrence_rule.as_ref().map(|rule| rule.as_str().to_owned());
        Some(Self { id, court_id, kind, first, rule, title, mode })
    }

    /// How it recurs, if it does.
    pub(super) fn recurrence(&self, zone: Tz, check: &mut Check) -> Option<Recurrence> {
        let recurrence = Recurrence::new(self.rule.as_ref()?, self.first, zone, Length::Wall);
        recurrence.map_err(|error| check.wrong("/recurrenceRule", error.to_string())).ok()
    }
}

impl TimeView {
    pub(super) fn of(time: &Interval) -> Self {
        Self { start_time: Utc(time.start), end_time: Utc(time.end) }
    }
}

impl BlockView {
    pub(super) fn of(facility: &machine::FacilityId, block: &Block) -> Self {
        let recurrence = block.recurrence.as_deref().and_then(Recurrence::from_text);
        Self {
            id: block.id.to_string(),
            facility_id: facility.to_string(),
            court_id: block.court_id.as_ref().map(ToString::to_string),
            kind: match block.kind {
                BlockKind::Blackout => KindWord::Blackout,
                BlockKind::Maintenance => KindWord::Maintenance,
                BlockKind::Event => KindWord::Event,
                BlockKind::Extended => KindWord::Extended,
            },
            start_time: block.times.first().map(|time| Utc(time.start)),
            end_time: block.times.first().map(|time| Utc(time.end)),
            recurrence_rule: recurrence.map(|recurrence| recurrence.rule().to_owned()),
            title: block.title.clone(),
            mode: match block.mode {
                BlockMode::Reject => ModeWord::Reject,
                BlockMode::Skip => ModeWord::Skip,
                BlockMode::Displace => ModeWord::Displace,
            },
            times: block.times.iter().map(TimeView::of).collect(),
            version: block.version,
        }
    }
}
