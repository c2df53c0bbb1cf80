//! What is said of tunnels and their SAs.

use super::{Told, told};
use crate::engine::commands::initiate;
use crate::engine::facts::down::Why;

/// A tunnel that did not come back with the daemon.
pub fn tunnel_not_restored(name: &str, why: Option<Why>, unloaded: bool) -> Told {
    let initiate = format!("{} brings it up; without --asynchronous it tells what happens", initiate(name));
    let (why, advice) = match why {
        _ if unloaded => (
            "the daemon has not loaded it",
            format!("ipsec auto --add {name} loads it, and ipsec auto --up {name} brings it up"),
        ),
        Some(Why::PeerRefused) => {
            ("the peer refuses it", "look at the peer's log: it may still hold the old tunnel".to_owned())
        }
        Some(Why::NoAnswer) => (
            "the peer does not answer",
            "see whether UDP 500 and 4500 reach the peer, and whether its daemon runs".to_owned(),
        ),
        Some(Why::Authentication) => (
            "authentication fails",
            "compare the IDs, the secrets or the certificates of both ends; the daemon's line is in the evidence"
                .to_owned(),
        ),
        Some(Why::NoProposal) => {
            ("the two ends have no proposal in common", "compare ike= and esp= of both ends".to_owned())
        }
        Some(Why::LostWithIke) => ("its SAs went with an IKE SA that the daemon killed", initiate),
        None => ("the daemon does not say why", initiate),
    };
    told(format!("{name} was up before the daemon died, and is not back though the daemon is: {why}"), advice)
}
