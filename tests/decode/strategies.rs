//! Every SA and policy that the kernel can show.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::option;
use proptest::prelude::*;
use swanwatch::testing::model::{
    Action, Algorithm, AlgorithmName, Counters, Direction, Encapsulation, KernelPolicy, KernelSa, Lifetime, Mark,
    Netns, Offload, OffloadMode, PolicyDirection, PolicyId, Protocol, ReplayState, SaId, SaMode, SaStage, Selector,
    Spi, Template,
};

pub fn an_sa(netns: Netns) -> impl Strategy<Value = KernelSa> {
    let who = (addresses(), any::<u32>(), protocol(), a_mark(), mode(), any::<(u32, u32, u32)>());
    let what = (
        option::of(direction()),
        option::of(0..u32::MAX),
        option::of(offload()),
        option::of(algorithm()),
        option::of(encapsulation()),
    );
    (who, what, lifetime(), counters(), replay()).prop_map(move |(who, what, lifetime, counters, replay)| {
        let ((src, dst), spi, protocol, mark, mode, (reqid, seq, if_id)) = who;
        let (direction, cpu, offload, algorithm, encapsulation) = what;
        let id = SaId { netns, dst, spi: Spi(spi), protocol, mark };
        let stage = if algorithm.is_some() { SaStage::Installed } else { SaStage::Larval };
        KernelSa {
            id,
            src,
            mode,
            stage,
            reqid,
            seq,
            if_id,
            direction,
            cpu,
            offload,
            algorithm,
            encapsulation,
            lifetime,
            counters,
            replay,
        }
    })
}

pub fn a_policy(netns: Netns) -> impl Strategy<Value = KernelPolicy> {
    let id = (selector(), 0_u8..8, a_mark(), any::<u32>());
    (id, any::<(u32, u32, bool)>(), option::of((template(), 1_u8..6)), option::of(offload())).prop_map(
        move |((selector, direction, mark, if_id), (index, priority, block), template, offload)| {
            let direction = match direction {
                0 => PolicyDirection::In,
                1 => PolicyDirection::Out,
                2 => PolicyDirection::Forward,
                other => PolicyDirection::Other(other),
            };
            KernelPolicy {
                id: PolicyId { netns, selector, direction, mark, if_id },
                index,
                priority,
                action: if block { Action::Block } else { Action::Allow },
                template: template.map(|(template, _)| template),
                templates: template.map_or(0, |(_, count)| count),
                offload,
            }
        },
    )
}

fn addresses() -> impl Strategy<Value = (IpAddr, IpAddr)> {
    prop_oneof![
        any::<(u32, u32)>().prop_map(|(a, b)| (Ipv4Addr::from(a).into(), Ipv4Addr::from(b).into())),
        any::<(u128, u128)>().prop_map(|(a, b)| (Ipv6Addr::from(a).into(), Ipv6Addr::from(b).into())),
    ]
}

fn selector() -> impl Strategy<Value = Selector> {
    (addresses(), any::<(u8, u8, u8, (u16, u16), (u16, u16), u32)>()).prop_map(
        |((src, dst), (src_prefix, dst_prefix, protocol, src_port, dst_port, ifindex))| Selector {
            src,
            src_prefix,
            dst,
            dst_prefix,
            protocol,
            src_port,
            dst_port,
            ifindex,
        },
    )
}

fn template() -> impl Strategy<Value = Template> {
    (addresses(), protocol(), mode(), any::<(u32, u32)>()).prop_map(|((src, dst), protocol, mode, (reqid, spi))| {
        Template { src, dst, protocol, mode, reqid, spi: Spi(spi) }
    })
}

fn protocol() -> impl Strategy<Value = Protocol> {
    any::<u8>().prop_map(Protocol::from_number)
}

fn mode() -> impl Strategy<Value = SaMode> {
    prop_oneof![Just(SaMode::Transport), Just(SaMode::Tunnel), (2_u8..8).prop_map(SaMode::Other)]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::In), Just(Direction::Out)]
}

fn a_mark() -> impl Strategy<Value = Mark> {
    any::<(u32, u32)>().prop_map(|(value, mask)| Mark { value, mask })
}

fn offload() -> impl Strategy<Value = Offload> {
    (any::<u32>(), any::<bool>(), direction()).prop_map(|(ifindex, packet, direction)| Offload {
        ifindex,
        mode: if packet { OffloadMode::Packet } else { OffloadMode::Crypto },
        direction,
    })
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    let name = "[a-z0-9()]{1,31}".prop_map(|name| AlgorithmName::new(name.as_bytes()));
    (name.clone(), option::of(name), any::<u16>(), any::<u16>())
        .prop_map(|(name, auth, key_bits, icv_bits)| Algorithm { name, auth, key_bits, icv_bits })
}

fn encapsulation() -> impl Strategy<Value = Encapsulation> {
    any::<(u16, u16, u16)>().prop_map(|(kind, source_port, destination_port)| Encapsulation {
        kind,
        source_port,
        destination_port,
    })
}

fn lifetime() -> impl Strategy<Value = Lifetime> {
    any::<(u64, u64, u32, u32)>().prop_map(|(hard_bytes, hard_packets, soft_add_seconds, hard_add_seconds)| Lifetime {
        hard_bytes,
        hard_packets,
        soft_add_seconds,
        hard_add_seconds,
    })
}

fn counters() -> impl Strategy<Value = Counters> {
    any::<((u64, u64, u64, u64), (u32, u32, u32))>().prop_map(|((bytes, packets, add_time, use_time), drops)| {
        Counters {
            bytes,
            packets,
            add_time,
            use_time,
            replay_window_drops: drops.0,
            replay_drops: drops.1,
            integrity_failures: drops.2,
        }
    })
}

fn replay() -> impl Strategy<Value = ReplayState> {
    let esn = (any::<(u64, u64)>(), 0_u32..4096).prop_map(|((sent, received), window)| (sent, received, window, true));
    let plain = any::<(u32, u32, u8)>().prop_map(|(s, r, w)| (u64::from(s), u64::from(r), u32::from(w), false));
    prop_oneof![esn, plain].prop_map(|(sent, received, window, esn)| ReplayState { sent, received, window, esn })
}
