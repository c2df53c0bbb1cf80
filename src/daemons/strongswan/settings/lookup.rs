//! What a section says, with what the sections say that it refers to (src/libstrongswan/settings/settings.c).

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{ROOT, Tree};

/// Steps of one text's lookups; sections can refer to one another without end.
const STEPS: usize = 2_000_000;

/// Sections that lead to one another.
const DEEPEST: usize = 64;

/// Bytes of one name, and of all of them with their dots: charon 5.9 does not find what is longer (`find_sections`).
const LONGEST_NAME: usize = 127;
const LONGEST_PATH: usize = 511;

/// Looks things up within bounds.
#[derive(Debug)]
pub(in super::super) struct SettingsLookup<'a> {
    tree: &'a Tree,
    steps: usize,
    /// Something was not found because it went too far, or has a name that charon itself takes for something else.
    pub failed: bool,
}

impl<'a> SettingsLookup<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, steps: STEPS, failed: false }
    }

    /// Names of the sections in the one with these names.
    pub fn sections(&mut self, path: &[&str]) -> BTreeSet<&'a str> {
        let found = self.find(path);
        let sections = found.into_iter().filter_map(|at| self.tree.sections.get(at));
        sections.flat_map(|section| section.sections.keys().map(String::as_str)).collect()
    }

    /// What the section with these names says. A name without a value hides what is said of it elsewhere.
    pub fn values(&mut self, path: &[&str]) -> BTreeMap<&'a str, &'a str> {
        let mut values: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for section in self.find(path).into_iter().filter_map(|at| self.tree.sections.get(at)) {
            for (name, value) in &section.values {
                values.entry(name).or_insert(value.as_deref());
            }
        }
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The section, and those that it refers to, each once.
    fn find(&mut self, path: &[&str]) -> Vec<usize> {
        let length: usize = path.iter().map(|name| name.len() + 1).sum();
        self.failed |= length > LONGEST_PATH;
        let mut found = Vec::new();
        self.collect(ROOT, path, false, &mut found, 0);
        found
    }

    fn collect(&mut self, within: usize, path: &[&str], of_reference: bool, found: &mut Vec<usize>, depth: usize) {
        let Some(((name, rest), section)) = path.split_first().zip(self.tree.sections.get(within)) else { return };
        self.steps = self.steps.saturating_sub(1);
        // charon prints names by printf(3).
        self.failed |= self.steps == 0 || depth > DEEPEST || name.len() > LONGEST_NAME || name.contains('%');
        if self.failed {
            return;
        }
        if let Some(next) = section.sections.get(*name).copied() {
            if !rest.is_empty() {
                self.collect(next, rest, false, found, depth + 1);
            } else if !found.contains(&next) {
                found.push(next);
                let references = self.tree.sections.get(next).map_or(&[][..], |section| &section.references);
                references.iter().for_each(|reference| self.refer(reference, found, depth + 1));
            }
        }
        if of_reference {
            return;
        }
        for reference in &section.references {
            let mut referred = Vec::new();
            self.refer(reference, &mut referred, depth + 1);
            for section in referred {
                self.collect(section, path, true, found, depth + 1);
            }
        }
    }

    fn refer(&mut self, reference: &str, found: &mut Vec<usize>, depth: usize) {
        let path: Vec<&str> = reference.split('.').collect();
        self.collect(ROOT, &path, false, found, depth);
    }
}
