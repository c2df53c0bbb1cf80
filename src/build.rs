//! Names the build: a number of the sources that it is made of, the same wherever and whenever they are built.

#[path = "fnv.rs"]
mod fnv;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fnv::Fnv;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut files = Vec::new();
    gather(Path::new("src"), &mut files)?;
    // An archive of the crate may come without it.
    files.extend(Some(PathBuf::from("Cargo.lock")).filter(|lock| lock.exists()));
    files.sort();
    let mut digest = Fnv::new();
    for file in files {
        let name: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
        let content = fs::read(&file)?;
        digest.take(format!("{} {}\n", name.join("/"), content.len()).as_bytes());
        digest.take(&content);
    }
    println!("cargo::rustc-env=SWANWATCH_BUILD={digest}");
    Ok(())
}

/// Every file below `folder`, without those that editors and file managers hide there.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() { gather(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}
