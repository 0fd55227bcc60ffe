//! The report for people: a table of tables, one of statuses, and every refused row with its reason.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};

use super::report::{Counts, Report, TableReport};

/// The report as text.
pub(super) fn text(report: &Report) -> String {
    let sent = if report.dry_run { " (dry run: nothing was sent)" } else { "" };
    let mut text = format!("{}{sent}\nwhat had ended by {} was over\n{}\n", report.file, report.now, tables(report));
    for table in report.tables.iter().filter(|table| !table.by_status.is_empty()) {
        text.push_str(&format!("{}\n", statuses(table, report.dry_run)));
    }
    if report.tables.iter().any(|table| !table.refusals.is_empty()) {
        text.push_str(&format!("{}\n", refusals(report)));
    }
    report.notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
    text
}

fn imported(dry_run: bool) -> &'static str {
    if dry_run { "would import" } else { "imported" }
}

fn tables(report: &Report) -> Table {
    let mut table = framed();
    table.set_header(["table", "rows", imported(report.dry_run), "existing", "skipped", "refused", "why"]);
    for of in &report.tables {
        let mut why: Vec<String> = of.why_skipped.iter().map(|(why, n)| format!("{why} {n}")).collect();
        let mut reasons = BTreeMap::<&str, usize>::new();
        of.refusals.iter().for_each(|refusal| *reasons.entry(&refusal.reason).or_default() += 1);
        why.extend(reasons.iter().map(|(reason, n)| format!("{reason} {n}")));
        table.add_row(row(of.table, &of.all, why.join(", ")));
    }
    table
}

fn statuses(of: &TableReport, dry_run: bool) -> Table {
    let mut table = framed();
    table.set_header([of.table, "rows", imported(dry_run), "existing", "skipped", "refused", "became"]);
    for (status, counts) in &of.by_status {
        let became: Vec<String> = counts.became.iter().map(|(here, n)| format!("{here} {n}")).collect();
        table.add_row(row(status, counts, became.join(", ")));
    }
    table
}

fn row(name: &str, counts: &Counts, last: String) -> Vec<String> {
    let numbers = [counts.rows, counts.imported, counts.existing, counts.skipped, counts.refused];
    let cells = std::iter::once(name.to_owned()).chain(numbers.iter().map(ToString::to_string));
    cells.chain([last]).collect()
}

fn refusals(report: &Report) -> Table {
    let mut table = framed();
    table.set_header(["refused", "id", "reason", "detail"]);
    for of in &report.tables {
        for refusal in &of.refusals {
            table.add_row([of.table, &refusal.id, &refusal.reason, &refusal.detail]);
        }
    }
    table
}

fn framed() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::report::Here;
    use crate::original::Refusal;

    #[test]
    fn both_forms_name_every_refusal_and_every_status() {
        let mut table = TableReport::new("reservations", 2);
        table.found("pending");
        table.found("confirmed");
        table.here(Here::Imported, Some(("pending", "expired")));
        table.refuse(Refusal::new("rsv 9", "bad_id", "a space"), Some("confirmed"));
        let report = Report { tables: vec![table], ..Report::default() };
        let json = serde_json::to_value(&report).unwrap();
        let of = &json["tables"][0];
        assert_eq!((&of["rows"], &of["imported"], &of["refused"]), (&2.into(), &1.into(), &1.into()));
        assert_eq!(of["refusals"][0]["reason"], "bad_id");
        assert_eq!(of["byStatus"]["pending"]["became"]["expired"], 1);
        let text = text(&report);
        assert!(["rsv 9", "a space", "expired 1", "pending"].iter().all(|word| text.contains(word)), "{text}");
    }
}
