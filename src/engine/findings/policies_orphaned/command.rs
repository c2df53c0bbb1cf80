//! How `ip xfrm policy` names one policy, and no other (ip-xfrm(8); the kernel compares selector, mark and if_id,
//! net/xfrm/xfrm_policy.c, `xfrm_policy_bysel_ctx`).

use crate::engine::facts::links::Links;
use crate::model::ip_protocols::{DCCP, ICMP, ICMPV6, MOBILITY, SCTP, TCP, UDP};
use crate::model::{KernelPolicy, PolicyDirection, Selector};
use crate::text::shell_word;

/// Takes it out, and nothing else.
pub(super) fn delete(policy: &KernelPolicy, links: &Links) -> String {
    format!("ip xfrm policy delete {}", naming(policy, links))
}

/// Its arguments: by selector where ip has words for it, else by the kernel's own number.
pub(super) fn naming(policy: &KernelPolicy, links: &Links) -> String {
    let mut words = selector(&policy.id.selector, links).unwrap_or_else(|| format!("index {}", policy.index));
    words.push_str(&format!(" dir {}", direction(policy.id.direction)));
    let mark = policy.id.mark;
    if (mark.value, mark.mask) != (0, 0) {
        words.push_str(&format!(" mark {:#x} mask {:#x}", mark.value, mark.mask));
    }
    if policy.id.if_id != 0 {
        words.push_str(&format!(" if_id {:#x}", policy.id.if_id));
    }
    words
}

const fn direction(direction: PolicyDirection) -> &'static str {
    match direction {
        PolicyDirection::In => "in",
        PolicyDirection::Out => "out",
        PolicyDirection::Forward | PolicyDirection::Other(_) => "fwd",
    }
}

/// None where ip sets other masks than the policy has, or the interface has no name.
fn selector(selector: &Selector, links: &Links) -> Option<String> {
    let mut words =
        format!("src {}/{} dst {}/{}", selector.src, selector.src_prefix, selector.dst, selector.dst_prefix);
    if selector.ifindex != 0 {
        let link = links.get(selector.ifindex)?;
        words.push_str(&format!(" dev {}", shell_word(&link.name)));
    }
    if selector.protocol != 0 {
        words.push_str(&format!(" proto {}", selector.protocol));
    }
    let [first, second] = match selector.protocol {
        TCP | UDP | DCCP | SCTP => ["sport", "dport"],
        ICMP | ICMPV6 | MOBILITY => ["type", "code"],
        _ if selector.src_port.1 == 0 && selector.dst_port.1 == 0 => return Some(words),
        _ => return None,
    };
    for (word, (port, mask)) in [(first, selector.src_port), (second, selector.dst_port)] {
        match mask {
            0 if port == 0 => {}
            u16::MAX => words.push_str(&format!(" {word} {port}")),
            _ => return None,
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::world;
    use crate::model::{Mark, PolicyId};

    #[test]
    fn each_policy_is_named_by_all_that_the_kernel_compares() {
        let links = Links::default();
        let like = world::policy(&world::sa(world::PEER, world::LOCAL, 5, false));
        let ports = (0, 0);
        let selector = Selector { src_port: ports, dst_port: ports, ..like.id.selector };
        let of = |selector: Selector| KernelPolicy { id: PolicyId { selector, ..like.id }, index: 88, ..like };
        let plain = "src 10.0.0.2/32 dst 10.0.0.1/32";
        for (changed, expected) in [
            (selector, format!("{plain} dir in")),
            (
                Selector { protocol: 17, src_port: (1701, 0xffff), ..selector },
                format!("{plain} proto 17 sport 1701 dir in"),
            ),
            (Selector { protocol: 58, src_port: (0, 0xffff), ..selector }, format!("{plain} proto 58 type 0 dir in")),
            (Selector { protocol: 47, ..selector }, format!("{plain} proto 47 dir in")),
            (Selector { protocol: 47, src_port: (1, 0xffff), ..selector }, "index 88 dir in".to_owned()),
            (Selector { protocol: 6, dst_port: (0x400, 0xfc00), ..selector }, "index 88 dir in".to_owned()),
            (Selector { ifindex: 77, ..selector }, "index 88 dir in".to_owned()),
        ] {
            assert_eq!(naming(&of(changed), &links), expected);
        }
        let mark = Mark { value: 5, mask: 0xff };
        let id = PolicyId { mark, if_id: 1, direction: PolicyDirection::Forward, ..like.id };
        let expected = format!("ip xfrm policy delete {plain} dir fwd mark 0x5 mask 0xff if_id 0x1");
        assert_eq!(delete(&KernelPolicy { id, ..like }, &links), expected);
    }
}
