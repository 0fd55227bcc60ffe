//! What somebody does, as a command of the machine.
//!
//! Ids are counted, and what is named by court and start is named by the id that it has by then. What the edge
//! expands, a recurrence and a new calendar, is expanded here: the machine takes instants.

use courtd::calendar;
use machine::{
    AcceptOffer, AdjustCredits, BOOKING_TYPE, BeginPayment, BlockId, BlockMode, BookReservation, BookSeries,
    CancelReservation, CancelSeries, CheckIn, Command, Complete, ConfirmHold, CourtId, CourtWish, DeclineOffer,
    EraseMember, Facility, HoldId, HoldRef, ImportReservation, Interval, JoinWaitlist, LeaveWaitlist, MarkNoShow,
    Medium, Member, MemberId, MemberStatus, MoveReservation, Occurrence, OnConflict, Override, Pay, PlaceBlock,
    PlaceHold, RecordPayment, ReleaseHold, RemoveBlock, RemoveCourt, Reservation, ReservationId, ReverseNoShow, Rule,
    SeriesId, UpdateCourt, UpdateFacility, UpdateMember, WaitlistId, WaitlistStatus, WaitlistWish, WhichTimes,
};

use crate::action::{Action, Aside, Clash, Recurrence, Spot, Wait};
use crate::founding;
use crate::when::Wall;

/// How long a payment may take, in seconds.
const PAYMENT_SECONDS: u32 = 600;

/// Writes commands for one state of the facility.
pub struct Scribe<'a> {
    /// The facility as it is.
    pub facility: &'a Facility,
    /// Its wall clock.
    pub wall: &'a Wall,
    /// Which request this is.
    pub number: u64,
    /// The member who acts, if it is one.
    pub me: Option<&'a MemberId>,
}

impl Scribe<'_> {
    /// The command of an action.
    pub fn command(&self, action: &Action) -> Result<Command, String> {
        if let Some(command) = self.of_slots(action)? {
            return Ok(command);
        }
        if let Some(command) = self.of_life(action) {
            return Ok(command);
        }
        if let Some(command) = self.of_the_waitlist(action) {
            return Ok(command);
        }
        self.of_the_club(action)
    }

    /// The reservation that is meant: whose it is first, what is live next, what was there last.
    pub fn find(&self, spot: &Spot) -> Option<&Reservation> {
        let of = spot.of.as_ref().or(self.me);
        let on_it = |it: &&Reservation| it.court_id == spot.court && it.slot.start == spot.start;
        let here = || self.facility.reservations(None).filter(on_it);
        let latest = |it: &&Reservation| (it.created_at, it.status.is_live(), it.version);
        let own = here().filter(|it| Some(&it.member_id) == of).max_by_key(latest);
        own.or_else(|| here().find(|it| it.status.is_live())).or_else(|| here().max_by_key(latest))
    }

    fn of_slots(&self, action: &Action) -> Result<Option<Command>, String> {
        Ok(Some(match action {
            Action::Hold { court, member, slot, aside } => Command::PlaceHold(PlaceHold {
                hold_id: HoldId::parse(&self.id("hld")).expect("digits"),
                reservation_id: self.reservation(),
                court_id: court.clone(),
                member_id: member.clone(),
                slot: *slot,
                source: "web".to_owned(),
                overrides: overrides(aside.as_ref())?,
            }),
            // As the original's clients do: by slot, with the id that the attempt has answered with.
            Action::Confirm { spot, with_credits } => Command::ConfirmHold(ConfirmHold {
                hold: by_slot(spot),
                reservation_id: self.find(spot).map(|it| it.id.clone()),
                pay: pay(*with_credits),
            }),
            Action::Release(spot) => Command::ReleaseHold(ReleaseHold { hold: by_slot(spot) }),
            Action::Cancel { spot, naming } => Command::CancelReservation(CancelReservation {
                reservation_id: self.known(naming.as_ref().unwrap_or(spot)),
                slot: Some((spot.court.clone(), spot.start)),
                reason: None,
            }),
            Action::Book { court, member, slot, with_credits, aside } => {
                Command::BookReservation(Box::new(BookReservation {
                    reservation_id: self.reservation(),
                    court_id: court.clone(),
                    member_id: member.clone(),
                    slot: *slot,
                    source: "web".to_owned(),
                    booking_type: "standard".to_owned(),
                    participants: Vec::new(),
                    notes: None,
                    series_id: None,
                    pay: pay(*with_credits),
                    overrides: overrides(aside.as_ref())?,
                }))
            }
            Action::BookSeries { court, member, slot, recurrence, clash } => {
                self.series(court, member, *slot, recurrence, *clash)?
            }
            Action::CancelSeries { spot, from_here } => Command::CancelSeries(CancelSeries {
                series_id: self.find(spot).and_then(|it| it.series_id.clone()).ok_or("that is no series")?,
                from: from_here.then_some(spot.start),
                reason: None,
            }),
            Action::Move { spot, court, slot, aside } => Command::MoveReservation(MoveReservation {
                reservation_id: self.known(spot),
                court_id: Some(court.clone()),
                slot: Some(*slot),
                expected: None,
                overrides: overrides(aside.as_ref())?,
            }),
            Action::Import { court, member, slot } => Command::ImportReservation(ImportReservation {
                reservation_id: self.reservation(),
                court_id: court.clone(),
                member_id: member.clone(),
                slot: *slot,
                confirmed_at: None,
                booking_type: "standard".to_owned(),
                source: "import".to_owned(),
                notes: None,
                elsewhere: Box::default(),
            }),
            _ => return Ok(None),
        }))
    }

    fn of_life(&self, action: &Action) -> Option<Command> {
        let known = |spot: &Spot| self.known(spot);
        Some(match action {
            Action::CheckIn(spot) => Command::CheckIn(CheckIn { reservation_id: known(spot) }),
            Action::Complete(spot) => Command::Complete(Complete { reservation_id: known(spot) }),
            Action::Miss(spot) => Command::MarkNoShow(MarkNoShow { reservation_id: known(spot) }),
            Action::TakeBackNoShow(spot) => Command::ReverseNoShow(ReverseNoShow { reservation_id: known(spot) }),
            Action::BeginPayment(spot) => {
                Command::BeginPayment(BeginPayment { hold: by_slot(spot), seconds: PAYMENT_SECONDS })
            }
            Action::Pay { spot, cents } => Command::RecordPayment(RecordPayment {
                reservation_id: known(spot),
                payment_id: self.id("pay"),
                amount_cents: *cents,
            }),
            _ => return None,
        })
    }

    fn of_the_waitlist(&self, action: &Action) -> Option<Command> {
        let entry = |member: &MemberId| self.entry_of(member);
        Some(match action {
            Action::Join { member, wait } => Command::JoinWaitlist(Box::new(self.join(member, wait))),
            Action::Leave(member) => Command::LeaveWaitlist(LeaveWaitlist { waitlist_id: entry(member) }),
            Action::Accept(member) => Command::AcceptOffer(AcceptOffer { waitlist_id: entry(member), pay: Pay::Later }),
            Action::Decline(member) => Command::DeclineOffer(DeclineOffer { waitlist_id: entry(member) }),
            _ => return None,
        })
    }

    fn of_the_club(&self, action: &Action) -> Result<Command, String> {
        Ok(match action {
            Action::Block { court, slot, kind, recurrence, clash } => Command::PlaceBlock(PlaceBlock {
                block_id: BlockId::parse(&self.id("blk")).expect("digits"),
                court_id: court.clone(),
                kind: *kind,
                title: None,
                recurrence: recurrence.as_ref().map(|it| it.rule.clone()),
                times: self.expanded(*slot, recurrence.as_ref())?,
                mode: match clash {
                    Clash::Reject => BlockMode::Reject,
                    Clash::Skip => BlockMode::Skip,
                    Clash::Displace => BlockMode::Displace,
                },
            }),
            Action::Unblock { court, start } => {
                let begins = |times: &[Interval]| times.iter().any(|time| time.start == *start);
                let block = self.facility.blocks(None).find(|it| it.court_id == *court && begins(&it.times));
                let block_id = block.map(|it| it.id.clone()).ok_or("no block begins there")?;
                Command::RemoveBlock(RemoveBlock { block_id, times: WhichTimes::All })
            }
            Action::Set(settings) => Command::UpdateFacility(Box::new(UpdateFacility {
                days: calendar::coming_days(settings, self.wall.zone(), self.wall.now),
                settings: (**settings).clone(),
                expected: None,
            })),
            Action::AddCourt(court) => Command::CreateCourt(court.clone()),
            Action::OpenCourt { court, open } => {
                let mut court = self.facility.court(court).ok_or_else(|| format!("there is no {court}"))?.clone();
                court.active = *open;
                Command::UpdateCourt(UpdateCourt { court, expected: None })
            }
            Action::RemoveCourt(court) => Command::RemoveCourt(RemoveCourt { court_id: court.clone(), expected: None }),
            Action::AddMember(member) => Command::CreateMember(member.clone()),
            Action::Suspend { member, until } => self.changed(member, |it| {
                (it.status, it.suspended_until) = (MemberStatus::Suspended, *until);
            })?,
            Action::Reinstate(member) => self.changed(member, |it| it.status = MemberStatus::Active)?,
            Action::Erase(member) => Command::EraseMember(EraseMember { member_id: member.clone(), expected: None }),
            Action::Want { member, email, text } => self.changed(member, |it| {
                (it.preferences.notification_email, it.preferences.notification_sms) = (*email, *text);
            })?,
            Action::Readdress { member, medium } => self.changed(member, |it| {
                let name = format!("new {}", it.name);
                match medium {
                    Medium::Email => it.email = founding::email(&name),
                    _ => it.phone = Some(founding::phone(&name)),
                }
            })?,
            Action::Credit { member, amount, reason } => Command::AdjustCredits(AdjustCredits {
                member_id: member.clone(),
                amount: *amount,
                note: reason.clone(),
            }),
            other => return Err(format!("the machine cannot do that: {other:?}")),
        })
    }

    fn series(
        &self,
        court: &CourtId,
        member: &MemberId,
        slot: Interval,
        recurrence: &Recurrence,
        clash: Clash,
    ) -> Result<Command, String> {
        let slots = self.expanded(slot, Some(recurrence))?;
        let occurrence = |(at, slot)| Occurrence {
            reservation_id: ReservationId::parse(&format!("rsv_{}_{at}", self.number)).expect("digits"),
            slot,
            or_wait: None,
        };
        Ok(Command::BookSeries(BookSeries {
            series_id: SeriesId::parse(&self.id("ser")).expect("digits"),
            member_id: member.clone(),
            court_id: court.clone(),
            occurrences: (1..).zip(slots).map(occurrence).collect(),
            on_conflict: if clash == Clash::Skip { OnConflict::Skip } else { OnConflict::FailAll },
            source: "web".to_owned(),
            booking_type: BOOKING_TYPE.to_owned(),
            participants: Vec::new(),
            notes: None,
            pay: Pay::Later,
            overrides: None,
        }))
    }

    fn join(&self, member: &MemberId, wait: &Wait) -> JoinWaitlist {
        let preferred = self.facility.member(member).map(|it| it.preferences.clone());
        let court = match (&wait.court, &wait.court_type) {
            (Some(court), _) => CourtWish::Court(court.clone()),
            (None, Some(kind)) => CourtWish::Type(kind.clone()),
            (None, None) => CourtWish::Any,
        };
        JoinWaitlist {
            waitlist_id: WaitlistId::parse(&self.id("wl")).expect("digits"),
            member_id: member.clone(),
            wish: WaitlistWish {
                date: wait.day,
                from_minute: Some(self.wall.minute_of(wait.window.start)),
                to_minute: Some(self.wall.minute_of(wait.window.end)),
                window: wait.window,
                wanted: wait.window.start,
                duration_minutes: wait.minutes,
                court,
                auto_book: wait.at_once,
                priority: wait.priority,
                notify_email: preferred.as_ref().is_none_or(|it| it.notification_email),
                notify_sms: preferred.is_some_and(|it| it.notification_sms),
            },
        }
    }

    /// The entry that a member means: what is offered first, what waits next, what was there last.
    fn entry_of(&self, member: &MemberId) -> WaitlistId {
        let own = self.facility.waitlist_entries(None).filter(|it| it.member_id == *member);
        let meant = own.max_by_key(|it| (it.status == WaitlistStatus::Offered, it.status.is_open(), it.joined));
        meant.map_or_else(|| WaitlistId::parse("wl_nobodys").expect("letters"), |it| it.id.clone())
    }

    fn changed(&self, member: &MemberId, change: impl FnOnce(&mut Member)) -> Result<Command, String> {
        let mut member = self.facility.member(member).ok_or_else(|| format!("there is no {member}"))?.clone();
        change(&mut member);
        Ok(Command::UpdateMember(Box::new(UpdateMember { member, expected: None })))
    }

    fn expanded(&self, slot: Interval, recurrence: Option<&Recurrence>) -> Result<Vec<Interval>, String> {
        let (times, every) = recurrence.map_or((1, 1), |it| (it.times, it.every_days));
        (0..times).map(|at| self.wall.days_later(slot, at * every)).collect()
    }

    fn known(&self, spot: &Spot) -> ReservationId {
        self.find(spot).map_or_else(|| ReservationId::parse("rsv_nobodys").expect("letters"), |it| it.id.clone())
    }

    fn reservation(&self) -> ReservationId {
        ReservationId::parse(&self.id("rsv")).expect("digits")
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.number)
    }
}

fn by_slot(spot: &Spot) -> HoldRef {
    HoldRef::Slot { court_id: spot.court.clone(), start: spot.start }
}

fn pay(with_credits: bool) -> Pay {
    if with_credits { Pay::Credits } else { Pay::Later }
}

fn overrides(aside: Option<&Aside>) -> Result<Option<Override>, String> {
    let Some(aside) = aside else { return Ok(None) };
    let rule = |code: &String| Rule::of_code(code).ok_or_else(|| format!("{code} is no rule"));
    Ok(Some(Override { rules: aside.rules.iter().map(rule).collect::<Result<_, _>>()?, reason: aside.reason.clone() }))
}
