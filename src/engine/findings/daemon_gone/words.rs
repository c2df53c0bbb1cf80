//! What is said of a daemon that is dead, or not there.

use crate::daemons::Behaviour;
use crate::engine::facts::death::DeathEnd;
use crate::engine::facts::listener::LostListener;
use crate::engine::findings::Sentences;
use crate::model::{ListenerEnd, Reason, UnitLook};
use crate::plural::counted;

pub(super) const OVER: &str = "the daemon is running again, and every tunnel that was up before is up";

/// Not everything is.
pub(super) const OVER_IN_PART: &str = "the daemon is running again, but not every tunnel that was up before is up";

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
        /// Until then, local time; none where nothing limits them.
        until: Option<String>,
    },
    /// Nobody watched when it died, and its successor has SAs of its own by now.
    Unseen,
}

/// Its process ended.
pub(super) fn process_gone(
    daemon: &Behaviour,
    (end, pid): (DeathEnd, u32),
    fate: &Fate,
    unit: Option<&UnitLook>,
) -> Sentences {
    let how = if end == DeathEnd::InOrder { "was shut down cleanly" } else { "died" };
    let fate = fate_of(fate);
    let by_itself = unit.is_some_and(|unit| {
        unit.restart_policy != "no" && unit.restart_policy != "on-success" && end == DeathEnd::Crash
    });
    let advice = match (end, unit) {
        (DeathEnd::InOrder, Some(unit)) => format!("'systemctl start {}' when it should run again", unit.unit),
        (DeathEnd::InOrder, None) => "start it when it should run again".to_owned(),
        (_, Some(unit)) if by_itself => {
            format!("systemd restarts it; 'journalctl -u {} -e' shows why it died", unit.unit)
        }
        (_, Some(unit)) => {
            format!("'systemctl start {0}' starts it again; 'journalctl -u {0} -e' shows why it died", unit.unit)
        }
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
        (_, true) => format!("the IKE daemon behind {socket} was shut down cleanly"),
        (ListenerEnd::FileGone, _) => format!("the IKE daemon behind {socket} is gone, and the socket's file with it"),
        (ListenerEnd::NobodyListens, _) => {
            format!("the IKE daemon behind {socket} is gone: nothing listens there any more")
        }
        (ListenerEnd::Replaced, _) => {
            format!("the IKE daemon behind {socket} is gone: another process listens there now")
        }
        (ListenerEnd::NotRoots, _) => {
            format!(
                "swanwatch does not ask the IKE daemon behind {socket} any more: users other than root can change that path"
            )
        }
    };
    let advice = if lost.how == ListenerEnd::NotRoots && !announced {
        format!("'namei -l {socket}' shows who owns it and its folders; 'swanwatch status' says which of them is wrong")
    } else {
        "look at the container that runs it and at its log, and start it there: swanwatch sees only its control socket \
         and does not restart it"
            .to_owned()
    };
    Sentences::of(format!("{how}; {}", fate_of(fate)), advice)
}

/// What its SAs do.
fn fate_of(fate: &Fate) -> String {
    match fate {
        Fate::Flushed { by_unit: Some(unit) } => {
            format!("nothing is protected until the tunnels are back: {unit} flushed all SAs and policies")
        }
        Fate::Flushed { by_unit: None } => {
            "nothing is protected until the tunnels are back: all SAs and policies were flushed".to_owned()
        }
        Fate::Unseen => "swanwatch did not see it, so it is not known what became of its SAs".to_owned(),
        Fate::Carrying { sas: 0, .. } => "it left no SAs in the kernel".to_owned(),
        Fate::Carrying { sas, until: Some(until) } => {
            let (its, carry, them) = sas_of(*sas);
            format!("{its} still {carry} traffic, until {until} at the latest, but nobody renews {them}")
        }
        Fate::Carrying { sas, until: None } => {
            let (its, carry, them) = sas_of(*sas);
            format!(
                "{its} still {carry} traffic, without a time limit: until somebody flushes {them} or the peer gives up"
            )
        }
    }
}

/// With the verb and the pronoun that they take.
fn sas_of(sas: u64) -> (String, &'static str, &'static str) {
    if sas == 1 { ("its SA".to_owned(), "carries", "it") } else { (format!("its {sas} SAs"), "carry", "them") }
}

/// No daemon runs, though one is due; `why` says how that is known, `sas` how many SAs are in the kernel.
pub(super) fn absent(reason: Reason, why: &str, sas: u64, unit: Option<&UnitLook>) -> Sentences {
    let fate = if sas == 0 {
        "no tunnel comes up".to_owned()
    } else {
        format!("no tunnel comes up and nobody renews the {} in the kernel", counted(sas, "SA"))
    };
    let unit = unit.filter(|unit| !unit.masked).map(|unit| unit.unit.as_str());
    let advice = match (reason, unit) {
        (Reason::Failed, Some(unit)) => {
            format!(
                "'journalctl -u {unit} -e' shows why; once that is fixed: 'systemctl reset-failed {unit} && systemctl start {unit}'"
            )
        }
        (_, Some(unit)) => format!(
            "'systemctl start {unit}' starts it; if none should run here: 'systemctl mask {unit}', or 'daemon: none' in swanwatch.yaml"
        ),
        (_, None) => "start it; if none should run here: 'daemon: none' in swanwatch.yaml".to_owned(),
    };
    Sentences::of(format!("{fate}, because no IKE daemon is running; one should be: {why}"), advice)
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
    match count {
        1 => "1 road warrior was connected; only it can bring its tunnel back".to_owned(),
        count => format!("{count} road warriors were connected; only they can bring their tunnels back"),
    }
}
