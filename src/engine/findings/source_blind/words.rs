//! What is said of the watch itself.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;
use crate::model::Source;

pub(super) const OVER: &str = "it can be read again, or the daemon does not run";

/// What most findings need cannot be seen; `missing` is what coverage says, `cure` what it knows to do.
pub(super) fn blind(daemon: &Behaviour, source: Source, missing: &str, cure: Option<&str>) -> Sentences {
    let (what, usual) = match source {
        Source::Log => (
            "the daemon's log has not been read for minutes, so that no refusal and no cause is known",
            format!(
                "see that root may read it without CAP_DAC_OVERRIDE, or say where it is: daemon: {{ kind: {}, log: … }}",
                daemon.kind
            ),
        ),
        Source::Daemon => (
            "the daemon has not told its tables for minutes, so that nobody knows which SAs it claims",
            format!(
                "see that '{}' answers to root, and that the socket is the one that the daemon listens on",
                daemon.advice(Advice::ShowBriefly)
            ),
        ),
        _ => (
            "the kernel's XFRM events have not been heard for minutes, so that findings come late or never",
            "systemctl restart swanwatch; journalctl -u swanwatch says what the kernel refused".to_owned(),
        ),
    };
    Sentences::of(format!("{what}: {missing}"), cure.map_or(usual, str::to_owned))
}
