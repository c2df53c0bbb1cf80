//! What is said of the watch itself.

use crate::daemons::{Advice, Behaviour};
use crate::engine::findings::Sentences;
use crate::model::Source;

pub(super) const OVER: &str = "it can be read again, or the daemon is not running";

/// What most findings need cannot be seen; `missing` is what coverage says, `cure` what it knows to do.
pub(super) fn blind(daemon: &Behaviour, source: Source, missing: &str, cure: Option<&str>) -> Sentences {
    let (what, usual) = match source {
        Source::Log => (
            "refusals and causes are not seen, because the daemon's log could not be read for minutes",
            format!(
                "let root read it without CAP_DAC_OVERRIDE, or name the file in swanwatch.yaml: 'daemon: {{ kind: {}, log: FILE }}'",
                daemon.kind
            ),
        ),
        Source::Daemon => (
            "SAs cannot be matched to tunnels, because the daemon has not answered for minutes",
            format!(
                "see that '{}' answers to root, and that the socket is the one that the daemon listens on",
                daemon.advice(Advice::ShowBriefly)
            ),
        ),
        _ => (
            "findings come late or never, because the kernel's XFRM events have not been heard for minutes",
            "'systemctl restart swanwatch'; 'journalctl -u swanwatch -e' shows what the kernel refused".to_owned(),
        ),
    };
    Sentences::of(format!("{what}: {missing}"), cure.map_or(usual, str::to_owned))
}
