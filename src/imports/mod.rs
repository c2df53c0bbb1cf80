//! Who imports whom in what is shipped, and that nobody does so in a circle: what stands in one cannot be read, changed or tested alone. And that
//! each type has a name of its own.

mod graph;
mod names;
mod source;

use self::graph::Graph;
use self::source::SourceFile;
use crate::own_source;

/// What is shipped, by its name below `src`.
fn shipped() -> Vec<SourceFile> {
    let shipped = own_source::files("src").into_iter().filter(|(name, _)| !is_test(name));
    let sources: Vec<_> = shipped.map(|(name, text)| SourceFile::read(&name, &text)).collect();
    assert!(sources.len() > 300, "{} files are not the sources", sources.len());
    sources
}

/// Compiled for tests alone, or another crate.
fn is_test(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let for_tests =
        ["tests", "tests.rs", "testing.rs", "fuzz.rs", "fuzzing.rs", "sample.rs", "samples.rs", "work.rs", "imports"];
    parts.iter().any(|part| for_tests.contains(part)) || matches!(name, "main.rs" | "build.rs")
}

#[test]
fn nobody_imports_in_a_circle() {
    let sources = shipped();
    let circles = Graph::of(&sources).circles();
    let wrong: Vec<String> = circles.iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{} circles:\n{}", wrong.len(), wrong.join("\n"));
}
