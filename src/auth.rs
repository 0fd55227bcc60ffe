//! Who is asking: one function, asked once a request.
//!
//! A node that is *open* takes everybody for its operator, which is why it listens on loopback
//! only. Without `open`, nobody is known yet, so what is public can be read and nothing changed.
//! What a known caller may do with whose hold is the machine's to decide, not this file's.

use axum::http::HeaderMap;
use machine::Actor;

/// How callers become known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody is asked for a key.
    Open,
    /// Callers without a known key read what is public.
    Closed,
}

/// A caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Somebody unknown.
    Public,
    /// Somebody who may be held to account.
    Known(Actor),
}

impl Caller {
    /// The name under which this caller's idempotency keys are kept.
    pub(crate) fn principal(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Known(Actor::Member(id)) => format!("member:{id}"),
            Self::Known(Actor::Staff(name)) => format!("staff:{name}"),
            Self::Known(Actor::Service(name)) => format!("service:{name}"),
            Self::Known(Actor::Operator(name)) => format!("operator:{name}"),
            Self::Known(Actor::System) => "system".to_owned(),
        }
    }
}

/// Who is asking.
pub(crate) fn who(access: Access, _headers: &HeaderMap) -> Caller {
    match access {
        Access::Open => Caller::Known(Actor::Operator("open".to_owned())),
        Access::Closed => Caller::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_node_knows_everybody_and_a_closed_one_nobody() {
        let headers = HeaderMap::new();
        assert_eq!(who(Access::Open, &headers).principal(), "operator:open");
        assert_eq!(who(Access::Closed, &headers), Caller::Public);
    }
}
