//! What is said of packets on SAs that are not there.

use crate::engine::findings::Sentences;
use crate::plural::counted;

pub(super) const OVER: &str = "not seen in three measurements in a row, or nothing is left to measure";

pub(super) fn no_state_drops() -> Sentences {
    Sentences::of(
        "packets are dropped, because they arrive for SAs that this host does not have: a peer uses other SAs than this end",
        "'tcpdump -n esp' shows the sender and the SPI: if it is a peer, rekey or restart that connection; a stranger's packets do no harm beyond their load",
    )
}

pub(super) fn seen(counter: &str, grown: u64, seconds: u64, received: u64) -> String {
    format!("{counter} grew by {grown} in {seconds} s, while all known SAs received {}", counted(received, "packet"))
}
