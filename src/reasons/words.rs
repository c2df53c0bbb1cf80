//! The kernel's words, held against the table's.

use super::entry::Entry;

/// Texts that the kernel puts in where the driver had none.
const WEAK: [&str; 2] = ["Device failed to offload this state", "Device failed to offload this policy"];

/// What the kernel said of one refusal.
pub(super) struct SpokenWords<'a> {
    /// The module that said it (`KBUILD_MODNAME`), where it stands before the words.
    pub module: Option<&'a str>,
    /// The words.
    pub text: &'a str,
}

impl<'a> SpokenWords<'a> {
    /// From `mlx5_core: Cannot offload ESN xfrm states`, also as ip(8) and daemons pass it on.
    pub fn read(said: &'a str) -> Self {
        let mut text = said.trim();
        for before in ["netlink ext_ack:", "Error:", "Warning:"] {
            text = text.strip_prefix(before).unwrap_or(text).trim_start();
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        match text.split_once(": ") {
            // «ealg: Insufficient space …» is the words' own.
            Some((module, rest)) if is_module(module) && !matches!(module, "aead" | "ealg") => {
                Self { module: Some(module), text: rest.trim() }
            }
            _ => Self { module: None, text },
        }
    }

    /// Says only that the driver had nothing to say.
    pub fn weak(&self) -> bool {
        WEAK.contains(&self.text)
    }

    /// These are the entry's words.
    pub fn are(&self, entry: &Entry) -> bool {
        entry.text == Some(self.text)
    }
}

fn is_module(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// A line of the kernel's log is the entry's: the driver's own, or the words that kernels before 6.3 wrote there instead.
pub(super) fn logged(entry: &Entry, line: &str) -> bool {
    let line = line.trim_end();
    if entry.logs.iter().any(|log| has_pieces(line, log)) {
        return true;
    }
    // Where the log says more than the words, the words stand behind it and are of several entries.
    let text = entry.text.filter(|_| entry.logs.is_empty());
    text.is_some_and(|text| line.strip_suffix(text).is_some_and(|before| before.is_empty() || before.ends_with(": ")))
}

/// All pieces of an entry's log stand in the line, in their order.
pub(super) fn has_pieces(line: &str, log: &str) -> bool {
    let mut rest = line;
    log.split('…').all(|piece| {
        let found = rest.split_once(piece.trim());
        rest = found.map_or("", |(_, behind)| behind);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_told_from_the_words() {
        let words = SpokenWords::read("mlx5_core: Cannot offload ESN xfrm states");
        assert_eq!((words.module, words.text), (Some("mlx5_core"), "Cannot offload ESN xfrm states"));
        let words = SpokenWords::read("nfp: ealg: Insufficient space for offloaded key\n");
        assert_eq!((words.module, words.text), (Some("nfp"), "ealg: Insufficient space for offloaded key"));
        let words = SpokenWords::read("ealg: Insufficient space for offloaded key");
        assert_eq!((words.module, words.text), (None, "ealg: Insufficient space for offloaded key"));
        let words = SpokenWords::read("Warning: bonding: Slave does not support ipsec offload.");
        assert_eq!((words.module, words.text), (Some("bonding"), "Slave does not support ipsec offload"));
        assert!(SpokenWords::read("mlx5_core: Device failed to offload this state").weak());
        assert!(SpokenWords::read("").module.is_none() && SpokenWords::read(": ").module.is_none());
    }
}
