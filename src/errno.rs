//! The kernel's error numbers in words.

use std::io;

/// `Invalid argument (errno 22)`, as daemons log it (errno(3)).
pub fn words(errno: u32) -> String {
    let error = io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or(i32::MAX));
    error.to_string().replace("(os error", "(errno")
}
