//! Names: each run of letters, digits, dots, dashes and underscores of a name gets another one.

use std::collections::BTreeMap;

use regex::Regex;

/// Words that the format says itself: a name that is one of them stays, or nobody could read the rest.
const WORDS: [&str; 30] = [
    "in",
    "out",
    "both",
    "esp",
    "ah",
    "up",
    "down",
    "yes",
    "no",
    "none",
    "any",
    "auto",
    "crypto",
    "packet",
    "tunnel",
    "transport",
    "ok",
    "gone",
    "lo",
    "spi",
    "sa",
    "to",
    "of",
    "on",
    "is",
    "the",
    "and",
    "warning",
    "critical",
    "unknown",
];

/// Identities of peers as a daemon quotes them: `@name`, `user@name`, and distinguished names.
const IDENTITIES: &str = r"[A-Za-z0-9._%+-]*@[A-Za-z0-9][A-Za-z0-9._-]*|'[A-Za-z]+=[^']*'";

/// What a daemon says of people and peers in a line of any form: what it quotes, and who logs in.
const QUOTED: &str = r#"'([^']+)'|[Uu]ser(?:name)?[ :=]+['"]?([A-Za-z0-9._%+@-]+)"#;

/// The ends of an IKE SA, `192.0.2.1[moon]...192.0.2.9[CN=sun]`, whose identities stand without quotes.
const ENDS: &str = r"[0-9A-Fa-f.:]+\[(.*)\]\.\.\.[0-9A-Fa-f.:%a-z]+?\[(.*)\]";

/// A daemon's line that begins with the part of it that speaks: identities stand in quotes.
const OF_PART: &str = r"\[(?:IKE|CFG|CHD|JOB)\] ";

/// Folders that every system has.
const FOLDERS: [&str; 14] =
    ["bin", "etc", "home", "lib", "libexec", "local", "opt", "root", "run", "sbin", "share", "srv", "usr", "var"];

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct AnonymousNames {
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u64>,
}

impl AnonymousNames {
    /// A name of this kind: a connection's, a device's, a peer's.
    pub(super) fn learn(&mut self, kind: &'static str, name: &str) {
        let all: Vec<&str> = runs(name).map(|(_, run)| run).collect();
        for run in &all {
            let word = WORDS.iter().any(|word| word.eq_ignore_ascii_case(run));
            // Of 'C=CH, CN=moon' the letters in front of the signs are no names.
            let part = all.len() > 1 && run.len() <= 2;
            let number = run.chars().all(|c| c.is_ascii_digit() || c == '.');
            if word || part || number || self.known.contains_key(*run) {
                continue;
            }
            let count = self.counts.entry(kind).or_default();
            *count += 1;
            self.known.insert((*run).to_owned(), format!("{kind}-{count}"));
        }
    }

    /// Names of peers, which stand in no field of their own.
    pub(super) fn learn_identities(&mut self, text: &str) {
        if text.contains("]...")
            && let Ok(ends) = Regex::new(ENDS)
        {
            let found = ends.captures_iter(text);
            found.for_each(|found| {
                found.iter().skip(1).flatten().for_each(|name| self.learn("peer", name.as_str()));
            });
        }
        if text.contains("] ") && text.contains('\'') && Regex::new(OF_PART).is_ok_and(|part| part.is_match(text)) {
            self.learn_quoted(text);
        }
        if !text.contains(['@', '=']) {
            return;
        }
        let Ok(identities) = Regex::new(IDENTITIES) else { return };
        for found in identities.find_iter(text) {
            self.learn("peer", found.as_str());
        }
    }

    /// Names in a line of which only the form of its beginning is known.
    pub(super) fn learn_quoted(&mut self, text: &str) {
        let Ok(quoted) = Regex::new(QUOTED) else { return };
        for found in quoted.captures_iter(text) {
            for name in found.iter().skip(1).flatten() {
                self.learn("peer", name.as_str());
            }
        }
    }

    /// A receiver of alerts, as `webhook HOST:PORT` or `exec /PATH`: its host, or the folders and the name of its program.
    pub(super) fn learn_receiver(&mut self, text: &str) {
        let place = text.split_once(' ').map_or("", |(_, place)| place);
        let parts = place.split('/').filter(|part| !FOLDERS.contains(part));
        parts.for_each(|part| self.learn("receiver", part));
    }

    /// It holds nothing but a known name.
    pub(super) fn is_name(&self, text: &str) -> bool {
        self.known.contains_key(text)
    }

    /// The text with every known name in it replaced.
    pub(super) fn replaced(&self, text: &str) -> String {
        let mut changed = String::with_capacity(text.len());
        let mut end = 0;
        for (start, run) in runs(text) {
            changed.push_str(text.get(end..start).unwrap_or_default());
            // A full stop behind a name is the sentence's.
            let name = if self.known.contains_key(run) { run } else { run.trim_end_matches(['.', '-']) };
            changed.push_str(self.known.get(name).map_or(name, String::as_str));
            changed.push_str(run.get(name.len()..).unwrap_or_default());
            end = start + run.len();
        }
        changed.push_str(text.get(end..).unwrap_or_default());
        changed
    }
}

/// Each run with its place.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let mut rest = text;
    let mut place = 0;
    std::iter::from_fn(move || {
        let start = rest.find(inside)?;
        let tail = rest.get(start..)?;
        let length = tail.find(|c| !inside(c)).unwrap_or(tail.len());
        let found = (place + start, tail.get(..length)?);
        rest = tail.get(length..)?;
        place += start + length;
        Some(found)
    })
}
