//! What is answered to a text, in each language.

use crate::words::{Language, plain};

/// Something to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Saying {
    /// What was offered is booked.
    Booked(Slot),
    /// What was offered is declined.
    Declined(Slot),
    /// Nothing is offered.
    NoOffer,
    /// What was offered is not any more.
    OfferOver,
    /// What is offered has to be paid on a page.
    PayFirst(Slot),
    /// A rule is in the way.
    NotAllowed(Slot),
    /// Nothing is booked.
    NothingBooked,
    /// What is booked next, and how much more.
    Next(Vec<Slot>, usize),
    /// There is no booking of that number.
    NoSuchNumber(usize),
    /// What it would cost, and how to go on.
    WouldCost {
        /// Its place in the list.
        number: usize,
        /// Which.
        slot: Slot,
        /// What it costs.
        cost: Cost,
        /// To confirm it with.
        code: String,
    },
    /// It has begun, or cannot be called off any more.
    TooLate(Slot),
    /// It is called off.
    Dropped(Slot, Cost),
    /// The code is of nothing.
    NoSuchCode,
    /// What there is to say.
    Help(String),
    /// To a number that is nobody's.
    Stranger,
    /// It did not work now.
    Trouble,
}

/// A slot in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// When, in the club's zone.
    pub(super) when: String,
    /// Which court.
    pub(super) court: String,
    /// Which club.
    pub(super) club: String,
}

/// What a cancellation costs and gives back, in words; empty where it is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) penalty_credits: u32,
    pub(super) fee: Option<String>,
    pub(super) refund: Option<String>,
    pub(super) refund_credits: u32,
    pub(super) kept_credits: u32,
}

impl Saying {
    /// The words, in the letters that a text message has.
    pub(super) fn said_in(&self, language: Language) -> String {
        plain(&match language {
            Language::English => self.in_english(),
            Language::Spanish => self.in_spanish(),
        })
    }

    fn in_english(&self) -> String {
        match self {
            Self::Booked(slot) => format!("Booked: {}. Send NEXT for your bookings.", slot.text()),
            Self::Declined(slot) => format!("Declined: {}. You still wait for other times.", slot.text()),
            Self::NoOffer => "There is no offer for you at the moment. Send NEXT for your bookings.".to_owned(),
            Self::OfferOver => "That offer is over. You still wait for other times.".to_owned(),
            Self::PayFirst(slot) => {
                format!("{} has to be paid first: use the link in our message.", slot.text())
            }
            Self::NotAllowed(slot) => {
                format!("{} cannot be booked for you now. Please ask the club.", slot.text())
            }
            Self::NothingBooked => "You have no bookings to come.".to_owned(),
            Self::Next(slots, more) => {
                let rest = if *more > 0 { format!("\nand {more} more") } else { String::new() };
                format!("{}{rest}\nDROP and the number calls one off.", numbered(slots))
            }
            Self::NoSuchNumber(number) => format!("You have no booking {number}. Send NEXT to see them."),
            Self::WouldCost { number, slot, cost, code } => {
                format!("{number}. {}: calling it off {} Send OK {code} to do it.", slot.text(), cost.in_english(true))
            }
            Self::TooLate(slot) => format!("{} cannot be called off any more.", slot.text()),
            Self::Dropped(slot, cost) => format!("Called off: {}. It {}", slot.text(), cost.in_english(false)),
            Self::NoSuchCode => {
                "That code is of no booking, or what it costs has changed. Send NEXT, then DROP and the number."
                    .to_owned()
            }
            Self::Help(clubs) => format!(
                "{clubs}: 1 takes an offer, 2 declines it. NEXT lists your bookings. DROP and a number tells what \
                 calling one off costs."
            ),
            Self::Stranger => {
                "Sorry, we do not know this number. Please ask your club to enter it with your membership.".to_owned()
            }
            Self::Trouble => {
                "Sorry, that did not work just now. Send NEXT in a minute to see where you stand.".to_owned()
            }
        }
    }

    fn in_spanish(&self) -> String {
        match self {
            Self::Booked(slot) => format!("Reservado: {}. Envíe PROX para ver sus reservas.", slot.text()),
            Self::Declined(slot) => format!("Rechazado: {}. Sigue en espera de otras horas.", slot.text()),
            Self::NoOffer => "Ahora no hay ninguna oferta para usted. Envíe PROX para ver sus reservas.".to_owned(),
            Self::OfferOver => "Esa oferta ya ha terminado. Sigue en espera de otras horas.".to_owned(),
            Self::PayFirst(slot) => {
                format!("{} se paga antes: use el enlace de nuestro mensaje.", slot.text())
            }
            Self::NotAllowed(slot) => {
                format!("Ahora no se puede reservar para usted: {}. Pregunte en el club.", slot.text())
            }
            Self::NothingBooked => "No tiene próximas reservas.".to_owned(),
            Self::Next(slots, more) => {
                let rest = if *more > 0 { format!("\ny {more} más") } else { String::new() };
                format!("{}{rest}\nDROP y el número anula una.", numbered(slots))
            }
            Self::NoSuchNumber(number) => format!("No tiene la reserva {number}. Envíe PROX para verlas."),
            Self::WouldCost { number, slot, cost, code } => {
                format!("{number}. {}: anularla {} Envíe OK {code} para hacerlo.", slot.text(), cost.in_spanish(true))
            }
            Self::TooLate(slot) => format!("Ya no se puede anular: {}.", slot.text()),
            Self::Dropped(slot, cost) => format!("Anulada: {}. {}", slot.text(), capital(&cost.in_spanish(false))),
            Self::NoSuchCode => {
                "Ese código no es de ninguna reserva, o el coste ha cambiado. Envíe PROX y luego DROP y el número."
                    .to_owned()
            }
            Self::Help(clubs) => format!(
                "{clubs}: 1 acepta una oferta, 2 la rechaza. PROX muestra sus reservas. DROP y un número dice lo que \
                 cuesta anular una."
            ),
            Self::Stranger => {
                "Lo sentimos, no conocemos este número. Pida a su club que lo añada a su ficha.".to_owned()
            }
            Self::Trouble => {
                "Lo sentimos, ahora no ha funcionado. Envíe PROX en un minuto para ver sus reservas.".to_owned()
            }
        }
    }
}

impl Slot {
    fn text(&self) -> String {
        format!("{}, {}, {}", self.when, self.court, self.club)
    }
}

impl Cost {
    /// What comes after "it": a whole sentence.
    fn in_english(&self, to_come: bool) -> String {
        let credits = |count: u32| format!("{count} credit{}", if count == 1 { "" } else { "s" });
        let penalty = (self.penalty_credits > 0).then(|| credits(self.penalty_credits));
        let fee = self.fee.as_ref().map(|fee| format!("a fee of {fee}"));
        let kept = (self.kept_credits > 0).then(|| format!("what it was paid with ({})", credits(self.kept_credits)));
        let costs: Vec<String> = penalty.into_iter().chain(fee).chain(kept).collect();
        let verb = if to_come { "costs" } else { "cost" };
        let costs = if costs.is_empty() { "nothing".to_owned() } else { costs.join(" and ") };
        let back = (self.refund_credits > 0).then(|| credits(self.refund_credits));
        let back: Vec<String> = back.into_iter().chain(self.refund.clone()).collect();
        let back = if back.is_empty() { String::new() } else { format!(" You get {} back.", back.join(" and ")) };
        format!("{verb} {costs}.{back}")
    }

    fn in_spanish(&self, to_come: bool) -> String {
        let credits = |count: u32| format!("{count} crédito{}", if count == 1 { "" } else { "s" });
        let penalty = (self.penalty_credits > 0).then(|| credits(self.penalty_credits));
        let fee = self.fee.as_ref().map(|fee| format!("un cargo de {fee}"));
        let kept = (self.kept_credits > 0).then(|| format!("lo que se pagó ({})", credits(self.kept_credits)));
        let costs: Vec<String> = penalty.into_iter().chain(fee).chain(kept).collect();
        let costs = match (costs.is_empty(), to_come) {
            (true, true) => "no cuesta nada".to_owned(),
            (true, false) => "no ha costado nada".to_owned(),
            (false, true) => format!("cuesta {}", costs.join(" y ")),
            (false, false) => format!("ha costado {}", costs.join(" y ")),
        };
        let back = (self.refund_credits > 0).then(|| credits(self.refund_credits));
        let back: Vec<String> = back.into_iter().chain(self.refund.clone()).collect();
        let back = if back.is_empty() { String::new() } else { format!(" Se le devuelven {}.", back.join(" y ")) };
        format!("{costs}.{back}")
    }
}

fn numbered(slots: &[Slot]) -> String {
    let lines = (1..).zip(slots).map(|(number, slot)| format!("{number}. {}", slot.text()));
    lines.collect::<Vec<_>>().join("\n")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        Slot { when: "Tue Dec 1, 6:00 PM".to_owned(), court: "Court 1".to_owned(), club: "The Stack".to_owned() }
    }

    #[test]
    fn what_it_costs_is_told_before_and_after() {
        let cost = Cost { penalty_credits: 1, fee: Some("5.00 USD".to_owned()), ..Cost::default() };
        let ask = |cost, language| {
            Saying::WouldCost { number: 2, slot: slot(), cost, code: "4821".to_owned() }.said_in(language)
        };
        assert_eq!(
            ask(cost.clone(), Language::English),
            "2. Tue Dec 1, 6:00 PM, Court 1, The Stack: calling it off costs 1 credit and a fee of 5.00 USD. \
             Send OK 4821 to do it."
        );
        assert_eq!(
            ask(Cost { refund: Some("15,00 USD".to_owned()), ..Cost::default() }, Language::Spanish),
            "2. Tue Dec 1, 6:00 PM, Court 1, The Stack: anularla no cuesta nada. Se le devuelven 15,00 USD. \
             Envie OK 4821 para hacerlo."
        );
        let dropped = Saying::Dropped(slot(), cost);
        assert_eq!(
            dropped.said_in(Language::English),
            "Called off: Tue Dec 1, 6:00 PM, Court 1, The Stack. It cost 1 credit and a fee of 5.00 USD."
        );
        assert!(dropped.said_in(Language::Spanish).ends_with("Ha costado 1 crédito y un cargo de 5.00 USD."));
    }

    #[test]
    fn bookings_are_numbered() {
        let next = Saying::Next(vec![slot(), slot()], 3).said_in(Language::English);
        assert_eq!(
            next,
            "1. Tue Dec 1, 6:00 PM, Court 1, The Stack\n2. Tue Dec 1, 6:00 PM, Court 1, The Stack\nand 3 more\n\
             DROP and the number calls one off."
        );
    }
}
