//! Where swanwatch keeps what has to outlive it.

use std::path::{Path, PathBuf};

/// Where systemd has `StateDirectory=swanwatch`, and everybody else too.
const USUAL: &str = "/var/lib/swanwatch";
/// systemd.exec(5): where the service's own state is.
const VARIABLE: &str = "STATE_DIRECTORY";

/// `$STATE_DIRECTORY`, as systemd sets it, else `/var/lib/swanwatch`.
pub fn state_directory() -> PathBuf {
    let set = std::env::var(VARIABLE).ok().filter(|value| !value.is_empty());
    // It may name several folders.
    let first = set.as_deref().and_then(|value| value.split(':').next()).unwrap_or(USUAL);
    Path::new(first).to_owned()
}
