//! What is known, held against a condition.

use super::case::Case;
use super::owners::Nic;
use crate::model::{Algorithm, Direction, OffloadMode, Protocol, SaMode, SaShape};

/// Whether what is known fits a condition. Less knowledge may turn `No` and `Certain` into `Possible`, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    /// It is not this.
    No,
    /// It may be; only the kernel's words would show it, nothing of the SA or the device does.
    Hidden,
    /// It may be.
    Possible,
    /// It is this, unless the kernel refused the SA before it came here.
    Certain,
}

/// A case as one kind of device would see it.
pub(super) struct CaseView<'a> {
    pub case: &'a Case<'a>,
    pub nic: &'a Nic,
}

/// AES-GCM as RFC 4106 has it.
const GCM: &str = "rfc4106(gcm(aes))";
const CHACHA: &str = "rfc7539esp(chacha20,poly1305)";

/// None where it is not known.
pub(super) const fn certain_if(known: Option<bool>) -> Fits {
    match known {
        Some(true) => Fits::Certain,
        Some(false) => Fits::No,
        None => Fits::Possible,
    }
}

/// A check that not every kernel has.
pub(super) const fn hidden_if(known: Option<bool>) -> Fits {
    match known {
        Some(false) => Fits::No,
        _ => Fits::Hidden,
    }
}

/// A check on one direction alone.
pub(super) fn certain_on(direction: Option<bool>, fault: Option<bool>) -> Fits {
    certain_if(both(direction, fault))
}

/// It depends on the card, too.
pub(super) const fn possible_if(known: Option<bool>) -> Fits {
    match known {
        Some(false) => Fits::No,
        _ => Fits::Possible,
    }
}

impl CaseView<'_> {
    fn shape(&self) -> Option<&SaShape> {
        self.case.shape
    }

    fn algorithm(&self) -> Option<Algorithm> {
        self.shape().and_then(|shape| shape.algorithm)
    }

    fn of_algorithm(&self, ask: impl Fn(&Algorithm) -> bool) -> Option<bool> {
        self.algorithm().map(|algorithm| ask(&algorithm))
    }

    pub fn feature(&self) -> Option<bool> {
        self.case.device.and_then(|device| device.esp_hw_offload)
    }

    pub fn kind_is(&self, kinds: &[&str]) -> bool {
        self.case.device.and_then(|device| device.kind).is_some_and(|kind| kinds.contains(&kind))
    }

    pub fn packet(&self) -> Option<bool> {
        self.case.wanted.map(|wanted| wanted == OffloadMode::Packet)
    }

    pub fn crypto(&self) -> Option<bool> {
        self.packet().map(|packet| !packet)
    }

    pub fn inbound(&self) -> Option<bool> {
        self.case.direction.map(|direction| direction == Direction::In)
    }

    pub fn outbound(&self) -> Option<bool> {
        self.inbound().map(|inbound| !inbound)
    }

    pub fn protocol_is(&self, protocol: Protocol) -> Option<bool> {
        let known = self.shape().map(|shape| shape.protocol).or(self.case.protocol);
        known.map(|known| known == protocol)
    }

    pub fn esn(&self) -> Option<bool> {
        self.shape().map(|shape| shape.esn)
    }

    pub fn encapsulated(&self) -> Option<bool> {
        self.shape().map(|shape| shape.encapsulated)
    }

    pub fn mode_is(&self, mode: SaMode) -> Option<bool> {
        self.shape().map(|shape| shape.mode == mode)
    }

    /// Neither transport nor tunnel.
    pub fn odd_mode(&self) -> Option<bool> {
        self.shape().map(|shape| !matches!(shape.mode, SaMode::Transport | SaMode::Tunnel))
    }

    pub fn interface_id(&self) -> Option<bool> {
        self.shape().map(|shape| shape.if_id != 0)
    }

    /// A window that mlx5's hardware does not have.
    pub fn odd_window(&self) -> Option<bool> {
        self.shape().map(|shape| !matches!(shape.replay_window, 32 | 64 | 128 | 256))
    }

    /// Encryption and authentication apart.
    pub fn authenticated(&self) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.auth.is_some())
    }

    pub fn no_aead(&self) -> Option<bool> {
        self.of_algorithm(|algorithm| !is_aead(algorithm))
    }

    /// Another cipher than AES-GCM.
    pub fn other_than_gcm(&self) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.name.as_str() != GCM)
    }

    /// Another cipher than AES-GCM, or another length of its integrity check value: the kernel numbers these apart.
    pub fn other_than_gcm_16(&self) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.name.as_str() != GCM || algorithm.icv_bits != 128)
    }

    pub fn chacha(&self) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.name.as_str() == CHACHA)
    }

    pub fn cipher_in(&self, names: &[&str]) -> Option<bool> {
        self.of_algorithm(|algorithm| names.contains(&algorithm.name.as_str()))
    }

    pub fn auth_in(&self, names: &[&str]) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.auth.is_some_and(|auth| names.contains(&auth.as_str())))
    }

    /// An AEAD whose integrity check value has none of these lengths in bits.
    pub fn icv_not_in(&self, bits: &[u16]) -> Option<bool> {
        self.of_algorithm(|algorithm| is_aead(algorithm) && !bits.contains(&algorithm.icv_bits))
    }

    /// A key of none of these lengths in bits, an AEAD's salt included.
    pub fn key_not_in(&self, bits: &[u16]) -> Option<bool> {
        self.of_algorithm(|algorithm| !bits.contains(&algorithm.key_bits))
    }

    pub fn key_below(&self, bits: u16) -> Option<bool> {
        self.of_algorithm(|algorithm| algorithm.key_bits < bits)
    }

    /// (authentication, length of its value in bits) is none of these.
    pub fn truncated_otherwise(&self, known: &[(&str, &[u16])]) -> Option<bool> {
        self.of_algorithm(|algorithm| {
            let Some(auth) = algorithm.auth else { return false };
            known
                .iter()
                .find(|(name, _)| *name == auth.as_str())
                .is_some_and(|(_, lengths)| !lengths.contains(&algorithm.icv_bits))
        })
    }
}

/// Both are true, as far as is known.
pub(super) fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn is_aead(algorithm: &Algorithm) -> bool {
    let name = algorithm.name.as_str();
    algorithm.auth.is_none() && ["rfc4106(", "rfc4309(", "rfc4543(", "rfc7539esp("].iter().any(|p| name.starts_with(p))
}
