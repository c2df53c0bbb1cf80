//! What a daemon's configuration includes: a pattern of glob(3), walked one component at a time and within bounds.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use glob::MatchOptions;

use crate::pattern::pattern;

/// Files that are read.
const MAX_FILES: usize = 4_096;

/// Bytes that are read altogether.
const MAX_BYTES: u64 = 16 << 20;

/// Entries of folders that are looked at.
const MAX_ENTRIES: usize = 16_384;

/// Bytes of names that are remembered for a while.
const MAX_NAMES: usize = 512 << 10;

/// Components of one pattern.
const MAX_COMPONENTS: usize = 64;

/// How long all may take.
const MAX_TIME: Duration = Duration::from_secs(3);

/// As glob(3) without flags.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What may still be read, and what was left out first.
#[derive(Debug)]
pub struct Budget {
    files: usize,
    bytes: u64,
    entries: usize,
    names: usize,
    until: Instant,
    /// One sentence.
    pub left_out: Option<String>,
}

impl Default for Budget {
    fn default() -> Self {
        let until = Instant::now() + MAX_TIME;
        Self { files: MAX_FILES, bytes: MAX_BYTES, entries: MAX_ENTRIES, names: MAX_NAMES, until, left_out: None }
    }
}

impl Budget {
    /// Another file may be read.
    pub fn takes_file(&mut self) -> bool {
        if self.files == 0 {
            self.leave_out(format!("it includes more than {MAX_FILES} files"));
            return false;
        }
        self.files -= 1;
        self.takes_more()
    }

    /// Something may still be read.
    pub fn takes_more(&mut self) -> bool {
        if self.bytes == 0 {
            self.leave_out(format!("it is longer than {} MiB", MAX_BYTES >> 20));
        } else if Instant::now() >= self.until {
            self.leave_out(format!("reading it takes longer than {} s", MAX_TIME.as_secs()));
        } else {
            return true;
        }
        false
    }

    /// So many bytes were read.
    pub fn read(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Something is left out; the first word counts.
    pub fn leave_out(&mut self, why: String) {
        self.left_out.get_or_insert(why);
    }

    fn takes_entry(&mut self) -> bool {
        if self.entries == 0 {
            self.leave_out(format!("its includes lead through more than {MAX_ENTRIES} entries of folders"));
            return false;
        }
        self.entries -= 1;
        self.takes_more()
    }

    fn takes_name(&mut self, bytes: usize) -> bool {
        if self.names < bytes {
            self.leave_out(format!("the names of what it includes are longer than {} KiB", MAX_NAMES >> 10));
            return false;
        }
        self.names -= bytes;
        true
    }
}

/// The paths that a pattern names, in the order of their names. What is no pattern names itself, whether it is there or not.
pub fn matching(pattern: &str, budget: &mut Budget) -> Vec<PathBuf> {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    if parts.len() > MAX_COMPONENTS {
        budget.leave_out(format!("an include has more than {MAX_COMPONENTS} components"));
    } else if !parts.is_empty() {
        // Relative names are relative to the daemon's working directory, which is the root under every unit.
        walk(Path::new("/"), &parts, budget, &mut found);
    }
    found
}

fn walk(folder: &Path, parts: &[&str], budget: &mut Budget, found: &mut Vec<PathBuf>) {
    let Some((part, rest)) = parts.split_first() else {
        if found.len() < MAX_FILES && budget.takes_name(folder.as_os_str().len()) {
            found.push(folder.to_owned());
        }
        return;
    };
    if !part.contains(['*', '?', '[']) {
        return walk(&folder.join(part), rest, budget, found);
    }
    for name in list(folder, part, !rest.is_empty(), budget) {
        walk(&folder.join(name), rest, budget, found);
    }
}

/// The names in a folder that fit, in their order.
fn list(folder: &Path, part: &str, folders_only: bool, budget: &mut Budget) -> Vec<String> {
    let mut names = Vec::new();
    let Some(pattern) = pattern(part) else { return names };
    if !budget.takes_entry() {
        return names;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return names };
    for entry in entries.map_while(Result::ok) {
        if !budget.takes_entry() {
            break;
        }
        let name = entry.file_name();
        // A name that is no UTF-8 is none that a pattern of ours was written for.
        let Some(name) = name.to_str().filter(|name| pattern.matches_with(name, OPTIONS)) else { continue };
        let leads_on = || entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink());
        if (!folders_only || leads_on()) && budget.takes_name(name.len()) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, pattern: &str) -> (Vec<String>, Option<String>) {
        let mut budget = Budget::default();
        let found = matching(&format!("{}/{pattern}", folder.display()), &mut budget);
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
        (found.iter().map(name).collect(), budget.left_out)
    }

    #[test]
    fn patterns_name_what_glob_names_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["b/2.conf", "b/1.conf", "a/x.conf", "a/.hidden.conf", "a/y.txt", "a/deep/z.conf"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("*/*.conf", &["a/x.conf", "b/1.conf", "b/2.conf"][..]),
            ("**/*.conf", &["a/x.conf", "b/1.conf", "b/2.conf"]),
            ("b/[!1].conf", &["b/2.conf"]),
            ("?/.*.conf", &["a/.hidden.conf"]),
            ("a/not-there", &["a/not-there"]),
            ("*/not-there", &["a/not-there", "b/not-there"]),
            ("a/x.conf/*", &[]),
            ("[", &[]),
        ] {
            assert_eq!(names(folder.path(), pattern), (expected.iter().map(|s| (*s).to_owned()).collect(), None));
        }
    }

    #[test]
    fn a_walk_without_end_ends_and_says_so() {
        for pattern in ["/proc/*/task/*/**/*", "/sys/**/*/*/*/*/*", "/*/*/*/*/*/*/*/*"] {
            let mut budget = Budget::default();
            let begun = Instant::now();
            matching(pattern, &mut budget);
            assert!(budget.left_out.is_some(), "{pattern}");
            assert!(begun.elapsed() < MAX_TIME + Duration::from_secs(2), "{pattern}: {:?}", begun.elapsed());
        }
        let mut budget = Budget::default();
        assert!(matching(&"/*".repeat(MAX_COMPONENTS + 1), &mut budget).is_empty());
        assert!(budget.left_out.unwrap().contains("components"));
    }
}
