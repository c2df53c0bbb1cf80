//! This project's own source, for tests that hold how it is laid out.

use std::path::{Path, PathBuf};

/// Every file of Rust below a folder of the project, by its name there, in the order of the names.
pub fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let named = below(&root).into_iter().map(|file| (file.strip_prefix(&root).unwrap().display().to_string(), file));
    let rust = named.filter(|(name, _)| name.ends_with(".rs"));
    rust.map(|(name, file)| (name, std::fs::read_to_string(file).unwrap())).collect()
}

/// What is shipped of a file: without the tests at its end.
pub fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}
