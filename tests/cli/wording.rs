//! What a machine can see of the words that people read.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A command between guillemets is copied into a shell with them.
#[test]
fn commands_and_names_stand_in_quotes_that_a_shell_takes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["cli", "config", "model", "probe", "recording", "sinks", "supervisor"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 150, "{}", files.len());
    let quoted = |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains(['«', '»']));
    let wrong: Vec<_> = files.into_iter().filter(quoted).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
