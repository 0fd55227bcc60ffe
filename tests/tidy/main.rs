//! The repository as its readers want it: each rule of the house as a check that can fail.
//!
//! A check is a function whose name is the rule. It takes the repository and answers with what
//! breaks the rule; beside it stands a test that plants such a case. What the compiler and clippy
//! can say is left to them.

#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

mod arrows;
mod papers;
mod repository;
mod sizes;
mod source;
mod words;

use repository::Repository;

/// One test a rule, so that the list of what failed reads as the list of rules.
macro_rules! holds {
    ($($room:ident :: $rule:ident),* $(,)?) => {$(
        #[test]
        fn $rule() {
            let complaints = $room::$rule(&Repository::read());
            assert!(complaints.is_empty(), "{}:\n  {}", stringify!($rule).replace('_', " "), complaints.join("\n  "));
        }
    )*};
}

holds! {
    arrows::a_room_depends_only_on_what_its_line_of_the_table_allows,
    arrows::a_room_names_only_what_its_line_of_the_table_allows,
    arrows::every_room_has_its_line_in_the_table,
    sizes::no_file_is_longer_than_one_reading,
    sizes::no_function_is_longer_than_a_screen,
    words::every_file_begins_with_what_it_is_for,
    words::every_name_says_what_it_names,
    words::only_tests_unwrap,
    words::no_test_sleeps,
    words::nothing_is_left_unfinished,
    words::every_exception_to_a_lint_has_its_reason,
    words::no_file_names_a_place_on_one_machine,
    papers::every_crate_has_its_design,
    papers::the_map_names_every_room_and_what_always_holds_there,
    papers::the_readme_begins_with_the_two_commands,
    papers::every_path_in_the_papers_leads_somewhere,
    papers::the_top_of_the_tree_shows_the_architecture,
}
