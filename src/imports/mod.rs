//! Who imports whom in what is shipped, and that nobody does so in a circle: what stands in one cannot be read, changed or tested alone.

mod graph;
mod source;

use std::path::{Path, PathBuf};

use self::graph::Graph;
use self::source::Source;

/// What is shipped, by its name below `src`.
fn shipped() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let named = files(&root).into_iter().map(|file| (file.strip_prefix(&root).unwrap().display().to_string(), file));
    let shipped = named.filter(|(name, _)| name.ends_with(".rs") && !is_test(name));
    let sources: Vec<_> =
        shipped.map(|(name, file)| Source::read(&name, &std::fs::read_to_string(file).unwrap())).collect();
    assert!(sources.len() > 300, "{} files are not the sources", sources.len());
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
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
