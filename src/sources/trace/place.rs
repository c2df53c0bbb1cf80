//! Where tracefs is, and writing into its files.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::error::TraceError;

/// Where it may be. `ip netns exec` hides everything that is mounted below /sys; the first process still sees it.
const PLACES: [&str; 3] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing", "/proc/1/root/sys/kernel/tracing"];
/// Bytes read at once, and of a file at most.
const PIECE: usize = 16 * 1024;
const LONGEST: usize = 256 * 1024;
/// Where dynamic events are defined and removed.
const DEFINITIONS: &str = "dynamic_events";
/// `TRACEFS_MAGIC` (include/uapi/linux/magic.h).
const MAGIC: u64 = 0x7472_6163;

/// The first place where a tracefs is mounted.
pub fn find() -> Result<PathBuf, TraceError> {
    let is_tracefs =
        |place: &str| rustix::fs::statfs(place).is_ok_and(|found| u64::try_from(found.f_type) == Ok(MAGIC));
    PLACES.into_iter().find(|place| is_tracefs(place)).map(PathBuf::from).ok_or(TraceError::NoTracefs)
}

/// This kernel counts records by what they are of (`CONFIG_HIST_TRIGGERS`): its own manual speaks of it.
pub fn can_count(root: &Path) -> bool {
    read(&root.join("README")).is_ok_and(|manual| manual.contains("hist:keys"))
}

/// Writes one line. Never truncates: that would delete the dynamic events of the whole machine.
pub fn write(path: &Path, line: &str) -> Result<(), TraceError> {
    write_line(path, line).map_err(TraceError::at(path))
}

/// The same, with the bare error.
pub fn write_line(path: &Path, line: &str) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
}

/// Defines a dynamic event. Never truncates the file: that would delete everybody's.
pub fn define(root: &Path, event: &str) -> io::Result<()> {
    write_line(&root.join(DEFINITIONS), event)
}

/// Removes a dynamic event. Nothing happens where there is none.
pub fn remove(root: &Path, group: &str, event: &str) -> io::Result<()> {
    match write_line(&root.join(DEFINITIONS), &format!("-:{group}/{event}")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The whole of a small file. In pieces as large as possible: `header_page` gives one piece and then says that it has ended.
pub fn read(path: &Path) -> Result<String, TraceError> {
    read_pieces(path).map_err(TraceError::at(path))
}

fn read_pieces(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut text, mut piece) = (Vec::new(), vec![0; PIECE]);
    while text.len() < LONGEST {
        match file.read(&mut piece)? {
            0 => break,
            length => text.extend_from_slice(piece.get(..length).unwrap_or_default()),
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}
