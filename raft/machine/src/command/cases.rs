//! What the tables of cases share: a small club, short words for commands, and one way to run a
//! case through the public front door.
//! A case is also asked read-only, so that no table can pass with `refusal` disagreeing.

use crate::{
    Accepted, Actor, Applied, CalendarDay, CancelReservation, Claim, ClaimKind, Claimed, Command, ConfirmHold, Court,
    CourtId, CreateFacility, EntryImport, Envelope, Event, Facility, HoldId, HoldRef, ImportReservation, Instant,
    Interval, LocalDate, Member, MemberId, Pay, PlaceHold, Rejection, ReleaseHold, RequestId, Reservation,
    ReservationId, Settings, WaitlistId, Warning, apply, refusal,
};

/// One step: when, who, what.
pub(crate) type Step = (Instant, Actor, Command);

/// One line of a table: after `given`, `when` is answered with `then`: the reply, and after a bar
/// what was told to everybody.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) given: Vec<Step>,
    pub(crate) when: Step,
    pub(crate) then: &'static str,
}

/// Runs a table. Each line starts from the same club.
pub(crate) fn run(cases: Vec<Case>) {
    for case in cases {
        let mut facility = club();
        let mut steps = 0;
        for (now, actor, command) in case.given {
            steps += 1;
            apply(&mut facility, steps, &envelope(steps, now, actor, command));
        }
        let (now, actor, command) = case.when;
        let envelope = envelope(steps + 1, now, actor, command);
        let refused = refusal(&facility, &envelope);
        let applied = apply(&mut facility, steps + 1, &envelope);
        assert_eq!(told(&applied), case.then, "{}", case.name);
        let is_asked = matches!(
            envelope.command,
            Command::PlaceHold(_)
                | Command::BookReservation(_)
                | Command::ConfirmHold(_)
                | Command::ImportReservation(_)
                | Command::PlaceBlock(_)
        );
        if is_asked {
            assert_eq!(refused, applied.reply.err(), "{}: read-only", case.name);
        }
    }
}

/// An instant of day 0 at `hour:minute`; hours may run on into the next days.
pub(crate) fn at(hour: i64, minute: i64) -> Instant {
    Instant((hour * 60 + minute) * 60_000)
}

/// `[from, to)` in whole hours.
pub(crate) fn hours(from: i64, to: i64) -> Interval {
    Interval { start: at(from, 0), end: at(to, 0) }
}

/// A club of two courts, `c1` and `c2`, and one that is closed for good, `c3`; members `ana` and
/// `ben`. Open 06:00 to 22:00 on day 0, 18:00 to 02:00 on day 1, and no day after.
pub(crate) fn club() -> Facility {
    let mut facility = Facility::default();
    let mut setup = vec![Command::CreateFacility(Box::new(CreateFacility { settings: settings(), days: days() }))];
    setup.extend(["c1", "c2", "c3"].map(|id| Command::CreateCourt(court(id))));
    setup.extend(["ana", "ben", "cat"].map(|id| Command::CreateMember(Box::new(member(id)))));
    for (step, command) in setup.into_iter().enumerate() {
        let key = format!("setup-{step}");
        let envelope = Envelope { request: request(&key), ..envelope(0, at(0, 0), Actor::System, command) };
        assert!(apply(&mut facility, 0, &envelope).reply.is_ok());
    }
    facility
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new("Club", "club", "Etc/UTC");
    settings.limits.max_holds = Some(2);
    settings.cancellation.fee_cents = 500;
    settings.cancellation.penalty_credits = 1;
    settings.cancellation.hours = 4;
    settings
}

pub(crate) fn days() -> Vec<CalendarDay> {
    let day = |day: u8, span, open| CalendarDay {
        date: LocalDate { year: 2026, month: 12, day },
        span,
        open: vec![open],
        slot_millis: 3_600_000,
        prime: Vec::new(),
    };
    vec![day(1, hours(0, 24), hours(6, 22)), day(2, hours(24, 48), hours(42, 50))]
}

pub(crate) fn court(id: &str) -> Court {
    Court { active: id != "c3", sort_order: 1, ..Court::new(CourtId::parse(id).unwrap(), id, "tennis") }
}

pub(crate) fn member(id: &str) -> Member {
    Member::new(MemberId::parse(id).unwrap(), id)
}

/// An envelope of its own request, kept for a day.
pub(crate) fn envelope(step: u64, now: Instant, actor: Actor, command: Command) -> Envelope {
    let request = request(&step.to_string());
    Envelope { now, term: 1, actor, request, fingerprint: step, remember_millis: 86_400_000, command }
}

pub(crate) fn request(key: &str) -> RequestId {
    RequestId { principal: "test".to_owned(), key: key.to_owned() }
}

pub(crate) fn service() -> Actor {
    Actor::Service("site".to_owned())
}

pub(crate) fn staff() -> Actor {
    Actor::Staff("desk".to_owned())
}

pub(crate) fn person(id: &str) -> Actor {
    Actor::Member(MemberId::parse(id).unwrap())
}

/// An attempt with hold `h<n>` and reservation `r<n>`.
pub(crate) fn place(n: u32, court: &str, member: &str, slot: Interval) -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: HoldId::parse(&format!("h{n}")).unwrap(),
        reservation_id: rsv(&format!("r{n}")),
        court_id: CourtId::parse(court).unwrap(),
        member_id: MemberId::parse(member).unwrap(),
        slot,
        source: "web".to_owned(),
        overrides: None,
    })
}

pub(crate) fn by_id(id: &str) -> HoldRef {
    HoldRef::Id(HoldId::parse(id).unwrap())
}

pub(crate) fn by_slot(court: &str, start: Instant) -> HoldRef {
    HoldRef::Slot { court_id: CourtId::parse(court).unwrap(), start }
}

pub(crate) fn confirm(hold: HoldRef, reservation: Option<&str>) -> Command {
    Command::ConfirmHold(ConfirmHold { hold, reservation_id: reservation.map(rsv), pay: Pay::Later })
}

pub(crate) fn release(hold: HoldRef) -> Command {
    Command::ReleaseHold(ReleaseHold { hold })
}

pub(crate) fn cancel(reservation: &str, slot: Option<(&str, Instant)>) -> Command {
    let slot = slot.map(|(court, start)| (CourtId::parse(court).unwrap(), start));
    Command::CancelReservation(CancelReservation { reservation_id: rsv(reservation), slot, reason: None })
}

pub(crate) fn import(reservation: &str, court: &str, member: &str, slot: Interval) -> Command {
    Command::ImportReservation(ImportReservation {
        reservation_id: rsv(reservation),
        court_id: CourtId::parse(court).unwrap(),
        member_id: MemberId::parse(member).unwrap(),
        slot,
        confirmed_at: None,
        booking_type: "standard".to_owned(),
        source: "import".to_owned(),
        notes: None,
        elsewhere: Box::default(),
    })
}

pub(crate) fn rsv(id: &str) -> ReservationId {
    ReservationId::parse(id).unwrap()
}

/// An answer in a line: the reply, and after a bar the events.
pub(crate) fn told(applied: &Applied) -> String {
    let reply = match &applied.reply {
        Ok(accepted) => accepted_in_a_word(accepted),
        Err(Rejection::Conflicts(conflicts)) => {
            conflicts.iter().map(|conflict| conflict.rule().code()).collect::<Vec<_>>().join(" ")
        }
        Err(Rejection::InTheWay(claims)) => {
            format!("InTheWay {}", claims.iter().map(claimant).collect::<Vec<_>>().join(" "))
        }
        Err(Rejection::SeriesRefused(refused)) => {
            let codes = refused.iter().flat_map(|it| &it.conflicts).map(|conflict| conflict.rule().code());
            format!("SeriesRefused {}", codes.collect::<Vec<_>>().join(" "))
        }
        Err(rejection) => format!("{rejection:?}"),
    };
    let events: Vec<String> = applied.events.iter().map(event_in_a_word).collect();
    if events.is_empty() { reply } else { format!("{reply} | {}", events.join(", ")) }
}

fn accepted_in_a_word(accepted: &Accepted) -> String {
    match accepted {
        Accepted::HoldPlaced(it) => format!("placed {}", of(it)),
        Accepted::HoldConfirmed(it) => format!("confirmed {}", of(it)),
        Accepted::HoldReleased(Some(it)) => format!("released {}", of(it)),
        Accepted::HoldReleased(None) => "released nothing".to_owned(),
        Accepted::ReservationCancelled(it) => format!(
            "cancelled {} {} credits {} fee {}",
            it.reservation.id,
            if it.within_policy { "in time" } else { "late" },
            it.penalty_credits,
            it.fee_cents
        ),
        Accepted::ReservationImported(it) => format!("imported {}", of(it)),
        Accepted::CourtCreated(it) => format!("court {}", it.id),
        Accepted::MemberCreated(it) => format!("member {}", it.id),
        Accepted::WaitlistJoined(it) => format!("waits {}", entry(&it.entry)),
        Accepted::WaitlistLeft(it) => format!("left {}", entry(it)),
        Accepted::OfferDeclined(it) => format!("declined {it}"),
        Accepted::BlockPlaced { block, skipped } => {
            format!("block {} {} skipped {}", block.id, block.times.len(), skipped.len())
        }
        Accepted::BlockRemoved(it) => format!("block {:?} removed", it.as_ref().map(|it| it.times.len())),
        Accepted::SeriesBooked { booked, refused } => format!("series {} refused {}", booked.len(), refused.len()),
        Accepted::SeriesCancelled(it) => format!("series cancelled {}", it.len()),
        Accepted::ReservationBooked(it) => format!("booked {}{}", of(&it.reservation), warned(&it.warnings)),
        Accepted::ReservationMoved(it) => {
            let slot = it.reservation.slot;
            let at = (slot.start.0 / 60_000, slot.end.0 / 60_000);
            format!("moved {} {} {}-{} min", it.reservation.id, it.reservation.court_id, at.0, at.1)
        }
        Accepted::CheckedIn(it)
        | Accepted::Completed(it)
        | Accepted::NoShowMarked(it)
        | Accepted::NoShowReversed(it) => of(it),
        Accepted::PaymentBegun(it) => format!("paying {} until {}", it.id, it.hold_expiry.map_or(0, |at| at.0 / 1000)),
        Accepted::PaymentRecorded(it) => {
            let what = it.reservation.as_ref().map_or("nothing".to_owned(), of);
            format!("paid {what} refund {}", it.refund_cents)
        }
        Accepted::WaitlistImported(outcomes) => imported_in_a_word(outcomes),
        Accepted::CreditsAdjusted { balance } => format!("balance {balance}"),
        Accepted::FacilityCreated(settings) | Accepted::FacilityUpdated { settings, .. } => {
            format!("facility {}", settings.version)
        }
        Accepted::CourtUpdated(it) => format!("court {} {}", it.id, it.version),
        Accepted::MemberUpdated(it) => format!("member {} {:?} {}", it.id, it.status, it.version),
        Accepted::DeliveriesClaimed(all) => {
            let one = |it: &Claimed| format!(" {} try {}", it.delivery_id, it.attempt);
            format!("claimed{}", all.iter().map(one).collect::<String>())
        }
        Accepted::PaymentNoted(it) => format!("noted {}", it.as_ref().map_or("nothing".to_owned(), |it| of(it))),
        Accepted::Ticked
        | Accepted::CalendarExtended
        | Accepted::CourtRemoved
        | Accepted::MemberErased
        | Accepted::DeliveriesSettled
        | Accepted::ReceiptNoted
        | Accepted::ReachNoted => format!("{accepted:?}"),
    }
}

fn claimant(claim: &Claim) -> String {
    match (&claim.kind, &claim.reservation_id) {
        (ClaimKind::Block { id, .. }, _) => id.to_string(),
        (_, id) => id.as_ref().map_or_else(String::new, ToString::to_string),
    }
}

fn imported_in_a_word(outcomes: &[(WaitlistId, EntryImport)]) -> String {
    let outcomes: Vec<&EntryImport> = outcomes.iter().map(|(_, outcome)| outcome).collect();
    match outcomes.as_slice() {
        [EntryImport::Refused(Rejection::Conflicts(conflicts))] => format!("refused {}", conflicts[0].rule().code()),
        [EntryImport::Refused(rejection)] => format!("refused {rejection:?}"),
        [EntryImport::Exists] => "exists 1".to_owned(),
        all => format!("imported {}", all.iter().filter(|outcome| ***outcome == EntryImport::Imported).count()),
    }
}

fn warned(warnings: &[Warning]) -> String {
    warnings.iter().map(|warning| format!(" {}", warning.code())).collect()
}

fn event_in_a_word(event: &Event) -> String {
    match event {
        Event::HoldPlaced(it)
        | Event::HoldExpired(it)
        | Event::HoldReleased(it)
        | Event::ReservationConfirmed(it)
        | Event::ReservationCancelled(it)
        | Event::ReservationCompleted(it)
        | Event::ReservationImported(it) => of(it),
        Event::WaitlistJoined(it) => format!("joined {}", entry(it)),
        Event::WaitlistLeft(it) => format!("left {}", entry(it)),
        Event::WaitlistExpired(it) => format!("over {}", entry(it)),
        Event::WaitlistAutoBooked(it) => format!("auto {}", entry(&it.entry)),
        Event::OfferMade(it) => format!("offer {}", entry(&it.entry)),
        Event::OfferAccepted(it) => format!("accepted {}", entry(it)),
        Event::OfferDeclined(it) => format!("declined {}", entry(it)),
        Event::OfferExpired(it) => format!("lapsed {}", entry(it)),
        Event::OfferWithdrawn(it) => format!("withdrawn {}", entry(it)),
        Event::BlockPlaced(it) => format!("block {} {}", it.id, it.times.len()),
        Event::BlockRemoved(it) => format!("block {} left {}", it.id, it.times.len()),
        Event::SlotBlocked(it) => format!("{} blocked", it.court_id),
        Event::SlotUnblocked(it) => format!("{} unblocked", it.court_id),
        Event::ReservationDisplaced(it) => format!("{} displaced", it.id),
        Event::PaymentBegun(it) | Event::ReservationCheckedIn(it) | Event::ReservationMissed(it) => of(it),
        Event::SlotVacated(it) => format!("{} left", it.id),
        Event::ReservationMoved(it) => format!("{} moved", it.id),
        Event::PaymentRecorded(it) => format!("{} {:?}", it.id, it.payment),
        Event::NoShowReversed(it) => format!("{} reversed", it.id),
        Event::FacilityCreated | Event::CalendarExtended | Event::FacilityUpdated => format!("{event:?}"),
        Event::CourtUpdated(id) => format!("court {id} updated"),
        Event::CourtRemoved(id) => format!("court {id} removed"),
        Event::MemberUpdated(id) => format!("member {id} updated"),
        Event::MemberErased(id) => format!("member {id} erased"),
        Event::MemberSuspended { member_id, .. } => format!("suspended {member_id}"),
        Event::RefundDue { reservation_id, amount_cents, .. } => format!("refund {reservation_id} {amount_cents}"),
        Event::CreditsChanged(it) => format!("credits {} {:+}", it.member_id, it.amount),
        Event::WaitlistImported(it) => format!("brought {}", entry(it)),
        Event::LineImported(it) => format!("{} of {}", it.line.id, it.member_id),
        Event::CourtCreated(id) => format!("court {id}"),
        Event::MemberCreated(id) => format!("member {id}"),
        Event::MemberReinstated(id) => format!("reinstated {id}"),
        Event::DeliveryEnded(it) => {
            let why = it.dropped.map_or(String::new(), |why| format!(" {}", why.word()));
            format!("{} {}{why}", it.id, it.state.word())
        }
        Event::ReachChanged { member_id, medium, unreachable } => {
            format!("{member_id} {} {}", medium.word(), unreachable.map_or("reachable", crate::Unreachable::word))
        }
        Event::CheckoutOpened { reservation_id, session_id } => format!("{reservation_id} pays on {session_id}"),
        Event::PaymentFailed(it) => format!("{} payment {:?}", it.id, it.payment),
        Event::RefundRecorded { reservation, amount_cents, .. } => {
            format!("{} {:?} {amount_cents}", reservation.id, reservation.payment)
        }
        Event::DisputeRecorded { reservation, state, lost_cents, .. } => {
            format!("{} {:?} {state:?} {lost_cents}", reservation.id, reservation.payment)
        }
    }
}

fn of(reservation: &Reservation) -> String {
    format!("{} {:?}", reservation.id, reservation.status)
}

fn entry(entry: &crate::WaitlistEntry) -> String {
    format!("{} {:?}", entry.id, entry.status)
}
