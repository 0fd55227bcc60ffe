//! From a text to its answer.
//!
//! A text is known by the provider's id for it. What it changed is kept under that id by the facility that
//! changed it, and its answer is made from that: delivered again, it finds what it did.

use futures_util::future::try_join_all;
use machine::{Accepted, Command, CourtId, Digest, RequestId};

use super::bookings;
use super::command::TextCommand;
use super::membership::Membership;
use super::offers;
use super::saying::Saying;
use crate::auth::Secret;
use crate::edge::Edge;
use crate::http::idempotency::Named;
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::words::Language;

/// In whose name a text's request is kept.
const PRINCIPAL: &str = "twilio";
/// How long what a text did is remembered: longer than the provider tries to deliver it.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// A look that has seen everything that was answered before it.
const NOW: Freshness = Freshness { min_index: None, linearizable: true };

/// A text that came in.
pub(crate) struct Incoming {
    /// The provider's id for it.
    pub(crate) sid: String,
    /// What it says.
    pub(crate) body: String,
}

impl Incoming {
    /// The name under which what it does is kept; `part` tells apart what it does several times.
    pub(crate) fn named(&self, part: &str) -> Named {
        let key = if part.is_empty() { self.sid.clone() } else { format!("{}#{part}", self.sid) };
        let request = RequestId { principal: PRINCIPAL.to_owned(), key };
        Named { request, fingerprint: Digest::of(self.body.as_bytes()).0, remember_millis: REMEMBER_MILLIS }
    }
}

/// The answer to a text of somebody who is these members.
pub(crate) async fn answer(edge: &Edge, known: &[Membership], incoming: &Incoming) -> String {
    let mine: Vec<Membership> = known.iter().filter(|it| it.is_active()).cloned().collect();
    let language = mine.first().or(known.first()).map(|it| it.language).unwrap_or_default();
    let saying = match &edge.outside.callbacks.twilio_auth_token {
        Some(token) if !mine.is_empty() => {
            let conversation = Conversation { edge, mine: &mine, incoming, token, language };
            conversation.answer().await.unwrap_or_else(|problem| {
                tracing::warn!(code = problem.facts().code, "a text was answered with an excuse");
                Saying::Trouble
            })
        }
        _ => Saying::Stranger,
    };
    saying.said_in(language)
}

struct Conversation<'a> {
    edge: &'a Edge,
    /// Whoever texts, at each club.
    mine: &'a [Membership],
    incoming: &'a Incoming,
    token: &'a Secret,
    language: Language,
}

impl Conversation<'_> {
    async fn answer(&self) -> Result<Saying, Problem> {
        let command = TextCommand::of(&self.incoming.body);
        if command == TextCommand::Help {
            return Ok(Saying::Help(self.clubs()));
        }
        try_join_all(self.mine.iter().map(|it| self.edge.freshen(&it.facility, NOW))).await?;
        if let Some(done) = self.done_before().await? {
            return Ok(done);
        }
        let now = self.edge.node.now();
        let all = || bookings::to_come(self.mine, now);
        match command {
            TextCommand::Accept | TextCommand::Decline => self.answer_offer(command == TextCommand::Accept).await,
            TextCommand::Next => Ok(bookings::list(&all(), self.language)),
            TextCommand::Drop(number) => Ok(bookings::ask(&all(), number, now, self.token, self.language)),
            TextCommand::Confirm(code) => self.cancel(&all(), &code).await,
            TextCommand::Help => Ok(Saying::Help(self.clubs())),
        }
    }

    /// What this very text did when it came before.
    async fn done_before(&self) -> Result<Option<Saying>, Problem> {
        let request = self.incoming.named("").request;
        let has_done = |it: &&Membership| it.facility.read(|state, _| state.has_answered(&request));
        match self.mine.iter().find(has_done) {
            // The answer is kept: what is asked for now does not count.
            Some(by) => self.have_done(by, Command::Tick).await.map(Some),
            None => Ok(None),
        }
    }

    async fn answer_offer(&self, accept: bool) -> Result<Saying, Problem> {
        let Some(offer) = offers::last(self.mine) else { return Ok(offers::none(self.mine)) };
        let command = if accept { offer.accept() } else { offer.decline() };
        match self.have_done(offer.to, command).await {
            Err(problem) if is_refusal(&problem) => Ok(offer.refused(problem.facts().code, self.language)),
            said => said,
        }
    }

    async fn cancel(&self, all: &[bookings::Booking<'_>], code: &str) -> Result<Saying, Problem> {
        let Some(booking) = bookings::coded(all, code, self.edge.node.now(), self.token) else {
            return Ok(Saying::NoSuchCode);
        };
        match self.have_done(booking.of, booking.cancel()).await {
            Err(problem) if is_refusal(&problem) => Ok(Saying::TooLate(booking.slot(self.language))),
            said => said,
        }
    }

    /// Has a facility decide, as its member, and says what it decided.
    async fn have_done(&self, by: &Membership, command: Command) -> Result<Saying, Problem> {
        let caller = by.caller().ok_or_else(Problem::internal)?;
        let (index, accepted) = self.edge.propose(&by.facility, &caller, self.incoming.named(""), command).await?;
        self.edge.freshen(&by.facility, Freshness { min_index: Some(index), linearizable: false }).await?;
        Ok(self.told(by, &accepted))
    }

    /// What was decided, in words that follow from it alone.
    fn told(&self, by: &Membership, accepted: &Accepted) -> Saying {
        let slot = |court: &CourtId, start| by.slot(court, start, self.language);
        match accepted {
            Accepted::HoldConfirmed(it) => Saying::Booked(slot(&it.court_id, it.slot.start)),
            Accepted::ReservationCancelled(it) => bookings::dropped(by, it, self.language),
            Accepted::OfferDeclined(id) => {
                // What was declined is the last that its member let go.
                let gone = by.facility.read(|state, _| state.waitlist_entry(id)?.let_go.last().cloned());
                gone.map_or(Saying::NoOffer, |(court, gone)| Saying::Declined(slot(&court, gone.start)))
            }
            _ => Saying::Help(self.clubs()),
        }
    }

    fn clubs(&self) -> String {
        let mut clubs: Vec<&str> = self.mine.iter().map(Membership::club).collect();
        clubs.dedup();
        clubs.join(", ")
    }
}

/// Whether the facility said no, and did not just fail to answer.
fn is_refusal(problem: &Problem) -> bool {
    problem.facts().status.is_client_error()
}
