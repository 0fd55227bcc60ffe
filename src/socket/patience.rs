//! How long a viewer may take for what: the same for every kind of socket.

use std::time::Duration;

/// How often a peer is asked whether it is there (`api.md` 2).
pub(super) const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a peer may be silent (`api.md` 2).
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(60);
/// A peer that takes no bytes for that long cannot keep up.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a farewell may take: until its bytes are taken and the peer has closed.
pub(super) const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);
/// The same while the node is stopping, which has 20 s for everything.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(1);
