//! Who asked the kernel to delete or flush SAs and policies, as the kernel itself has it.

use serde::{Deserialize, Serialize};

use super::{Boottime, PolicyId, Protocol, SaId};

/// A request of somebody beside the daemon to take SAs or policies out (net/xfrm/xfrm_user.c: `xfrm_del_sa`, `xfrm_flush_sa`, `xfrm_get_policy`,
/// `xfrm_flush_policy`). Whether the kernel did so, its events tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// When it was asked for.
    pub at: Boottime,
    /// The process (thread group); the thread where the process was gone before it could be looked at.
    pub pid: u32,
    /// Its name (`comm`), escaped: whoever runs it chooses it.
    pub process: String,
    pub what: Removed,
}

/// What is to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removed {
    /// One SA. Its mark is not read.
    Sa(SaId),
    /// All SAs.
    Sas {
        /// Only this protocol; none for all.
        protocol: Option<Protocol>,
    },
    /// One policy.
    Policy {
        /// Which packets it is for, without its mark; none where its index alone names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<PolicyId>,
        /// 0 where its packets alone name it.
        index: u32,
    },
    /// All policies.
    Policies,
}

/// The requests of a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removals {
    /// The latest [`Removals::MOST`], oldest first.
    pub rows: Vec<Removal>,
    /// Requests before these that were not kept.
    #[serde(default)]
    pub more: u64,
}

impl Removals {
    /// Requests that are told at once, and that are remembered.
    pub const MOST: usize = 64;
}
