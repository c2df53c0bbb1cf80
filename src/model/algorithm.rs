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
