//! The table held against the kernel's texts, typed again here, and against drivers played here.

mod driver;
mod laws;
mod logged;
mod manual;
mod silent;
mod source;
mod table;
pub(crate) mod texts;
mod unworded;

use super::{Case, Device, judge};
use crate::model::{Abilities, Algorithm, AlgorithmName, Direction, OffloadMode, Protocol, Reason, SaMode, SaShape};

/// What every device takes: ESP, transport, AES-GCM 128 with 16 bytes, no ESN.
fn plain() -> SaShape {
    SaShape {
        protocol: Protocol::Esp,
        mode: SaMode::Transport,
        algorithm: Some(gcm(160, 128)),
        esn: false,
        replay_window: 32,
        encapsulated: false,
        ipv6: false,
        if_id: 0,
    }
}

fn gcm(key_bits: u16, icv_bits: u16) -> Algorithm {
    Algorithm { name: AlgorithmName::new(b"rfc4106(gcm(aes))"), auth: None, key_bits, icv_bits }
}

fn cbc() -> Algorithm {
    let auth = Some(AlgorithmName::new(b"hmac(sha256)"));
    Algorithm { name: AlgorithmName::new(b"cbc(aes)"), auth, key_bits: 128, icv_bits: 128 }
}

fn nic(driver: &str) -> Device<'_> {
    Device { name: "eth0", driver: Some(driver), kind: None, esp_hw_offload: Some(true) }
}

/// A crypto offload of a plain SA, in, on a NIC with its feature on.
fn crypto<'a>(driver: &'a str, errno: u32, shape: &'a SaShape) -> Case<'a> {
    Case {
        errno: Some(errno),
        wanted: Some(OffloadMode::Crypto),
        direction: Some(Direction::In),
        device: Some(nic(driver)),
        shape: Some(shape),
        abilities: Abilities::LINUX_6_12,
        ..Case::default()
    }
}

fn reason(case: &Case<'_>) -> Reason {
    judge(case).map_or(Reason::Unknown, |entry| entry.reason)
}
