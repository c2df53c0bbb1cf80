//! Alertmanager's API v2 (github.com/prometheus/alertmanager, api/v2/openapi.yaml): it forgets an alert that is not sent again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::alert::{Alert, Labels};
use super::failure::DeliveryFailure;
use super::http::post;
use super::receiver::Address;
use crate::model::RealTime;

/// How many alerts are sent at once, as Prometheus does.
const BATCH: usize = 64;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted<'a> {
    labels: &'a Labels,
    annotations: &'a BTreeMap<String, String>,
    starts_at: RealTime,
    ends_at: RealTime,
}

/// Sends alerts; those that fire do so until `until`, if they are not sent again before.
///
/// # Errors
/// As `post`.
pub async fn send(
    address: &Address,
    alerts: &[Arc<Alert>],
    until: RealTime,
    time: Duration,
) -> Result<(), DeliveryFailure> {
    for batch in alerts.chunks(BATCH) {
        let posted: Vec<_> = batch.iter().map(|alert| Posted::new(alert, until)).collect();
        let body = serde_json::to_vec(&posted).map_err(|error| DeliveryFailure::Refused(error.to_string()))?;
        post(address, "/api/v2/alerts", body, time).await?;
    }
    Ok(())
}

impl<'a> Posted<'a> {
    fn new(alert: &'a Alert, until: RealTime) -> Self {
        // An alert that ends before it starts is refused, and a clock that was set back makes such ones.
        let ends_at = alert.ends_at.unwrap_or(until).max(alert.starts_at);
        Self { labels: &alert.labels, annotations: &alert.annotations, starts_at: alert.starts_at, ends_at }
    }
}
