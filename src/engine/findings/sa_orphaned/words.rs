//! What is said of SAs that the daemon does not know.

use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::sad::Sa;
use crate::engine::findings::Sentences;
use crate::model::SaId;
use crate::plural::counted;

pub(super) const OVER: &str = "the SAs are gone, or the daemon knows them now";

pub(super) fn orphaned(scope: &str, first: Option<&Sa>, count: usize) -> Sentences {
    let delete = first.map_or_else(String::new, |sa| {
        format!(
            "; if nobody uses {}: 'ip xfrm state delete src {} dst {} proto {} spi {}'",
            if count == 1 { "it" } else { "them" },
            sa.src,
            sa.dst,
            sa.protocol,
            sa.spi
        )
    });
    Sentences::of(
        format!(
            "the kernel holds {} between {} that the daemon does not know",
            counted(count as u64, "SA"),
            scope.replace('-', " and ")
        ),
        format!(
            "{} made outside the daemon, or left by a daemon that died{delete}",
            if count == 1 { "it was" } else { "they were" }
        ),
    )
}

pub(super) fn half_open(daemon: &Behaviour, name: &str, first: Option<&Sa>) -> Sentences {
    let spi = first.map(|sa| format!(" ({} {})", sa.protocol, sa.spi)).unwrap_or_default();
    Sentences::of(
        format!(
            "traffic of {name} passes one way at most: the kernel has one direction{spi}, and the daemon has no Child SA pair"
        ),
        format!(
            "a negotiation ended half-way: look for a refused SA in the logs of both ends; '{}' makes a pair; the leftover SA goes when the daemon restarts or somebody deletes it",
            daemon.advice(Advice::Initiate(name))
        ),
    )
}

/// `asked`: when its table was read.
pub(super) fn unknown(id: &SaId, asked: &str) -> String {
    format!("{id} is in the kernel, but not in the daemon's table of {asked}")
}
