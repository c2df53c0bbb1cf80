//! The service's own log: one line for each change of a finding.

use crate::model::{Change, Finding, Severity};

/// Logs one change as one line.
pub fn tell(change: Change, finding: &Finding) {
    let Finding { id, summary, advice, .. } = finding;
    let change = change.as_str();
    match (change, finding.severity) {
        ("closed", _) => tracing::info!("{change} {id}: {summary}"),
        (_, Severity::Critical) => tracing::error!("{change} {id}: {summary} DO: {advice}"),
        (_, Severity::Warning) => tracing::warn!("{change} {id}: {summary} DO: {advice}"),
    }
}
