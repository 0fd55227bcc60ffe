//! Whether the requests that go out are as the providers describe them, by somebody who is not us: Prism
//! reads their published descriptions and answers each request by them.
//!
//! `tests/referees/run` brings Prism and says where it is. Without it there is no referee and no test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

#[path = "../harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other test binaries use of it is not used here")]
mod harness;

#[path = "../notify/messages.rs"]
mod messages;

mod prism;
mod requests;

use libtest_mimic::{Arguments, Trial};

/// Where Prism is.
const PRISM: &str = "COURTD_TEST_PRISM";

fn main() {
    let mut trials = Vec::new();
    if std::env::var_os(PRISM).is_some() {
        trials.push(trial("sendgrid_takes_every_email", requests::emails));
        trials.push(trial("twilio_takes_every_text", requests::texts));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial<F: Future<Output = ()> + 'static>(name: &'static str, test: fn() -> F) -> Trial {
    Trial::test(name, move || {
        tokio::runtime::Runtime::new().unwrap().block_on(test());
        Ok(())
    })
}
