//! The words that members are told in: templates for every kind of message, in every language.
//!
//! A delivery names facts; here they become an email or a text message. What is said is decided elsewhere, and
//! by what way it goes as well. The templates are in the binary, and an operator may bring others.

mod calendar;
mod dates;
mod language;
mod money;
mod page;
mod said;
mod samples;
mod sms;
mod templates;

#[cfg(test)]
mod golden;

pub(crate) use calendar::{Appointment, Calendar, Standing};
pub(crate) use dates::Dates;
pub(crate) use language::Language;
pub(crate) use money::amount;
pub(crate) use page::{Offered, PageState, Ways};
pub(crate) use sms::plain;
pub use templates::{Words, WordsError};

use machine::{Delivery, FacilityId, Instant, Medium, Member, Settings};
use serde::Serialize;

use crate::links::Links;
use crate::notify::Content;
use said::Said;

/// A delivery, with all that there is to say it with.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// What is told.
    pub delivery: &'a Delivery,
    /// Where.
    pub facility_id: &'a FacilityId,
    /// Of the facility, as they are now.
    pub settings: &'a Settings,
    /// Whom, as it is now.
    pub member: &'a Member,
    /// Makes links, where there can be any.
    pub links: Option<&'a Links>,
    /// When it is told.
    pub now: Instant,
}

/// What the layouts of an email are made of.
#[derive(Serialize)]
struct Letter<'a> {
    #[serde(flatten)]
    said: &'a Said,
    subject: &'a str,
    headline: &'a str,
    paragraphs: Vec<String>,
    action: &'a str,
}

impl Words {
    /// A delivery in words. Fails where there is nobody to say anything to, which is so for payments.
    pub fn compose(&self, telling: Telling<'_>) -> Result<Content, WordsError> {
        let said = Said::of(telling);
        let name = format!("{}/{}.txt", said.language(), telling.delivery.kind.word());
        match telling.delivery.medium {
            Medium::Email => self.email(&name, &said, telling),
            Medium::Sms => {
                let [rendered] = self.blocks(&name, &said, ["sms"])?;
                Ok(Content::Text(sms::text(&rendered)))
            }
            Medium::Payment => Err(WordsError::NothingToSay),
        }
    }

    fn email(&self, name: &str, said: &Said, telling: Telling<'_>) -> Result<Content, WordsError> {
        let [subject, body, action] = self.blocks(name, said, ["subject", "body", "action"])?;
        let (subject, action) = (one_line(&subject), one_line(&action));
        let letter =
            Letter { said, subject: &subject, headline: &subject, paragraphs: paragraphs(&body), action: &action };
        let text = lines(&self.render("layout.txt", &letter)?);
        let html = self.render("layout.html", &letter)?;
        Ok(Content::Email {
            text,
            html,
            calendar: calendar::invitation(telling),
            reply_to: telling.settings.email.clone(),
            from_name: one_line(&telling.settings.name),
            subject,
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands between empty lines, each in one line.
fn paragraphs(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines().map(str::trim) {
        let last = all.last_mut().expect("one is there from the beginning");
        match (line.is_empty(), last.is_empty()) {
            (true, true) => {}
            (true, false) => all.push(String::new()),
            (false, true) => last.push_str(line),
            (false, false) => {
                last.push(' ');
                last.push_str(line);
            }
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}

/// Lines without white space at their ends, and never two empty ones on end.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && out.ends_with("\n\n")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
