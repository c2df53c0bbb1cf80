//! What is said of a daemon that dies again and again.

use std::time::Duration;

use crate::engine::findings::Sentences;
use crate::model::{Reason, UnitLook};

pub(super) const OVER: &str = "the daemon has been running for five minutes";

/// The daemon dies again and again.
pub(super) fn crash_loop(reason: Reason, deaths: usize, within: Duration, unit: Option<&UnitLook>) -> Sentences {
    let why = match unit {
        Some(unit) => format!("'journalctl -u {} -e' shows why it dies", unit.unit),
        None => "its log shows why it dies".to_owned(),
    };
    match (reason, unit) {
        (Reason::StartLimit, Some(unit)) => Sentences::of(
            format!(
                "nothing is rekeyed: the IKE daemon died too often, and systemd does not start {} any more",
                unit.unit
            ),
            format!("{why}; once that is fixed: 'systemctl reset-failed {0} && systemctl start {0}'", unit.unit),
        ),
        _ => Sentences::of(
            format!("no tunnel lasts: the IKE daemon died {deaths} times within {} s", within.as_secs()),
            format!("{why}; swanwatch does not restart it again before it has run for {} s", within.as_secs()),
        ),
    }
}
