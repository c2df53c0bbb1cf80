//! The probes on the requests, and whose requests they leave out.

use crate::model::Netns;
use crate::sources::trace::corner::Corner;
use crate::sources::trace::error::TraceError;
use crate::sources::trace::fetch::Function;
use crate::sources::trace::{place, ring};
use crate::sources::xfrm::numbers::XFRM_MSG_DELPOLICY;

/// In the name of their instance.
pub const PURPOSE: &str = "removals";

/// For each CPU: room for more requests than are told at once.
const BUFFER_KIB: &str = "8";

pub const SA: &str = "sa";
pub const SAS: &str = "sas";
pub const POLICY: &str = "policy";
pub const POLICIES: &str = "policies";
pub const NAMES: [&str; 4] = [SA, SAS, POLICY, POLICIES];

/// Each with its function and what it fetches of the request beside who asks: behind its header of 16 bytes (include/uapi/linux/netlink.h)
/// `struct xfrm_usersa_id`, `struct xfrm_usersa_flush`, `struct xfrm_userpolicy_id`. One function answers both GETPOLICY and DELPOLICY.
const PROBES: [(&str, Function, &str); 4] = [
    (SA, request("xfrm_del_sa"), "key=+16(nlh):x32[6]"),
    (SAS, request("xfrm_flush_sa"), "key=+16(nlh):x8"),
    (POLICY, request("xfrm_get_policy"), "type=+4(nlh):u16 key=+16(nlh):x32[16]"),
    (POLICIES, request("xfrm_flush_policy"), ""),
];

/// What answers a request (`xfrm_dispatch`, net/xfrm/xfrm_user.c).
const fn request(name: &'static str) -> Function {
    Function { name, parameters: &[("skb", "sk_buff"), ("nlh", "nlmsghdr"), ("attrs", "nlattr")] }
}

/// Who asks: the namespace of the socket, and the program's name.
const WHO: &str = "netns=skb->sk->__sk_common.skc_net.net->ns.inum:u32 comm=$comm";

/// What their filters begin with.
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    netns: Netns,
}

impl Probes {
    /// Defines them. They are off.
    pub fn define(corner: &Corner, netns: Netns) -> Result<Self, TraceError> {
        ring::set_up(corner.path(), BUFFER_KIB)?;
        corner.define(PROBES.map(|(name, function, fetched)| (name, function, format!("{WHO} {fetched}"))))?;
        Ok(Self { netns })
    }

    /// Switches them on for all requests but those of these threads. Waits for all CPUs: for a thread that may block.
    pub fn leave_out(self, corner: &Corner, threads: &[u32]) -> Result<(), TraceError> {
        for name in NAMES {
            place::write(&corner.of_probe(name, "filter"), &self.filter(name, threads))?;
            place::write(&corner.of_probe(name, "enable"), "1")?;
        }
        Ok(())
    }

    fn filter(self, name: &str, threads: &[u32]) -> String {
        let mut filter = format!("netns == {}", self.netns.0);
        if name == POLICY {
            filter.push_str(&format!(" && type == {XFRM_MSG_DELPOLICY}"));
        }
        threads.iter().for_each(|thread| filter.push_str(&format!(" && common_pid != {thread}")));
        filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_leaves_out_the_daemon_and_those_who_only_look() {
        let probes = Probes { netns: Netns(7) };
        assert_eq!(probes.filter(SA, &[]), "netns == 7");
        assert_eq!(probes.filter(SAS, &[3, 4]), "netns == 7 && common_pid != 3 && common_pid != 4");
        assert_eq!(probes.filter(POLICY, &[3]), "netns == 7 && type == 20 && common_pid != 3");
    }
}
