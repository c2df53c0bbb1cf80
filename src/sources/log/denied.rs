//! Why root may not read a file: swanwatch has no CAP_DAC_OVERRIDE, so that modes count for it as for everybody.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid, getgroups};

/// The drop-in that lets swanwatch read what is not root's (CAP_DAC_READ_SEARCH).
pub const DROP_IN: &str = "log.conf";

/// The folder that may not be entered, or the file that may not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    path: PathBuf,
    /// Read 4, execute 1.
    wanted: u32,
    is_folder: bool,
    mode: u32,
    owner: (u32, u32),
}

/// Whose rights are asked about.
#[derive(Debug)]
struct RightsReader {
    uid: u32,
    groups: Vec<u32>,
}

impl Denied {
    /// The first part of `path` whose mode stands in the way of this process, capabilities apart; none where no mode does.
    pub fn find(path: &Path) -> Option<Self> {
        let mut groups = vec![getegid().as_raw()];
        groups.extend(getgroups().unwrap_or_default().into_iter().map(rustix::process::Gid::as_raw));
        RightsReader { uid: geteuid().as_raw(), groups }.stopped_by(path)
    }

    /// The same where a file could not be opened because of a mode.
    pub fn behind(error: &std::io::Error, path: &Path) -> Option<Self> {
        Self::find(path).filter(|_| error.kind() == std::io::ErrorKind::PermissionDenied)
    }

    /// What is wrong, behind the name of the file.
    pub fn why(&self) -> String {
        let (uid, gid) = self.owner;
        let verb = if self.is_folder { "enter" } else { "read" };
        let (path, mode) = (self.path.display(), self.mode);
        format!(
            "{path} has mode {mode:04o} and belongs to uid {uid}, gid {gid}, and without CAP_DAC_OVERRIDE root may not {verb} it"
        )
    }

    pub fn cure(&self) -> String {
        let right = match self.wanted {
            0o1 => "x",
            0o4 => "r",
            _ => "rx",
        };
        let path = self.path.display();
        format!("chmod o+{right} '{path}', or put the drop-in {DROP_IN} into /etc/systemd/system/swanwatch.service.d/")
    }
}

impl RightsReader {
    fn stopped_by(&self, path: &Path) -> Option<Denied> {
        let mut parts: Vec<&Path> = path.ancestors().collect();
        parts.reverse();
        for part in parts {
            // What cannot be looked at lies behind what was found just before.
            let metadata = std::fs::metadata(part).ok()?;
            let is_folder = part != path;
            // Its own folder is watched, which takes reading it; those above are only passed through.
            let wanted = match (is_folder, Some(part) == path.parent()) {
                (true, true) => 0o5,
                (true, false) => 0o1,
                (false, _) => 0o4,
            };
            let owner = (metadata.uid(), metadata.gid());
            if self.rights(metadata.mode(), owner) & wanted != wanted {
                let mode = metadata.mode() & 0o7777;
                return Some(Denied { path: part.to_owned(), wanted, is_folder, mode, owner });
            }
        }
        None
    }

    /// Of owner, group or others: the first that fits counts alone (path_resolution(7)).
    fn rights(&self, mode: u32, (uid, gid): (u32, u32)) -> u32 {
        let shift = match () {
            () if self.uid == uid => 6,
            () if self.groups.contains(&gid) => 3,
            () => 0,
        };
        mode >> shift & 0o7
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn chmod(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_part_that_stands_in_the_way_is_named_with_its_cure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pluto.log");
        std::fs::write(&path, "").unwrap();
        chmod(folder.path(), 0o755);
        chmod(&path, 0o640);
        let metadata = std::fs::metadata(&path).unwrap();
        let (uid, gid) = (metadata.uid(), metadata.gid());
        let stranger = RightsReader { uid: uid + 1, groups: vec![gid + 1] };
        let denied = stranger.stopped_by(&path).unwrap();
        assert_eq!(denied.path, path);
        assert!(denied.why().contains("mode 0640") && denied.why().ends_with("may not read it"), "{}", denied.why());
        assert!(denied.cure().starts_with(&format!("chmod o+r '{}', or ", path.display())), "{}", denied.cure());
        // Its group, its owner, and others each by their own bits.
        assert_eq!(RightsReader { uid: uid + 1, groups: vec![gid] }.stopped_by(&path), None);
        assert_eq!(RightsReader { uid, groups: Vec::new() }.stopped_by(&path), None);
        chmod(&path, 0o044);
        assert!(RightsReader { uid, groups: vec![gid] }.stopped_by(&path).is_some());
        chmod(folder.path(), 0o750);
        let denied = stranger.stopped_by(&path).unwrap();
        assert_eq!((denied.path.as_path(), denied.is_folder), (folder.path(), true));
        assert!(denied.cure().starts_with("chmod o+rx "), "{}", denied.cure());
        assert_eq!(
            stranger.stopped_by(&folder.path().join("not/there")).map(|denied| denied.path),
            Some(folder.path().to_owned())
        );
    }
}
