//! A caller: who it is, and on which ground it was let in.

use std::sync::Arc;

use cluster::Grant;
use machine::{Actor, FacilityId, MemberId};

use super::need::{About, Denial, Need, Role, authorize};

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Somebody unknown.
    Public,
    /// Somebody who may be held to account.
    Known {
        /// As the log and the history name it.
        actor: Actor,
        /// Where it may act.
        reach: Reach,
    },
}

/// Where somebody may act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everywhere.
    Everything,
    /// At these facilities only.
    Facilities(Arc<[FacilityId]>),
}

/// Somebody who was let in on a route, for what the route needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    who: Who,
    need: Need,
}

impl Reach {
    pub(crate) fn includes(&self, facility: &FacilityId) -> bool {
        match self {
            Self::Everything => true,
            Self::Facilities(facilities) => facilities.contains(facility),
        }
    }
}

impl Who {
    /// The operator of a node that asks nobody.
    pub(crate) fn operator(name: &str) -> Self {
        Self::granted(&Grant::Operator, name)
    }

    /// A provider of something outside, which shows who it is by a signature of its own.
    pub(crate) fn provider(name: &str) -> Self {
        Self::Known { actor: Actor::Service(name.to_owned()), reach: Reach::Everything }
    }

    /// Whoever holds a grant; `name` is who that is where the grant does not say.
    pub(crate) fn granted(grant: &Grant, name: &str) -> Self {
        let actor = match grant {
            Grant::Member { member, .. } => Actor::Member(member.clone()),
            Grant::Service { .. } => Actor::Service(name.to_owned()),
            Grant::Staff { .. } => Actor::Staff(name.to_owned()),
            Grant::Operator => Actor::Operator(name.to_owned()),
        };
        let reach = grant.facilities().map_or(Reach::Everything, |facilities| Reach::Facilities(facilities.into()));
        Self::Known { actor, reach }
    }

    pub(crate) fn role(&self) -> Role {
        match self {
            Self::Public => Role::Public,
            Self::Known { actor, .. } => match actor {
                Actor::Member(_) => Role::Member,
                Actor::Service(_) => Role::Service,
                Actor::Staff(_) => Role::Staff,
                Actor::Operator(_) | Actor::System => Role::Operator,
            },
        }
    }

    /// The name under which this caller's idempotency keys and quota are kept.
    pub(crate) fn principal(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Known { actor, .. } => match actor {
                Actor::Member(id) => format!("member:{id}"),
                Actor::Staff(name) => format!("staff:{name}"),
                Actor::Service(name) => format!("service:{name}"),
                Actor::Operator(name) => format!("operator:{name}"),
                Actor::System => "system".to_owned(),
            },
        }
    }
}

impl Caller {
    /// Lets somebody in on a route, or says why not.
    pub(crate) fn admit(who: Who, need: Need) -> Result<Self, Denial> {
        authorize(&who, need, About::default())?;
        Ok(Self { who, need })
    }

    /// courtd itself, on behalf of somebody who has shown who it is by other means than a token.
    pub(crate) fn system() -> Self {
        Self { who: Who::Known { actor: Actor::System, reach: Reach::Everything }, need: Need::Anybody }
    }

    /// Whether the caller may do here what it was let in for.
    pub(crate) fn must_reach(&self, facility: &FacilityId) -> Result<(), Denial> {
        self.must_have(self.need, Some(facility))
    }

    /// Whether the caller may what needs more than the route: what it needs depends on what is asked for.
    pub(crate) fn must_have(&self, need: Need, facility: Option<&FacilityId>) -> Result<(), Denial> {
        authorize(&self.who, need, About { facility, member: None })
    }

    /// Whether the caller may do for this member what it was let in for.
    pub(crate) fn must_act_for(&self, facility: &FacilityId, member: &MemberId) -> Result<(), Denial> {
        authorize(&self.who, self.need, About { facility: Some(facility), member: Some(member) })
    }

    /// Whose things a list shows: a member's its own only, to the others those of `wanted`, or all.
    pub(crate) fn own_or(&self, wanted: Option<MemberId>) -> Result<Option<MemberId>, Denial> {
        match (self.actor(), wanted) {
            (Some(Actor::Member(own)), None) => Ok(Some(own.clone())),
            (Some(Actor::Member(own)), Some(wanted)) if *own != wanted => Err(Denial::Member),
            (_, wanted) => Ok(wanted),
        }
    }

    /// Who asks, as the log names it; `None` where nobody knows.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        match &self.who {
            Who::Public => None,
            Who::Known { actor, .. } => Some(actor),
        }
    }

    /// The name under which this caller's idempotency keys are kept.
    pub(crate) fn principal(&self) -> String {
        self.who.principal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_says_who_and_where() {
        let facility = |id: &str| FacilityId::parse(id).unwrap();
        let member = MemberId::parse("mbr_1").unwrap();
        let facilities = vec![facility("fac_1")];
        for (grant, role, principal) in [
            (Grant::Member { facilities: facilities.clone(), member }, Role::Member, "member:mbr_1"),
            (Grant::Service { facilities: facilities.clone() }, Role::Service, "service:key_1"),
            (Grant::Staff { facilities }, Role::Staff, "staff:key_1"),
            (Grant::Operator, Role::Operator, "operator:key_1"),
        ] {
            let who = Who::granted(&grant, "key_1");
            assert_eq!((who.role(), who.principal().as_str()), (role, principal));
            let Who::Known { reach, .. } = who else { panic!("{grant:?} is somebody") };
            assert!(reach.includes(&facility("fac_1")));
            assert_eq!(reach.includes(&facility("fac_2")), role == Role::Operator);
        }
    }

    #[test]
    fn what_a_caller_reaches_follows_from_what_it_was_let_in_for() {
        let (ours, theirs) = (FacilityId::parse("fac_1").unwrap(), FacilityId::parse("fac_2").unwrap());
        let (own, other) = (MemberId::parse("mbr_1").unwrap(), MemberId::parse("mbr_2").unwrap());
        let grant = Grant::Member { facilities: vec![ours.clone()], member: own.clone() };
        let as_reader = Caller::admit(Who::granted(&grant, "k"), Need::Anybody).unwrap();
        assert_eq!(as_reader.must_reach(&theirs), Ok(()));
        let as_member = Caller::admit(Who::granted(&grant, "k"), Need::ActForMember).unwrap();
        assert_eq!(as_member.must_reach(&ours), Ok(()));
        assert_eq!(as_member.must_reach(&theirs), Err(Denial::Facility));
        assert_eq!(as_member.must_have(Need::RunFacility, Some(&ours)), Err(Denial::Role));
        assert_eq!(as_member.must_act_for(&ours, &own), Ok(()));
        assert_eq!(as_member.must_act_for(&ours, &other), Err(Denial::Member));
        assert_eq!(Caller::admit(Who::Public, Need::ActForMember), Err(Denial::Unknown));
    }
}
