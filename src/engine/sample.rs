//! Made-up SAs for the tests of the engine.

use std::net::IpAddr;

use crate::model::{
    Algorithm, AlgorithmName, Counters, KernelSa, Lifetime, Mark, Netns, Protocol, ReplayState, SaId, SaMode, SaStage,
    Spi,
};

/// An installed ESP SA from 10.0.0.1 to `dst`, in software.
pub fn sa(dst: &str, spi: u32) -> KernelSa {
    let dst: IpAddr = dst.parse().unwrap();
    KernelSa {
        id: SaId { netns: Netns(0), dst, spi: Spi(spi), protocol: Protocol::Esp, mark: Mark::default() },
        src: "10.0.0.1".parse().unwrap(),
        mode: SaMode::Tunnel,
        stage: SaStage::Installed,
        reqid: 16389,
        seq: 0,
        if_id: 0,
        direction: None,
        cpu: None,
        offload: None,
        algorithm: Some(Algorithm {
            name: AlgorithmName::new(b"rfc4106(gcm(aes))"),
            auth: None,
            key_bits: 160,
            icv_bits: 128,
        }),
        encapsulation: None,
        lifetime: Lifetime::default(),
        counters: Counters::default(),
        replay: ReplayState::default(),
    }
}
