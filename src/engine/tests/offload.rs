//! Expected offload against actual, refusals, and devices that go.

use super::world::*;
use crate::model::*;

fn refusal(errno: u32) -> Statement {
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) };
    Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno }
}

fn gives_up(world: &mut World, serial: u32) {
    world.log("t1", serial, Statement::ChildFailed { notify: Some(Notify("INVALID_SYNTAX".to_owned())) });
    world.log("t1", serial - 1, Statement::IkeFailed { notify: None });
    world.log("t1", serial - 1, Statement::Deleting { is_ike: true, established: true });
}

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
fn a_refusal_that_kills_the_negotiation_is_rejected_offload_and_counts() {
    let mut world = World::new();
    for (attempt, serial) in [(1, 2), (2, 4), (3, 6)] {
        world.log("t1", serial - 1, Statement::Initiating { rekeys: None });
        world.log("t1", serial, refusal(22));
        gives_up(&mut world, serial);
        assert_eq!(world.open(), ["offload-rejected:t1"]);
        let finding = world.finding("offload-rejected:t1");
        assert_eq!(finding.times, attempt);
        assert!(finding.summary.contains("Invalid argument"), "{}", finding.summary);
        world.wait(5);
    }
    world.establish("t1", 8, true);
    world.wait(4);
    assert_eq!(world.open(), ["offload-rejected:t1"]);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-offload-rejected");
}

#[test]
fn a_refusal_without_another_word_is_told_after_a_second() {
    let mut world = World::new();
    world.log("t1", 2, refusal(22));
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["offload-rejected:t1"]);
}

#[test]
fn another_cause_is_not_blamed_on_the_nic() {
    for errno in [3, 12, 17, 38] {
        let mut world = World::new();
        world.log("t1", 2, refusal(errno));
        gives_up(&mut world, 2);
        assert_eq!(world.open(), ["sa-add-failed:t1"], "{errno}");
        world.keep("made-add-failed");
    }
}

#[test]
fn a_silent_fallback_quotes_the_refusal() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Auto));
    world.join();
    world.log("t1", 2, refusal(22));
    world.establish("t1", 2, false);
    world.wait(20);
    assert_eq!(world.open(), ["sa-not-offloaded:t1:in", "sa-not-offloaded:t1:out"]);
    let finding = world.finding("sa-not-offloaded:t1:in");
    assert_eq!(finding.reason, Reason::FellBack);
    assert!(finding.evidence[0].text.contains("KernelRefused"));
    world.keep("made-fall-back");
}

#[test]
fn a_link_that_goes_down_loses_its_sas() {
    let mut world = World::new();
    world.establish("t1", 2, true);
    world.wait(3);
    world.kernel.clear();
    world.see(What::Link(nic(false)));
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    let finding = world.finding("offload-lost:eth0");
    assert_eq!((finding.affected.sas, finding.affected.connections, finding.reason), (2, 1, Reason::LinkDown));
    world.wait(60);
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    world.see(What::Link(nic(true)));
    world.establish("t1", 3, true);
    assert_eq!(world.open(), [] as [&str; 0]);
}

#[test]
fn many_sas_are_told_from_one_dump() {
    let mut world = World::new();
    for serial in 2..80 {
        world.establish(&format!("c{serial}"), serial, true);
    }
    world.wait(10);
    let dumps = world.dumps;
    world.kernel.clear();
    world.see(What::LinkGone { index: DEVICE });
    world.wait(10);
    assert_eq!(world.open(), ["offload-lost:eth0"]);
    assert_eq!(world.finding("offload-lost:eth0").affected.sas, 156);
    assert_eq!(world.finding("offload-lost:eth0").reason, Reason::DeviceRemoved);
    assert_eq!(world.dumps, dumps + 1);
    world.keep("made-device-removed");
}

#[test]
fn a_link_without_offloaded_sas_goes_without_a_word() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::No));
    world.join();
    world.establish("t1", 2, false);
    world.see(What::Link(nic(false)));
    world.wait(60);
    assert_eq!(world.told, []);
}
