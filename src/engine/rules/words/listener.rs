//! What is said of a daemon that is known by its control socket alone.

use std::time::Duration;

use super::daemon::fate_of;
use super::{Fate, Told, told};
use crate::engine::rules::listener::LostListener;
use crate::model::ListenerEnd;

/// Nobody listens there any more.
pub fn listener_gone(lost: &LostListener, fate: &Fate) -> Told {
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
    told(format!("{how}; {}", fate_of(fate)), advice)
}

/// It answers nothing.
pub fn listener_hung(socket: &str, silent: Duration) -> Told {
    let minutes = silent.as_secs() / 60;
    told(
        format!(
            "the IKE daemon behind {socket} has answered nothing for {minutes} minutes: its SAs go on carrying traffic, but nothing is \
             rekeyed and no peer is answered"
        ),
        "look at the container that runs it: paused, starved, or pluto itself stuck (there: cat /proc/$(pidof pluto)/status); a restart of \
         it ends its SAs, so do it when that can be borne",
    )
}

/// How its end showed.
pub fn listener_line(socket: &str, how: ListenerEnd) -> String {
    match how {
        ListenerEnd::FileGone => format!("the control socket {socket} is gone"),
        ListenerEnd::NobodyListens => format!("nobody listens at the control socket {socket} any more"),
        ListenerEnd::Replaced => format!("another socket listens at {socket}"),
        ListenerEnd::NotRoots => format!("the control socket {socket} is not root's alone any more"),
    }
}
