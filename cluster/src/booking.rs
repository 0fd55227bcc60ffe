//! What a leader does with a booking request: stamp it, look whether it is refused anyway, propose.
//!
//! A refusal changes nothing, so it needs no entry in the log: once a quorum has confirmed that
//! this node leads, its own state may refuse. That keeps a crowd on one slot away from the disks.

use bytes::Bytes;
use machine::{Command, Envelope, Instant as Stamped, Rejection, Reply};
use tokio::time::{Instant, timeout_at};

use crate::Request;
use crate::carried::Carried;
use crate::host::Host;
use crate::leader::Attempt;
use crate::replica::Replica;

/// What the leader decided.
#[derive(Debug)]
pub(crate) struct Decided {
    /// Of the entry, or of the state that refuses.
    pub(crate) index: u64,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    /// The machine's reply, as bytes.
    Applied(Bytes),
    /// Without an entry.
    Refused(Box<Rejection>),
}

impl Decided {
    /// The reply; `None` where the bytes make no sense to this release.
    pub(crate) fn into_reply(self) -> Option<Reply> {
        match self.outcome {
            Outcome::Refused(rejection) => Some(Err(*rejection)),
            Outcome::Applied(bytes) => machine::decode_reply(&bytes).ok(),
        }
    }

    /// As carried to the node that asked.
    pub(crate) fn into_carried(self) -> Carried {
        let reply = match self.outcome {
            Outcome::Applied(bytes) => bytes,
            Outcome::Refused(rejection) => machine::encode_reply(&Err(*rejection)).into(),
        };
        Carried { index: self.index, reply }
    }
}

impl From<Carried> for Decided {
    fn from(carried: Carried) -> Self {
        Self { index: carried.index, outcome: Outcome::Applied(carried.reply) }
    }
}

/// Decides on the leader, if this node is the leader.
pub(crate) async fn decide(host: &Host, replica: &Replica, request: Request, deadline: Instant) -> Attempt<Decided> {
    let Some(term) = replica.term_led() else {
        // Known to lead and not ready to: nobody else is asked.
        let leader = replica.group.leader().filter(|leader| *leader != host.id());
        return Attempt::Elsewhere(leader);
    };
    if !host.reaches_quorum(&replica.record.replicas) {
        // Nothing is proposed that cannot be committed: the caller hears that nothing was.
        return Attempt::Elsewhere(None);
    }
    let envelope = stamp(host, term, request);
    if may_be_refused(&envelope.command) {
        match refused(replica, &envelope, deadline).await {
            Ok(None) => {}
            Ok(Some(decided)) => return Attempt::Done(decided),
            Err(attempt) => return attempt,
        }
    }
    metrics::counter!("courtd_proposals_total").increment(1);
    match timeout_at(deadline, replica.group.propose(envelope.to_bytes().into())).await {
        Ok(Ok(answer)) => Attempt::Done(Decided { index: answer.index, outcome: Outcome::Applied(answer.reply) }),
        Ok(Err(error)) => error.into(),
        Err(_) => Attempt::Unsure,
    }
}

fn stamp(host: &Host, term: u64, request: Request) -> Envelope {
    Envelope {
        now: Stamped(host.stamps().stamp().now),
        term,
        actor: request.actor,
        request: request.request,
        fingerprint: request.fingerprint,
        remember_millis: request.remember_millis,
        command: request.command,
    }
}

/// The commands that crowds send, and that are refused more often than accepted then; and those that an import
/// sends again, where what was refused is refused once more.
fn may_be_refused(command: &Command) -> bool {
    matches!(
        command,
        Command::PlaceHold(_) | Command::ConfirmHold(_) | Command::ImportReservation(_) | Command::PlaceBlock(_)
    )
}

async fn refused(
    replica: &Replica,
    envelope: &Envelope,
    deadline: Instant,
) -> Result<Option<Decided>, Attempt<Decided>> {
    if replica.group.read(|facility, _| machine::refusal(facility, envelope)).is_none() {
        return Ok(None);
    }
    // Order: confirm, then look again. The first look only says that confirming may pay.
    replica.group.read_barrier(deadline).await.map_err(Attempt::from)?;
    let refusal =
        replica.group.read(|facility, index| machine::refusal(facility, envelope).map(|rejection| (index, rejection)));
    Ok(refusal.map(|(index, rejection)| {
        metrics::counter!("courtd_refusals_without_entry_total").increment(1);
        Decided { index, outcome: Outcome::Refused(Box::new(rejection)) }
    }))
}
