//! The digest of a facility's state: equal on every replica at the same index.
//!
//! It is compared between replicas to find a divergence early. It is no signature: whoever can
//! write a store can also write its digest.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 64-bit FNV-1a of the state's canonical bytes: it finds divergence, it resists no forger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest(pub u64);

impl Digest {
    /// Digests bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
