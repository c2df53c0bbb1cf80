//! The file itself: tar, compressed with gzip.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use crate::cli::failure::CommandFailure;
use crate::clock;

/// The folder in the archive, so that unpacking it makes one.
const FOLDER: &str = "swanwatch-bundle";

/// Makes the file, readable to its owner alone; one that is there already is left as it is.
pub(super) fn create(path: &Path) -> Result<File, CommandFailure> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| CommandFailure::other(format!("cannot make {}: {error}", path.display())))
}

/// Writes all of it. What cannot be written whole is taken away again.
pub(super) fn write<'a>(
    file: File,
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    path: &Path,
) -> Result<(), CommandFailure> {
    packed(file, files).map_err(|error| {
        // A part of it would only mislead; it cannot be helped where this fails too.
        let _ = std::fs::remove_file(path);
        CommandFailure::other(format!("cannot write {}: {error}", path.display()))
    })
}

fn packed<'a, W: Write>(file: W, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> io::Result<()> {
    let mut archive = Builder::new(GzEncoder::new(file, Compression::default()));
    let now = clock::real_time().seconds();
    for (name, content) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(now);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, format!("{FOLDER}/{name}"), content)?;
    }
    archive.into_inner()?.finish()?.flush()
}
