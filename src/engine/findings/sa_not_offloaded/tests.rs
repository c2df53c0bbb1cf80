//! Expected offload against actual.

use crate::engine::tests::refusals::*;
use crate::engine::tests::world::*;
use crate::model::*;

#[test]
fn a_software_sa_is_told_at_once_in_both_directions() {
    let mut world = World::new();
    world.see(What::Link(Link { kind: Some("vlan".to_owned()), esp_hw_offload: Some(false), ..nic(true) }));
    world.establish("t1", 2, false);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    let finding = world.finding("sa-not-offloaded:t1:out");
    assert_eq!((finding.subject.device.as_deref(), finding.reason), (Some("eth0"), Reason::DeviceNotCapable));
    world.establish("t1", 3, true);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn without_the_daemons_log_a_software_sa_is_told_two_seconds_after_the_kernel_has_it() {
    for (state, seconds) in [(SourceState::Absent, 2), (SourceState::Degraded, 2), (SourceState::Ok, 5)] {
        let mut world = World::new();
        world.wait(120);
        world.see(What::Coverage(Coverage { source: Source::Log, state, detail: String::new() }));
        world.establish_silently("t1", 2, PEER, false);
        world.wait(seconds - 1);
        assert_eq!(world.open(), [] as [&str; 0], "{state:?}");
        world.wait(1);
        assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"], "{state:?}");
    }
}

#[test]
fn nothing_is_said_where_no_offload_is_expected() {
    for (setting, feature) in
        [(OffloadSetting::No, Some(true)), (OffloadSetting::Auto, Some(false)), (OffloadSetting::Auto, None)]
    {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", setting));
        world.join();
        world.see(What::Link(Link { esp_hw_offload: feature, ..nic(true) }));
        world.establish("t1", 2, false);
        world.wait(60);
        assert_eq!(world.told, [], "{setting:?} {feature:?}");
    }
}

#[test]
fn the_configuration_may_demand_it() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    world.establish("t1", 2, false);
    let rule = ConnectionRule { pattern: "t*".to_owned(), offload: OffloadWish::Required, mode: None };
    world.see(What::Reconfigured(EngineSettings { connections: vec![rule], ..EngineSettings::default() }));
    assert_eq!(world.finding("sa-not-offloaded:t1:in").severity, Severity::Critical);
    world.see(What::Reconfigured(EngineSettings { offload: OffloadWish::Off, ..EngineSettings::default() }));
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn crypto_where_packet_was_asked_for_is_a_downgrade() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Packet));
    world.join();
    world.establish("t1", 2, true);
    assert_eq!(world.open(), ["offload-downgraded:t1:in", "offload-downgraded:t1:out"]);
    world.keep("made-offload-downgraded");
}

#[test]
fn a_silent_fallback_quotes_the_refusal() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Auto));
    world.join();
    world.log("t1", 2, refused(0xabc, 22));
    world.establish("t1", 2, false);
    world.wait(20);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    let finding = world.finding("sa-not-offloaded:t1:in");
    assert_eq!(finding.reason, Reason::FellBack);
    assert!(finding.evidence[0].text.contains("KernelRefused"));
    world.keep("made-fall-back");
}

#[test]
fn a_refusal_answered_by_falling_back_is_the_reason_of_the_software_sa() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Auto));
    world.join();
    trace_works(&mut world);
    let inbound = OffloadTry {
        src: Some(PEER.parse().unwrap()),
        dst: Some(LOCAL.parse().unwrap()),
        direction: Direction::In,
        ..tried(5, 22, Some(ESN))
    };
    world.see(What::OffloadTried(Box::new(tried(4, 22, Some(ESN)))));
    world.log("t1", 2, refused(4, 22));
    world.see(What::OffloadTried(Box::new(inbound)));
    world.establish("t1", 2, false);
    world.wait(20);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    let finding = world.finding("sa-not-offloaded:t1:out");
    assert_eq!(finding.reason, Reason::EsnUnsupported);
    assert!(finding.advice.contains("esn=no"), "{}", finding.advice);
}

#[test]
fn an_sa_that_the_kernel_took_in_software_without_an_error_quotes_its_warning() {
    let mut world = World::new();
    trace_works(&mut world);
    world.see(What::Link(Link { kind: Some("bond".to_owned()), driver: Some("bonding".to_owned()), ..nic(true) }));
    world.establish("t1", 2, false);
    let before = world.finding("sa-not-offloaded:t1:out").reason;
    assert_eq!(before, Reason::Unknown);
    let text = "bonding: Slave does not support ipsec offload";
    world.see(What::OffloadTried(Box::new(tried(4, 0, Some(text)))));
    assert_eq!(world.finding("sa-not-offloaded:t1:out").reason, Reason::SlaveNotCapable);
    assert_eq!(world.finding("sa-not-offloaded:t1:in").reason, Reason::Unknown);
    world.keep("made-reason-slave-not-capable");
    let story = world.engine.explain("0x4").unwrap();
    assert!(story.now.iter().any(|line| line.contains("not on the NIC")), "{:?}", story.now);
}
