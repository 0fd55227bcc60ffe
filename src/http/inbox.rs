//! `/dev/inbox`: what would have been sent, as a page and as JSON. Only where nothing is sent.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use machine::Medium;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use crate::edge::Edge;
use crate::notify::{Content, Received};
use crate::time::Utc;

const PAGE: &str = include_str!("inbox.html");
/// Where the messages go in the page.
const PLACE: &str = "<!-- messages -->";
/// Nothing of an email runs, is fetched from elsewhere, or sends anything. Frames inherit it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'",
);
/// A frame with an email may open its links in a tab of their own, and nothing else.
const SANDBOX: &str = "allow-popups allow-popups-to-escape-sandbox";

/// What would have been sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct InboxView {
    /// The newest first.
    items: Vec<InboxMessage>,
}

/// An email or a text.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InboxMessage {
    /// Counts from 1.
    number: u64,
    delivery_id: String,
    facility_id: String,
    member_id: String,
    /// What is told.
    r#type: &'static str,
    /// `email` or `sms`
    medium: &'static str,
    /// What the recipient is called.
    name: String,
    /// An email address, or a number.
    address: String,
    /// Emails only.
    from_name: Option<String>,
    /// Emails only: where an answer goes.
    reply_to: Option<String>,
    /// Emails only.
    subject: Option<String>,
    text: String,
    /// Emails only.
    html: Option<String>,
    /// Emails only: the booking as iCalendar.
    calendar: Option<String>,
    /// Emails only: `REQUEST` or `CANCEL`
    calendar_method: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    sent_at: Utc,
    /// From when on it is of no use.
    #[schema(value_type = String, format = DateTime)]
    useful_until: Utc,
}

impl From<&Received> for InboxMessage {
    fn from(received: &Received) -> Self {
        let message = &*received.message;
        let mut view = Self {
            number: received.number,
            delivery_id: message.delivery_id.to_string(),
            facility_id: message.facility_id.to_string(),
            member_id: message.member_id.to_string(),
            r#type: message.kind.word(),
            medium: message.medium().word(),
            name: message.to.name.clone(),
            address: message.to.address.clone(),
            from_name: None,
            reply_to: None,
            subject: None,
            text: String::new(),
            html: None,
            calendar: None,
            calendar_method: None,
            sent_at: Utc(message.now),
            useful_until: Utc(message.useful_until),
        };
        match &message.content {
            Content::Text(text) => text.clone_into(&mut view.text),
            Content::Email { subject, text, html, calendar, reply_to, from_name } => {
                text.clone_into(&mut view.text);
                (view.subject, view.html) = (Some(subject.clone()), Some(html.clone()));
                (view.from_name, view.reply_to) = (Some(from_name.clone()), reply_to.clone());
                view.calendar = calendar.as_ref().map(|part| part.text.clone());
                view.calendar_method = calendar.as_ref().map(|part| part.method.word());
            }
        }
        view
    }
}

/// What would have been sent, as a page
#[utoipa::path(get, path = "/dev/inbox", operation_id = "showInbox", tag = "operations",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")))]
pub(crate) async fn page(State(edge): State<Arc<Edge>>) -> Response {
    let messages: Vec<InboxMessage> = received(&edge);
    let mut shown = String::new();
    messages.iter().for_each(|message| show(&mut shown, message));
    if messages.is_empty() {
        shown.push_str("<p>Nothing yet. Book a court, and what its member is told appears here.</p>");
    }
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Links carry tokens: whoever is linked to does not see where from, and no disk keeps them.
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Html(PAGE.replace(PLACE, &shown))).into_response()
}

/// What would have been sent
#[utoipa::path(get, path = "/dev/inbox.json", operation_id = "listInbox", tag = "operations",
    responses((status = 200, description = "The newest first", body = InboxView)))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>) -> Response {
    answer::json(StatusCode::OK, &InboxView { items: received(&edge) })
}

fn received(edge: &Edge) -> Vec<InboxMessage> {
    let received = edge.outside.inbox.as_ref().map(|inbox| inbox.received()).unwrap_or_default();
    received.iter().map(InboxMessage::from).collect()
}

/// Writes one message; everything in it was written by somebody else.
fn show(page: &mut String, message: &InboxMessage) {
    let InboxMessage { number, r#type, medium, .. } = message;
    let to = escape(&format!("{} <{}>", message.name, message.address));
    let title = message.subject.as_deref().map_or_else(|| "Text message".to_owned(), escape);
    let _ = write!(
        page,
        "<article id=\"m{number}\"><h2>{title}</h2><p class=\"facts\">{medium} · {type} · to {to} · {} · {}</p>",
        escape(&message.delivery_id),
        time(message.sent_at),
    );
    if message.medium == Medium::Sms.word() {
        let _ = write!(page, "<p class=\"text\">{}</p>", linked(&message.text));
    }
    if let Some(html) = &message.html {
        let document = escape(&format!("<base target=\"_blank\">{html}"));
        let _ = write!(page, "<iframe sandbox=\"{SANDBOX}\" title=\"{title}\" srcdoc=\"{document}\"></iframe>");
        let _ = write!(page, "<details><summary>Without form</summary><pre>{}</pre></details>", linked(&message.text));
    }
    if let Some(calendar) = &message.calendar {
        let method = message.calendar_method.unwrap_or_default();
        let _ = write!(page, "<details><summary>Calendar, {method}</summary><pre>{}</pre></details>", escape(calendar));
    }
    page.push_str("</article>\n");
}

fn time(instant: Utc) -> String {
    serde_json::to_value(instant).ok().and_then(|text| text.as_str().map(escape)).unwrap_or_default()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text with its addresses as links.
fn linked(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(linked_word).collect()
}

fn linked_word(word: &str) -> String {
    let address = word.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '>']);
    if !(address.starts_with("http://") || address.starts_with("https://")) {
        return escape(word);
    }
    let (address, rest) = (escape(address), escape(&word[address.len()..]));
    format!("<a href=\"{address}\" target=\"_blank\" rel=\"noopener noreferrer\">{address}</a>{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::samples;

    fn shown(message: crate::notify::Message) -> String {
        let mut page = String::new();
        show(&mut page, &InboxMessage::from(&Received { number: 1, message: Arc::new(message) }));
        page
    }

    #[test]
    fn links_in_a_text_work_and_nothing_else_of_it_does() {
        let text = "Accept: https://b.example/a?x=1&y=2. <script>alert(1)</script> javascript:alert(1)";
        assert_eq!(
            linked(text),
            "Accept: <a href=\"https://b.example/a?x=1&amp;y=2\" target=\"_blank\" rel=\"noopener noreferrer\">\
             https://b.example/a?x=1&amp;y=2</a>. &lt;script&gt;alert(1)&lt;/script&gt; javascript:alert(1)"
        );
    }

    #[test]
    fn an_email_stays_in_its_frame() {
        let mut message = samples::email();
        message.to.name = "<img src=x onerror=alert(1)>".to_owned();
        if let Content::Email { subject, html, text, .. } = &mut message.content {
            *subject = "\"><script>alert(1)</script>".to_owned();
            *html = "<p>\"></iframe><script>alert(1)</script></p>".to_owned();
            *text = "</pre><script>alert(1)</script>".to_owned();
        }
        let page = shown(message);
        assert!(
            !page.contains("<script") && !page.contains("<img") && page.matches("</iframe>").count() == 1,
            "{page}"
        );
        assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    }
}
