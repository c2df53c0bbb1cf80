//! What a driver says in the kernel's log alone, and of whose SA it is.

use super::refusals::*;
use super::world::*;
use crate::model::*;

/// What core says of a refusal that the driver has no words for.
const WEAK: &str = "mlx5_core: Device failed to offload this state";
/// A ConnectX-7's virtual function, while the eswitch is in switchdev mode, is asked for packet offload in tunnel mode.
const RULE_REFUSED: [&str; 2] = [
    "mlx5_core 0000:31:00.2: SET_FLOW_TABLE_ENTRY(0x936) op_mod(0x0) failed, status bad parameter(0x3), syndrome (0x65c1fb), err(-22)",
    "mlx5_core 0000:31:00.2: tx_add_rule:2231: fail to add TX ipsec rule err=-22",
];

fn mlx5() -> Option<String> {
    Some("mlx5_core".to_owned())
}

fn says(world: &mut World, lines: &[&str]) {
    for text in lines {
        let line = KernelLogLine { driver: mlx5(), device: Some("eth0".to_owned()), text: (*text).to_owned() };
        world.see(What::KernelLog(line));
    }
}

/// Connections with packet offload on such a card.
fn world_of(connections: &[&str]) -> World {
    let mut world = World::unjoined();
    let packet = |name: &&str| connection(name, OffloadSetting::Packet);
    world.connections.extend(connections.iter().map(packet));
    world.join();
    trace_works(&mut world);
    world.see(What::Link(Link { driver: mlx5(), ..nic(true) }));
    world
}

fn tried_in(mode: SaMode, spi: u32) -> What {
    let shape = Some(SaShape { mode, ..shape() });
    What::OffloadTried(Box::new(OffloadTry { mode: OffloadMode::Packet, shape, ..tried(spi, 22, Some(WEAK)) }))
}

/// The finding on t1 where the card refuses such an SA.
fn refused_in(mode: SaMode, lines: &[&str]) -> (World, Finding) {
    let mut world = world_of(&["t1"]);
    says(&mut world, lines);
    world.see(tried_in(mode, 0xabc));
    world.log("t1", 2, refused(0xabc, 22));
    gives_up(&mut world, 2);
    let finding = world.finding("offload-rejected:t1").clone();
    (world, finding)
}

#[test]
fn tunnel_mode_is_named_where_the_card_refuses_its_rule() {
    let (world, finding) = refused_in(SaMode::Tunnel, &RULE_REFUSED);
    assert_eq!(finding.reason, Reason::ModeUnsupported);
    assert!(finding.advice.contains("type=transport") && finding.advice.contains("mode legacy"), "{}", finding.advice);
    for line in RULE_REFUSED {
        assert!(finding.evidence.iter().any(|one| one.source == Source::KernelLog && one.text == line), "{line}");
    }
    world.keep("made-packet-offload-in-tunnel-mode");
}

#[test]
fn without_the_line_or_in_transport_mode_it_is_not_the_mode() {
    assert_eq!(refused_in(SaMode::Tunnel, &[]).1.reason, Reason::Unknown);
    assert_eq!(refused_in(SaMode::Tunnel, &RULE_REFUSED[..1]).1.reason, Reason::Unknown);
    assert_eq!(refused_in(SaMode::Transport, &RULE_REFUSED).1.reason, Reason::FirmwareError);
}

/// The card's interfaces are several, and the line names none: a representor's driver has another name than the lines begin with.
#[test]
fn a_line_of_the_card_counts_for_its_representor() {
    for (driver, expected) in [("mlx5e_rep", Reason::ModeUnsupported), ("ixgbe", Reason::Unknown)] {
        let mut world = world_of(&["t1"]);
        world.see(What::Link(Link { driver: Some(driver.to_owned()), ..nic(true) }));
        for text in RULE_REFUSED {
            world.see(What::KernelLog(KernelLogLine { driver: mlx5(), device: None, text: text.to_owned() }));
        }
        world.see(tried_in(SaMode::Tunnel, 0xabc));
        world.log("t1", 2, refused(0xabc, 22));
        gives_up(&mut world, 2);
        assert_eq!(world.finding("offload-rejected:t1").reason, expected, "{driver}");
    }
}

/// The lines name no SA.
#[test]
fn of_two_refused_at_one_time_neither_has_the_line() {
    let mut world = world_of(&["t1", "t2"]);
    says(&mut world, &RULE_REFUSED);
    world.see(tried_in(SaMode::Tunnel, 0xabc));
    world.see(tried_in(SaMode::Transport, 0xdef));
    world.log("t1", 2, refused(0xabc, 22));
    world.log("t2", 4, refused(0xdef, 22));
    gives_up(&mut world, 2);
    world.log("t2", 4, Statement::ChildFailed { notify: None });
    for id in ["offload-rejected:t1", "offload-rejected:t2"] {
        let finding = world.finding(id);
        assert_eq!(finding.reason, Reason::Unknown, "{id}");
        let quoted = |line: &&str| finding.evidence.iter().any(|one| one.text == *line);
        assert!(RULE_REFUSED.iter().all(quoted), "{id}: it can be read all the same");
    }
}

/// Other parts of the card's driver have rules refused, too.
#[test]
fn a_line_without_a_refusal_opens_nothing() {
    let mut world = World::new();
    world.see(What::Link(Link { driver: mlx5(), ..nic(true) }));
    world.establish("t1", 2, true);
    says(&mut world, &RULE_REFUSED);
    says(&mut world, &["mlx5_core 0000:31:00.2: rx_add_rule:2108:(pid 712): fail to add RX ipsec rule err=-12"]);
    world.wait(60);
    assert_eq!(world.open(), [] as [&str; 0]);
}
