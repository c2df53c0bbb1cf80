//! What is said of packets on SAs that are not there.

use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "not so in three windows, or nothing is left to judge";

pub(super) fn no_state_drops() -> Sentences {
    Sentences::of(
        "packets arrive on SAs that this host has not, and are dropped: a peer uses others than this end",
        "tcpdump -n esp shows from whom and with which SPI: rekey or restart that connection; an address that is no peer's is a stranger's, and no harm beyond its load",
    )
}

pub(super) fn seen(counter: &str, grown: u64, seconds: u64, received: u64) -> String {
    format!("{counter} grew by {grown} in {seconds} s, while all known SAs received {received} packets")
}
