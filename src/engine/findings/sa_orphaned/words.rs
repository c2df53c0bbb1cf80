//! What is said of SAs that the daemon does not know.

use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::sad::Sa;
use crate::engine::findings::Sentences;
use crate::model::SaId;

pub(super) const OVER: &str = "the SAs are gone, or the daemon claims them";

pub(super) fn orphaned(scope: &str, first: Option<&Sa>, count: usize) -> Sentences {
    let delete = first.map_or_else(String::new, |sa| {
        format!("ip xfrm state delete src {} dst {} proto {} spi {}", sa.src, sa.dst, sa.protocol, sa.spi)
    });
    Sentences::of(
        format!("the kernel holds {count} SAs between {} that the daemon does not know", scope.replace('-', " and ")),
        format!("somebody else made them, or a daemon that died left them; once sure that nobody uses them: {delete}"),
    )
}

pub(super) fn half_open(daemon: &Behaviour, name: &str, first: Option<&Sa>) -> Sentences {
    let spi = first.map(|sa| format!(" ({} {})", sa.protocol, sa.spi)).unwrap_or_default();
    Sentences::of(
        format!("the kernel holds one direction of {name}{spi}, and the daemon claims no pair"),
        format!(
            "a negotiation ended half-way: see both ends' logs for a refused SA; {} makes a pair; the half that is left goes when the daemon restarts or somebody deletes it",
            daemon.advice(Advice::Initiate(name))
        ),
    )
}

/// `asked`: when its table was read.
pub(super) fn unknown(id: &SaId, asked: &str) -> String {
    format!("the kernel has {id}; the daemon's table of {asked} does not")
}
