//! Tokens for those who act in a script, signed with the secret that its nodes believe.

use courtd::{Access, Claims, JwtAccess, KeySource, Secret};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::action::Who;
use crate::requests::FACILITY;

const SECRET: &str = "scenarios-sign-with-this-and-nobody-else-does";
/// The year 2100: no script lives that long.
const EXPIRES: u64 = 4_102_444_800;
/// How long anything about keys that are read again may take; there are none.
const NEVER: std::time::Duration = std::time::Duration::from_secs(3600);

/// Nodes that believe these tokens and nobody else.
pub fn access() -> Access {
    let jwt = JwtAccess {
        keys: vec![KeySource::Hs256(Secret::new(SECRET))],
        issuer: None,
        audience: None,
        leeway: NEVER,
        claims: Claims::default(),
        refresh_every: NEVER,
        refresh_rest: NEVER,
    };
    Access { jwt: Some(jwt), rate_limits: None, ..Access::closed() }
}

/// The token of whoever acts.
pub fn of(who: &Who) -> String {
    let mut claims = match who {
        Who::Member(member) => json!({"sub": member.as_str(), "courtd_role": "member"}),
        Who::Staff => json!({"sub": "desk", "courtd_role": "staff"}),
        Who::Club => json!({"sub": "site", "courtd_role": "service"}),
        Who::Operator => json!({"sub": "ops", "courtd_role": "operator"}),
    };
    claims["exp"] = Value::from(EXPIRES);
    if *who != Who::Operator {
        claims["courtd_facilities"] = json!([FACILITY]);
    }
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).expect("claims are plain JSON")
}
