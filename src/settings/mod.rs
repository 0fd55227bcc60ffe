//! What one node is told: `courtd.toml`, with the environment on top of it.
//!
//! Every setting may come as `COURTD_<SECTION>__<NAME>`; with `_FILE` behind it the value is read
//! from the file of that name, so that no secret has to stand in the environment.

mod access;
mod callbacks;
mod links;
mod load;
mod mistake;
mod notify;
mod outside;
mod payment;
mod sync;
mod template;

pub use access::JwtSettings;
pub use links::LinkSettings;
pub use load::{ClusterSettings, InitialNode, Listen, Settings, SettingsError, load, outside_of};
pub use notify::{EmailProvider, EmailSettings, SmsSettings, SmtpSettings, SmtpTls};
pub use payment::PaymentSettings;
pub use sync::{D1Settings, SyncSettings};
pub use template::TEMPLATE;
