//! Names, each kept once.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// A kept name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

/// All of them. A name is never forgotten: there are as many as connections and their instances.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Box<str>>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Names {
    /// The name for a text, kept if it is new.
    pub fn keep(&mut self, text: &str) -> Name {
        if let Some(name) = self.find(text) {
            return name;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.index.insert_unique(hasher.hash_one(text), number, |n| {
            hasher.hash_one(texts.get(*n as usize).map_or("", |t| t))
        });
        Name(number)
    }

    /// The name for a text, if it is kept.
    pub fn find(&self, text: &str) -> Option<Name> {
        let same = |n: &u32| self.texts.get(*n as usize).is_some_and(|kept| **kept == *text);
        self.index.find(self.hasher.hash_one(text), same).copied().map(Name)
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
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
}
