//! Two numbers for all effects in their order. The one is of what was decided: runs with the same number did the same at the same times.
//! The other is of the words in which people were told.

mod decisions;
mod fields;
mod names;
mod words;

use self::fields::Fields;
use crate::fnv::Fnv;
use crate::model::{Boottime, Effect};

/// Takes effects one by one.
#[derive(Clone, Debug)]
pub struct EffectDigest {
    decisions: Fnv,
    words: Fnv,
    count: u64,
}

impl EffectDigest {
    pub const fn new() -> Self {
        Self { decisions: Fnv::new(), words: Fnv::new(), count: 0 }
    }

    /// Takes the next effects, which came of what was seen at `at`.
    pub fn take(&mut self, at: Boottime, effects: &[Effect]) {
        for effect in effects {
            decisions::of_effect(&mut Fields(&mut self.decisions), at, effect);
            words::of_effect(&mut Fields(&mut self.words), effect);
            self.count += 1;
        }
    }

    /// How many effects it took.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Of what was decided, in hexadecimal.
    pub fn decisions(&self) -> String {
        self.decisions.to_string()
    }

    /// Of what people were told beyond that, in hexadecimal.
    pub fn words(&self) -> String {
        self.words.to_string()
    }
}

impl Default for EffectDigest {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
