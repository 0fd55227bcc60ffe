//! Where the original was wrong, as `booking.md` 9 lists it, and the case of each that passes here.
//!
//! A case is a script, or a test of a file where it is about what no script can say: how an answer looks, or who
//! shows which token. The test of this list fails when a case is gone.

use std::path::Path;

use libtest_mimic::Failed;

/// Each defect, with its cases: `folder/script`, or `file.rs::test`.
const DEFECTS: [(&str, &[&str]); 23] = [
    ("overlaps on one court are accepted", &["defects/overlaps_are_refused", "rules/time_overlap"]),
    (
        "the same instant in another spelling is another slot",
        &["tests/http/holds.rs::the_same_instant_in_another_spelling_is_the_same_slot"],
    ),
    ("a restart forgets everything", &["defects/a_restart_forgets_nothing"]),
    ("sync erases live holds", &["defects/an_import_never_erases_a_hold"]),
    ("anybody confirms or releases anybody's hold", &["defects/nobody_takes_the_hold_of_another"]),
    ("release deletes reservations", &["defects/release_never_deletes_a_reservation"]),
    ("cancel ignores the reservation's id", &["defects/cancel_heeds_the_reservation"]),
    ("an expired hold still confirms until a sweep", &["holds/a_lapsed_hold_frees_its_court"]),
    ("retries are refused instead of answered", &["holds/a_retry_is_answered_and_not_refused"]),
    ("times are cut at the first colon", &["defects/half_past_is_not_the_full_hour"]),
    (
        "a colon in a court's id breaks keys",
        &["tests/http/malformed.rs::every_malformed_attempt_is_refused_with_its_places"],
    ),
    (
        "an end before its start, or \"banana\", is held",
        &[
            "defects/an_end_before_its_start_is_no_booking",
            "tests/http/malformed.rs::every_malformed_attempt_is_refused_with_its_places",
        ],
    ),
    ("a conflict answers 200", &["tests/http/holds.rs::whatever_overlaps_is_refused_and_what_is_adjacent_is_not"]),
    (
        "blocks cover only their exact start, and nothing where all courts are meant",
        &["blocks/a_block_covers_all_of_its_time"],
    ),
    ("a cancelled slot cannot be booked again", &["defects/a_cancelled_slot_is_booked_again"]),
    ("reminders go out three times", &["defects/reminders_go_out_once"]),
    (
        "what a provider answers with 429 or 5xx is dropped for good",
        &["defects/what_a_provider_does_not_take_is_tried_again"],
    ),
    (
        "an expired offer goes to nobody",
        &["waitlist/an_expired_offer_goes_to_the_next", "defects/an_expired_offer_is_told_to_the_next"],
    ),
    ("local time is taken for UTC", &["defects/local_time_is_local", "defects/messages_tell_local_time"]),
    ("suspended members book", &["defects/suspended_members_do_not_book"]),
    (
        "no-shows are lost after an outage",
        &["defects/no_shows_survive_an_outage", "defects/a_no_show_is_told_after_an_outage"],
    ),
    ("\"CANCEL\" as a text unsubscribes the member", &["defects/cancel_by_text_is_no_command"]),
    (
        "nothing asks who is calling",
        &["tests/http/roles.rs::every_documented_route_admits_exactly_the_roles_that_it_names"],
    ),
];

/// Every case of the list is there.
pub fn every_defect_has_its_case() -> Result<(), Failed> {
    let cases = DEFECTS.iter().flat_map(|(defect, cases)| cases.iter().map(move |case| (defect, case)));
    let gone: Vec<String> =
        cases.filter(|(_, case)| !is_there(case)).map(|(defect, case)| format!("{defect}: {case}")).collect();
    if gone.is_empty() { Ok(()) } else { Err(format!("no such case:\n{}", gone.join("\n")).into()) }
}

fn is_there(case: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match case.split_once("::") {
        None => root.join(format!("tests/scenarios/{case}.txt")).is_file(),
        Some((file, test)) => {
            std::fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains(&format!("fn {test}(")))
        }
    }
}
