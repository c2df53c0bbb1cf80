//! The rungs of the ladder: ways to see what became of each call of `xfrm_dev_state_add` (net/xfrm/xfrm_device.c), from the best down. Which
//! a kernel lets be climbed is tried (`define.rs`). What only the tracepoint tells comes after the last.

use super::fetch::Function;
use super::records::RecordKind;

/// How members of structures are told to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Names,
    /// By numbers from the kernel's own types.
    Numbers,
}

/// One way.
#[derive(Debug)]
pub struct Rung {
    /// What it sees by, for people.
    pub means: &'static str,
    pub notation: Notation,
    pub probes: &'static [Probe],
}

/// One probe of a way.
#[derive(Debug)]
pub struct Probe {
    pub kind: RecordKind,
    /// `f`: function, by fprobe; `p`: its entry; `r`: its return.
    pub by: char,
    pub function: Function,
    /// What stands behind the function's name.
    pub suffix: &'static str,
    pub needed: &'static str,
    /// What may be missing, and what is then not known.
    pub optional: &'static [(&'static str, &'static str)],
    /// Which calls leave a record; `NETNS` is our namespace. Empty: all.
    pub filter: &'static str,
    /// What is not known without this probe; none where there is no such way without it.
    pub else_unknown: Option<&'static str>,
}

const ADD: Function = Function {
    name: "xfrm_dev_state_add",
    parameters: &[("net", "net"), ("x", "xfrm_state"), ("xuo", "xfrm_user_offload"), ("extack", "netlink_ext_ack")],
};
/// xfrm_add_sa (net/xfrm/xfrm_user.c) calls one of them with each SA that was not refused.
const TAKE: Function = Function { name: "xfrm_state_add", parameters: &[("x", "xfrm_state")] };
const UPDATE: Function = Function { name: "xfrm_state_update", ..TAKE };
/// Answers each request that failed, in the thread of who asked, with the words for it (net/netlink/af_netlink.c).
const ANSWER: Function = Function {
    name: "netlink_ack",
    parameters: &[("in_skb", "sk_buff"), ("nlh", "nlmsghdr"), ("err", ""), ("extack", "netlink_ext_ack")],
};

/// `x` is the SA's address, by which a later record is known to be of the same SA; it goes nowhere.
const SA: &str = "x=x:x64 netns=net->ns.inum:u32 spi=x->id.spi:x32 family=x->props.family:u16 ifindex=xuo->ifindex:s32 flags=xuo->flags:u8 \
    comm=$comm";
const RESULT: &str = "ret=$retval:s32";
/// What the filter and the identity of a try need, where the arguments can be read at return.
const SA_AND_RESULT: &str = "ret=$retval:s32 netns=net->ns.inum:u32 dev=x->xso.dev:x64 spi=x->id.spi:x32 family=x->props.family:u16 \
    ifindex=xuo->ifindex:s32 flags=xuo->flags:u8 comm=$comm";
const ADDRESSES: (&str, &str) =
    ("dst=x->id.daddr.in6.in6_u.u6_addr32:x32[4] src=x->props.saddr.in6.in6_u.u6_addr32:x32[4]", "the SA's addresses");
/// Of an algorithm its name and lengths, never its key. The pointers tell whether what is behind them is there: a number that could
/// not be fetched is not zero, but whatever was in the buffer before.
const SHAPE: (&str, &str) = (
    "protocol=x->id.proto:u8 mode=x->props.mode:u8 saflags=x->props.flags:u8 window=x->props.replay_window:u8 \
    if_id=x->if_id:u32 encap=x->encap:x64 esn=x->replay_esn:x64 esn_window=x->replay_esn->replay_window:u32 \
    aead=x->aead:x64 aead_name=x->aead->alg_name:string aead_key=x->aead->alg_key_len:u32 aead_icv=x->aead->alg_icv_len:u32 \
    crypt=x->ealg:x64 crypt_name=x->ealg->alg_name:string crypt_key=x->ealg->alg_key_len:u32 \
    auth=x->aalg:x64 auth_name=x->aalg->alg_name:string auth_icv=x->aalg->alg_trunc_len:u32",
    "the SA's algorithm and mode",
);
const WORDS_TO_OTHERS: &str = "the kernel's words to others";
const LEFT_OUT: &str = "what it leaves out in silence";

/// A taken SA that is on no device.
const IN_SOFTWARE: &str = "x=x:x64 netns=x->xs_net.net->ns.inum:u32 dev=x->xso.dev:x64";
/// NETLINK_XFRM is 6 (include/uapi/linux/netlink.h).
const ANSWERED: &str = "netns=in_skb->sk->__sk_common.skc_net.net->ns.inum:u32 protocol=in_skb->sk->sk_protocol:u16 err=err:s32 \
    said=extack->_msg:x64 text=extack->_msg:string";

/// The SA goes into the table, and is on no device.
const fn taken(kind: RecordKind, function: Function) -> Probe {
    Probe {
        kind,
        by: 'p',
        function,
        suffix: "",
        needed: IN_SOFTWARE,
        optional: &[],
        filter: "netns == NETNS && dev == 0",
        else_unknown: Some(LEFT_OUT),
    }
}

pub const RUNGS: [Rung; 2] = [
    Rung {
        means: "by a return probe that reads arguments",
        notation: Notation::Names,
        probes: &[Probe {
            kind: RecordKind::Tried,
            by: 'f',
            function: ADD,
            suffix: "%return",
            needed: SA_AND_RESULT,
            optional: &[ADDRESSES, SHAPE, ("text=extack->_msg:string", WORDS_TO_OTHERS)],
            filter: "netns == NETNS && (ret != 0 || dev == 0)",
            else_unknown: None,
        }],
    },
    Rung {
        means: "by probes at entry and at return, with offsets from the kernel's own types",
        notation: Notation::Numbers,
        probes: &[
            Probe {
                kind: RecordKind::Begun,
                by: 'p',
                function: ADD,
                suffix: "",
                needed: SA,
                optional: &[ADDRESSES, SHAPE, ("words=extack:x64", "why in words")],
                filter: "netns == NETNS",
                else_unknown: None,
            },
            // All returns, in whatever namespace: there is nothing to tell them apart, and each ends what its thread began.
            Probe {
                kind: RecordKind::Ended,
                by: 'r',
                function: ADD,
                suffix: "",
                needed: RESULT,
                optional: &[],
                filter: "",
                else_unknown: None,
            },
            taken(RecordKind::Added, TAKE),
            taken(RecordKind::Updated, UPDATE),
            Probe {
                kind: RecordKind::Answered,
                by: 'p',
                function: ANSWER,
                suffix: "",
                needed: ANSWERED,
                optional: &[],
                filter: "netns == NETNS && protocol == 6 && (err != 0 || said != 0)",
                else_unknown: Some(WORDS_TO_OTHERS),
            },
        ],
    },
];

impl Probe {
    /// Its event's name in the group.
    pub const fn event(&self) -> &'static str {
        self.kind.event()
    }

    /// Which calls leave a record.
    pub fn filter(&self, netns: u32) -> String {
        self.filter.replace("NETNS", &netns.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::kernel_types;

    /// Where this machine's kernel tells of its types, and has XFRM: all that is fetched by numbers is there.
    #[test]
    fn this_machines_kernel_has_what_is_fetched() {
        let Ok(types) = kernel_types::read() else {
            eprintln!("this kernel has no type information");
            return;
        };
        if types.has_member("net_device", "xfrmdev_ops") != Some(true) {
            eprintln!("this kernel offloads no SA");
            return;
        }
        for rung in &RUNGS {
            for probe in rung.probes.iter().filter(|probe| probe.by != 'f') {
                let fetched = probe.optional.iter().map(|(fetched, _)| *fetched).chain([probe.needed]);
                for fetched in fetched {
                    assert!(probe.function.by_numbers(&types, fetched).is_some(), "{:?}: {fetched}", probe.kind);
                }
            }
        }
    }

    #[test]
    fn each_probe_has_its_own_event() {
        let probes = RUNGS.iter().flat_map(|rung| rung.probes);
        let mut names: Vec<&str> = probes.map(|probe| probe.kind.event()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RUNGS.iter().map(|rung| rung.probes.len()).sum::<usize>());
        assert!(names.iter().all(|name| RecordKind::OF_PROBES.iter().any(|kind| kind.event() == *name)), "{names:?}");
        assert_eq!(RUNGS[0].probes[0].filter(7), "netns == 7 && (ret != 0 || dev == 0)");
    }
}
