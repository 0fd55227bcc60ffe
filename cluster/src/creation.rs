//! Facilities are entered into the directory, and get another name there.

use std::time::Duration;

use machine::{FacilityId, RequestId};
use tokio::time::{Instant, timeout_at};

use crate::directory::{DirectoryCommand, DirectoryRefusal, Entered};
use crate::{CreateError, Facility, FacilityRecord, Node, ProposeError, RenameError, directory_access};

/// The nodes are registered right after the directory has its first leader.
const UNREGISTERED_PAUSE: Duration = Duration::from_millis(50);

impl Node {
    /// Enters a facility into the directory, places and starts its group, and waits until its
    /// replica serves here. The same id and slug again, or the same request, gives the same facility.
    pub async fn create_facility(
        &self,
        id: FacilityId,
        slug: String,
        request: RequestId,
        deadline: Instant,
    ) -> Result<Facility, CreateError> {
        let command = DirectoryCommand::CreateFacility { id, slug, replicas: None, request };
        let record = loop {
            match directory_access::enter(self.host(), &command, deadline).await?.1 {
                Ok(Entered::Facility(record)) => break record,
                Err(DirectoryRefusal::SlugTaken { by }) => return Err(CreateError::SlugTaken { by }),
                Err(DirectoryRefusal::IdTaken) => return Err(CreateError::IdTaken),
                // The cluster has just been formed.
                Err(DirectoryRefusal::NodesUnknown) if Instant::now() + UNREGISTERED_PAUSE < deadline => {
                    tokio::time::sleep(UNREGISTERED_PAUSE).await;
                }
                Err(DirectoryRefusal::NodesUnknown) => return Err(ProposeError::NoQuorum.into()),
                // A leader of another release: the caller may try again once all run the same.
                Ok(_) | Err(_) => return Err(ProposeError::OutcomeUnknown.into()),
            }
        };
        self.until_serving(&record, deadline).await
    }

    async fn until_serving(&self, record: &FacilityRecord, deadline: Instant) -> Result<Facility, CreateError> {
        let mut changes = self.host().changes();
        loop {
            if let Some(facility) = self.serving(record) {
                return Ok(facility);
            }
            tokio::select! {
                changed = timeout_at(deadline, changes.changed()) => if changed.is_err() {
                    return Err(ProposeError::OutcomeUnknown.into());
                },
                () = self.host().stop().cancelled() => return Err(ProposeError::Stopping.into()),
            }
        }
    }

    /// Gives a facility another slug, and waits until it is known here. The one before leads there still,
    /// until somebody takes it.
    pub async fn rename_facility(&self, id: &FacilityId, slug: &str, deadline: Instant) -> Result<(), RenameError> {
        let command = DirectoryCommand::RenameFacility { id: id.clone(), slug: slug.to_owned() };
        let (index, reply) = directory_access::enter(self.host(), &command, deadline).await?;
        match reply {
            Ok(Entered::Facility(_)) => {}
            Err(DirectoryRefusal::SlugTaken { by }) => return Err(RenameError::SlugTaken { by }),
            Err(DirectoryRefusal::FacilityUnknown) => return Err(RenameError::Unknown),
            // A leader of another release: the caller may try again once all run the same.
            Ok(_) | Err(_) => return Err(ProposeError::OutcomeUnknown.into()),
        }
        // It is decided. Whoever asks here next had better see it; where that takes long, they will later.
        let _ = self.host().directory().wait_for(index, deadline).await;
        Ok(())
    }

    /// The slug of a facility, as far as this node's replica of the directory knows.
    pub fn slug_of(&self, id: &FacilityId) -> Option<String> {
        self.host().directory().read(|directory, _| directory.find(id.as_str()).map(|record| record.slug.clone()))
    }
}
