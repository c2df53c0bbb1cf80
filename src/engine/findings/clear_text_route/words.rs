//! What is said of traffic that does not come to the NIC that should encrypt it.

use crate::engine::findings::Sentences;
use crate::model::{KernelPolicy, Route, RouteQuery};

pub(super) const OVER: &str = "the route goes by the policy's device again, or the policy is gone";

/// `drops`: whether the kernel drops it, and does not send it unencrypted.
pub(super) fn astray(drops: Option<bool>, whose: &str, query: &RouteQuery, by: &str, device: &str) -> Sentences {
    let (becomes, besides) = match drops {
        Some(true) => ("is dropped", ""),
        Some(false) => ("leaves unencrypted", ""),
        None => ("leaves unencrypted or is dropped", " (which of the two, this kernel does not say)"),
    };
    Sentences::of(
        format!(
            "traffic that this host sends for {whose} {becomes}: its route goes by {by}, but its policy is on {device}{besides}"
        ),
        format!(
            "route {} by {device} again ('ip route get {query}' shows the route), or take the tunnel down until then; a tunnel over \
             {by} needs crypto offload or none",
            query.dst
        ),
    )
}

pub(super) fn policy(policy: &KernelPolicy, device: &str) -> String {
    format!("policy {} is on {device}", policy.id)
}

pub(super) fn leaves(query: &RouteQuery, route: &Route, by: &str) -> String {
    let via = route.gateway.map(|gateway| format!(" via {gateway}")).unwrap_or_default();
    let table = route.table.map(|table| format!(", table {table}")).unwrap_or_default();
    format!("the route to {query} goes by {by}{via}{table}")
}
