//! The scripts' own language: that a script can fail, and says where; that what it shows can be read again.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use machine::Instant;

use crate::phrase::Phrase;
use crate::play::{Played, found, play};
use crate::script::Script;
use crate::when::Wall;
use crate::{outcome, pure};

/// The checks of the language, each a test.
pub fn trials() -> impl Iterator<Item = Trial> {
    let checks: [(&str, fn()); 7] = [
        ("what_came_otherwise_is_told_with_its_place", what_came_otherwise_is_told_with_its_place),
        ("a_line_that_nobody_understands_fails", a_line_that_nobody_understands_fails),
        ("time_does_not_go_back", time_does_not_go_back),
        (
            "a_script_is_rewritten_with_what_came_and_nothing_else",
            a_script_is_rewritten_with_what_came_and_nothing_else,
        ),
        ("a_wall_time_that_comes_twice_names_its_pass", a_wall_time_that_comes_twice_names_its_pass),
        ("a_wall_time_that_is_skipped_is_none", a_wall_time_that_is_skipped_is_none),
        ("what_is_shown_can_be_read", what_is_shown_can_be_read),
    ];
    checks.into_iter().map(|(name, check)| {
        Trial::test(format!("language::{name}"), move || {
            check();
            Ok::<(), Failed>(())
        })
    })
}

const HEAD: &str = "# A title.\nzone: America/Los_Angeles\ncourts: Court 1\nmembers: Ana, Ben\n\nat 2026-03-02 09:00\n";

fn script(lines: &str) -> Script {
    Script::of(Path::new("holds/it.txt"), &format!("{HEAD}{lines}"))
}

fn played(lines: &str) -> Played {
    let script = script(lines);
    let (founding, wall) = found(&script).expect("a club");
    let mut world = pure::Pure::found(&founding, &wall).expect("a club");
    play(&script, &mut world, founding.settings, wall)
}

fn what_came_otherwise_is_told_with_its_place() {
    let lines = "Ana holds Court 1, tomorrow 10:00-11:00 => refused: time_overlap\ncheck Court 1, tomorrow: free\n";
    let complaints = played(lines).complaints;
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    let first = "tests/scenarios/holds/it.txt:7: Ana holds Court 1, tomorrow 10:00-11:00";
    assert!(complaints[0].starts_with(first), "{complaints:?}");
    assert!(complaints[0].contains("expected: refused: time_overlap") && complaints[0].ends_with("got:      held"));
    assert!(complaints[1].contains("it.txt:8: check Court 1, tomorrow"), "{complaints:?}");
}

fn a_line_that_nobody_understands_fails() {
    for line in [
        "Ana dances on Court 1 => held",
        "Ana holds Court 1, tomorrow 10:00-11:00 with joy => held",
        "Ana holds Court 1, tomorrow at ten => held",
        "after 3 fortnights",
        "nobody holds Court 1, tomorrow 10:00-11:00 => held",
        "check Court 1, someday: free",
        "Ana wants pigeons => noted",
        "Ana texts STOP => opted out",
        "staff texts \"STOP\" => opted out",
        "the email provider is merry",
        "the email provider returns the last to Ana",
        "check the last pigeon to Ana says \"hello\": yes",
    ] {
        let complaints = played(&format!("{line}\nAna releases Court 1, tomorrow 10:00 => held\n")).complaints;
        assert_eq!(complaints.len(), 1, "{line}: {complaints:?}");
    }
    assert!(found(&Script::of(Path::new("a.txt"), "hold: for ever\nat 2026-03-02 09:00\n")).is_err());
    assert!(found(&Script::of(Path::new("a.txt"), "zone: Etc/UTC\n")).is_err(), "nothing happens");
}

fn time_does_not_go_back() {
    assert_eq!(played("at 2026-03-02 08:59\n").complaints.len(), 1);
}

fn a_script_is_rewritten_with_what_came_and_nothing_else() {
    let lines = "# Why.\nAna holds Court 1, tomorrow 10:00-11:00 => what?\ncheck Court 1, tomorrow:\ncheck Ana: poor\n\
        check the last email to Ana says \"When: now\": yes\n\n";
    let came = played(lines).came;
    let hold = "Ana holds Court 1, tomorrow 10:00-11:00";
    let pad = " ".repeat(64 - hold.len());
    let after = format!(
        "# Why.\n{hold}{pad}=> held\ncheck Court 1, tomorrow: 10:00-11:00 held by Ana\ncheck Ana: 0 credits, 0 no-shows\n\
        check the last email to Ana says \"When: now\": there was none\n\n"
    );
    assert_eq!(script(lines).rewritten(&came), format!("{HEAD}{after}"));
    assert!(played(&after).complaints.is_empty());
}

fn a_wall_time_that_comes_twice_names_its_pass() {
    let wall = wall("America/Los_Angeles");
    let read = |text: &str| wall.slot(&mut Phrase::new(text));
    assert!(read("2026-11-01 01:00-02:00").is_err_and(|error| error.contains("01:00[PDT] or 01:00[PST]")));
    let first = read("2026-11-01 01:00[PDT]-01:00[PST]").expect("an hour");
    assert_eq!(first.millis(), 3_600_000);
    assert_eq!(wall.show_slot(first), "01:00[PDT]-01:00[PST]");
}

fn a_wall_time_that_is_skipped_is_none() {
    let read = |text: &str| wall("America/Los_Angeles").instant(&mut Phrase::new(text));
    assert!(read("2026-03-08 02:30").is_err_and(|error| error.contains("does not exist")));
    assert!(read("2026-03-08 03:00").is_ok());
}

fn what_is_shown_can_be_read() {
    for zone in ["America/Los_Angeles", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"] {
        let wall = wall(zone);
        for text in ["2026-04-05 01:00-03:00", "2026-03-08 23:00-24:00", "2026-10-04 22:00-02:00"] {
            let slot = wall.slot(&mut Phrase::new(text)).expect(text);
            let shown = format!("{} {}", wall.date_of(slot.start), wall.show_slot(slot));
            assert_eq!((shown.as_str(), wall.slot(&mut Phrase::new(&shown))), (text, Ok(slot)), "{zone}");
        }
    }
    let nothing = outcome::taken(&[], &wall("Etc/UTC"));
    assert_eq!(nothing, "free");
}

fn wall(zone: &str) -> Wall {
    let mut wall = Wall::new(zone).expect("a zone");
    wall.now = Instant(1_772_470_800_000);
    wall
}
