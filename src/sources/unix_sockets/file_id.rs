//! How the kernel numbers the file that a socket is bound to.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// A file, as the kernel numbers it within itself. `stat(2)` shows other numbers on overlayfs and btrfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// The low half of `i_ino`.
    pub inode: u32,
    /// `s_dev`: 12 bits major, 20 bits minor.
    pub device: u32,
}

impl FileId {
    /// Of an open file (`O_PATH` will do). Its mount tells the device, and the kernel its inode, as neither is what stat(2) says everywhere.
    ///
    /// # Errors
    /// What cannot be read below /proc/self.
    pub fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        let facts = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd()))?;
        let fact = |name: &str| facts.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let mount = fact("mnt_id:").ok_or(io::ErrorKind::InvalidData)?;
        // Linux 5.14 and later say it here; before, overlayfs fails closed.
        let inode = fact("ino:").map_or_else(|| Ok(rustix::fs::fstat(file.as_fd())?.st_ino), io::Result::Ok)?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
        let device = mounts.lines().find_map(|line| device_of(line, mount)).ok_or(io::ErrorKind::NotFound)?;
        // `udiag_vfs_ino` has the low half.
        Ok(Self { inode: (inode & u64::from(u32::MAX)) as u32, device })
    }
}

/// `36 35 98:0 /mnt1 /mnt2 …` (proc_pid_mountinfo(5)).
pub(super) fn device_of(line: &str, mount: u64) -> Option<u32> {
    let mut fields = line.split(' ');
    let same = fields.next()?.parse() == Ok(mount);
    let (major, minor) = fields.nth(1)?.split_once(':')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    same.then_some((major & 0xfff) << 20 | minor & 0xf_ffff)
}
