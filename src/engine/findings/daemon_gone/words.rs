//! What is said of a daemon that is dead, or not there.

use crate::daemons::Behaviour;
use crate::engine::facts::death::End;
use crate::engine::facts::listener::LostListener;
use crate::engine::findings::Sentences;
use crate::model::{ListenerEnd, RealTime, Reason, UnitLook};

pub(super) const OVER: &str = "the daemon is up and was asked; what was up before is up";

/// Not everything is.
pub(super) const OVER_IN_PART: &str = "the daemon is back; not every tunnel that was up before is";

/// What becomes of a dead daemon's SAs.
#[derive(Debug)]
pub(super) enum Fate {
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

/// Its process ended.
pub(super) fn process_gone(
    daemon: &Behaviour,
    (end, pid): (End, u32),
    fate: &Fate,
    unit: Option<&UnitLook>,
) -> Sentences {
    let how = if end == End::InOrder { "was stopped in order" } else { "died" };
    let fate = fate_of(fate);
    let by_itself = unit
        .is_some_and(|unit| unit.restart_policy != "no" && unit.restart_policy != "on-success" && end == End::Crash);
    let advice = match (end, unit) {
        (End::InOrder, Some(unit)) => format!("systemctl start {} when it should run again", unit.unit),
        (End::InOrder, None) => "start it when it should run again".to_owned(),
        (_, Some(unit)) if by_itself => format!("systemd restarts it; journalctl -u {} tells why it died", unit.unit),
        (_, Some(unit)) => format!("systemctl start {}; journalctl -u {} tells why it died", unit.unit, unit.unit),
        (_, None) => {
            let leaves = daemon.start_by_hand_leaves.map(|leaves| format!("; {leaves}")).unwrap_or_default();
            format!("start it again{leaves}")
        }
    };
    Sentences::of(format!("the IKE daemon (process {pid}) {how}; {fate}"), advice)
}

/// Nobody listens there any more.
pub(super) fn listener_gone(lost: &LostListener, fate: &Fate) -> Sentences {
    let LostListener { socket, how, announced } = lost;
    let how = match (how, announced) {
        (_, true) => format!("the IKE daemon behind {socket} was stopped in order"),
        (ListenerEnd::FileGone, _) => format!("the IKE daemon behind {socket} is gone, and the socket's file with it"),
        (ListenerEnd::NobodyListens, _) => format!("the IKE daemon behind {socket} is gone: nobody listens there"),
        (ListenerEnd::Replaced, _) => format!("the IKE daemon behind {socket} is gone: another one listens there"),
        (ListenerEnd::NotRoots, _) => {
            format!("the IKE daemon behind {socket} is not asked any more: what is there now is not root's alone")
        }
    };
    let advice = if lost.how == ListenerEnd::NotRoots && !announced {
        format!("ls -ld {socket} and its folders show whose they are; 'swanwatch status' says which of them is wrong")
    } else {
        "look at the container that runs it and at its log, and start it there; swanwatch sees nothing of it but its \
         control socket, and does not restart it"
            .to_owned()
    };
    Sentences::of(format!("{how}; {}", fate_of(fate)), advice)
}

/// What its SAs do.
fn fate_of(fate: &Fate) -> String {
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
pub(super) fn absent(reason: Reason, why: &str, sas: u64, unit: Option<&UnitLook>) -> Sentences {
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
    Sentences::of(format!("no IKE daemon runs here, and one is due: {why}; {fate}"), advice)
}

/// The line that says so.
pub(super) fn absence_line(why: &str) -> String {
    format!("no IKE daemon runs in this network namespace; {why}")
}

/// The line that tells of the flush.
pub(super) fn flush_line(of_listener: bool) -> String {
    let whose = if of_listener { "it was gone" } else { "the process had ended" };
    format!("all SAs and policies were flushed after {whose}")
}

/// Peers that have to call again.
pub(super) fn roadwarriors(count: u64) -> String {
    format!("{count} tunnels of peers that call by themselves were up; nobody here can bring them back")
}
