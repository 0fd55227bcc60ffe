//! A message, whole, in words.

/// What is said, by the medium that says it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// An email.
    Email {
        /// One line.
        subject: String,
        /// For readers without HTML.
        text: String,
        /// The same with marks.
        html: String,
        /// What a calendar makes of it.
        calendar: Option<CalendarPart>,
        /// Who reads an answer: the club, where it has an address.
        reply_to: Option<String>,
        /// Who it is from, for people.
        from_name: String,
    },
    /// A text message.
    Text(String),
}

/// A part of an email that a calendar reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalendarPart {
    /// `REQUEST` or `CANCEL`, as it has to stand in the part's type as well.
    pub(crate) method: &'static str,
    /// The iCalendar text.
    pub(crate) text: String,
}
