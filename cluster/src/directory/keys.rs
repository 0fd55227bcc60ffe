//! API keys: what each may do, kept on every node, so that whoever is asked knows its callers.
//!
//! Only the hash of a secret is here. A key that was revoked or has run out stays listed for a
//! while, so that an operator sees what was there, and is then forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use machine::{FacilityId, MemberId};
use serde::{Deserialize, Serialize};

use super::DirectoryRefusal;

/// Keys of a cluster. Members come with tokens of the club's own sign-in; keys are for programs
/// and desks, and every node holds all of them.
// Replicated: a change lets old and new releases disagree about the last key.
const KEYS_MAX: usize = 10_000;
/// How long a key that works no more stays listed: 30 days, in milliseconds.
// Replicated: as above.
const REMEMBERED_MILLIS: i64 = 30 * 24 * 60 * 60 * 1000;

/// What a key lets its holder do.
// Replicated: part of commands and snapshots of version 1; the order of variants is the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grant {
    /// Act for one member.
    Member {
        /// At these facilities.
        facilities: Vec<FacilityId>,
        /// Which one.
        member: MemberId,
    },
    /// Act for any member of these facilities.
    Service {
        /// Which ones.
        facilities: Vec<FacilityId>,
    },
    /// Run these facilities.
    Staff {
        /// Which ones.
        facilities: Vec<FacilityId>,
    },
    /// Run the cluster.
    Operator,
}

/// An API key, without its secret.
// Replicated: part of commands and snapshots of version 1; a new field is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id, which is no secret.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it lets its holder do.
    pub grant: Grant,
    /// SHA-256 of its secret, which is random enough to need no slower hash.
    pub secret_hash: [u8; 32],
    /// Who made it.
    pub made_by: String,
    /// When, in milliseconds since 1970.
    pub made_at: i64,
    /// When it stops to work by itself, in milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// When it was revoked, in milliseconds since 1970.
    pub revoked_at: Option<i64>,
}

impl Grant {
    /// The facilities it is for; `None` is all of them.
    pub fn facilities(&self) -> Option<&[FacilityId]> {
        match self {
            Self::Member { facilities, .. } | Self::Service { facilities } | Self::Staff { facilities } => {
                Some(facilities)
            }
            Self::Operator => None,
        }
    }
}

impl KeyRecord {
    /// Whether it works at `now`, in milliseconds since 1970.
    pub fn works_at(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    fn is_forgotten_at(&self, now: i64) -> bool {
        let end = self.revoked_at.or(self.expires_at);
        end.is_some_and(|end| end.saturating_add(REMEMBERED_MILLIS) <= now)
    }
}

/// All keys, by id.
///
/// Invariant: at most [`KEYS_MAX`], those included that work no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(BTreeMap<String, Arc<KeyRecord>>);

impl Keys {
    pub(super) fn of(records: Vec<KeyRecord>) -> Self {
        Self(records.into_iter().map(|record| (record.id.clone(), Arc::new(record))).collect())
    }

    pub(super) fn into_records(self) -> Vec<KeyRecord> {
        self.0.into_values().map(Arc::unwrap_or_clone).collect()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<KeyRecord>> {
        self.0.get(id)
    }

    /// In order of id, after `after`.
    pub(super) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &Arc<KeyRecord>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.0.range::<str, _>((from, Unbounded)).map(|(_, record)| record)
    }

    /// Enters a key. The very same again is the same key: a node may have to ask twice.
    pub(super) fn enter(&mut self, record: KeyRecord) -> Result<KeyRecord, DirectoryRefusal> {
        self.0.retain(|_, key| !key.is_forgotten_at(record.made_at));
        match self.0.get(&record.id) {
            Some(there) if there.secret_hash == record.secret_hash => return Ok(KeyRecord::clone(there)),
            Some(_) => return Err(DirectoryRefusal::KeyTaken),
            None if self.0.len() >= KEYS_MAX => return Err(DirectoryRefusal::TooManyKeys),
            None => {}
        }
        self.0.insert(record.id.clone(), Arc::new(record.clone()));
        Ok(record)
    }

    /// Lets a key work no more. One that was revoked before stays as it is.
    pub(super) fn revoke(&mut self, id: &str, at: i64) -> Result<KeyRecord, DirectoryRefusal> {
        let key = self.0.get_mut(id).ok_or(DirectoryRefusal::KeyUnknown)?;
        if key.revoked_at.is_none() {
            Arc::make_mut(key).revoked_at = Some(at);
        }
        Ok(KeyRecord::clone(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, made_at: i64, expires_at: Option<i64>) -> KeyRecord {
        KeyRecord {
            id: id.to_owned(),
            name: String::new(),
            grant: Grant::Operator,
            secret_hash: [7; 32],
            made_by: "test".to_owned(),
            made_at,
            expires_at,
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_works_until_it_runs_out_or_is_revoked() {
        let endless = key("a", 5, None);
        let ending = key("a", 5, Some(10));
        let revoked = KeyRecord { revoked_at: Some(7), ..endless.clone() };
        for (key, now, works) in [
            (&endless, i64::MAX, true),
            (&ending, 9, true),
            (&ending, 10, false),
            (&revoked, 6, false),
            (&revoked, 8, false),
        ] {
            assert_eq!(key.works_at(now), works, "{key:?} at {now}");
        }
    }

    #[test]
    fn a_key_is_entered_once_and_revoked_once() {
        let mut keys = Keys::default();
        let first = key("a", 5, None);
        assert_eq!(keys.enter(first.clone()), Ok(first.clone()));
        let again = KeyRecord { made_at: 6, ..first.clone() };
        assert_eq!(keys.enter(again), Ok(first.clone()), "a node asked twice");
        let other = KeyRecord { secret_hash: [8; 32], ..first.clone() };
        assert_eq!(keys.enter(other), Err(DirectoryRefusal::KeyTaken));
        assert_eq!(keys.revoke("b", 9), Err(DirectoryRefusal::KeyUnknown));
        let revoked = KeyRecord { revoked_at: Some(9), ..first };
        assert_eq!(keys.revoke("a", 9), Ok(revoked.clone()));
        assert_eq!(keys.revoke("a", 99), Ok(revoked.clone()), "and stays revoked at 9");
        assert_eq!(keys.get("a").map(|key| key.works_at(1)), Some(false));
    }

    #[test]
    fn what_works_no_more_is_listed_for_30_days_and_makes_room_then() {
        let mut keys = Keys::default();
        keys.enter(key("ran_out", 0, Some(1))).unwrap();
        keys.enter(key("works", 0, None)).unwrap();
        let ids = |keys: &Keys| keys.after(None).map(|key| key.id.clone()).collect::<Vec<_>>();
        keys.enter(key("x", REMEMBERED_MILLIS, None)).unwrap();
        assert_eq!(ids(&keys), ["ran_out", "works", "x"]);
        keys.enter(key("y", REMEMBERED_MILLIS + 1, None)).unwrap();
        assert_eq!(ids(&keys), ["works", "x", "y"]);
        assert_eq!(keys.after(Some("works")).count(), 2);
    }

    #[test]
    fn there_is_an_end_to_keys() {
        let mut keys = Keys::default();
        for number in 0..KEYS_MAX {
            keys.enter(key(&format!("k{number}"), 0, None)).unwrap();
        }
        assert_eq!(keys.enter(key("more", 0, None)), Err(DirectoryRefusal::TooManyKeys));
        assert_eq!(Keys::of(keys.clone().into_records()), keys);
    }
}
