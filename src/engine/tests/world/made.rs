//! What a made-up gateway is made of.

use std::time::Duration;

use crate::model::*;

pub const DEVICE: u32 = 2;
pub const LOCAL: &str = "10.0.0.1";
pub const PEER: &str = "10.0.0.2";
pub const START: u64 = 1_000_000_000;

/// The NIC that has the local address.
pub fn nic(up: bool) -> Link {
    Link {
        index: DEVICE,
        name: "eth0".to_owned(),
        up,
        carrier: up,
        kind: None,
        lower: None,
        master: None,
        driver: Some("mlx5_core".to_owned()),
        esp_hw_offload: Some(true),
        addresses: vec![LOCAL.parse().unwrap()],
    }
}

/// A loaded connection to the peer.
pub fn connection(name: &str, offload: OffloadSetting) -> LoadedConnection {
    LoadedConnection {
        connection: name.to_owned(),
        instance: None,
        offload: Some(offload),
        wanted_up: None,
        routed: None,
        template: false,
        local: Some(LOCAL.parse().unwrap()),
        remote: Some(PEER.parse().unwrap()),
        oriented: Some(true),
        ike: None,
        unrouted: false,
        interface: Some("eth0".to_owned()),
        local_selector: None,
        remote_selector: None,
        reqid: None,
        child: crate::model::ChildSettings::default(),
    }
}

/// A pluto.
pub fn daemon(pid: u32) -> Daemon {
    Daemon {
        kind: DaemonKind::Libreswan,
        known: KnownBy::Process { pid, start_ticks: u64::from(pid) },
        since: RealTime::default(),
        version: Some("4.10".to_owned()),
        unit: None,
        log: "journal".to_owned(),
        socket: "/run/pluto/pluto.ctl".to_owned(),
        log_addresses: None,
        debug: Vec::new(),
    }
}

/// An SA between two hosts.
pub fn sa(src: &str, dst: &str, spi: u32, offload: bool) -> KernelSa {
    let direction = if src == LOCAL { Direction::Out } else { Direction::In };
    let mut row = crate::engine::sample::sa(dst, spi);
    row.src = src.parse().unwrap();
    row.offload = offload.then_some(Offload { ifindex: DEVICE, mode: OffloadMode::Crypto, direction });
    row.counters.add_time = 1_700_000_000 + START / 1_000_000;
    row
}

/// The policy that sends its packets to an SA of `sa`.
pub fn policy(sa: &KernelSa) -> KernelPolicy {
    let any = (0, 0);
    let selector = Selector {
        src: sa.src,
        src_prefix: 32,
        dst: sa.id.dst,
        dst_prefix: 32,
        protocol: 0,
        src_port: any,
        dst_port: any,
        ifindex: 0,
    };
    let outbound = sa.src.to_string() == LOCAL;
    let direction = if outbound { PolicyDirection::Out } else { PolicyDirection::In };
    let template =
        Template { src: sa.src, dst: sa.id.dst, protocol: sa.id.protocol, mode: sa.mode, reqid: sa.reqid, spi: Spi(0) };
    KernelPolicy {
        id: PolicyId { netns: sa.id.netns, selector, direction, mark: Mark::default(), if_id: 0 },
        index: 1,
        priority: 2000,
        action: Action::Allow,
        template: Some(template),
        templates: 1,
        offload: None,
    }
}

/// Shorter to write.
pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Of a daemon that has had a processor all the time.
pub fn works(over: u64) -> Silence {
    let looks = Looks { running: u32::try_from(over).unwrap(), ..Looks::default() };
    let worked = Some(over * 990_000);
    Silence { pid: 100, over: over * 1_000_000, looks, worked, waited: Some(over * 10_000), ..Silence::default() }
}

/// Of one that sleeps in a call.
pub fn sleeps(over: u64) -> Silence {
    let looks = Looks { asleep: u32::try_from(over).unwrap(), ..Looks::default() };
    let place = SleepPlace { function: Some("inet_wait_for_connect".to_owned()), call: Some("connect".to_owned()) };
    Silence { looks, worked: Some(1_000), waited: Some(500), place: Some(place), ..works(over) }
}

/// Of one that is ready to run, and others have the processor for nine tenths of the time.
pub fn starves(over: u64) -> Silence {
    Silence { worked: Some(over * 100_000), waited: Some(over * 900_000), busy: Some(over * 990_000), ..works(over) }
}
