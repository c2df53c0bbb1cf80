//! What is said of policies that are nobody's.

use super::command;
use crate::engine::facts::links::Links;
use crate::engine::findings::Sentences;
use crate::model::{KernelPolicy, PolicyDirection};
use crate::plural::{count, counted};

pub(super) const OVER: &str = "the policies are gone, or a connection or an SA has them again";

/// So many commands are in the advice.
pub(super) const COMMANDS: usize = 4;

/// The policies, in order.
pub(super) fn orphaned(policies: &[&KernelPolicy], links: &Links) -> Sentences {
    let all = policies.len();
    let leave = policies.iter().filter(|policy| policy.id.direction == PolicyDirection::Out).count();
    let drops = match leave {
        0 => "what comes to them in clear is dropped",
        leave if leave == all => "what should leave by them is dropped, as no SA comes for it",
        _ => "what comes to them in clear is dropped, and what should leave by them, as no SA comes for it",
    };
    let first = policies.first().map(|policy| format!(" ({}{})", policy.id, more(all))).unwrap_or_default();
    let (are, them) = if all == 1 { ("belongs", "it") } else { ("belong", "them") };
    let first_ones: Vec<_> = policies.iter().take(COMMANDS).map(|policy| command::delete(policy, links)).collect();
    let rest = match all.saturating_sub(COMMANDS) {
        0 => String::new(),
        rest => format!(
            "; {} more stand under 'affected' as 'ip xfrm policy delete' takes them, and the next ones here when these are gone",
            count(rest as u64)
        ),
    };
    Sentences::of(
        format!(
            "{drops}: the kernel holds {}{first} that {are} to no connection, no SA and no other daemon",
            counted(all as u64, "policy")
        ),
        format!("if nobody wants {them}: '{}'{rest}", first_ones.join("; ")),
    )
}

fn more(all: usize) -> String {
    if all > 1 { ", …".to_owned() } else { String::new() }
}

/// One of them, with what distinguishes it.
pub(super) fn line(policy: &KernelPolicy, links: &Links) -> String {
    let wants = policy.template.map(|template| {
        let reqid = if template.reqid == 0 { String::new() } else { format!(" with reqid {}", template.reqid) };
        format!(" wants {} from {} to {}{reqid}, and there is none", template.protocol, template.src, template.dst)
    });
    let of_interface = if policy.id.if_id == 0 {
        String::new()
    } else {
        format!("; it takes what passes the XFRM interface with if_id {:#x} alone", policy.id.if_id)
    };
    format!(
        "policy {} with priority {}{}{of_interface}",
        command::naming(policy, links),
        policy.priority,
        wants.unwrap_or_default()
    )
}

/// `asked`: when its connections were read.
pub(super) fn unknown(asked: &str) -> String {
    format!("no connection that the daemon had loaded and routed at {asked} has such policies")
}
