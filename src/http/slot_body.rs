//! Which court, when, for whom: what requests about a slot have in common, declared and checked once.
//!
//! A macro and not a struct inside the others: serde reads a flattened struct without telling the place of
//! what is wrong in it.

use machine::{CourtId, FacilityId, Interval, MemberId};

/// A slot on a court for a member, in the machine's types.
pub(crate) struct SlotFor {
    pub(crate) facility_id: FacilityId,
    pub(crate) court_id: CourtId,
    pub(crate) member_id: MemberId,
    pub(crate) slot: Interval,
}

/// Declares a body with the fields of [`SlotFor`] and its own, and `slot_for`, which checks them.
macro_rules! slot_body {
    ($(#[$about:meta])* $sight:vis struct $name:ident<'a> { $($own:tt)* }) => {
        $(#[$about])*
        $sight struct $name<'a> {
            /// The facility; `?facilityId=` does as well.
            #[serde(borrow, alias = "facility_id")]
            #[schema(value_type = Option<String>, example = "fac_test789")]
            facility_id: Option<Text<'a>>,
            /// The court.
            #[serde(borrow, alias = "court_id")]
            #[schema(value_type = String, example = "crt_test123")]
            court_id: Option<Text<'a>>,
            /// For whom.
            #[serde(borrow, alias = "member_id")]
            #[schema(value_type = String, example = "mbr_test456")]
            member_id: Option<Text<'a>>,
            /// When it begins, RFC 3339 with an offset.
            #[serde(borrow, alias = "start_time")]
            #[schema(value_type = String, format = DateTime)]
            start_time: Option<Text<'a>>,
            /// When it ends; or say `durationMinutes`.
            #[serde(borrow, alias = "end_time")]
            #[schema(value_type = Option<String>, format = DateTime)]
            end_time: Option<Text<'a>>,
            /// How long it is; must agree with `endTime` where both are given.
            #[serde(alias = "duration_minutes")]
            duration_minutes: Option<i64>,
            $($own)*
        }

        impl $name<'_> {
            /// The slot that is asked for; wrong places are noted.
            fn slot_for(&self, asked: &Asked, check: &mut Check) -> Option<SlotFor> {
                let facility_id = asked.facility_id(check, self.facility_id.as_ref());
                let court_id = check.required_id("/courtId", self.court_id.as_ref());
                let slot = check.slot(self.start_time.as_ref(), self.end_time.as_ref(), self.duration_minutes);
                let member_id = check.required_id("/memberId", self.member_id.as_ref());
                Some(SlotFor { facility_id: facility_id?, court_id: court_id?, member_id: member_id?, slot: slot? })
            }
        }
    };
}

pub(crate) use slot_body;
