//! What is said of a daemon that dies again and again.

use std::time::Duration;

use crate::engine::findings::Sentences;
use crate::model::{Reason, UnitLook};

pub(super) const OVER: &str = "the daemon has lived for five minutes";

/// The daemon dies again and again.
pub(super) fn crash_loop(reason: Reason, deaths: usize, within: Duration, unit: Option<&UnitLook>) -> Sentences {
    let why = match unit {
        Some(unit) => format!("journalctl -u {} tells why it dies", unit.unit),
        None => "its log tells why it dies".to_owned(),
    };
    match (reason, unit) {
        (Reason::StartLimit, Some(unit)) => Sentences::of(
            format!(
                "the IKE daemon died too often, and systemd does not start {} any more: nothing is rekeyed",
                unit.unit
            ),
            format!("{why}; when that is mended: systemctl reset-failed {0} && systemctl start {0}", unit.unit),
        ),
        _ => Sentences::of(
            format!("the IKE daemon died {deaths} times within {} s: no tunnel lasts", within.as_secs()),
            format!("{why}; swanwatch restarts it no more until it has lived for {} s", within.as_secs()),
        ),
    }
}
