//! The steps, oldest first: the step at place `n` takes a store from version `n` to `n + 1`.

mod to_1;

use crate::MigrateError;

/// A step: writes its outcome, and is harmless when run again.
pub(crate) type Step = fn(&sled::Db) -> Result<(), MigrateError>;

/// Invariant: only ever appended to.
pub(crate) const STEPS: &[Step] = &[to_1::run];
