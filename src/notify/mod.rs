//! What goes out to members, as it is handed to a medium.

mod message;

pub(crate) use message::{CalendarPart, Content};
