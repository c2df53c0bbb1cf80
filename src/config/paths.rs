//! Paths: from the root, and such as mean the same for as long as the service runs.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::node_at::NodeAt;

/// A path from the root.
pub(super) fn absolute(found: &str) -> Option<PathBuf> {
    Some(PathBuf::from(found)).filter(|path| path.is_absolute() && !path.as_os_str().as_encoded_bytes().contains(&0))
}

/// Something with a path in it, which leads through no process.
pub(super) fn lasting<T>(
    place: &NodeAt<'_>,
    expected: &str,
    check: impl Fn(&str) -> Option<T>,
    path: impl Fn(&T) -> Option<&Path>,
) -> Option<T> {
    let read = place.text(expected, check)?;
    if path(&read).is_some_and(leads_through_a_process) {
        let found = place.as_text().unwrap_or_default();
        place.wrong(|quote| {
            format!(
                "found {}, which ends with that process, and may lead to another one's files then; share the folder with this host \
                 instead (a volume, or a bind mount) and name it by a path outside of /proc",
                quote(found)
            )
        });
        return None;
    }
    Some(read)
}

/// `/proc/PID/root/…` and its like, however it is written, and wherever procfs is mounted.
fn leads_through_a_process(path: &Path) -> bool {
    let mut walked: Vec<&OsStr> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(walked.pop()),
            Component::Normal(name) => walked.push(name),
            _ => {}
        }
        let (proc, process) = match walked.as_slice() {
            [.., proc, process] => (*proc, process.as_encoded_bytes()),
            _ => continue,
        };
        let is_process = process.iter().all(u8::is_ascii_digit) || process == b"self" || process == b"thread-self";
        if proc == "proc" && is_process {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_ends_with_a_process_is_known_however_it_is_written() {
        for path in [
            "/proc/219/root/run/pluto/pluto.ctl",
            "//proc/./219/root/run/pluto.ctl",
            "/run/../proc/self/root/run/pluto.ctl",
            "/proc/thread-self/cwd/pluto.ctl",
            "/host/proc/1/root/run/pluto.ctl",
            "/proc/219/../220/fd/3",
        ] {
            assert!(leads_through_a_process(Path::new(path)), "{path}");
        }
        for path in ["/run/pluto/pluto.ctl", "/srv/proc/pluto.ctl", "/run/219/pluto.ctl", "/proc", "/procs/1/x"] {
            assert!(!leads_through_a_process(Path::new(path)), "{path}");
        }
    }
}
