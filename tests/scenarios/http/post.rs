//! Whoever carries messages between three nodes and the members: a fake of each provider, asked as the real ones
//! are, and what they tell the nodes, signed as the real ones sign.

use std::collections::BTreeMap;
use std::sync::Arc;

use courtd::notify::{Author, Gate, Pace, Patience, SendGrid, TextFrom, Twilio, TwilioAccount, Way};
use courtd::{Outside, Secret};
use machine::{Instant, Medium, MemberId};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::body::instant;
use crate::founding::{member_id, phone};
use crate::harness::{self, Provider, Signer};
use crate::outcome::{Outcome, name_of};
use crate::requests::FACILITY;
use crate::telling::{self, Carrier, Logged, Mood, Said, Told};

/// Where the world sees the nodes.
const PUBLIC_URL: &str = "https://courts.example.org";
/// Faster than any script.
const PACE: f64 = 10_000.0;
const UNDER_WAY_MAX: u32 = 100;

/// The providers, and what has come of them.
pub(super) struct Post {
    email: Provider,
    text: Provider,
    signer: Signer,
    client: Client,
    told: Vec<Told>,
    /// How much of what each has taken is in `told`.
    heard: BTreeMap<Medium, usize>,
    /// How often each delivery had been taken when the nodes were last restarted: nobody waits for an answer to
    /// those any more.
    before: BTreeMap<String, usize>,
    /// Texts and events so far.
    sent_in: usize,
}

impl Post {
    pub(super) async fn start() -> Self {
        Self {
            email: Provider::start().await,
            text: Provider::start().await,
            signer: Signer::new(),
            client: Client::builder().no_proxy().build().expect("a client without files or proxies"),
            told: Vec::new(),
            heard: BTreeMap::new(),
            before: BTreeMap::new(),
            sent_in: 0,
        }
    }

    /// The world outside with these providers in it.
    pub(super) fn outside(&self, mut outside: Outside) -> anyhow::Result<Outside> {
        // A silent provider is silent for longer than any script takes.
        let patience = Patience { whole: std::time::Duration::from_secs(600), ..Patience::default() };
        let author = Author::new("courts@club.example.org", "The Club")?;
        let emails = SendGrid::new(self.email.url(), Secret::new("SG.key"), author, patience)?;
        let from = TextFrom::Number("+12065550000".to_owned());
        let account = TwilioAccount { account_sid: "AC1".to_owned(), auth_token: Secret::new("token"), from };
        let texts = Twilio::new(self.text.url(), account, Some(PUBLIC_URL), patience)?;
        let gate = |name| Gate::new(name, Pace::new(PACE, UNDER_WAY_MAX));
        outside.post.email = Some(Way { sender: Arc::new(emails), gate: gate("sendgrid") });
        outside.post.sms = Some(Way { sender: Arc::new(texts), gate: gate("twilio") });
        outside.callbacks = self.signer.callbacks();
        Ok(outside)
    }

    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    /// How a provider does what it is asked for from now on.
    pub(super) fn set(&self, medium: Medium, mood: Mood) {
        let is_text = medium == Medium::Sms;
        let says =
            |status, code: u64| harness::Mood::Say(status, if is_text { json!({"code": code}) } else { json!({}) });
        self.provider(medium).always(match mood {
            Mood::Well => harness::Mood::Accept,
            Mood::Busy => says(429, 20429),
            Mood::Down => says(503, 20503),
            Mood::Silent => harness::Mood::AcceptInSilence,
            Mood::Refusing => says(400, 21211),
        });
    }

    /// The nodes are gone, and with them whoever waited for an answer.
    pub(super) fn nodes_gone(&mut self) {
        self.before.clear();
        for medium in telling::MEDIA {
            for taken in self.provider(medium).taken() {
                *self.before.entry(taken.delivery_id.unwrap_or_default()).or_default() += 1;
            }
        }
    }

    /// Whether nothing of what is open is still to leave: it is not due, or a provider has it and is silent.
    pub(super) fn is_quiet(&self, open: &Value, now: Instant) -> bool {
        open["items"].as_array().into_iter().flatten().all(|item| match item["state"].as_str() {
            Some("scheduled") => instant(&item["dueAt"]) > Some(now),
            _ => self.is_in_silent_hands(item),
        })
    }

    /// Whether a provider has what is claimed, and will never say so.
    fn is_in_silent_hands(&self, item: &Value) -> bool {
        let id = item["id"].as_str();
        let taken = self.provider(medium_of(item)).taken();
        let of: Vec<_> = taken.iter().filter(|taken| taken.delivery_id.as_deref() == id).collect();
        let before = id.and_then(|id| self.before.get(id)).copied().unwrap_or(0);
        let attempts = item["attempts"].as_array().into_iter().flatten();
        let reached = attempts.filter(|attempt| attempt["outcome"] != "again").count();
        of.last().is_some_and(|last| !last.said) && of.len() > before && of.len() == reached
    }

    /// Whether the providers have taken anything that is not in `told` yet.
    pub(super) fn has_news(&self) -> bool {
        let seen = |medium| self.heard.get(&medium).copied().unwrap_or(0);
        telling::MEDIA.into_iter().any(|medium| self.provider(medium).taken().len() > seen(medium))
    }

    /// What has come since; `log` is the notification log.
    pub(super) fn hear(&mut self, log: &Value) -> Result<(), String> {
        let from = self.told.len();
        for medium in telling::MEDIA {
            let taken = self.provider(medium).taken();
            let seen = self.heard.insert(medium, taken.len()).unwrap_or(0);
            for one in &taken[seen..] {
                let items = log["items"].as_array().into_iter().flatten();
                let mut of = items.filter(|item| item["id"].as_str() == one.delivery_id.as_deref());
                let item = of.next().ok_or_else(|| format!("{:?} was sent and is not in the log", one.delivery_id))?;
                let (words, address) = match medium {
                    Medium::Email => (&one.request["content"][0]["value"], "@"),
                    _ => (&one.request["Body"], "+"),
                };
                let member = member_id(item["memberId"].as_str().unwrap_or_default())?;
                if !one.to.contains(address) {
                    return Err(format!("a message to {member} went to {}", one.to));
                }
                self.told.push(Told {
                    member,
                    medium,
                    kind: kind_of(item),
                    delivery: one.delivery_id.clone().unwrap_or_default(),
                    words: words.as_str().unwrap_or_default().to_owned(),
                });
            }
        }
        self.told[from..].sort();
        Ok(())
    }

    /// What a provider tells the node at this address.
    pub(super) fn tells(
        &mut self,
        node: &str,
        medium: Medium,
        what: &Carrier,
        now: Instant,
    ) -> Result<Option<RequestBuilder>, String> {
        let member = match what {
            Carrier::Is(mood) => {
                self.set(medium, *mood);
                return Ok(None);
            }
            Carrier::Returns(member) => member,
        };
        let last = self.told.iter().rfind(|told| told.member == *member && told.medium == medium);
        let delivery = last.map(|told| told.delivery.clone()).ok_or_else(|| format!("nothing was sent to {member}"))?;
        self.sent_in += 1;
        let taken = self.provider(medium).taken();
        let taken = taken.iter().rfind(|it| it.delivery_id.as_ref() == Some(&delivery)).ok_or("it was not sent")?;
        let name = taken.name.clone().unwrap_or_default();
        if medium == Medium::Sms {
            let path = format!("/api/twilio/status?facility={FACILITY}&delivery={delivery}");
            let fields = [("MessageSid", name.as_str()), ("MessageStatus", "undelivered"), ("ErrorCode", "30006")];
            return Ok(Some(self.form(node, &path, &fields)));
        }
        let (event_id, message_id) = (format!("e{}", self.sent_in), format!("{name}.recvd-1"));
        Ok(Some(self.event(
            node,
            now,
            json!({"event": "bounce", "type": "bounce", "sg_event_id": event_id, "sg_message_id": message_id,
            "email": taken.to, "facility_id": FACILITY, "delivery_id": delivery, "member_id": member.as_str()}),
        )))
    }

    /// An event of an email, as the node at this address hears of it.
    fn event(&self, node: &str, now: Instant, mut event: Value) -> RequestBuilder {
        let seconds = now.0 / 1000;
        event["timestamp"] = seconds.into();
        let (timestamp, body) = (seconds.to_string(), json!([event]).to_string());
        let request = self.client.post(format!("{node}/api/sendgrid/events"));
        let request = request.header("X-Twilio-Email-Event-Webhook-Signature", self.signer.events(&timestamp, &body));
        let request = request.header("X-Twilio-Email-Event-Webhook-Timestamp", timestamp);
        request.header("Content-Type", "application/json").body(body)
    }

    /// A text from a member, as the node at this address hears of it.
    pub(super) fn text(&mut self, node: &str, member: &MemberId, words: &str) -> RequestBuilder {
        self.sent_in += 1;
        let (sid, from) = (format!("SM{:030x}ff", self.sent_in), phone(&name_of(member.as_str())));
        let mut fields = vec![("MessageSid", sid.as_str()), ("From", &from), ("Body", words)];
        match Said::of(words) {
            Said::Stop => fields.push(("OptOutType", "STOP")),
            Said::Start => fields.push(("OptOutType", "START")),
            Said::Other => {}
        }
        self.form(node, "/api/twilio/inbound", &fields)
    }

    fn form(&self, node: &str, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut url = reqwest::Url::parse("http://form/").expect("it is one");
        url.query_pairs_mut().extend_pairs(fields);
        let request = self.client.post(format!("{node}{path}")).body(url.query().unwrap_or_default().to_owned());
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        request.header("X-Twilio-Signature", self.signer.form(path, fields))
    }

    fn provider(&self, medium: Medium) -> &Provider {
        if medium == Medium::Email { &self.email } else { &self.text }
    }
}

/// What the answer to a text says, in a script's words.
pub(super) fn answered(words: &str, answer: &str) -> Result<Outcome, String> {
    let said = [
        ("Booked: ", "confirmed"),
        ("Declined: ", "declined"),
        ("There is no offer", "no offer"),
        ("1 takes an offer", "helped"),
    ];
    let found = said.iter().find(|(sign, _)| answer.contains(sign)).map(|(_, word)| *word);
    let silence = if answer.contains("<Message>") { None } else { Some(Said::of(words)) };
    match (silence, found) {
        (Some(Said::Stop), _) => Ok(Outcome::Done("opted out")),
        (Some(Said::Start), _) => Ok(Outcome::Done("opted in")),
        (_, Some(word)) => Ok(Outcome::Done(word)),
        _ => Err(format!("\"{words}\" was answered with {answer}")),
    }
}

/// Lines of the notification log, in order.
pub(super) fn lines(log: &Value) -> Vec<Logged> {
    let line = |item: &Value| {
        let last = item["attempts"].as_array().and_then(|attempts| attempts.last());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let tried = || last.and_then(|attempt| text(&attempt["detail"]));
        Some(Logged {
            at: instant(&item["createdAt"])?,
            kind: kind_of(item),
            medium: medium_of(item),
            state: text(&item["state"])?,
            detail: telling::why(
                item["state"].as_str().unwrap_or_default(),
                [text(&item["droppedBecause"]), text(&item["receipt"]["detail"]), tried()],
            ),
            tries: item["attempts"].as_array()?.len(),
        })
    };
    let mut lines: Vec<Logged> = log["items"].as_array().into_iter().flatten().filter_map(line).collect();
    lines.sort();
    lines
}

fn kind_of(item: &Value) -> String {
    telling::kind(item["type"].as_str().unwrap_or_default(), item["minutesBefore"].as_u64())
}

fn medium_of(item: &Value) -> Medium {
    if item["medium"] == "sms" { Medium::Sms } else { Medium::Email }
}
