//! What is said of a daemon that is dead or does nothing.

use std::time::Duration;

use super::{Told, told};
use crate::model::{Code, RealTime, Reason, UnitLook};

/// What becomes of a dead daemon's SAs.
#[derive(Debug)]
pub enum Fate {
    /// They are gone.
    Flushed {
        /// The unit that flushed them, where its settings say so.
        by_unit: Option<String>,
    },
    /// They carry on.
    Carrying {
        /// How many.
        sas: u64,
        /// Until then; none where nothing limits them.
        until: Option<RealTime>,
    },
    /// Nobody watched when it died, and its successor has SAs of its own by now.
    Unseen,
}

/// The daemon is dead.
pub fn daemon_gone(code: Code, pid: u32, fate: &Fate, unit: Option<&UnitLook>) -> Told {
    let how = if code == Code::DaemonDown { "was stopped in order" } else { "died" };
    let fate = fate_of(fate);
    let by_itself = unit.is_some_and(|unit| {
        unit.restart_policy != "no" && unit.restart_policy != "on-success" && code == Code::DaemonCrashed
    });
    let advice = match (code, unit) {
        (Code::DaemonDown, Some(unit)) => format!("systemctl start {} when it should run again", unit.unit),
        (Code::DaemonDown, None) => "start it when it should run again".to_owned(),
        (_, Some(unit)) if by_itself => format!("systemd restarts it; journalctl -u {} tells why it died", unit.unit),
        (_, Some(unit)) => format!("systemctl start {}; journalctl -u {} tells why it died", unit.unit, unit.unit),
        (_, None) => "start it again; on libreswan 4 a start by hand leaves the old SAs beside the new ones".to_owned(),
    };
    told(format!("the IKE daemon (process {pid}) {how}; {fate}"), advice)
}

/// What its SAs do.
pub(super) fn fate_of(fate: &Fate) -> String {
    match fate {
        Fate::Flushed { by_unit: Some(unit) } => {
            format!("{unit} then flushed all SAs and policies: nothing is protected until tunnels are back")
        }
        Fate::Flushed { by_unit: None } => {
            "all SAs and policies were flushed then: nothing is protected until tunnels are back".to_owned()
        }
        Fate::Unseen => "nobody watched then, so what became of its SAs is not known".to_owned(),
        Fate::Carrying { sas: 0, .. } => "it left no SAs in the kernel".to_owned(),
        Fate::Carrying { sas, until: Some(until) } => {
            format!("its {sas} SAs carry traffic until {until} at the latest, and nobody renews them")
        }
        Fate::Carrying { sas, until: None } => {
            format!(
                "its {sas} SAs still carry traffic, without an end of their own: until somebody flushes them or the peers give them up"
            )
        }
    }
}

/// No daemon runs, though one is due; `why` says how that is known, `sas` how many SAs are in the kernel.
pub fn daemon_absent(reason: Reason, why: &str, sas: u64, unit: Option<&UnitLook>) -> Told {
    let fate = if sas == 0 {
        "no tunnel comes up".to_owned()
    } else {
        format!("no tunnel comes up, and nobody renews the SAs that are in the kernel ({sas})")
    };
    let unit = unit.filter(|unit| !unit.masked).map(|unit| unit.unit.as_str());
    let advice = match (reason, unit) {
        (Reason::Failed, Some(unit)) => {
            format!(
                "journalctl -u {unit} tells why; when that is mended: systemctl reset-failed {unit} && systemctl start {unit}"
            )
        }
        (_, Some(unit)) => format!(
            "systemctl start {unit}; where none is meant to run: systemctl mask {unit}, or daemon: none in swanwatch.yaml"
        ),
        (_, None) => "start it; where none is meant to run: daemon: none in swanwatch.yaml".to_owned(),
    };
    told(format!("no IKE daemon runs here, and one is due: {why}; {fate}"), advice)
}

/// The daemon does nothing.
pub fn daemon_hung(pid: u32, reason: Reason, unit: Option<&str>) -> Told {
    let rest = "its SAs go on carrying traffic, but nothing is rekeyed and no peer is answered";
    let restart = unit.map_or_else(|| "a restart".to_owned(), |unit| format!("systemctl restart {unit}"));
    match reason {
        Reason::Stopped => {
            told(format!("the IKE daemon (process {pid}) is stopped by a signal: {rest}"), format!("kill -CONT {pid}"))
        }
        Reason::Traced => told(
            format!("the IKE daemon (process {pid}) is held by a debugger: {rest}"),
            "let the debugger continue or detach",
        ),
        Reason::Uninterruptible => told(
            format!("the IKE daemon (process {pid}) waits in the kernel: {rest}"),
            format!("cat /proc/{pid}/stack shows on what; a restart does not end such a wait"),
        ),
        _ => told(
            format!("the IKE daemon (process {pid}) does not answer: {rest}"),
            format!("gdb -p {pid} -batch -ex bt shows where; {restart} ends its SAs, so do it when that can be borne"),
        ),
    }
}

/// The daemon dies again and again.
pub fn crash_loop(reason: Reason, deaths: usize, within: Duration, unit: Option<&UnitLook>) -> Told {
    let why = match unit {
        Some(unit) => format!("journalctl -u {} tells why it dies", unit.unit),
        None => "its log tells why it dies".to_owned(),
    };
    match (reason, unit) {
        (Reason::StartLimit, Some(unit)) => told(
            format!(
                "the IKE daemon died too often, and systemd does not start {} any more: nothing is rekeyed",
                unit.unit
            ),
            format!("{why}; when that is mended: systemctl reset-failed {0} && systemctl start {0}", unit.unit),
        ),
        _ => told(
            format!("the IKE daemon died {deaths} times within {} s: no tunnel lasts", within.as_secs()),
            format!("{why}; swanwatch restarts it no more until it has lived for {} s", within.as_secs()),
        ),
    }
}

/// Peers that have to call again.
pub fn roadwarriors(count: u64) -> String {
    format!("{count} tunnels of peers that call by themselves were up; nobody here can bring them back")
}
