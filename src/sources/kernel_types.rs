//! The running kernel's types, read from where it tells of them.

use std::fs::File;
use std::io::{self, Read};

use crate::btf::{Btf, BtfError};

/// `Documentation/ABI/testing/sysfs-kernel-btf`.
const PATH: &str = "/sys/kernel/btf/vmlinux";
/// Several times what any kernel has (4 to 10 MiB).
const MOST: u64 = 64 << 20;

/// Why it does not tell.
#[derive(Debug, thiserror::Error)]
pub enum KernelTypesError {
    #[error("{PATH}: {0}")]
    File(#[from] io::Error),
    #[error("{PATH} has more than {} MiB", MOST >> 20)]
    TooLong,
    #[error("{PATH}: {0}")]
    Unreadable(#[from] BtfError),
}

/// Reads all of them. Takes tens of milliseconds and some 10 MiB for as long as they are kept: for a thread that may block, to be asked and
/// dropped.
///
/// # Errors
/// There are none (`CONFIG_DEBUG_INFO_BTF`), or they are not understood.
pub fn read() -> Result<Btf, KernelTypesError> {
    let mut bytes = Vec::new();
    File::open(PATH)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST { Err(KernelTypesError::TooLong) } else { Ok(Btf::parse(bytes)?) }
}
