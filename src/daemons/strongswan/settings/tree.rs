//! Sections in sections, and what each says, as charon keeps them (src/libstrongswan/settings/settings_types.c).

use std::collections::BTreeMap;

/// Sections and values; with more nothing is said.
const MOST: usize = 200_000;

/// Sections that one refers to.
pub(super) const MOST_REFERENCES: usize = 256;

/// How deep sections may nest.
const DEEPEST: usize = 32;

/// The one that all others are in.
pub(super) const ROOT: usize = 0;

#[derive(Debug, Default)]
pub(super) struct Section {
    /// By name; none where the name is written without one.
    pub values: BTreeMap<String, Option<String>>,
    pub sections: BTreeMap<String, usize>,
    /// Sections whose values count where it has none of its own, by all their names.
    pub references: Vec<String>,
}

/// All of them; what comes is put into the one that is open.
#[derive(Debug)]
pub(super) struct Tree {
    pub sections: Vec<Section>,
    open: Vec<usize>,
    /// Sections and values so far.
    count: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { sections: vec![Section::default()], open: vec![ROOT], count: 0 }
    }
}

impl Tree {
    /// Opens a section, another time where it is there; false where that is too much.
    pub fn open(&mut self, name: &str, references: Vec<String>) -> bool {
        let within = self.open.last().copied().unwrap_or(ROOT);
        let next = self.sections.len();
        let Some(parent) = self.sections.get_mut(within) else { return false };
        let opened = *parent.sections.entry(name.to_owned()).or_insert(next);
        if opened == next {
            self.sections.push(Section::default());
        }
        self.open.push(opened);
        self.refer(opened, references) && self.takes_one() && self.open.len() <= DEEPEST
    }

    /// False where none is open.
    pub fn close(&mut self) -> bool {
        self.open.pop();
        !self.open.is_empty()
    }

    /// The later value counts.
    pub fn set(&mut self, name: &str, value: Option<String>) -> bool {
        let within = self.open.last().copied().unwrap_or(ROOT);
        if let Some(section) = self.sections.get_mut(within) {
            section.values.insert(name.to_owned(), value);
        }
        self.takes_one()
    }

    pub fn is_closed(&self) -> bool {
        self.open.len() == 1
    }

    /// Has the top section `name` take from the top section `from`, after all that it is told to.
    pub fn fall_back(&mut self, name: &str, from: &str) {
        if self.open(name, Vec::new()) {
            let section = self.open.last().copied().unwrap_or(ROOT);
            self.refer(section, vec![from.to_owned()]);
        }
        self.close();
    }

    fn refer(&mut self, section: usize, references: Vec<String>) -> bool {
        let Some(section) = self.sections.get_mut(section) else { return false };
        for reference in references {
            if !section.references.contains(&reference) {
                section.references.push(reference);
            }
        }
        section.references.len() <= MOST_REFERENCES
    }

    fn takes_one(&mut self) -> bool {
        self.count += 1;
        self.count <= MOST
    }
}
