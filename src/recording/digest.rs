//! A number for all effects in their order: two runs with the same number wanted the same things.

use std::io::{self, Write};

use crate::model::Effect;

/// FNV-1a, 64 bits (draft-eastlake-fnv): stable over versions and machines, and no secret depends on it.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Takes effects one by one.
#[derive(Clone, Debug)]
pub struct EffectDigest {
    hash: u64,
    count: u64,
}

// === impl EffectDigest ===

impl EffectDigest {
    /// Of no effects.
    pub const fn new() -> Self {
        Self { hash: OFFSET_BASIS, count: 0 }
    }

    /// Takes the next effects.
    ///
    /// # Errors
    /// An effect that cannot be written as JSON.
    pub fn take(&mut self, effects: &[Effect]) -> Result<(), serde_json::Error> {
        for effect in effects {
            serde_json::to_writer(&mut *self, effect)?;
            self.byte(b'\n');
            self.count += 1;
        }
        Ok(())
    }

    /// How many effects it took.
    pub const fn count(&self) -> u64 {
        self.count
    }

    fn byte(&mut self, byte: u8) {
        self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(PRIME);
    }
}

impl Default for EffectDigest {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Display for EffectDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.hash)
    }
}

impl Write for EffectDigest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bytes.iter().for_each(|byte| self.byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AskId;

    #[test]
    fn the_hash_is_the_published_one() {
        let mut digest = EffectDigest::new();
        digest.write_all(b"foobar").unwrap();
        assert_eq!(digest.to_string(), "85944171f73967e8");
    }

    #[test]
    fn order_and_content_matter() {
        let of = |effects: &[Effect]| {
            let mut digest = EffectDigest::new();
            digest.take(effects).unwrap();
            digest.to_string()
        };
        let (one, two) = (Effect::Count { ask: AskId(1) }, Effect::Count { ask: AskId(2) });
        assert_ne!(of(&[one.clone(), two.clone()]), of(&[two.clone(), one.clone()]));
        assert_ne!(of(std::slice::from_ref(&one)), of(&[one.clone(), one.clone()]));
        assert_eq!(of(&[one.clone(), two.clone()]), of(&[one, two]));
    }
}
