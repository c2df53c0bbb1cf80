//! The kernel refuses, and who tells of it.

use super::world::*;
use crate::model::*;

pub const ESN: &str = "Device doesn't support offload with ESN";

pub fn trace_works(world: &mut World) {
    world.see(What::Coverage(Coverage { source: Source::Trace, state: SourceState::Ok, detail: String::new() }));
}

pub fn shape() -> SaShape {
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
pub fn tried(spi: u32, errno: u32, text: Option<&str>) -> OffloadTry {
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

pub fn refused(spi: u32, errno: u32) -> Statement {
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(spi), dst: Some(PEER.parse().unwrap()) };
    Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno }
}

pub fn gives_up(world: &mut World, serial: u32) {
    world.log("t1", serial, Statement::ChildFailed { notify: None });
}
