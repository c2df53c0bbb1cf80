//! Each of the kernel's texts, told by the kernel itself about an SA of the daemon: the finding has its reason and a cure.

use std::collections::BTreeSet;

use super::world::*;
use crate::model::*;
use crate::reasons::tests::texts::{TEXTS, Text};

/// A device as that driver's would be seen.
fn device(text: &Text) -> Link {
    let kind = (text.driver == "bonding").then(|| "bond".to_owned());
    Link { driver: Some(text.driver.to_owned()), kind, ..nic(true) }
}

fn tried(text: &Text) -> OffloadTry {
    OffloadTry {
        pid: 100,
        process: "pluto".to_owned(),
        spi: Spi(0xabc),
        src: Some(LOCAL.parse().unwrap()),
        dst: Some(PEER.parse().unwrap()),
        ifindex: DEVICE,
        mode: if text.reason == Reason::PacketUnsupported { OffloadMode::Packet } else { OffloadMode::Crypto },
        direction: Direction::Out,
        errno: text.errno,
        text: Some(format!("{}: {}", text.module, text.text)),
        shape: None,
    }
}

/// The finding that opens, in a world of its own.
fn told(text: &Text) -> (World, Finding) {
    let mut world = World::unjoined();
    world.kernel_release = "6.12.117+deb12-amd64".to_owned();
    world.connections.push(connection("t1", OffloadSetting::Crypto));
    world.join();
    world.see(What::Link(device(text)));
    world.see(What::OffloadTried(Box::new(tried(text))));
    let sa = Some(RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) });
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa, errno: text.errno });
    world.log("t1", 2, Statement::ChildFailed { notify: None });
    world.wait(1);
    let [finding] = world.engine.findings().try_into().unwrap();
    (world, finding)
}

#[test]
fn every_text_of_the_kernel_gives_its_reason_and_a_cure() {
    let mut kept = BTreeSet::new();
    let of_sas = |text: &&Text| text.errno != 0 && text.reason != Reason::PolicyUnsupported;
    // Said to a request for neither mode, which no observation can be of.
    let possible = |text: &&Text| text.text != "Unsupported xfrm offload type" || text.driver != "mlx5_core";
    for text in TEXTS.iter().filter(of_sas).filter(possible) {
        let (world, finding) = told(text);
        // The SA's protocol is known here, and may decide what the words alone do not.
        if text.reason != Reason::Unknown {
            assert_eq!(finding.reason, text.reason, "{}: {}", text.module, text.text);
        }
        let code = if text.reason == Reason::Capacity { Code::OffloadCapacity } else { Code::OffloadRejected };
        assert_eq!(finding.code, code, "{}", text.text);
        assert!(finding.evidence.iter().any(|line| line.text.contains(text.text)), "{}", text.text);
        assert!(finding.advice.len() > 10 && !finding.advice.contains("DEV "), "{}", finding.advice);
        if kept.insert(finding.reason) {
            world.keep(&format!("made-reason-{}", finding.reason));
        }
    }
    assert!(kept.len() >= 25, "{kept:?}");
}
