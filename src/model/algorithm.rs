//! What an SA encrypts with.

use serde::{Deserialize, Serialize};

use super::AlgorithmName;

/// The transform's algorithm with its lengths; never its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Algorithm {
    /// The kernel's name, `rfc4106(gcm(aes))`, or the encryption's where encryption and authentication are apart.
    pub name: AlgorithmName,
    /// The authentication's name where it is apart.
    pub auth: Option<AlgorithmName>,
    /// Length of the encryption key in bits, an AEAD's salt included, as the kernel counts it.
    pub key_bits: u16,
    /// Length of the integrity check value in bits.
    pub icv_bits: u16,
}

/// Four bytes of salt belong to an AEAD's key (RFC 4106 §8.1, RFC 7634 §2).
const SALT_BITS: u16 = 32;

impl Algorithm {
    /// AES-GCM of RFC 4106; `key_bits` without the salt.
    pub fn aes_gcm(key_bits: u16, icv_bits: u16) -> Self {
        Self::aead("rfc4106(gcm(aes))", key_bits, icv_bits)
    }

    /// ChaCha20-Poly1305 of RFC 7634.
    pub fn chacha20_poly1305() -> Self {
        Self::aead("rfc7539esp(chacha20,poly1305)", 256, 128)
    }

    /// AES-CBC of RFC 3602 with this authentication, by the kernel's name.
    pub fn aes_cbc(key_bits: u16, auth: &str, icv_bits: u16) -> Self {
        let auth = Some(AlgorithmName::new(auth.as_bytes()));
        Self { name: AlgorithmName::new(b"cbc(aes)"), auth, key_bits, icv_bits }
    }

    /// An authentication alone, as the kernel's table of SAs is read: without its key.
    pub fn authentication(name: &str, icv_bits: u16) -> Self {
        Self { name: AlgorithmName::new(name.as_bytes()), auth: None, key_bits: 0, icv_bits }
    }

    fn aead(name: &str, key_bits: u16, icv_bits: u16) -> Self {
        Self { name: AlgorithmName::new(name.as_bytes()), auth: None, key_bits: key_bits + SALT_BITS, icv_bits }
    }
}
