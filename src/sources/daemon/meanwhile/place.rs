//! Where in the kernel a thread sleeps, where that may be read.

use std::collections::BTreeMap;
use std::fs::File;

use super::calls;
use super::thread::read;
use crate::model::SleepPlace;
use crate::sources::process::procfs;

/// Different places that are remembered.
const MOST: usize = 16;

/// Bytes of a name in the kernel (KSYM_NAME_LEN is 512); longer ones are cut.
const LONGEST: usize = 128;

/// Places of one thread, with how often it was seen in each.
#[derive(Debug)]
pub(super) struct SleepPlaces {
    function: Option<File>,
    call: Option<File>,
    seen: BTreeMap<SleepPlace, u32>,
    /// How often it was seen asleep.
    looks: u32,
}

impl SleepPlaces {
    pub(super) fn of(pid: u32) -> Self {
        let open = |name: &str| File::open(procfs::path(pid, name)).ok();
        Self { function: open("wchan"), call: open("syscall"), seen: BTreeMap::new(), looks: 0 }
    }

    /// It sleeps now.
    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_add(1);
        let function = self.function.as_ref().and_then(read).and_then(|text| function(&text));
        let call = self.call.as_ref().and_then(read).and_then(|text| calls::name(&text));
        if function.is_none() && call.is_none() {
            return;
        }
        let place = SleepPlace { function, call };
        if self.seen.len() < MOST || self.seen.contains_key(&place) {
            let count = self.seen.entry(place).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The place at most of the looks.
    pub(super) fn usual(&self) -> Option<SleepPlace> {
        let (place, count) = self.seen.iter().max_by_key(|(_, count)| **count)?;
        (count.saturating_mul(2) > self.looks).then(|| place.clone())
    }
}

/// The kernel writes 0 where it does not sleep, and where that is not told.
fn function(text: &str) -> Option<String> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.$".contains(&byte);
    let name = text.trim_end();
    let name = name.get(..name.len().min(LONGEST))?;
    (!name.is_empty() && name != "0" && name.bytes().all(is_of_name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_and_nothing_is_nothing() {
        assert_eq!(function("do_wait\n").as_deref(), Some("do_wait"));
        for text in ["", "0", "0\n", "a b", "\u{1b}[1m", "é"] {
            assert_eq!(function(text), None, "{text}");
        }
        assert_eq!(function(&"a".repeat(900)).map(|name| name.len()), Some(LONGEST));
    }

    #[test]
    fn the_place_of_most_looks_is_told() {
        let mut places = SleepPlaces { function: None, call: None, seen: BTreeMap::new(), looks: 4 };
        let place = |name: &str| SleepPlace { function: Some(name.to_owned()), call: None };
        places.seen.extend([(place("a"), 1), (place("b"), 3)]);
        assert_eq!(places.usual(), Some(place("b")));
        places.looks = 6;
        assert_eq!(places.usual(), None);
    }
}
