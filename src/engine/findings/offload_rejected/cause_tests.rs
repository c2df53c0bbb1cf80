//! Why the kernel refused, where that stands in what is known.

use crate::engine::tests::refusals::*;
use crate::engine::tests::world::*;
use crate::model::*;

const ADD: KernelOperation = KernelOperation::AddSa;

/// An SA to this address is refused, and the negotiation ends.
fn refuse(world: &mut World, serial: u32, (dst, spi): (&str, u32), errno: u32) {
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(spi), dst: Some(dst.parse().unwrap()) };
    world.log("t1", serial, Statement::KernelRefused { operation: ADD, sa: Some(sa), errno });
}

fn told(world: &World) -> Finding {
    let [finding] = world.engine.findings().try_into().unwrap();
    finding
}

#[test]
fn who_has_the_spi_is_named() {
    // Of another connection.
    let mut world = World::unjoined();
    world.connections.extend([connection("t1", OffloadSetting::No), connection("t2", OffloadSetting::No)]);
    world.join();
    let (out, _) = world.establish("t2", 2, false);
    world.wait(20);
    refuse(&mut world, 4, (PEER, out.spi.0), 17);
    gives_up(&mut world, 4);
    let finding = world.finding("sa-add-failed:t1");
    assert_eq!(finding.reason, Reason::SpiTaken);
    assert!(finding.summary.contains("is there already (of t2)"), "{}", finding.summary);
    world.keep("made-spi-taken");
    // Nobody's, and then none at all.
    let mut world = World::new();
    let orphan = sa("10.0.0.7", PEER, 0xabc, false);
    world.kernel.insert(orphan.id, orphan);
    world.see(What::Kernel(Event::SaAdded(Box::new(KernelSa { reqid: 77, ..orphan }))));
    refuse(&mut world, 4, (PEER, 0xabc), 17);
    gives_up(&mut world, 4);
    let finding = world.finding("sa-add-failed:t1");
    assert!(finding.summary.contains("(nobody's: "), "{}", finding.summary);
    let command = "'ip xfrm state delete src 10.0.0.7 dst 10.0.0.2 proto esp spi 0x00000abc'";
    assert!(finding.advice.contains(command), "{}", finding.advice);
    let mut world = World::new();
    refuse(&mut world, 4, (PEER, 0xabc), 17);
    gives_up(&mut world, 4);
    let finding = told(&world);
    assert_eq!(finding.reason, Reason::SpiTaken);
    assert!(finding.summary.contains("though none is to be seen now"), "{}", finding.summary);
}

#[test]
fn a_reserved_sa_that_expired_was_waited_for_too_long() {
    let reserved = SaId { dst: LOCAL.parse().unwrap(), spi: Spi(0xabc), ..SaId::default() };
    for seen in [true, false] {
        let mut world = World::new();
        if seen {
            let sa = KernelSa { stage: SaStage::Larval, ..sa(PEER, LOCAL, 0xabc, false) };
            let selector = Box::new(policy(&sa).id.selector);
            world.see(What::Kernel(Event::SaExpired { sa: Box::new(sa), hard: true, selector }));
        }
        refuse(&mut world, 2, (LOCAL, 0xabc), 3);
        gives_up(&mut world, 2);
        let finding = world.finding("sa-add-failed:t1");
        assert_eq!(finding.reason, Reason::NegotiationTooSlow);
        assert!(finding.advice.contains("'sysctl -w net.core.xfrm_acq_expires=165'"), "{}", finding.advice);
        assert_eq!(finding.evidence.iter().any(|line| line.text.contains("reserved, expired")), seen);
        if seen {
            world.keep("made-negotiation-too-slow");
        }
    }
    // Somebody deleted it.
    let mut world = World::new();
    world.see(What::Kernel(Event::SaDeleted { id: reserved, last: None }));
    refuse(&mut world, 2, (LOCAL, 0xabc), 3);
    gives_up(&mut world, 2);
    assert_eq!(told(&world).reason, Reason::Deleted);
    // An outbound one is not reserved.
    let mut world = World::new();
    refuse(&mut world, 2, (PEER, 0xabc), 3);
    gives_up(&mut world, 2);
    assert_eq!(told(&world).reason, Reason::Unknown);
}

#[test]
fn packet_offload_of_what_goes_in_udp_is_refused_for_that() {
    let packet = |encapsulation, tunnel| {
        let child =
            ChildSettings { encapsulation: Some(encapsulation), tunnel: Some(tunnel), ..ChildSettings::default() };
        LoadedConnection { child, ..connection("t1", OffloadSetting::Packet) }
    };
    for (encapsulation, tunnel, reason) in [
        (EncapsulationSetting::Yes, true, Reason::UdpEncapUnsupported),
        (EncapsulationSetting::Auto, true, Reason::Unknown),
        // The card of this world takes that: something else is the matter.
        (EncapsulationSetting::Yes, false, Reason::Unknown),
    ] {
        let mut world = World::unjoined();
        world.connections.push(packet(encapsulation, tunnel));
        world.join();
        refuse(&mut world, 2, (LOCAL, 0xabc), 22);
        world.log("t1", 2, Statement::SaNotAdded { of_offload: true });
        gives_up(&mut world, 2);
        let finding = world.finding("offload-rejected:t1");
        assert_eq!(finding.reason, reason);
        if reason == Reason::UdpEncapUnsupported {
            assert!(finding.advice.contains("encapsulation=no"), "{}", finding.advice);
            world.keep("made-packet-offload-in-udp");
        }
    }
}

#[test]
fn the_daemons_own_line_says_that_an_offload_was_asked_for() {
    for (of_offload, id) in [(true, "offload-rejected:t1"), (false, "sa-add-failed:t1")] {
        let mut world = World::unjoined();
        world.connections.push(connection("t1", OffloadSetting::No));
        world.join();
        refuse(&mut world, 2, (LOCAL, 0xabc), 22);
        world.log("t1", 2, Statement::SaNotAdded { of_offload });
        gives_up(&mut world, 2);
        assert_eq!(world.open(), [id]);
    }
}

#[test]
fn attempts_that_follow_each_other_at_once_are_all_counted() {
    let mut world = World::unjoined();
    world.connections.push(connection("t1", OffloadSetting::Packet));
    world.join();
    // None of them is told before the next one: the kernel's own word is awaited.
    trace_works(&mut world);
    for serial in 1..=8 {
        refuse(&mut world, serial * 2, (LOCAL, 0xabc), 22);
        gives_up(&mut world, serial * 2);
    }
    world.wait(2);
    let finding = world.finding("offload-rejected:t1");
    assert_eq!(finding.times, 8);
    refuse(&mut world, 40, (LOCAL, 0xabc), 22);
    gives_up(&mut world, 40);
    world.wait(2);
    assert_eq!(world.finding("offload-rejected:t1").times, 9);
}

#[test]
fn the_kernels_words_about_something_else_than_an_offload_are_the_reason() {
    for (words, reason) in [
        ("Requested AEAD algorithm not found", Reason::AlgorithmMissing),
        ("Kernel was unable to initialize cryptographic operations", Reason::AlgorithmMissing),
        ("ESN replay window must be > 0", Reason::ReplayWindow),
        ("Unsupported encapsulation type for ESP", Reason::UdpEncapUnsupported),
        ("Requested mode not found", Reason::ModeUnsupported),
        ("IP-TFS mode only supported with ESP", Reason::ModeUnsupported),
        ("No SPI available in the requested range", Reason::NoSpi),
        ("pCPU number too big", Reason::PerCpu),
        ("SA is in use by tunnels", Reason::Busy),
        ("Excessive TFC padding", Reason::TfcPadding),
    ] {
        for by_trace in [true, false] {
            // Though an offload was asked for, it is not what was refused.
            let mut world = World::new();
            if by_trace {
                trace_works(&mut world);
                world.see(What::KernelSaid(KernelWords::now(100, words.to_owned())));
            }
            refuse(&mut world, 2, (LOCAL, 0xabc), 22);
            if !by_trace {
                world.log("t1", 2, Statement::KernelSaid { words: words.to_owned() });
            }
            gives_up(&mut world, 2);
            world.wait(1);
            let finding = world.finding("sa-add-failed:t1");
            assert_eq!(finding.reason, reason, "{words}");
            assert!(finding.advice.len() > 10 && !finding.advice.contains("DEV"), "{}", finding.advice);
        }
    }
}

#[test]
fn an_error_that_only_algorithms_have_is_of_them() {
    for errno in [2, 38] {
        let mut world = World::new();
        refuse(&mut world, 2, (LOCAL, 0xabc), errno);
        gives_up(&mut world, 2);
        assert_eq!(world.finding("sa-add-failed:t1").reason, Reason::AlgorithmMissing);
    }
    let mut world = World::new();
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::GetSpi, sa: None, errno: 2 });
    gives_up(&mut world, 2);
    assert_eq!(world.finding("sa-add-failed:t1").reason, Reason::NoSpi);
}
