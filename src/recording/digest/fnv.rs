//! FNV-1a, 64 bits (draft-eastlake-fnv): stable over versions and machines, and no secret depends on it.

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A hash that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fnv(u64);

// === impl Fnv ===

impl Fnv {
    /// Of no bytes.
    pub const fn new() -> Self {
        Self(OFFSET_BASIS)
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    }
}

impl std::fmt::Display for Fnv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        let mut digest = Fnv::new();
        digest.take(b"foo");
        digest.take(b"bar");
        assert_eq!(digest.to_string(), "85944171f73967e8");
    }
}
