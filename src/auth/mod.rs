//! Who is asking, and what they may do: asked once a request, before its handler.
//!
//! [`Gate`] turns what a request carries (an API key, a token, nothing) into a caller, and
//! [`authorize`](need) says whether that caller may what the route needs. Whose hold it is, is known to the
//! machine only, which asks its own question. Nothing here is decided twice.

mod access;
mod secret;

mod need;

mod caller;

mod address;
mod bearer;
mod gate;
mod jwks;
mod jwt;
mod limit;

pub use access::{Access, Claims, JwtAccess, KeySource, Quota, RateLimits};
pub(crate) use bearer::KeyToken;
pub(crate) use caller::{Caller, Who};
pub(crate) use gate::{ClientAddress, Gate, Refused};
pub(crate) use limit::Standing;
pub(crate) use need::{Denial, Need, Role};
pub use secret::Secret;
