//! What a daemon proposes to its peers.

use crate::model::Algorithm;

/// One algorithm that the peer may choose; none where it is no algorithm that is probed.
pub type Proposal = (String, Option<Algorithm>);

/// Algorithms in the daemon's words.
pub trait Proposals {
    /// What it proposes where it was told nothing.
    fn default_proposals(&self, ah: bool) -> &'static str;

    /// What the peer may choose of a list. Without the key's length all lengths are proposed.
    fn proposals(&self, list: &str, ah: bool) -> Vec<Proposal>;
}
