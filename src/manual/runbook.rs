//! Runbooks: what to do at three in the morning, a page for each alert.

use std::fmt::Write;

use super::health::Health;
use super::{Page, message_id};
use crate::model::Code;
use crate::sinks::alerts::name;

const MADE: &str = "This page is made from `src/engine/findings`; do not edit it.";
const MADE_OF_HEALTH: &str = "This page is made from `src/manual/health.rs`; do not edit it.";

/// The page of a finding.
pub fn runbook(code: Code, page: &Page) -> String {
    let mut text = body(&name(code), page.title, page.meaning, page.impact, page.diagnosis, page.cure);
    let id = message_id(code).unwrap_or_default();
    let _ = write!(text, "\n## In the journal\n\n    journalctl -x MESSAGE_ID={id}\n\n{MADE}\n");
    text
}

/// The page of an alert on swanwatch itself.
pub fn health_runbook(health: &Health) -> String {
    let text = body(health.alert, health.title, health.meaning, health.impact, health.diagnosis, health.cure);
    format!("{text}\n{MADE_OF_HEALTH}\n")
}

fn body(alert: &str, title: &str, meaning: &str, impact: &str, diagnosis: &[&str], cure: &str) -> String {
    let mut text =
        format!("# {alert}: {title}\n\n## Meaning\n\n{meaning}\n\n## Impact\n\n{impact}\n\n## Diagnosis\n\n");
    for command in diagnosis {
        let _ = writeln!(text, "    {command}");
    }
    let _ = write!(text, "\n## Cure\n\n{cure}\n");
    text
}
