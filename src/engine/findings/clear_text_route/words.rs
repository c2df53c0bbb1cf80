//! What is said of traffic that does not come to the NIC that should encrypt it.

use crate::engine::findings::Sentences;
use crate::model::{KernelPolicy, Route, RouteQuery};

pub(super) const OVER: &str = "the route leaves by the policy's device again, or the policy is gone";

pub(super) fn clear_text_route(whose: &str, query: &RouteQuery, by: &str, device: &str) -> Sentences {
    Sentences::of(
        format!(
            "what this host sends for {whose} leaves by {by}, and its policy is on {device}: it goes out unencrypted (a newer kernel drops it)"
        ),
        format!(
            "let the route to {} leave by {device} again («ip route get {query}» shows it), or take the tunnel down until it does; a \
             tunnel over {by} needs crypto offload or none",
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
    format!("asked for the route to {query}: by {by}{via}{table}")
}
