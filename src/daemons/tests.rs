//! Where a daemon may be named. Another one would be judged, and its administrator advised, in the words of this one else.

use crate::own_source;

/// What only one daemon is called, and calls things.
const WORDS: [&str; 10] = [
    "libreswan",
    "pluto",
    "whack",
    "ipsec.conf",
    "nic-offload",
    "strongswan",
    "charon",
    "swanctl",
    "hw_offload =",
    "esp_proposals",
];

/// Where they may stand: the dialect, its name and where it is found by that, the configuration that names it, and the columns of cures.
const MAY: [&str; 10] = [
    "daemons/libreswan/",
    "daemons/strongswan/",
    "daemons/mod.rs",
    "daemons/of_kind.rs",
    "model/daemon.rs",
    "config/",
    "sources/daemon/vici",
    "sources/process/others.rs",
    "reasons/cures.rs",
    "reasons/manual.rs",
];

/// Each knows its own daemon's versions.
const DIALECTS: [&str; 2] = ["daemons/libreswan/", "daemons/strongswan/"];

/// How a version is compared.
const COMPARES: [&str; 7] = [" < ", " > ", "<=", ">=", "split('.')", "starts_with", "== Some(\""];

/// Where other versions than a daemon's are compared: the kernel's, our own file formats'.
const OTHER_VERSIONS: [&str; 2] = ["reasons/", "recording/"];

/// Lines of what is shipped, with their file below `src` and their number.
fn shipped() -> Vec<(String, usize, String)> {
    let mut lines = Vec::new();
    for (name, text) in own_source::files("src").into_iter().filter(|(name, _)| !is_test(name)) {
        lines.extend(
            own_source::shipped(&text)
                .lines()
                .enumerate()
                .map(|(number, line)| (name.clone(), number + 1, line.to_lowercase())),
        );
    }
    assert!(lines.len() > 30_000, "{} lines are not the sources", lines.len());
    lines
}

/// Compiled for tests alone.
fn is_test(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    parts.contains(&"tests")
        || matches!(parts.last(), Some(name) if name.ends_with("tests.rs") || matches!(*name, "fuzz.rs" | "fuzzing.rs" | "samples.rs"))
}

fn stands_in(name: &str, places: &[&str]) -> bool {
    places.iter().any(|place| name.starts_with(place))
}

#[test]
fn no_daemon_is_named_outside_of_its_dialect() {
    let named = shipped()
        .into_iter()
        .filter(|(name, _, line)| !stands_in(name, &MAY) && WORDS.iter().any(|word| line.contains(word)));
    let wrong: Vec<String> = named.map(|(name, number, line)| format!("{name}:{number}: {}", line.trim())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_compares_a_daemons_version() {
    let compares = |line: &str| {
        // A notify of IKE (RFC 7296 §3.10.1) is no version.
        let line = line.replace("\"invalid_major_version\"", "");
        line.contains("major_version") || (line.contains("version") && COMPARES.iter().any(|how| line.contains(how)))
    };
    let wrong: Vec<String> = shipped()
        .into_iter()
        .filter(|(name, _, line)| !stands_in(name, &OTHER_VERSIONS) && !stands_in(name, &DIALECTS) && compares(line))
        .map(|(name, number, line)| format!("{name}:{number}: {}", line.trim()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
