//! What is said of events that the kernel dropped.

use crate::engine::findings::Sentences;

pub(super) const OVER: &str = "both tables were read whole since";

pub(super) fn events_lost() -> Sentences {
    Sentences::of(
        "the kernel dropped XFRM events before they were read; both tables are being read anew",
        "nothing, if it is rare; if it is not, raise net.core.rmem_max or give the service CAP_NET_ADMIN, so that its buffer may be larger",
    )
}

/// `malformed`: datagrams that were no event, or none where the kernel said that it dropped some.
pub(super) fn lost(malformed: u64) -> String {
    match malformed {
        0 => "the kernel reported ENOBUFS: it dropped an unknown number of XFRM events".to_owned(),
        count => format!("{count} datagrams were no XFRM event that can be understood"),
    }
}
