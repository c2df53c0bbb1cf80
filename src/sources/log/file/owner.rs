//! Whether nobody but root can write a log that is read: what others can write proves nothing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::root_path::believed;

const GROUP: u32 = 0o020;
const OTHERS: u32 = 0o002;

/// In such a folder nobody renames what is another's (inode(7)).
const STICKY: u32 = 0o1000;

/// Who else can write the file, in words; none where it is root's alone. A folder may be its group's too (`/var/log` is on some systems):
/// what they could put there instead would not be root's.
pub fn other_writers(path: &Path, file: &Metadata) -> Option<String> {
    let believed = believed();
    let (uid, gid, mode) = (file.uid(), file.gid(), file.mode() & 0o7777);
    if !believed.contains(&uid) {
        return Some(format!("the file belongs to uid {uid}"));
    }
    if mode & (GROUP | OTHERS) != 0 && (gid != 0 || mode & OTHERS != 0) {
        return Some(format!("the file has mode {mode:04o} and gid {gid}"));
    }
    let behind = path.canonicalize().ok();
    let folders = [Some(path), behind.as_deref()].into_iter().flatten().flat_map(|path| path.ancestors().skip(1));
    folders.filter(|folder| !folder.as_os_str().is_empty()).find_map(|folder| {
        // What cannot be looked at is found when the file is opened.
        let found = std::fs::metadata(folder).ok()?;
        let (uid, mode) = (found.uid(), found.mode() & 0o7777);
        let folder = folder.display();
        match () {
            () if !believed.contains(&uid) => Some(format!("its folder {folder} belongs to uid {uid}")),
            () if mode & OTHERS != 0 && mode & STICKY == 0 => Some(format!("its folder {folder} has mode {mode:04o}")),
            () => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn what_others_could_write_or_put_there_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let (inner, path) = (dir.path().join("inner"), dir.path().join("inner/log"));
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(&path, "").unwrap();
        let say = |path: &Path| other_writers(path, &std::fs::metadata(path).unwrap());
        let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        mode(&path, 0o644);
        mode(&inner, 0o775);
        assert_eq!(say(&path), None, "a folder may be its group's");
        mode(&inner, 0o777);
        assert!(say(&path).unwrap().ends_with("has mode 0777"));
        // Through whatever link it is reached.
        let link = dir.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(say(&link).unwrap().contains("/inner has mode 0777"));
        mode(&inner, 0o1777);
        assert_eq!(say(&path), None);
        mode(&path, 0o646);
        assert!(say(&path).unwrap().starts_with("the file has mode 0646"));
        if !rustix::process::geteuid().is_root() {
            return;
        }
        mode(&path, 0o664);
        assert_eq!(say(&path), None, "root's group");
        chown(&path, None, Some(65_534)).unwrap();
        assert!(say(&path).unwrap().ends_with("gid 65534"));
        mode(&path, 0o640);
        assert_eq!(say(&path), None);
        chown(&path, Some(65_534), None).unwrap();
        assert_eq!(say(&path).unwrap(), "the file belongs to uid 65534");
        chown(&path, Some(0), None).unwrap();
        chown(&inner, Some(65_534), None).unwrap();
        assert!(say(&path).unwrap().ends_with("inner belongs to uid 65534"));
    }
}
