//! What a link is for, as bytes that are signed: its purpose, then what it names.

use machine::{FacilityId, Instant, MemberId, WaitlistId};

use super::ids;

/// The purposes; each number stands in tokens for ever.
const OFFER: u8 = 1;
const CALENDAR: u8 = 2;

/// Bytes of a time in a token, which is in seconds.
const TIME_BYTES: usize = 5;

/// Why a token is worth nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// Not a token at all.
    #[error("no token")]
    Malformed,
    /// Signed with a key that is none of ours, or not any more.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature is not of this key.
    #[error("the signature does not fit")]
    Forged,
    /// A good token for something else.
    #[error("a token for something else")]
    WrongPurpose,
    /// A good token of what is over by the clock.
    #[error("expired")]
    Expired(Box<OfferLink>),
}

/// One offer: the answer to it is all that the link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferLink {
    /// Where.
    pub(crate) facility_id: FacilityId,
    /// The entry that it was made to.
    pub(crate) waitlist_id: WaitlistId,
    /// Which of those that were made to it: [`machine::WaitlistEntry::grants`].
    pub(crate) grant: u32,
    /// When it ends; a token has it in whole seconds, rounded up.
    pub(crate) expires_at: Instant,
}

/// The calendar of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalendarLink {
    /// Where.
    pub(crate) facility_id: FacilityId,
    /// Whose.
    pub(crate) member_id: MemberId,
}

impl OfferLink {
    pub(super) fn payload(&self) -> Vec<u8> {
        let mut out = vec![OFFER];
        ids::write(self.facility_id.as_str(), &mut out);
        ids::write(self.waitlist_id.as_str(), &mut out);
        out.extend_from_slice(&self.grant.to_be_bytes());
        let seconds = u64::try_from(self.expires_at.0).unwrap_or(0).div_ceil(1000);
        out.extend_from_slice(&seconds.to_be_bytes()[size_of::<u64>() - TIME_BYTES..]);
        out
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, LinkError> {
        read(payload, OFFER, |left| {
            let facility_id = FacilityId::parse(&ids::read(left)?).ok()?;
            let waitlist_id = WaitlistId::parse(&ids::read(left)?).ok()?;
            let grant = u32::from_be_bytes(ids::take(left, size_of::<u32>())?.try_into().ok()?);
            let seconds = ids::take(left, TIME_BYTES)?.iter().fold(0, |all, byte| all << 8 | i64::from(*byte));
            Some(Self { facility_id, waitlist_id, grant, expires_at: Instant(seconds * 1000) })
        })
    }
}

impl CalendarLink {
    pub(super) fn payload(&self) -> Vec<u8> {
        let mut out = vec![CALENDAR];
        ids::write(self.facility_id.as_str(), &mut out);
        ids::write(self.member_id.as_str(), &mut out);
        out
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, LinkError> {
        read(payload, CALENDAR, |left| {
            let facility_id = FacilityId::parse(&ids::read(left)?).ok()?;
            let member_id = MemberId::parse(&ids::read(left)?).ok()?;
            Some(Self { facility_id, member_id })
        })
    }
}

/// Reads all of a payload of one purpose.
fn read<T>(payload: &[u8], purpose: u8, body: impl Fn(&mut &[u8]) -> Option<T>) -> Result<T, LinkError> {
    let (of, mut left) = payload.split_first().ok_or(LinkError::Malformed)?;
    if *of != purpose {
        return Err(LinkError::WrongPurpose);
    }
    body(&mut left).filter(|_| left.is_empty()).ok_or(LinkError::Malformed)
}
