//! Whether a provider has signed what came in: compared in constant time, and before anything is believed.

mod sendgrid;
mod twilio;

pub use sendgrid::EventKey;
pub(super) use twilio::is_twilios;

#[cfg(test)]
mod tests;
