//! A node with its place in the file, read as what it has to be; what is wrong with it is noted, and the reading goes on.

use std::cell::RefCell;

use super::node::{Node, NodeStep};
pub(super) use crate::text::one_of;

/// More mistakes than these are counted.
const MOST: usize = 100;

/// Longer is no word that somebody mistyped.
const LONGEST_WORD: usize = 24;

/// What is wrong, in the order in which it was found.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    pub(super) noted: Vec<Mistake>,
    pub(super) more: usize,
}

#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) steps: Vec<NodeStep>,
    /// What was found and what was expected.
    pub(super) said: String,
    /// The same for everybody to read: what stands in the file may be a secret.
    pub(super) shown: String,
}

/// One node, where it stands.
#[derive(Clone, Debug)]
pub(super) struct NodeAt<'a> {
    node: &'a Node,
    steps: Vec<NodeStep>,
    /// As `alerts[0].webhook`.
    name: String,
    mistakes: &'a RefCell<Mistakes>,
}

/// Words and what they mean.
pub(super) type WordList<T> = [(&'static str, T)];

impl<'a> NodeAt<'a> {
    pub(super) const fn root(node: &'a Node, mistakes: &'a RefCell<Mistakes>) -> Self {
        Self { node, steps: Vec::new(), name: String::new(), mistakes }
    }

    /// Nothing is written there.
    pub(super) fn is_empty(&self) -> bool {
        *self.node == Node::Null
    }

    /// A mapping in which nothing stands.
    pub(super) fn has_no_entry(&self) -> bool {
        matches!(self.node, Node::Mapping(entries) if entries.is_empty())
    }

    /// The text, where it is one.
    pub(super) fn as_text(&self) -> Option<&'a str> {
        match self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Notes a mistake. The sentence quotes what stands in the file with the function that it is given.
    pub(super) fn wrong(&self, sentence: impl Fn(&dyn Fn(&str) -> String) -> String) {
        self.note(self.steps.clone(), sentence);
    }

    /// The same, at the key of a value of this mapping.
    pub(super) fn wrong_key(&self, value: &Self, sentence: impl Fn(&dyn Fn(&str) -> String) -> String) {
        let mut steps = value.steps.clone();
        if let Some(last) = steps.last_mut()
            && let NodeStep::Value(number) = *last
        {
            *last = NodeStep::Key(number);
        }
        self.note(steps, sentence);
    }

    fn note(&self, steps: Vec<NodeStep>, sentence: impl Fn(&dyn Fn(&str) -> String) -> String) {
        let mut mistakes = self.mistakes.borrow_mut();
        if mistakes.noted.len() >= MOST {
            mistakes.more += 1;
            return;
        }
        // Receivers of alerts are addresses that may hold a secret, and so is everything around them.
        let secret = self.name.starts_with("alerts");
        let plain = |found: &str| {
            let word = |c: char| c.is_ascii_alphabetic() || "-_".contains(c);
            !secret && found.len() <= LONGEST_WORD && found.chars().all(word)
        };
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let said = sentence(&|found| format!("'{found}'"));
        let shown = sentence(&|found| if plain(found) { format!("'{found}'") } else { "'…'".to_owned() });
        mistakes.noted.push(Mistake { steps, said: format!("{name}{said}"), shown: format!("{name}{shown}") });
    }

    /// Notes that something else than `expected` stands here.
    pub(super) fn is_not(&self, expected: &str) {
        self.wrong(|quote| {
            let found = match self.node {
                Node::Null => "nothing stands here".to_owned(),
                Node::Bool(found) => format!("found {found}"),
                Node::Number(found) => format!("found the number {}", quote(found)),
                Node::Text(found) => format!("found {}", quote(found)),
                Node::List(_) => "found a list".to_owned(),
                Node::Mapping(_) => "found a mapping".to_owned(),
                Node::Tagged => "found a tag ('!')".to_owned(),
            };
            format!("{found}, expected {expected}")
        });
    }

    /// A text that `check` accepts; `expected` says what that is.
    pub(super) fn text<T>(&self, expected: &str, check: impl Fn(&str) -> Option<T>) -> Option<T> {
        let read = self.as_text().and_then(check);
        if read.is_none() {
            self.is_not(expected);
        }
        read
    }

    /// One of some words, as its meaning.
    pub(super) fn word<T: Copy>(&self, words: &WordList<T>) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let Some(found) = self.as_text() else {
            self.is_not(&one_of(&names));
            return None;
        };
        let meaning = words.iter().find(|(word, _)| *word == found).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            self.wrong(|quote| format!("{} is not known; expected {}", quote(found), one_of(&names)));
        }
        meaning
    }

    /// `true` or `false`.
    pub(super) fn truth(&self) -> Option<bool> {
        let Node::Bool(found) = self.node else {
            self.is_not("true or false");
            return None;
        };
        Some(*found)
    }

    /// The items of a list.
    pub(super) fn items(&self, expected: &str) -> Option<Vec<Self>> {
        let Node::List(items) = self.node else {
            self.is_not(expected);
            return None;
        };
        let item = |(number, node)| self.inner(node, NodeStep::Item(number), format!("{}[{number}]", self.name));
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The values of a mapping whose keys are free text; of a key that stands there twice the first.
    pub(super) fn entries(&self, expected: &str, key_is: &str) -> Option<Vec<(&'a str, Self)>> {
        let entries = self.mapping(expected)?;
        let mut read: Vec<(&str, Self)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (key, value) in entries {
            if key.is_empty() {
                self.wrong_key(&value, |_| format!("an empty key; expected {key_is}"));
            } else if seen.insert(key) {
                read.push((key, value));
            } else {
                self.wrong_key(&value, |quote| format!("{} stands here a second time; expected it once", quote(key)));
            }
        }
        Some(read)
    }

    /// The values of a mapping whose keys are all known; of a key that stands there twice the first.
    pub(super) fn keys(&self, known: &'static [&'static str], expected: &str) -> Option<Vec<(&'static str, Self)>> {
        let entries = self.mapping(expected)?;
        let mut read: Vec<(&'static str, Self)> = Vec::new();
        for (key, value) in entries {
            let Some(name) = known.iter().find(|known| **known == key) else {
                let expected = one_of(known);
                self.wrong_key(&value, |quote| format!("the key {} is not known; expected {expected}", quote(key)));
                continue;
            };
            if read.iter().any(|(seen, _)| seen == name) {
                self.wrong_key(&value, |quote| {
                    format!("the key {} stands here a second time; expected it once", quote(key))
                });
                continue;
            }
            read.push((name, value));
        }
        Some(read)
    }

    fn mapping(&self, expected: &str) -> Option<Vec<(&'a str, Self)>> {
        let Node::Mapping(entries) = self.node else {
            self.is_not(expected);
            return None;
        };
        let value = |(number, (key, node)): (usize, &'a (String, Node))| {
            let name = if self.name.is_empty() { key.clone() } else { format!("{}.{key}", self.name) };
            (key.as_str(), self.inner(node, NodeStep::Value(number), name))
        };
        Some(entries.iter().enumerate().map(value).collect())
    }

    fn inner(&self, node: &'a Node, step: NodeStep, name: String) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { node, steps, name, mistakes: self.mistakes }
    }
}
