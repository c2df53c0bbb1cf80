//! What is said of tunnels and their SAs.

use std::net::IpAddr;

use super::{Told, told};
use crate::engine::commands::initiate;
use crate::engine::facts::sad::Sa;

/// SAs without a daemon that knows them.
pub fn orphaned(scope: &str, first: Option<&Sa>, count: usize) -> Told {
    let delete = first.map_or_else(String::new, |sa| {
        format!("ip xfrm state delete src {} dst {} proto {} spi {}", sa.src, sa.dst, sa.protocol, sa.spi)
    });
    told(
        format!("the kernel holds {count} SAs between {} that the daemon does not know", scope.replace('-', " and ")),
        format!("somebody else made them, or a daemon that died left them; once sure that nobody uses them: {delete}"),
    )
}

/// One direction without the other.
pub fn half_open(name: &str, first: Option<&Sa>) -> Told {
    let spi = first.map(|sa| format!(" ({} {})", sa.protocol, sa.spi)).unwrap_or_default();
    told(
        format!("the kernel holds one direction of {name}{spi}, and the daemon claims no pair"),
        format!(
            "a negotiation ended half-way: see both ends' logs for a refused SA; {} makes a pair; the half that is left goes when the daemon restarts or somebody deletes it",
            initiate(name)
        ),
    )
}

/// Traffic in vain.
pub fn acquire_unanswered(name: &str, dst: IpAddr) -> Told {
    told(
        format!("traffic to {dst} asked for an SA of {name}, and none came; its packets were dropped"),
        "see whether the peer answers IKE: the daemon's log tells how far the negotiation came",
    )
}
