//! Why the kernel refused, from what it told itself; devices that are full; refusals that no daemon speaks of.

use super::world::*;
use crate::model::probed_sample;
use crate::model::*;

const ESN: &str = "Device doesn't support offload with ESN";

fn trace_works(world: &mut World) {
    world.see(What::Coverage(Coverage { source: Source::Trace, state: SourceState::Ok, detail: String::new() }));
}

fn shape() -> SaShape {
    let name = AlgorithmName::new(b"rfc4106(gcm(aes))");
    SaShape {
        protocol: Protocol::Esp,
        mode: SaMode::Tunnel,
        algorithm: Some(Algorithm { name, auth: None, key_bits: 160, icv_bits: 128 }),
        esn: false,
        replay_window: 0,
        encapsulated: false,
        ipv6: false,
        if_id: 0,
    }
}

/// By the daemon with process 100, outbound.
fn tried(spi: u32, errno: u32, text: Option<&str>) -> OffloadTry {
    OffloadTry {
        pid: 100,
        process: "pluto".to_owned(),
        spi: Spi(spi),
        src: Some(LOCAL.parse().unwrap()),
        dst: Some(PEER.parse().unwrap()),
        ifindex: DEVICE,
        mode: OffloadMode::Crypto,
        direction: Direction::Out,
        errno,
        text: text.map(ToOwned::to_owned),
        shape: Some(shape()),
    }
}

fn refused(spi: u32, errno: u32) -> Statement {
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(spi), dst: Some(PEER.parse().unwrap()) };
    Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno }
}

fn gives_up(world: &mut World, serial: u32) {
    world.log("t1", serial, Statement::ChildFailed { notify: None });
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

#[test]
fn a_device_that_refuses_for_room_is_full_until_it_keeps_an_sa() {
    let mut world = World::new();
    world.connections.push(connection("t2", OffloadSetting::Crypto));
    trace_works(&mut world);
    world.establish("t1", 2, true);
    world.wait(6);
    let text = "No space for SA in Rx table!";
    world.see(What::OffloadTried(Box::new(tried(0xabc, 28, Some(text)))));
    world.log("t2", 4, refused(0xabc, 28));
    world.log("t2", 4, Statement::ChildFailed { notify: None });
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    let finding = world.finding("offload-capacity:eth0");
    assert_eq!((finding.reason, finding.affected.sas), (Reason::Capacity, 2));
    assert_eq!(finding.affected.list, ["t2"]);
    // Half a pair that goes again proves nothing.
    let half = sa(PEER, LOCAL, 0x77, true);
    world.kernel.insert(half.id, half);
    world.see(What::Kernel(Event::SaAdded(Box::new(half))));
    world.delete(half.id);
    world.wait(6);
    assert_eq!(world.open(), ["offload-capacity:eth0"]);
    world.establish("t2", 6, true);
    world.wait(6);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-capacity");
}

#[test]
fn a_weak_refusal_of_what_the_device_took_before_is_a_full_device_too() {
    let mut world = World::new();
    trace_works(&mut world);
    world.establish("t1", 2, true);
    let taken = SaShape::from(world.kernel.values().next().unwrap());
    let weak = "Device failed to offload this state";
    for (shape, id) in [(taken, "offload-capacity:eth0"), (SaShape { esn: true, ..taken }, "offload-rejected:t1")] {
        let mut world = World::new();
        trace_works(&mut world);
        world.establish("t1", 2, true);
        let weak = OffloadTry { shape: Some(shape), ..tried(0xabc, 22, Some(weak)) };
        world.see(What::OffloadTried(Box::new(weak)));
        world.log("t1", 4, refused(0xabc, 22));
        gives_up(&mut world, 4);
        assert_eq!(world.open(), [id], "{:?}", world.engine.findings());
    }
}

#[test]
fn a_refusal_that_no_daemon_speaks_of_is_told_by_its_addresses() {
    let mut world = World::new();
    trace_works(&mut world);
    let by_hand = OffloadTry { pid: 4711, process: "ip".to_owned(), ..tried(0x99, 22, Some(ESN)) };
    world.see(What::OffloadTried(Box::new(by_hand)));
    world.wait(1);
    let id = format!("offload-rejected:{LOCAL}-{PEER}");
    assert_eq!(world.open(), [id.as_str()]);
    let finding = world.finding(&id);
    assert_eq!((finding.reason, finding.subject.connection.as_deref()), (Reason::EsnUnsupported, None));
    assert!(finding.summary.contains("ip (process 4711)"), "{}", finding.summary);
    world.wait(598);
    assert_eq!(world.open(), [id.as_str()]);
    world.wait(2);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-refused-by-hand");
}

#[test]
fn the_daemons_refusal_is_told_by_its_addresses_only_where_its_log_is_silent() {
    let mut world = World::new();
    trace_works(&mut world);
    world.see(What::OffloadTried(Box::new(tried(0xabc, 22, Some(ESN)))));
    world.wait(1);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), [format!("offload-rejected:{LOCAL}-{PEER}")]);
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
fn what_probe_tries_is_no_finding() {
    let mut world = World::new();
    let dst = Some("198.51.100.1".parse().unwrap());
    let src = Some("192.0.2.1".parse().unwrap());
    world.see(What::OffloadTried(Box::new(OffloadTry { pid: 7, src, dst, ..tried(0xabc, 22, Some(ESN)) })));
    world.wait(10);
    assert_eq!(world.told, []);
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
