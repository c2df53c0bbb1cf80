//! What an SA encrypts with.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// A name from the kernel's list of algorithms (net/xfrm/xfrm_algo.c), at most 63 bytes, kept without allocating.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlgorithmName {
    length: u8,
    bytes: [u8; AlgorithmName::ROOM],
}

// === impl AlgorithmName ===

impl AlgorithmName {
    /// Long enough for every name in the kernel's tables; a longer one is cut.
    const ROOM: usize = 31;

    /// From the kernel's zero-terminated name. Bytes that are no printable ASCII become `?`.
    pub fn new(name: &[u8]) -> Self {
        let mut kept = Self { length: 0, bytes: [0; Self::ROOM] };
        let room = name.get(..Self::ROOM).unwrap_or(name);
        let text = memchr::memchr(0, room).and_then(|end| room.get(..end)).unwrap_or(room);
        if let Some(place) = kept.bytes.get_mut(..text.len()) {
            place.copy_from_slice(text);
        }
        kept.length = u8::try_from(text.len()).unwrap_or(0);
        // Never, in what the kernel says; it is a recording that may hold anything.
        if !text.iter().all(u8::is_ascii_graphic) {
            kept.bytes
                .iter_mut()
                .take(text.len())
                .filter(|byte| !byte.is_ascii_graphic())
                .for_each(|byte| *byte = b'?');
        }
        kept
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.length)).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("?")
    }
}

impl fmt::Debug for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AlgorithmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for AlgorithmName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AlgorithmName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(std::borrow::Cow::<str>::deserialize(deserializer)?.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_name_ends_at_its_zero_and_is_bounded() {
        assert_eq!(AlgorithmName::new(b"rfc4106(gcm(aes))\0rest").as_str(), "rfc4106(gcm(aes))");
        assert_eq!(AlgorithmName::new(&[b'a'; 64]).as_str().len(), AlgorithmName::ROOM);
    }
}
