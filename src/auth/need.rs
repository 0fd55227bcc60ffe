//! What a role may: the table, and the one function that reads it.
//!
//! Every route says in `http/routes.rs` what it needs; which role has that is decided here and
//! nowhere else. Whose hold or reservation it is, only the machine knows.

use machine::{Actor, FacilityId, MemberId};

use super::caller::Who;

/// Who somebody is to a club.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// Nobody known.
    Public,
    /// A person who books.
    Member,
    /// The club's own back end.
    Service,
    /// The club's people.
    Staff,
    /// Runs the cluster.
    Operator,
}

/// What a route needs of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: what it shows is public, or it knows its callers by other means.
    Anybody,
    /// To act for a member: for oneself, or for any member of one's facilities.
    ActForMember,
    /// To know and look after all members of a facility.
    ServeMembers,
    /// To run a facility.
    RunFacility,
    /// To run the cluster.
    RunCluster,
}

/// What somebody wants to touch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    /// Something of this facility.
    pub(crate) facility: Option<&'a FacilityId>,
    /// Something of this member.
    pub(crate) member: Option<&'a MemberId>,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// Nobody knows who it is.
    Unknown,
    /// Not with that role.
    Role,
    /// Not at that facility.
    Facility,
    /// Not for that member.
    Member,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Public, Self::Member, Self::Service, Self::Staff, Self::Operator];

    /// What the API calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Member => "member",
            Self::Service => "service",
            Self::Staff => "staff",
            Self::Operator => "operator",
        }
    }

    /// From what the API calls it; nobody can claim to be public.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| *role != Self::Public && role.word() == word)
    }
}

impl Need {
    /// The table: whether a role has what is needed.
    pub(crate) fn admits(self, role: Role) -> bool {
        use Role::{Member, Operator, Public, Service, Staff};
        match self {
            Self::Anybody => matches!(role, Public | Member | Service | Staff | Operator),
            Self::ActForMember => matches!(role, Member | Service | Staff | Operator),
            Self::ServeMembers => matches!(role, Service | Staff | Operator),
            Self::RunFacility => matches!(role, Staff | Operator),
            Self::RunCluster => matches!(role, Operator),
        }
    }

    /// The roles that it admits.
    pub(crate) fn roles(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.admits(*role))
    }
}

/// Whether `who` may what needs `need`, where it is about `about`.
pub(crate) fn authorize(who: &Who, need: Need, about: About<'_>) -> Result<(), Denial> {
    if !need.admits(who.role()) {
        return Err(if *who == Who::Public { Denial::Unknown } else { Denial::Role });
    }
    // What anybody may is not less allowed to those who have shown who they are.
    let Who::Known { actor, reach } = who else { return Ok(()) };
    if need == Need::Anybody {
        return Ok(());
    }
    if about.facility.is_some_and(|facility| !reach.includes(facility)) {
        return Err(Denial::Facility);
    }
    match (actor, about.member) {
        (Actor::Member(own), Some(member)) if own != member => Err(Denial::Member),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::caller::Reach;
    use super::*;

    fn facility(id: &str) -> FacilityId {
        FacilityId::parse(id).unwrap()
    }

    fn member(id: &str) -> MemberId {
        MemberId::parse(id).unwrap()
    }

    /// Somebody of each role, with `fac_1` and as `mbr_1`.
    fn somebody(role: Role) -> Who {
        let reach = Reach::Facilities([facility("fac_1")].into());
        match role {
            Role::Public => Who::Public,
            Role::Member => Who::Known { actor: Actor::Member(member("mbr_1")), reach },
            Role::Service => Who::Known { actor: Actor::Service("site".into()), reach },
            Role::Staff => Who::Known { actor: Actor::Staff("desk".into()), reach },
            Role::Operator => Who::Known { actor: Actor::Operator("ops".into()), reach: Reach::Everything },
        }
    }

    #[test]
    fn each_role_may_what_its_line_says() {
        use Denial::{Facility, Member, Role as WrongRole, Unknown};
        let (ours, theirs) = (facility("fac_1"), facility("fac_2"));
        let (self_, other) = (member("mbr_1"), member("mbr_2"));
        let nothing = About::default();
        let at = |facility| About { facility: Some(facility), member: None };
        let of = |facility, member| About { facility: Some(facility), member: Some(member) };
        // public, member, service, staff, operator
        type Line<'a> = (Need, About<'a>, [Option<Denial>; 5]);
        let table: [Line<'_>; 15] = [
            (Need::Anybody, nothing, [None; 5]),
            (Need::Anybody, at(&theirs), [None; 5]),
            (Need::Anybody, of(&theirs, &other), [None; 5]),
            (Need::ActForMember, nothing, [Some(Unknown), None, None, None, None]),
            (Need::ActForMember, of(&ours, &self_), [Some(Unknown), None, None, None, None]),
            (Need::ActForMember, of(&ours, &other), [Some(Unknown), Some(Member), None, None, None]),
            (Need::ActForMember, at(&theirs), [Some(Unknown), Some(Facility), Some(Facility), Some(Facility), None]),
            (
                Need::ActForMember,
                of(&theirs, &self_),
                [Some(Unknown), Some(Facility), Some(Facility), Some(Facility), None],
            ),
            (Need::ServeMembers, at(&ours), [Some(Unknown), Some(WrongRole), None, None, None]),
            (Need::ServeMembers, at(&theirs), [Some(Unknown), Some(WrongRole), Some(Facility), Some(Facility), None]),
            (Need::RunFacility, nothing, [Some(Unknown), Some(WrongRole), Some(WrongRole), None, None]),
            (Need::RunFacility, at(&ours), [Some(Unknown), Some(WrongRole), Some(WrongRole), None, None]),
            (Need::RunFacility, at(&theirs), [Some(Unknown), Some(WrongRole), Some(WrongRole), Some(Facility), None]),
            (Need::RunCluster, nothing, [Some(Unknown), Some(WrongRole), Some(WrongRole), Some(WrongRole), None]),
            (Need::RunCluster, at(&ours), [Some(Unknown), Some(WrongRole), Some(WrongRole), Some(WrongRole), None]),
        ];
        for (need, about, expected) in table {
            for (role, denial) in Role::ALL.into_iter().zip(expected) {
                let decided = authorize(&somebody(role), need, about).err();
                assert_eq!(decided, denial, "{role:?} who wants {need:?} about {about:?}");
            }
        }
    }

    #[test]
    fn nobody_claims_to_be_public() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.word()), (role != Role::Public).then_some(role));
        }
        assert_eq!(Role::parse("Operator"), None);
    }
}
