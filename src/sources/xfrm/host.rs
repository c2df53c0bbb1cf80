//! Two facts about the namespace: which it is, and how long a larval SA lives in it.

use std::os::unix::fs::MetadataExt;

use super::XfrmError;
use crate::model::Netns;

const NAMESPACE: &str = "/proc/self/ns/net";
const ACQUIRE_EXPIRES: &str = "/proc/sys/net/core/xfrm_acq_expires";

/// The network namespace of this process.
///
/// # Errors
/// Where /proc is not there.
pub fn current_netns() -> Result<Netns, XfrmError> {
    let file = std::fs::metadata(NAMESPACE).map_err(XfrmError::tried("looking at /proc/self/ns/net"))?;
    // Inodes of namespaces are 32 bits wide in the kernel (proc_inum).
    Ok(Netns(u32::try_from(file.ino()).unwrap_or(u32::MAX)))
}

/// What the kernel takes where nobody sets it (net/xfrm/xfrm_sysctl.c).
const ACQUIRE_EXPIRES_DEFAULT: u32 = 30;

/// Seconds that a larval SA lives: `net.core.xfrm_acq_expires` of this namespace. A namespace of a user namespace has no such file, and
/// nobody can have changed the value there.
///
/// # Errors
/// Where it is there and cannot be read.
pub fn acquire_expires() -> Result<u32, XfrmError> {
    let text = match std::fs::read_to_string(ACQUIRE_EXPIRES) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ACQUIRE_EXPIRES_DEFAULT),
        Err(error) => return Err(XfrmError::tried("reading /proc/sys/net/core/xfrm_acq_expires")(error)),
    };
    text.trim().parse().map_err(|_| XfrmError::NotANumber { path: ACQUIRE_EXPIRES, text: text.trim().to_owned() })
}
