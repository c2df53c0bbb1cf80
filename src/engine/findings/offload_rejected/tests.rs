//! Why the kernel refused, from what it told itself, and from what the daemon says.

use crate::engine::tests::refusals::*;
use crate::engine::tests::world::*;
use crate::model::probed_sample;
use crate::model::*;

fn gives_up_its_ike_sa(world: &mut World, serial: u32) {
    world.log("t1", serial, Statement::ChildFailed { notify: Some(Notify("INVALID_SYNTAX".to_owned())) });
    world.log("t1", serial - 1, Statement::IkeFailed { notify: None });
    world.log("t1", serial - 1, Statement::Deleting { is_ike: true, established: true });
}

#[test]
fn a_refusal_that_kills_the_negotiation_is_rejected_offload_and_counts() {
    let mut world = World::new();
    for (attempt, serial) in [(1, 2), (2, 4), (3, 6)] {
        world.log("t1", serial - 1, Statement::Initiating { rekeys: None });
        world.log("t1", serial, refused(0xabc, 22));
        gives_up_its_ike_sa(&mut world, serial);
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
    world.log("t1", 2, refused(0xabc, 22));
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["offload-rejected:t1"]);
}

#[test]
fn another_cause_is_not_blamed_on_the_nic() {
    for errno in [3, 17, 38, 12] {
        let mut world = World::new();
        world.log("t1", 2, refused(0xabc, errno));
        gives_up_its_ike_sa(&mut world, 2);
        assert_eq!(world.open(), ["sa-add-failed:t1"], "{errno}");
        world.keep("made-add-failed");
    }
}

#[test]
fn the_kernels_word_is_the_reason_whether_it_comes_before_the_daemons_line_or_after() {
    for kernel_first in [true, false] {
        let mut world = World::new();
        trace_works(&mut world);
        let kernel = What::OffloadTried(Box::new(tried(0xabc, 22, Some(ESN))));
        if kernel_first {
            world.see(kernel.clone());
        }
        world.log("t1", 2, refused(0xabc, 22));
        gives_up(&mut world, 2);
        if !kernel_first {
            assert_eq!(world.open(), [] as [&str; 0], "the kernel's word is awaited");
            world.see(kernel);
        }
        assert_eq!(world.open(), ["offload-rejected:t1"], "{kernel_first}");
        let finding = world.finding("offload-rejected:t1");
        assert_eq!(finding.reason, Reason::EsnUnsupported);
        assert!(finding.advice.contains("esn=no"), "{}", finding.advice);
        assert!(finding.evidence.iter().any(|line| line.source == Source::Trace && line.text.contains(ESN)));
        world.wait(20);
        assert_eq!(world.told.iter().filter(|(change, _)| *change == Change::Opened).count(), 1);
        if kernel_first {
            world.keep("made-refused-for-esn");
        }
    }
}

#[test]
fn without_the_kernels_word_the_reason_is_unknown_and_told_in_time() {
    for heard in [true, false] {
        let mut world = World::new();
        if heard {
            trace_works(&mut world);
        }
        world.log("t1", 2, refused(0xabc, 22));
        gives_up(&mut world, 2);
        world.wait(1);
        assert_eq!(world.finding("offload-rejected:t1").reason, Reason::Unknown);
    }
}

#[test]
fn the_daemons_own_quote_is_as_good() {
    let mut world = World::new();
    world.log("t1", 2, refused(0xabc, 22));
    world.log("t1", 2, Statement::KernelSaid { words: ESN.to_owned() });
    gives_up(&mut world, 2);
    assert_eq!(world.finding("offload-rejected:t1").reason, Reason::EsnUnsupported);
}

#[test]
fn another_sas_refusal_is_not_its_reason() {
    let mut world = World::new();
    trace_works(&mut world);
    world.see(What::OffloadTried(Box::new(tried(0xdef, 22, Some(ESN)))));
    world.log("t1", 2, refused(0xabc, 22));
    gives_up(&mut world, 2);
    world.wait(1);
    assert_eq!(world.finding("offload-rejected:t1").reason, Reason::Unknown);
}

#[test]
fn ah_is_never_offloaded() {
    let mut world = World::new();
    let sa = RefusedSa { protocol: Protocol::Ah, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) };
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno: 22 });
    gives_up(&mut world, 2);
    assert_eq!(world.finding("offload-rejected:t1").reason, Reason::AhNotOffloadable);
}

/// What eth0 answered when it was probed: outbound, `shape()` as told, and `esn` refused.
fn probed(answer: ProbeAnswer) -> ProbedDevice {
    let cell = |name: &str, shape, answer| ProbedCell { name: name.to_owned(), shape, answer };
    let esn = ProbeAnswer::Refused { errno: 22, words: Some(ESN.to_owned()), reason: Some(Reason::EsnUnsupported) };
    let column = ProbedColumn {
        wanted: OffloadMode::Crypto,
        direction: Direction::Out,
        base: Some(shape()),
        cells: vec![cell("base", shape(), answer), cell("esn", SaShape { esn: true, ..shape() }, esn)],
    };
    ProbedDevice { driver: None, kernel: String::new(), columns: vec![column], ..probed_sample::device() }
}

#[test]
fn what_the_device_answered_when_it_was_probed_tells_where_the_kernel_says_little() {
    let weak = "Device failed to offload this state";
    for (shape, id, reason) in [
        (SaShape { esn: true, ..shape() }, "offload-rejected:t1", Reason::EsnUnsupported),
        // It takes such SAs: then it has no room for another.
        (shape(), "offload-capacity:eth0", Reason::Capacity),
    ] {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", OffloadSetting::Crypto));
        world.probed.push(probed(ProbeAnswer::Accepted { words: None }));
        world.join();
        // A driver that the table does not know.
        world.see(What::Link(Link { driver: Some("a_vendors_own".to_owned()), ..nic(true) }));
        world.see(What::OffloadTried(Box::new(OffloadTry { shape: Some(shape), ..tried(0xabc, 22, Some(weak)) })));
        world.log("t1", 2, refused(0xabc, 22));
        gives_up(&mut world, 2);
        assert_eq!(world.finding(id).reason, reason, "{:?}", world.finding(id));
    }
}

#[test]
fn a_drivers_line_about_the_sa_before_is_no_evidence() {
    let mut world = World::new();
    trace_works(&mut world);
    world.see(What::Link(Link {
        driver: Some("netdevsim".to_owned()),
        kind: Some("netdevsim".to_owned()),
        ..nic(true)
    }));
    let line = |text: &str| {
        let device = Some("eth0".to_owned());
        What::KernelLog(KernelLogLine { driver: Some("netdevsim".to_owned()), device, text: text.to_owned() })
    };
    world.see(line("netdevsim netdevsim1 eth0: Unsupported IPsec algorithm"));
    let short = Algorithm { icv_bits: 64, ..shape().algorithm.unwrap() };
    let shape = SaShape { algorithm: Some(short), ..shape() };
    let text = "netdevsim: Failed to get key data for SA table";
    world.see(What::OffloadTried(Box::new(OffloadTry { shape: Some(shape), ..tried(0xabc, 22, Some(text)) })));
    world.log("t1", 2, refused(0xabc, 22));
    gives_up(&mut world, 2);
    assert_eq!(world.finding("offload-rejected:t1").reason, Reason::IcvLength);
}

#[test]
fn without_tracefs_a_drivers_line_tells() {
    let mut world = World::new();
    let driver = Some("ixgbe".to_owned());
    world.see(What::Link(Link { driver: driver.clone(), ..nic(true) }));
    let text = "ixgbe 0000:01:00.0 eth0: IPsec offload requires 128 bit authentication".to_owned();
    world.see(What::KernelLog(KernelLogLine { driver, device: Some("eth0".to_owned()), text }));
    world.log("t1", 2, refused(0xabc, 22));
    gives_up(&mut world, 2);
    let finding = world.finding("offload-rejected:t1");
    assert_eq!(finding.reason, Reason::IcvLength);
    assert!(finding.evidence.iter().any(|line| line.source == Source::KernelLog));
}

#[test]
fn a_drivers_line_of_the_time_of_two_refusals_is_nobodys() {
    let mut world = World::unjoined();
    world.connections.extend([connection("t1", OffloadSetting::Crypto), connection("t2", OffloadSetting::Crypto)]);
    world.join();
    let driver = Some("ixgbe".to_owned());
    world.see(What::Link(Link { driver: driver.clone(), ..nic(true) }));
    world.log("t2", 4, refused(0xdef, 22));
    let text = "ixgbe 0000:01:00.0 eth0: IPsec offload requires 128 bit authentication".to_owned();
    world.see(What::KernelLog(KernelLogLine { driver, device: Some("eth0".to_owned()), text }));
    world.log("t1", 2, refused(0xabc, 22));
    gives_up(&mut world, 2);
    world.log("t2", 4, Statement::ChildFailed { notify: None });
    for id in ["offload-rejected:t1", "offload-rejected:t2"] {
        let finding = world.finding(id);
        assert_eq!(finding.reason, Reason::Unknown);
        assert!(finding.evidence.iter().any(|line| line.source == Source::KernelLog), "it can be read all the same");
    }
}
