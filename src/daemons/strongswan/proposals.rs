//! The algorithms of a child as `esp_proposals` and `ah_proposals` have them, as the kernel's.

use super::Strongswan;
use crate::daemons::{Proposal, Proposals};

impl Proposals for Strongswan {
    fn default_proposals(&self, _ah: bool) -> &'static str {
        "default"
    }

    fn proposals(&self, _list: &str, _ah: bool) -> Vec<Proposal> {
        Vec::new()
    }
}
