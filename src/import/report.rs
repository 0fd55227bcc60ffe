//! What became of every row: the report of an import, and its two printed forms.
//!
//! Each row of each table is counted once, as imported, existing, skipped or refused;
//! [`Report::unaccounted`] says where that is not so, and an import with such a table fails.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::original::Refusal;

/// The whole report. Field names are those of its JSON.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) file: String,
    /// Reservations that end after this were to come, per facility.
    pub(super) as_of: BTreeMap<String, String>,
    pub(super) dry_run: bool,
    /// By name, in the order of import.
    pub(super) tables: Vec<TableReport>,
    /// How the start times of the reservations were written.
    pub(super) spellings: BTreeMap<&'static str, usize>,
}

/// What became of the rows of one table.
#[derive(Debug, Default, Serialize)]
pub(super) struct TableReport {
    pub(super) table: &'static str,
    pub(super) rows: usize,
    /// New here by this import; in a dry run, what would be.
    pub(super) imported: usize,
    /// Here already; left as they are.
    pub(super) existing: usize,
    /// Not part of this import, by reason.
    pub(super) skipped: BTreeMap<String, usize>,
    /// Part of it, and not possible.
    pub(super) refused: Vec<Refusal>,
}

impl TableReport {
    pub(super) fn new(table: &'static str, rows: usize) -> Self {
        Self { table, rows, ..Self::default() }
    }

    pub(super) fn skip(&mut self, why: impl Into<String>) {
        *self.skipped.entry(why.into()).or_default() += 1;
    }

    fn accounted(&self) -> usize {
        self.imported + self.existing + self.skipped.values().sum::<usize>() + self.refused.len()
    }
}

impl Report {
    /// The table of that name, entered by the plan.
    pub(super) fn table(&mut self, name: &str) -> &mut TableReport {
        self.tables.iter_mut().find(|table| table.table == name).expect("the plan enters every table it reads")
    }

    /// Tables whose rows are not all accounted for, or more than once.
    pub(super) fn unaccounted(&self) -> Vec<&'static str> {
        self.tables.iter().filter(|table| table.accounted() != table.rows).map(|table| table.table).collect()
    }

    /// The report for people.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}{}\n", self.file, if self.dry_run { " (dry run: nothing was sent)" } else { "" });
        for (facility, as_of) in &self.as_of {
            text.push_str(&format!("{facility}: reservations that end after {as_of}\n"));
        }
        text.push_str(&format!("{}\n", self.summary()));
        if self.tables.iter().any(|table| !table.refused.is_empty()) {
            text.push_str(&format!("{}\n", self.refusals()));
        }
        text
    }

    fn summary(&self) -> Table {
        let mut table = Table::new();
        let imported = if self.dry_run { "would import" } else { "imported" };
        table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["table", "rows", imported, "existing", "skipped", "refused", "why"]);
        for of in &self.tables {
            let mut why: Vec<String> = of.skipped.iter().map(|(why, n)| format!("{why} {n}")).collect();
            let mut reasons = BTreeMap::<&str, usize>::new();
            of.refused.iter().for_each(|refusal| *reasons.entry(&refusal.reason).or_default() += 1);
            why.extend(reasons.iter().map(|(reason, n)| format!("{reason} {n}")));
            let numbers = [of.rows, of.imported, of.existing, of.skipped.values().sum(), of.refused.len()];
            let mut cells = vec![of.table.to_owned()];
            cells.extend(numbers.iter().map(ToString::to_string));
            cells.push(why.join(", "));
            table.add_row(cells);
        }
        table
    }

    fn refusals(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["refused", "id", "reason", "detail"]);
        for of in &self.tables {
            for refusal in &of.refused {
                table.add_row([of.table, &refusal.id, &refusal.reason, &refusal.detail]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut members = TableReport::new("members", 4);
        members.imported = 1;
        members.existing = 1;
        members.skip("left");
        members.refused.push(Refusal::new("mbr 9", "bad_id", "a space"));
        Report { tables: vec![members], ..Report::default() }
    }

    #[test]
    fn every_row_is_accounted_for_once() {
        let mut report = report();
        assert!(report.unaccounted().is_empty());
        report.table("members").imported = 2;
        assert_eq!(report.unaccounted(), ["members"]);
        report.table("members").imported = 0;
        assert_eq!(report.unaccounted(), ["members"]);
    }

    #[test]
    fn both_forms_name_every_refusal() {
        let report = report();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["tables"][0]["refused"][0]["reason"], "bad_id");
        assert!(report.to_text().contains("mbr 9"));
    }
}
