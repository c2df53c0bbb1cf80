//! Whose a policy is, as an answer, and what SAs serve.

use std::net::IpAddr;

use crate::model::Template;

/// Whose a policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOwner {
    /// Somebody's.
    Found,
    /// It may become somebody's: his negotiation is under way.
    Open,
    /// Nobody's.
    None,
}

/// What the SAs of a moment serve, sorted.
#[derive(Debug)]
pub struct Serving {
    reqids: Vec<u32>,
    between: Vec<(IpAddr, IpAddr)>,
}

impl Serving {
    pub(super) fn of(mut reqids: Vec<u32>, mut between: Vec<(IpAddr, IpAddr)>) -> Self {
        reqids.sort_unstable();
        reqids.dedup();
        between.sort_unstable();
        between.dedup();
        Self { reqids, between }
    }

    /// Whether one of them may be this template's (net/xfrm/xfrm_policy.c, `xfrm_state_ok`). By its reqid; one that has none takes what
    /// goes between its addresses.
    pub fn has(&self, template: &Template) -> bool {
        match template.reqid {
            0 => self.between.binary_search(&(template.src, template.dst)).is_ok(),
            reqid => self.reqids.binary_search(&reqid).is_ok(),
        }
    }
}
