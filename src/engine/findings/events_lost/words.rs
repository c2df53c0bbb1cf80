//! What is said of events that the kernel dropped.

use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "both tables have been read completely since";

pub(super) fn events_lost() -> Sentences {
    Sentences::of(
        "for a moment findings may be late: the kernel dropped XFRM events before they were read, and both tables are being read again",
        "nothing, if it is rare; otherwise raise net.core.rmem_max, or give the service CAP_NET_ADMIN, so that its buffer may be larger",
    )
}

/// `malformed`: datagrams that were no event, or none where the kernel said that it dropped some.
pub(super) fn lost(malformed: u64) -> String {
    match malformed {
        0 => "the kernel reported ENOBUFS: it dropped an unknown number of XFRM events".to_owned(),
        1 => "1 datagram was not a valid XFRM event".to_owned(),
        count => format!("{count} datagrams were not valid XFRM events"),
    }
}
