//! What became of every row: the report of an import.
//!
//! Each row of each table is counted once, as imported, existing, skipped or refused, and where rows have a
//! status, once more by it; [`Report::unaccounted`] says where that is not so, and an import with such a
//! table fails. How it is printed is in `print`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::original::Refusal;

/// The whole report. Field names are those of its JSON.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) file: String,
    /// What had ended by then was over.
    pub(super) now: String,
    pub(super) dry_run: bool,
    /// By name, in the order of import.
    pub(super) tables: Vec<TableReport>,
    /// How the start times of the reservations were written.
    pub(super) spellings: BTreeMap<&'static str, usize>,
    /// What else whoever runs the club should know.
    pub(super) notes: Vec<String>,
}

/// What became of the rows of one table.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableReport {
    pub(super) table: &'static str,
    #[serde(flatten)]
    pub(super) all: Counts,
    /// The same by the status that a row has in the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) by_status: BTreeMap<String, Counts>,
    /// Not brought, by reason.
    pub(super) why_skipped: BTreeMap<String, usize>,
    /// Each row that was refused.
    pub(super) refusals: Vec<Refusal>,
}

/// How many rows became what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) rows: usize,
    /// New here by this import; in a dry run, what would be.
    pub(super) imported: usize,
    /// Here already; left as they are.
    pub(super) existing: usize,
    /// No part of an import.
    pub(super) skipped: usize,
    /// Part of it, and not possible.
    pub(super) refused: usize,
    /// Of those that are here: how many have another status here than in the file, and which.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) became: BTreeMap<String, usize>,
}

/// What became of a row that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    Imported,
    Existing,
}

impl TableReport {
    pub(super) fn new(table: &'static str, rows: usize) -> Self {
        Self { table, all: Counts { rows, ..Counts::default() }, ..Self::default() }
    }

    /// Says that a row has this status in the file.
    pub(super) fn found(&mut self, status: &str) {
        self.by_status.entry(status.to_owned()).or_default().rows += 1;
    }

    /// A row is here; where rows have one, with the status that it has in the file and the one that it has here.
    pub(super) fn here(&mut self, how: Here, status: Option<(&str, &str)>) {
        for counts in self.counts(status.map(|(there, _)| there)) {
            match how {
                Here::Imported => counts.imported += 1,
                Here::Existing => counts.existing += 1,
            }
            if let Some((_, here)) = status.filter(|(there, here)| there != here) {
                *counts.became.entry(here.to_owned()).or_default() += 1;
            }
        }
    }

    /// A row is no part of an import.
    pub(super) fn skip(&mut self, why: impl Into<String>, status: Option<&str>) {
        *self.why_skipped.entry(why.into()).or_default() += 1;
        self.counts(status).for_each(|counts| counts.skipped += 1);
    }

    /// A row cannot be brought.
    pub(super) fn refuse(&mut self, refusal: Refusal, status: Option<&str>) {
        self.counts(status).for_each(|counts| counts.refused += 1);
        self.refusals.push(Refusal { status: status.map(str::to_owned), ..refusal });
    }

    fn counts(&mut self, status: Option<&str>) -> impl Iterator<Item = &mut Counts> {
        let by_status = status.map(|status| self.by_status.entry(status.to_owned()).or_default());
        std::iter::once(&mut self.all).chain(by_status)
    }

    fn is_complete(&self) -> bool {
        let sum = self.by_status.values().map(|counts| counts.rows).sum::<usize>();
        let is_whole = |counts: &Counts| counts.rows == counts.accounted();
        let by_status = self.by_status.is_empty() || sum == self.all.rows;
        is_whole(&self.all) && self.by_status.values().all(is_whole) && by_status
    }
}

impl Counts {
    fn accounted(&self) -> usize {
        self.imported + self.existing + self.skipped + self.refused
    }
}

impl Report {
    /// The table of that name, entered by the plan.
    pub(super) fn table(&mut self, name: &str) -> &mut TableReport {
        self.tables.iter_mut().find(|table| table.table == name).expect("the plan enters every table it reads")
    }

    /// Tables whose rows are not all accounted for, or more than once.
    pub(super) fn unaccounted(&self) -> Vec<&'static str> {
        self.tables.iter().filter(|table| !table.is_complete()).map(|table| table.table).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_accounted_for_once() {
        let mut members = TableReport::new("members", 4);
        members.here(Here::Imported, None);
        members.here(Here::Existing, None);
        members.skip("left", None);
        members.refuse(Refusal::new("mbr 9", "bad_id", "a space"), None);
        let mut report = Report { tables: vec![members], ..Report::default() };
        assert!(report.unaccounted().is_empty());
        report.table("members").here(Here::Imported, None);
        assert_eq!(report.unaccounted(), ["members"], "once too often");
        report.table("members").all.rows = 6;
        assert_eq!(report.unaccounted(), ["members"], "one is missing");
    }

    #[test]
    fn a_status_is_accounted_for_like_a_table() {
        let mut table = TableReport::new("reservations", 2);
        ["pending", "confirmed"].iter().for_each(|status| table.found(status));
        table.here(Here::Imported, Some(("pending", "expired")));
        table.here(Here::Imported, Some(("pending", "expired")));
        assert_eq!(table.by_status["pending"].became, BTreeMap::from([("expired".to_owned(), 2)]));
        assert!(!table.is_complete(), "the other one was counted for it");
        let mut table = TableReport::new("reservations", 1);
        table.found("confirmed");
        table.here(Here::Existing, Some(("confirmed", "confirmed")));
        assert!(table.is_complete() && table.all.became.is_empty());
    }
}
