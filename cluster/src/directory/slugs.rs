//! Names in addresses: each leads to one facility, and a facility may be given another.
//!
//! The name before the last one is found still, until somebody else takes it: addresses that people
//! have live on, and whoever renames in two steps (here, and in the facility's own settings) leaves
//! nobody without a way in between.

use machine::FacilityId;

use super::{Directory, DirectoryRefusal, FacilityRecord};

impl Directory {
    /// Gives a facility another slug; the one it has is no change.
    pub(super) fn rename_facility(
        &mut self,
        id: &FacilityId,
        slug: String,
    ) -> Result<FacilityRecord, DirectoryRefusal> {
        let there = self.facilities.get(id).ok_or(DirectoryRefusal::FacilityUnknown)?.clone();
        if there.slug == slug {
            return Ok(there);
        }
        self.take_slug(&slug, id)?;
        if let Some(forgotten) = there.former_slug.filter(|former| *former != slug) {
            self.slugs.remove(&forgotten);
        }
        let record = FacilityRecord { former_slug: Some(there.slug), slug, ..self.facilities[id].clone() };
        self.facilities.insert(id.clone(), record.clone());
        Ok(record)
    }

    /// Makes a slug lead to `id`, unless it is another's.
    // Invariant: nothing has changed where this refuses.
    pub(super) fn take_slug(&mut self, slug: &str, id: &FacilityId) -> Result<(), DirectoryRefusal> {
        // An id is found before a slug: a slug that is another facility's id would never be found.
        let by_id = FacilityId::parse(slug).ok().filter(|other| other != id && self.facilities.contains_key(other));
        if let Some(by) = by_id {
            return Err(DirectoryRefusal::SlugTaken { by });
        }
        if let Some(by) = self.slugs.get(slug).filter(|by| *by != id).cloned() {
            let Some(other) = self.facilities.get_mut(&by).filter(|other| other.slug != slug) else {
                return Err(DirectoryRefusal::SlugTaken { by });
            };
            other.former_slug = None;
        }
        self.slugs.insert(slug.to_owned(), id.clone());
        Ok(())
    }
}

impl FacilityRecord {
    /// The slugs that lead to it.
    pub(super) fn slugs(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.slug).chain(&self.former_slug)
    }
}

#[cfg(test)]
mod tests {
    use raft::StateMachine;

    use super::*;
    use crate::directory::{DirectoryCommand, DirectoryReply, Entered, decode_reply};
    use crate::{NodeId, NodeRecord};

    fn id(text: &str) -> FacilityId {
        FacilityId::parse(text).unwrap()
    }

    fn ask(directory: &mut Directory, command: &DirectoryCommand) -> DirectoryReply {
        decode_reply(&directory.apply(1, &command.encode(), true).reply.unwrap()).unwrap()
    }

    fn create(facility: &str, slug: &str) -> DirectoryCommand {
        let request = machine::RequestId { principal: "p".into(), key: facility.into() };
        DirectoryCommand::CreateFacility { id: id(facility), slug: slug.into(), replicas: None, request }
    }

    fn rename(facility: &str, slug: &str) -> DirectoryCommand {
        DirectoryCommand::RenameFacility { id: id(facility), slug: slug.into() }
    }

    fn with_two() -> Directory {
        let node = |id: NodeId| NodeRecord { id, region: "r".into(), peer: "p".into(), client: "c".into() };
        let mut directory = Directory::empty();
        ask(&mut directory, &DirectoryCommand::RegisterNodes(vec![node(1)])).unwrap();
        ask(&mut directory, &create("fac_a", "a")).unwrap();
        ask(&mut directory, &create("fac_b", "b")).unwrap();
        directory
    }

    /// Which facility each of these leads to, and that a restored directory says the same.
    fn leads(directory: &Directory, slugs: &[&str]) -> Vec<Option<String>> {
        assert_eq!(Directory::restore(&directory.freeze()()).unwrap(), *directory);
        slugs.iter().map(|slug| directory.find(slug).map(|found| found.id.to_string())).collect()
    }

    fn some(ids: &[&str]) -> Vec<Option<String>> {
        ids.iter().map(|id| (!id.is_empty()).then(|| (*id).to_owned())).collect()
    }

    #[test]
    fn a_new_name_leads_there_and_so_does_the_one_before() {
        let mut directory = with_two();
        let renamed = ask(&mut directory, &rename("fac_a", "a2"));
        assert!(matches!(&renamed, Ok(Entered::Facility(record)) if record.slug == "a2"), "{renamed:?}");
        assert_eq!(ask(&mut directory, &rename("fac_a", "a2")), renamed, "again is no change");
        assert_eq!(leads(&directory, &["a", "a2", "b"]), some(&["fac_a", "fac_a", "fac_b"]));
        ask(&mut directory, &rename("fac_a", "a3")).unwrap();
        assert_eq!(leads(&directory, &["a", "a2", "a3"]), some(&["", "fac_a", "fac_a"]));
        ask(&mut directory, &rename("fac_a", "a2")).unwrap();
        assert_eq!(leads(&directory, &["a2", "a3"]), some(&["fac_a", "fac_a"]), "and back");
    }

    #[test]
    fn nobody_takes_what_another_is_called_but_what_it_was_called() {
        let mut directory = with_two();
        let taken = |by: &str| Err(DirectoryRefusal::SlugTaken { by: id(by) });
        assert_eq!(ask(&mut directory, &rename("fac_a", "b")), taken("fac_b"));
        assert_eq!(ask(&mut directory, &rename("fac_a", "fac_b")), taken("fac_b"));
        assert_eq!(ask(&mut directory, &rename("fac_x", "x")), Err(DirectoryRefusal::FacilityUnknown));
        assert_eq!(leads(&directory, &["a", "b", "x"]), some(&["fac_a", "fac_b", ""]));
        ask(&mut directory, &rename("fac_b", "b2")).unwrap();
        ask(&mut directory, &rename("fac_a", "b")).unwrap();
        assert_eq!(leads(&directory, &["a", "b", "b2"]), some(&["fac_a", "fac_a", "fac_b"]));
        ask(&mut directory, &create("fac_c", "a")).unwrap();
        assert_eq!(leads(&directory, &["a", "b"]), some(&["fac_c", "fac_a"]), "a new club may have it, too");
        // An id is found before a slug: none may be what another facility is called.
        assert_eq!(ask(&mut directory, &create("b2", "c")), Err(DirectoryRefusal::IdTaken));
    }
}
