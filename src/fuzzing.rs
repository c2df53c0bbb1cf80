//! What `tests/fuzz` feeds with bytes from outside: one function for each parser of them, beside the parser in a `fuzz.rs`.
//!
//! Each holds more than that nothing panics: what was read comes back from the JSON that recordings and files keep, what is shown can be
//! shown, two readings agree. How much memory and time an input may take is measured by whoever calls.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::text::is_unsafe;
use crate::{btf, config, daemons, probe, recording, sinks, sources};

/// One parser.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(fuzzing), expect(dead_code, reason = "the fuzzer measures, the tests do not"))]
pub struct FuzzTarget {
    pub name: &'static str,
    /// Takes one input; panics where something does not hold.
    pub run: fn(&[u8]),
    /// Bytes of its longest input.
    pub longest: usize,
    /// Bytes that it may allocate for any input; what is freed in between counts too.
    pub free: usize,
    /// Bytes that it may allocate for each byte of an input beyond that.
    pub factor: usize,
    /// Seconds of the processor that an input may take.
    pub seconds: u64,
    /// Folders whose literals are its seeds and its words, from the root of the sources.
    pub literals: &'static [&'static str],
}

pub const TARGETS: [FuzzTarget; 25] = [
    target("xfrm-events", sources::xfrm::fuzz::events, &[]),
    target("xfrm-dumps", sources::xfrm::fuzz::dumps, &[]),
    target("xfrm-answers", sources::xfrm::fuzz::answers, &[]),
    target("links", sources::nic::fuzz::links, &[]),
    target("routes", sources::routes::fuzz::routes, &[]),
    target("sock-diag", sources::fuzz::sock_diag, &[]),
    target(
        "log-lines",
        sources::log::fuzz::lines,
        &["src/daemons/libreswan/log", "src/daemons/strongswan/log", "src/sources/log"],
    ),
    target("journal", sources::log::fuzz::journal, &["src/sources/log/journal"]),
    target("whack-tables", daemons::libreswan::fuzz::tables, &["src/daemons/libreswan"]),
    target("vici", daemons::strongswan::fuzz::vici, &["src/daemons/strongswan"]),
    // What it includes is this machine's, and bounded by the reader itself: 16 MiB of files, 16,384 entries of folders, three seconds.
    FuzzTarget {
        free: 128 << 20,
        seconds: 5,
        ..target("ipsec-conf", sources::daemon::fuzz::configuration, &["src/daemons/libreswan"])
    },
    target("trace-pages", sources::trace::fuzz::pages, &[]),
    target("trace-formats", sources::trace::fuzz::formats, &["src/sources/trace"]),
    target("kernel-types", btf::fuzz::types, &[]),
    target("trace-removals", sources::trace::removals::fuzz::pages, &[]),
    target("trace-histograms", sources::trace::senders::fuzz::histograms, &["src/sources/trace/senders"]),
    target("kernel-log", sources::kernel_log::fuzz::records, &["src/sources/kernel_log"]),
    target("http", sinks::api::fuzz::http, &["src/sinks/api", "tests/cli"]),
    target("orders", sinks::api::fuzz::orders, &["src/sinks/api"]),
    target("configuration", config::fuzz::configuration, &["src/config", "tests/cli"]),
    FuzzTarget {
        longest: 64 << 10,
        factor: 20_000,
        ..target("recordings", recording::fuzz::recordings, &["src/recording"])
    },
    FuzzTarget { factor: 20_000, ..target("state", sinks::fuzz::state, &["src/sinks"]) },
    target("history", sinks::fuzz::history, &["src/sinks"]),
    target("queue", sinks::fuzz::queue, &["src/sinks"]),
    target("probe-tables", probe::fuzz::tables, &["src/probe"]),
];

const fn target(name: &'static str, run: fn(&[u8]), literals: &'static [&'static str]) -> FuzzTarget {
    FuzzTarget { name, run, longest: 8 << 10, free: 4 << 20, factor: 2_000, seconds: 1, literals }
}

/// What is kept as JSON is read as it was written.
pub(crate) fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap_or_default();
    let back = serde_json::from_str::<T>(&text).map_err(|error| format!("{error}: {text}"));
    assert_eq!(back.as_ref(), Ok(value));
}

/// A terminal shows it and obeys nothing in it; it is at most so long.
pub(crate) fn can_be_shown(text: &str, most: usize) {
    assert!(text.len() <= most, "{} bytes", text.len());
    assert!(!text.contains(is_unsafe), "{text:?}");
}

/// A file of this process with these contents, for parsers that open what they read.
pub(crate) fn file(name: &str, contents: &[u8]) -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("swanwatch-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).ok().map(|()| folder)
    });
    let path = made.as_ref()?.join(name);
    std::fs::write(&path, contents).ok().map(|()| path)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::TARGETS;

    /// What a fuzzer found once stays found: every input that is kept holds.
    #[test]
    fn every_input_that_is_kept_holds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
        for kept in std::fs::read_dir(folder).unwrap() {
            let kept = kept.unwrap();
            let name = kept.file_name().into_string().unwrap();
            let target = TARGETS.iter().find(|target| target.name == name).expect("a folder of no target");
            let inputs: Vec<_> = std::fs::read_dir(kept.path()).unwrap().collect();
            assert!(!inputs.is_empty(), "{name} keeps nothing");
            for input in inputs {
                let path = input.unwrap().path();
                eprintln!("{}", path.display());
                (target.run)(&std::fs::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn names_are_unique_and_folders_are_there() {
        for (place, target) in TARGETS.iter().enumerate() {
            assert!(TARGETS.iter().skip(place + 1).all(|other| other.name != target.name));
            for folder in target.literals {
                assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).is_dir(), "{folder}");
            }
        }
    }
}
