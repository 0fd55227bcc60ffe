//! Every kind of message in every language, word for word as it goes out.
//!
//! The expected text is in `golden/`, one file a sample and language. `COURTD_TEST_GOLDEN=write` writes them
//! anew: then read what has changed.

use std::path::Path;

use super::samples::{self, all, told};
use super::{Language, Telling, Words, sms};
use crate::links::Links;
use crate::notify::{CalendarPart, Content};

#[test]
fn every_kind_is_told_word_for_word_in_every_language() {
    let words = Words::embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words/golden");
    let writes = std::env::var("COURTD_TEST_GOLDEN").is_ok_and(|value| value == "write");
    for language in Language::ALL {
        for (place, (kind, _)) in all().into_iter().enumerate() {
            let file = folder.join(format!("{place:02}-{}.{}.txt", kind.word(), language.code()));
            let said = told(&words, "Ana Sosa", language, place);
            if writes {
                std::fs::write(&file, &said).unwrap();
            }
            let expected = std::fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(said, expected, "{}", file.display());
        }
    }
}

#[test]
fn a_name_is_a_name_and_no_mark_of_html() {
    let words = Words::embedded();
    let names = [
        "<script>alert(1)</script>",
        "\" onmouseover=\"x",
        "<b>Ana</b> & Söhne",
        "{{ 7 * 7 }}",
        "{% include 'en/terms.txt' %}",
        "'><img src=x>",
    ];
    for (name, language) in names.into_iter().flat_map(|name| Language::ALL.map(|language| (name, language))) {
        for place in 0..all().len() {
            let said = told(&words, name, language, place);
            let html = said.split("=== html").nth(1).unwrap().split("=== calendar").next().unwrap();
            for mark in ["<script", "<b>", "<img", "onmouseover=\"", " 49"] {
                assert!(!html.contains(mark), "{mark} of {name} in {html}");
            }
            if name.starts_with('<') {
                assert!(html.contains("&lt;"), "{html}");
            }
        }
    }
}

#[test]
fn what_the_club_calls_itself_and_its_courts_is_escaped_as_well() {
    let mut facts = samples::facts(machine::MoreFacts::None);
    facts.booking.as_mut().unwrap().court_name = "<i>Court</i>\r\nBcc: x@y.example".to_owned();
    let settings = machine::Settings { name: "A & B \"<Club>\"\r\nX: y".to_owned(), ..samples::settings() };
    let delivery = samples::delivery(machine::DeliveryKind::Confirmation, machine::Medium::Email, facts);
    let (facility_id, member) = (samples::facility_id(), samples::member("Ana", Language::English));
    let telling = Telling {
        delivery: &delivery,
        facility_id: &facility_id,
        settings: &settings,
        member: &member,
        links: None,
        now: samples::NOW,
    };
    let Content::Email { subject, html, from_name, calendar, .. } = Words::embedded().compose(telling).unwrap() else {
        panic!("an email was asked for");
    };
    assert!(!html.contains("<i>") && !html.contains("<Club>"), "{html}");
    assert!(!subject.contains(['\r', '\n']) && !from_name.contains(['\r', '\n']), "{subject} {from_name}");
    let CalendarPart { text, .. } = calendar.unwrap();
    assert!(!text.contains("\nBcc:") && !text.contains("\nX:"), "{text}");
}

#[test]
fn a_text_message_is_short_plain_and_says_how_to_stop() {
    let words = Words::embedded();
    for language in Language::ALL {
        for (place, (kind, _)) in all().into_iter().enumerate() {
            let said = told(&words, "Ana Sosa", language, place);
            let text = said.split("=== sms\n").nth(1).unwrap().trim_end();
            let has_link = text.contains("https://");
            let most = if has_link { 306 } else { 160 };
            assert!(text.chars().count() <= most, "{} characters: {text}", text.chars().count());
            assert!(text.chars().all(is_gsm), "{text}");
            let asks = ["confirmation", "waitlist_offer", "waitlist_auto_booked"].contains(&kind.word());
            assert_eq!(text.contains("STOP"), asks, "{text}");
        }
    }
    assert!(sms::text("x").chars().all(is_gsm));
}

/// The letters of GSM 03.38 that these texts may use.
fn is_gsm(letter: char) -> bool {
    letter.is_ascii() && !"`".contains(letter) || "éàèùìòñÑäöüÄÖÜÉß¿¡£¥§€".contains(letter)
}

#[test]
fn a_calendar_is_read_by_others_as_it_is_meant() {
    let words = Words::embedded();
    for (place, (kind, facts)) in all().into_iter().enumerate() {
        let delivery = samples::delivery(kind, machine::Medium::Email, facts);
        let (facility_id, settings) = (samples::facility_id(), samples::settings());
        let member =
            samples::member("Ana \"The Wall\" Sosa, Jr.; née \\ Ñandú with a name that is folded", Language::English);
        let telling = Telling {
            delivery: &delivery,
            facility_id: &facility_id,
            settings: &settings,
            member: &member,
            links: None,
            now: samples::NOW,
        };
        let Content::Email { calendar, .. } = words.compose(telling).unwrap() else { panic!("an email was asked for") };
        let expected = match kind.word() {
            "confirmation" | "waitlist_auto_booked" | "reservation_moved" => Some(("REQUEST", "CONFIRMED")),
            "cancellation" | "displaced" => Some(("CANCEL", "CANCELLED")),
            _ => None,
        };
        let Some((method, status)) = expected else {
            assert_eq!(calendar, None, "{place}");
            continue;
        };
        let part = calendar.unwrap();
        assert_eq!(part.method.word(), method);
        check(
            &part.text,
            method,
            status,
            if matches!(delivery.facts.more, machine::MoreFacts::Series { .. }) { 3 } else { 1 },
        );
    }
}

#[test]
fn an_invitation_says_who_invites_also_where_the_club_has_no_address() {
    let delivery = samples::delivery(
        machine::DeliveryKind::Confirmation,
        machine::Medium::Email,
        samples::facts(machine::MoreFacts::None),
    );
    let (facility_id, member) = (samples::facility_id(), samples::member("Ana", Language::English));
    let settings = machine::Settings { email: None, ..samples::settings() };
    let links = Links::of_one_run("https://courts.example.org/club").unwrap();
    for (links, host) in [(Some(&links), "courts.example.org"), (None, "courtd.invalid")] {
        let telling = Telling {
            delivery: &delivery,
            facility_id: &facility_id,
            settings: &settings,
            member: &member,
            links,
            now: samples::NOW,
        };
        let Content::Email { calendar, .. } = Words::embedded().compose(telling).unwrap() else {
            panic!("an email was asked for");
        };
        let text = calendar.unwrap().text.replace("\r\n ", "");
        let organizer = format!("ORGANIZER;CN=Northside Racquet Club:mailto:noreply@{host}\r\n");
        assert!(text.contains(&organizer), "{text}");
    }
}

fn check(text: &str, method: &str, status: &str, events: usize) {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let mut read = ical::IcalParser::new(text.as_bytes());
    let calendar = read.next().unwrap().unwrap();
    assert!(read.next().is_none());
    let of = |properties: &[ical::property::Property], name: &str| {
        let mut found = properties.iter().filter(|property| property.name == name);
        let value = found.next().unwrap_or_else(|| panic!("{name} is missing")).value.clone().unwrap();
        assert!(found.next().is_none(), "{name} comes twice");
        value
    };
    assert_eq!(of(&calendar.properties, "METHOD"), method);
    assert_eq!(of(&calendar.properties, "VERSION"), "2.0");
    assert_eq!(calendar.events.len(), events);
    for (week, event) in calendar.events.iter().enumerate() {
        let of = |name| of(&event.properties, name);
        let id = if events > 1 { week.to_string() } else { "1-1".to_owned() };
        assert_eq!(of("UID"), format!("rsv_{id}.fac_north@courtd"));
        // Each counts its own changes.
        let sequence = if week == 1 { "5" } else { "2" };
        assert_eq!((of("SEQUENCE").as_str(), of("STATUS").as_str()), (sequence, status));
        let day = [2, 9, 16][week];
        assert_eq!(of("DTSTART"), format!("202612{day:02}T020000Z"));
        assert_eq!(of("DTEND"), format!("202612{day:02}T030000Z"));
        assert_eq!(of("DTSTAMP"), "20261201T010000Z");
        assert_eq!(of("SUMMARY"), "Court 1\\, Northside Racquet Club");
        assert_eq!(of("LOCATION"), "Court 1\\, Northside Racquet Club\\, 1 Court Road\\; Springfield");
        assert_eq!(of("ORGANIZER"), "mailto:desk@northside.example");
        assert_eq!(of("ATTENDEE"), "mailto:ana@example.org");
        let guest = event.properties.iter().find(|property| property.name == "ATTENDEE").unwrap();
        let name = guest.params.iter().flatten().find(|(name, _)| name == "CN").unwrap();
        assert_eq!(name.1, ["Ana The Wall Sosa, Jr.; née \\ Ñandú with a name that is folded"]);
    }
}
