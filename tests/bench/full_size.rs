//! SAs as a gateway has them: AEAD, ESN, offload, direction.

use std::net::Ipv4Addr;

use swanwatch::testing::model::{
    Algorithm, AlgorithmName, Counters, Direction, KernelSa, Lifetime, Mark, Netns, Offload, OffloadMode, Protocol,
    ReplayState, SaId, SaMode, SaStage, Spi,
};

/// The numbered SA; odd ones are inbound.
pub fn sa(number: u32) -> KernelSa {
    let direction = if number % 2 == 1 { Direction::In } else { Direction::Out };
    let peer = Ipv4Addr::from(0x0a00_0000 + number / 2);
    let here = Ipv4Addr::new(192, 0, 2, 1);
    let (src, dst) = if direction == Direction::In { (peer, here) } else { (here, peer) };
    KernelSa {
        id: SaId {
            netns: Netns(1),
            dst: dst.into(),
            spi: Spi(0x0100_0000 + number),
            protocol: Protocol::Esp,
            mark: Mark::default(),
        },
        src: src.into(),
        mode: SaMode::Tunnel,
        stage: SaStage::Installed,
        reqid: 16_389 + 4 * (number / 2),
        seq: 0,
        if_id: 0,
        direction: Some(direction),
        cpu: None,
        offload: Some(Offload { ifindex: 2, mode: OffloadMode::Crypto, direction }),
        algorithm: Some(Algorithm {
            name: AlgorithmName::new(b"rfc4106(gcm(aes))"),
            auth: None,
            key_bits: 288,
            icv_bits: 128,
        }),
        encapsulation: None,
        lifetime: Lifetime { hard_add_seconds: 28_800, ..Lifetime::default() },
        counters: Counters { bytes: 1 << 30, packets: 1 << 20, add_time: 1_700_000_000, ..Counters::default() },
        replay: ReplayState { sent: 1 << 33, received: 0, window: 128, esn: true },
    }
}

/// The same as an ALLOCSPI leaves it.
pub fn larval(number: u32) -> KernelSa {
    KernelSa {
        stage: SaStage::Larval,
        algorithm: None,
        offload: None,
        direction: None,
        replay: ReplayState::default(),
        ..sa(number)
    }
}
