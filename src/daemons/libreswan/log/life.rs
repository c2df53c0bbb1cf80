//! Lines about the daemon itself; they have no prefix.

use super::scan::after;
use crate::daemons::libreswan::version::version_word;
use crate::model::Statement;

pub fn read(message: &str) -> Option<Statement> {
    if let Some(rest) = message.strip_prefix("Starting Pluto") {
        return Some(starting(rest));
    }
    match message {
        "listening for IKE messages" => return Some(Statement::Listening),
        // whack asked for it, and the line of the journal that comes first.
        "shutting down" | "shutting down, leavings state" | "shutting down despite whacky magic" => {
            return Some(Statement::ShuttingDown);
        }
        _ => {}
    }
    let ends = ["Pluto is shutting down", "leak detective found ", "systemd watchdog: sending action: stopping"];
    if after(message, &ends).is_some() {
        return Some(Statement::ShuttingDown);
    }
    // net.core.rmem was too small for what the kernel multicast: acquires and expires may be lost.
    let lost = |told: &str| told.ends_with("(errno 105)") || told.contains("errno(105)") || told.contains("Errno 105");
    if message.split_once("recvfrom() failed in netlink_get").is_some_and(|(_, told)| lost(told)) {
        return Some(Statement::MissedKernelEvents);
    }
    if let Some(rest) = message.strip_prefix("pluto received SIGSYS - ") {
        let survives = rest.contains("possible SECCOMP violation");
        return Some(if survives { Statement::Bug } else { Statement::Dying });
    }
    None
}

/// ` (Libreswan Version 4.10 IKEv2 …) pid:610`.
fn starting(rest: &str) -> Statement {
    let version = rest.strip_prefix(" (Libreswan Version ").and_then(version_word);
    let pid = rest.rsplit_once("pid:").and_then(|(_, pid)| pid.trim().parse().ok());
    Statement::Starting { version, pid }
}
