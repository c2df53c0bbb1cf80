//! Names, each kept once, while something bears it.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::slab::{Slab, Slot};

/// A kept name. One that was forgotten is never another one's.
pub type Name = Slot<Box<str>>;

#[derive(Debug, Default)]
pub struct Names {
    texts: Slab<Box<str>>,
    index: HashTable<Name>,
    hasher: FixedState,
}

impl Names {
    /// The name for a text, kept if it is new.
    pub fn keep(&mut self, text: &str) -> Name {
        if let Some(name) = self.find(text) {
            return name;
        }
        let Some(name) = self.texts.insert(text.into()) else { return Name::NONE };
        let (texts, hasher) = (&self.texts, &self.hasher);
        let rehash = |name: &Name| hasher.hash_one(texts.get(*name).map_or("", |text| text));
        self.index.insert_unique(hasher.hash_one(text), name, rehash);
        name
    }

    /// The name for a text, if it is kept.
    pub fn find(&self, text: &str) -> Option<Name> {
        let same = |name: &Name| self.texts.get(*name).is_some_and(|kept| **kept == *text);
        self.index.find(self.hasher.hash_one(text), same).copied()
    }

    /// The text of a name; nothing where it was forgotten.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name).map_or("", |text| text)
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Forgets all but these.
    pub fn retain(&mut self, borne: &BTreeSet<Name>) {
        let unborne: Vec<_> = self.texts.iter().map(|(name, _)| name).filter(|name| !borne.contains(name)).collect();
        for name in unborne {
            let Some(text) = self.texts.remove(name) else { continue };
            if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(&*text), |other| *other == name) {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_name() {
        let mut names = Names::default();
        let (west, east) = (names.keep("west"), names.keep("east"));
        assert_eq!(names.keep("west"), west);
        assert_ne!(west, east);
        assert_eq!((names.text(west), names.text(east)), ("west", "east"));
        assert_eq!(names.find("north"), None);
    }

    #[test]
    fn a_name_that_was_forgotten_is_no_other_text_later() {
        let mut names = Names::default();
        let (west, east) = (names.keep("west"), names.keep("east"));
        names.retain(&BTreeSet::from([east]));
        let north = names.keep("north");
        assert_eq!((names.text(west), names.text(east), names.text(north)), ("", "east", "north"));
        assert_eq!((names.find("west"), names.len()), (None, 2));
        assert_ne!(names.keep("west"), west);
    }
}
