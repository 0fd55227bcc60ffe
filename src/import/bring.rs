//! Carries a plan out: creates what is missing, takes over what was, and enters each answer into the report.
//!
//! Reservations come before blocks, because a promise stays, and the waitlist comes last, because what is free
//! then is given at once.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::StatusCode;
use serde_json::Value;

use super::api::Api;
use super::blocks::Block;
use super::foretell::left_out;
use super::people::Item;
use super::plan::FacilityPlan;
use super::report::{Here, Report, TableReport};
use super::send::{self, BATCH_ITEMS, Door, Fate};
use super::waiting::Waiting;
use super::{bookings, logs};
use crate::original::Refusal;

/// Items of a page; the interface's most.
const PAGE_ITEMS: usize = 200;

/// Brings one facility.
pub(super) async fn bring(plan: &FacilityPlan, api: &mut Api, report: &mut Report) -> Result<()> {
    let parts = plan.courts.len() + plan.members.len() + plan.bookings.len() + plan.blocks.len() + plan.waiting.len();
    let bar = progress(parts as u64);
    let base = format!("/api/facilities/{}", plan.facility.id);
    bar.set_message("facility");
    facility(plan, &base, api, report).await?;
    bar.set_message("courts");
    create(api, &format!("{base}/courts"), &plan.courts, report.table("courts"), &bar).await?;
    bar.set_message("members");
    create(api, &format!("{base}/members"), &plan.members, report.table("members"), &bar).await?;
    bar.set_message("reservations");
    bookings::bring(api, &plan.facility.id, &plan.bookings, report, &bar).await?;
    bar.set_message("blocks");
    blocks(api, &format!("{base}/blocks"), &plan.blocks, report, &bar).await?;
    bar.set_message("waitlist");
    waitlist(api, &format!("{base}/imports/waitlist"), &plan.waiting, report, &bar).await?;
    bar.finish_and_clear();
    Ok(())
}

async fn facility(plan: &FacilityPlan, base: &str, api: &mut Api, report: &mut Report) -> Result<()> {
    let what = format!("facility {}", plan.facility.id);
    let there = api.get(base).await?;
    let how = match there.status {
        StatusCode::NOT_FOUND => {
            api.post("/api/facilities", &plan.facility.body, "facility").await?.accepted(&what)?;
            Here::Imported
        }
        _ => {
            there.accepted(&what)?;
            Here::Existing
        }
    };
    report.table("facilities").here(how, None);
    Ok(())
}

/// Creates those that are not there yet; what is there stays as it is.
async fn create(api: &mut Api, path: &str, items: &[Item], report: &mut TableReport, bar: &ProgressBar) -> Result<()> {
    let there = existing(api, path).await?;
    for item in items {
        if there.contains(&item.id) {
            report.here(Here::Existing, None);
        } else {
            let answer = api.post(path, &item.body, &format!("{}-{}", report.table, item.id)).await?;
            match answer.status {
                // Somebody else was faster; or the row is something the interface cannot take.
                StatusCode::CONFLICT if api.get(&format!("{path}/{}", item.id)).await?.status.is_success() => {
                    report.here(Here::Existing, None);
                }
                status if status.is_client_error() && status != StatusCode::NOT_FOUND => {
                    let told = answer.accepted("it").expect_err("a client error is no success");
                    report.refuse(Refusal::new(&item.id, "refused", told.to_string()), None);
                }
                _ => {
                    answer.accepted(&format!("{} {}", report.table, item.id))?;
                    report.here(Here::Imported, None);
                }
            }
        }
        bar.inc(1);
    }
    Ok(())
}

/// Places those that are not there yet, where nothing is in their way.
async fn blocks(api: &mut Api, path: &str, blocks: &[Block], report: &mut Report, bar: &ProgressBar) -> Result<()> {
    let there = existing(api, path).await?;
    for block in blocks {
        bar.inc(1);
        if there.contains(&block.id) {
            report.table("availability_blocks").here(Here::Existing, None);
            continue;
        }
        let answer = api.post(path, &block.body(), &format!("block-{}", block.id)).await?;
        if answer.status == StatusCode::CONFLICT && answer.body["code"] == "in_the_way" {
            let conflicts = answer.body["conflicts"].as_array().map_or(&[][..], Vec::as_slice);
            let refusal = block.refusal(send::reservations_of(conflicts));
            report.table("availability_blocks").refuse(refusal, None);
        } else if answer.status.is_client_error() && answer.status != StatusCode::NOT_FOUND {
            let told = answer.accepted("it").expect_err("a client error is no success");
            report.table("availability_blocks").refuse(Refusal::new(&block.id, "refused", told.to_string()), None);
        } else {
            let placed = answer.accepted(&format!("block {}", block.id))?;
            report.table("availability_blocks").here(Here::Imported, None);
            report.notes.extend(left_out(&block.id, placed["skipped"].as_array().map_or(0, Vec::len)));
        }
    }
    Ok(())
}

async fn waitlist(
    api: &mut Api,
    path: &str,
    waiting: &[Waiting],
    report: &mut Report,
    bar: &ProgressBar,
) -> Result<()> {
    let door = Door { path, list: "entries" };
    for batch in waiting.chunks(BATCH_ITEMS) {
        let bodies: Vec<Value> = batch.iter().map(Waiting::body).collect();
        let fates = send::send(api, door, &bodies).await?;
        for (entry, fate) in batch.iter().zip(fates) {
            match fate {
                Fate::Here { how, status } => {
                    let stands = status.as_deref().unwrap_or(entry.stands);
                    report.table("waitlist").here(how, Some((&entry.found, stands)));
                    logs::here(report, &entry.log, how);
                }
                Fate::Refused { code, detail, .. } => {
                    report.table("waitlist").refuse(Refusal::new(&entry.id, &code, detail), Some(&entry.found));
                    logs::refuse(report, &entry.log);
                }
            }
        }
        bar.inc(batch.len() as u64);
    }
    Ok(())
}

/// The ids of all items of a list.
async fn existing(api: &mut Api, path: &str) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    let mut cursor: Option<String> = None;
    loop {
        let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page =
            api.get(&format!("{path}?consistency=linearizable&limit={PAGE_ITEMS}{from}")).await?.accepted(path)?;
        let items = page["items"].as_array().context("a list without items")?;
        ids.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(ids);
        }
    }
}

fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:14} {wide_bar} {pos}/{len} {eta}");
    // Drawn on stderr, and not at all where that is no terminal.
    ProgressBar::new(steps).with_style(style.expect("the template is well-formed"))
}
