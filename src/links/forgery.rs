//! A million tokens that nobody has signed for what they are shown for: none is taken.

use machine::{FacilityId, Instant, WaitlistId};

use super::{CalendarLink, LinkError, Links, OfferLink};
use crate::auth::Secret;
use crate::ids;

/// How many forgeries are tried, of all kinds together.
const FORGERIES: usize = 1_000_000;
const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NOW: Instant = Instant(1_800_000_000_000);

fn links(key: u8) -> Links {
    let secret = |number: u8| Secret::new(&format!("key {number} of a test, and it is long enough"));
    Links::new(&secret(key), &[secret(key + 100)], "https://courts.example.org").unwrap()
}

fn offer(minutes: i64) -> OfferLink {
    OfferLink {
        facility_id: ids::facility(),
        waitlist_id: ids::waitlist(),
        grant: 1,
        expires_at: NOW.plus(minutes * 60_000),
    }
}

fn calendar() -> CalendarLink {
    CalendarLink { facility_id: ids::facility(), member_id: ids::member() }
}

fn token(links: &Links, link: &OfferLink) -> String {
    links.offer_url(link).rsplit('/').next().unwrap().to_owned()
}

fn calendar_token(links: &Links, link: &CalendarLink) -> String {
    links.calendar_url(link).rsplit('=').next().unwrap().to_owned()
}

#[test]
fn what_was_signed_is_read_back() {
    let links = links(1);
    let named = OfferLink {
        facility_id: FacilityId::parse("fac_test789").unwrap(),
        waitlist_id: WaitlistId::parse("mine").unwrap(),
        grant: u32::MAX,
        expires_at: NOW.plus(1),
    };
    for link in [offer(30), named] {
        let whole_seconds = Instant((link.expires_at.0 + 999) / 1000 * 1000);
        let read = links.offer(&token(&links, &link), NOW).unwrap();
        assert_eq!(read, OfferLink { expires_at: whole_seconds, ..link });
    }
    let link = calendar();
    assert_eq!(links.calendar(&calendar_token(&links, &link)).unwrap(), link);
    assert!(
        links
            .calendar_url(&link)
            .starts_with(&format!("https://courts.example.org/api/members/{}/calendar.ics?token=", link.member_id))
    );
    // With minted ids the whole address leaves room for words in a text message.
    assert!(token(&links, &offer(30)).len() <= 90, "{}", token(&links, &offer(30)).len());
}

#[test]
fn each_kind_of_worthless_token_says_why() {
    let ours = links(1);
    let good = token(&ours, &offer(30));
    let why = |token: &str| ours.offer(token, NOW).unwrap_err();
    for malformed in ["", "banana!", "AAAA", &good[..20], &format!("{good}="), &"A".repeat(5000)] {
        assert!(matches!(why(malformed), LinkError::Malformed | LinkError::UnknownKey), "{malformed}");
    }
    assert_eq!(why(&token(&links(2), &offer(30))), LinkError::UnknownKey);
    let mut forged = good.clone().into_bytes();
    let last = forged.len() - 3;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    assert_eq!(why(std::str::from_utf8(&forged).unwrap()), LinkError::Forged);
    assert_eq!(why(&calendar_token(&ours, &calendar())), LinkError::WrongPurpose);
    assert_eq!(ours.calendar(&good).unwrap_err(), LinkError::WrongPurpose);
    let over = offer(0);
    assert_eq!(why(&token(&ours, &over)), LinkError::Expired(Box::new(over)));
}

#[test]
fn a_key_that_was_replaced_is_good_while_it_is_among_the_previous_ones() {
    let secret = |text: &str| Secret::new(&format!("{text}, which is long enough for a key"));
    let of = |key: &str, previous: &[&str]| {
        let previous: Vec<Secret> = previous.iter().map(|text| secret(text)).collect();
        Links::new(&secret(key), &previous, "https://courts.example.org").unwrap()
    };
    let link = offer(30);
    let old = token(&of("old", &[]), &link);
    assert_eq!(of("new", &["old"]).offer(&old, NOW).unwrap(), link);
    assert_eq!(of("newest", &["new", "old"]).offer(&old, NOW).unwrap(), link);
    assert_eq!(of("new", &[]).offer(&old, NOW).unwrap_err(), LinkError::UnknownKey);
    assert_eq!(of("old", &[]).offer(&token(&of("new", &["old"]), &link), NOW).unwrap_err(), LinkError::UnknownKey);
}

#[test]
fn of_a_million_forged_and_replayed_tokens_none_is_taken() {
    let (ours, foreign) = (links(1), links(2));
    let mut random = fastrand::Rng::with_seed(4);
    let good: Vec<String> = (0..64).map(|_| token(&ours, &offer(30))).collect();
    let spent: Vec<String> = (0..16).map(|minutes| token(&ours, &offer(-minutes))).collect();
    let calendars: Vec<String> = (0..16).map(|_| calendar_token(&ours, &calendar())).collect();
    let (mut tried, mut taken) = (0, 0);
    while tried < FORGERIES {
        let one = &good[random.usize(..good.len())];
        let kind = tried % 8;
        let forged = match kind {
            0 | 1 => flipped(one, &mut random),
            2 => swapped(one, &good[random.usize(..good.len())], &mut random),
            3 => cut(one, &mut random),
            4 => noise(&mut random),
            5 => token(&foreign, &offer(30)),
            6 => spent[random.usize(..spent.len())].clone(),
            _ => calendars[random.usize(..calendars.len())].clone(),
        };
        // By accident the same parts may be put together again.
        if good.contains(&forged) {
            continue;
        }
        tried += 1;
        taken += usize::from(ours.offer(&forged, NOW).is_ok());
        taken += usize::from(kind < 7 && ours.calendar(&forged).is_ok());
    }
    assert_eq!((tried, taken), (FORGERIES, 0));
    assert!(good.iter().all(|one| ours.offer(one, NOW).is_ok()), "and those that were signed are good");
}

/// One bit of one character changed; another spelling of the same bytes is a forgery as well.
fn flipped(token: &str, random: &mut fastrand::Rng) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let at = random.usize(..bytes.len());
    let digit = BASE64URL.iter().position(|it| *it == bytes[at]).unwrap();
    bytes[at] = BASE64URL[digit ^ (1 << random.usize(..6))];
    String::from_utf8(bytes).unwrap()
}

/// The beginning of one and the end of another.
fn swapped(one: &str, other: &str, random: &mut fastrand::Rng) -> String {
    let at = random.usize(1..one.len().min(other.len()));
    format!("{}{}", &one[..at], &other[at..])
}

fn cut(token: &str, random: &mut fastrand::Rng) -> String {
    let at = random.usize(..token.len());
    if random.bool() { token[..at].to_owned() } else { token[at + 1..].to_owned() }
}

fn noise(random: &mut fastrand::Rng) -> String {
    (0..random.usize(..120)).map(|_| char::from(BASE64URL[random.usize(..64)])).collect()
}
