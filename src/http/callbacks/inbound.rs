//! `POST /api/twilio/inbound`: a text from somebody, and its answer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use machine::{Command, Medium, NoteReach, Unreachable};
use serde::Deserialize;
use utoipa::ToSchema;

use super::form::TwilioForm;
use super::status::message_sid;
use crate::auth::Caller;
use crate::callbacks::{self, Incoming, Membership};
use crate::edge::Edge;
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// The longest text that can be sent, in characters.
const TEXT_CHARS_MAX: usize = 1600;

/// A text as the provider passes it on; it posts more fields than these.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes a form that is read field by field, holds none")]
pub(crate) struct InboundForm {
    /// Its id for the text.
    message_sid: String,
    /// Who sent it, as E.164.
    from: String,
    /// What it says.
    body: String,
    /// `STOP START HELP`, where it was one of the words that the provider answers itself.
    opt_out_type: Option<String>,
}

/// A text from a member
///
/// For Twilio: signed with the account's token. `1` takes the offer that was made last, `2` declines it, `NEXT`
/// lists bookings, `DROP n` tells what calling one off costs and `OK` with the code that it tells does it.
/// Answered in the member's language, and with nothing where Twilio answers itself.
#[utoipa::path(post, path = "/api/twilio/inbound", operation_id = "answerText", tag = "callbacks",
    request_body(content = InboundForm, content_type = "application/x-www-form-urlencoded"),
    params(("X-Twilio-Signature" = String, Header, description = "HMAC-SHA1 over the address and the fields")),
    responses((status = 200, description = "TwiML: what to answer", body = String, content_type = "text/xml"), Refusals))]
pub(crate) async fn text(State(edge): State<Arc<Edge>>, form: TwilioForm) -> Result<Response, Problem> {
    let (from, sid) = (form.required("From")?, message_sid(&form)?);
    let incoming = Incoming { sid: sid.to_owned(), body: form.field("Body").unwrap_or_default().to_owned() };
    if !edge.texts.admits(from) {
        return Ok(twiml(None));
    }
    let known = Membership::at(&edge.node, from);
    match form.field("OptOutType") {
        Some(word) => {
            note_choice(&edge, &known, from, word, &incoming).await?;
            Ok(twiml(None))
        }
        None => Ok(twiml(Some(&callbacks::answer(&edge, &known, &incoming).await))),
    }
}

/// Somebody wants no texts any more, or wants them again: at every club that has the number.
async fn note_choice(
    edge: &Edge,
    known: &[Membership],
    from: &str,
    word: &str,
    incoming: &Incoming,
) -> Result<(), Problem> {
    let unreachable = match word {
        "STOP" => Some(Unreachable::OptedOut),
        "START" => None,
        _ => return Ok(()),
    };
    let mut failed = None;
    for Membership { facility, member, .. } in known {
        let is_so = facility.read(|state, _| state.member(member).is_some_and(|it| it.reach.sms == unreachable));
        if is_so {
            continue;
        }
        let command = Command::NoteReach(NoteReach {
            member_id: member.clone(),
            medium: Medium::Sms,
            address: from.to_owned(),
            unreachable,
        });
        let named = incoming.named(member.as_str());
        // One club that cannot decide keeps no other from it.
        failed = edge.propose(facility, &Caller::system(), named, command).await.err().or(failed);
    }
    failed.map_or(Ok(()), Err)
}

/// An answer in the provider's markup; `None` answers nothing.
fn twiml(text: Option<&str>) -> Response {
    let message = text.map_or_else(String::new, |text| {
        let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
        format!("<Message>{}</Message>", escaped(&text))
    });
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{message}</Response>");
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

/// Text as XML has it; what XML cannot say at all is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' => escaped.push('\n'),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_club_may_be_called_anything() {
        assert_eq!(escaped("R&B <Club> \"é\"\u{0}\u{ffff}\n1"), "R&amp;B &lt;Club&gt; \"é\"\n1");
    }
}
