//! Lines about the daemon itself.

use super::context::{Reading, Told};
use super::scan::after;
use crate::model::Statement;

/// Of charon and its library.
pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    let starts = ["Starting charon-systemd IKE daemon ", "Starting IKE charon daemon "];
    if let Some(rest) = after(message, &starts) {
        begins_anew(reading);
        reading.traits.has_begun = true;
        return Some(Told::of_daemon(Statement::Starting { version: version(rest), pid: None }));
    }
    if message.starts_with("loaded plugins: charon") {
        // charon-systemd before 5.9.11 says no more than this.
        if std::mem::take(&mut reading.traits.has_begun) {
            return None;
        }
        begins_anew(reading);
        return Some(Told::of_daemon(Statement::Starting { version: None, pid: None }));
    }
    // `SIGTERM received, shutting down`
    if message.strip_suffix(" received, shutting down").is_some_and(|signal| signal.starts_with("SIG")) {
        return Some(Told::of_daemon(Statement::ShuttingDown));
    }
    is_end(message).then(|| Told::of_daemon(Statement::Dying))
}

fn is_end(message: &str) -> bool {
    let begins = [
        "killing ourself, received critical signal",
        "initialization failed - aborting ",
        "capability dropping failed - aborting ",
    ];
    let of_signal = || {
        let (thread, signal) = message.strip_prefix("thread ")?.split_once(" received ")?;
        super::prefix::number(thread).and(super::prefix::number(signal))
    };
    after(message, &begins).is_some() || of_signal().is_some()
}

/// The numbers of SAs begin with 1.
fn begins_anew(reading: &mut Reading<'_>) {
    *reading.sas = super::sas::Sas::default();
    reading.context.clear();
}

/// `(strongSwan 6.0.1, Linux 6.18.44, x86_64)`
fn version(rest: &str) -> Option<String> {
    let version = rest.strip_prefix("(strongSwan ")?.split([',', ')']).next()?;
    let is_version = version.len() <= 32
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+~".contains(&byte));
    is_version.then(|| version.to_owned())
}

/// Of its jobs.
pub fn read_job(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    if message.starts_with("spawning ") && message.ends_with(" worker threads") {
        return Some(Told::of_daemon(Statement::Listening));
    }
    // IKEv1: of IKEv2 retransmissions tell.
    message.starts_with("DPD check timed out").then_some(())?;
    Some(Told::new(Some(reading.ike_speaker()?), Statement::PeerDead))
}
