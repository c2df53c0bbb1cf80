//! What the process ends with.

pub const DONE: u8 = 0;
/// A verb shows something critical or wrong.
pub const WRONG: u8 = 1;
/// The command line is wrong (as clap ends).
pub const USAGE: u8 = 2;
/// The service is not reachable (sysexits.h, `EX_UNAVAILABLE`).
pub const UNAVAILABLE: u8 = 69;
/// Another instance is there, or another configuration needs a new start: trying again helps (sysexits.h, `EX_TEMPFAIL`).
pub const TEMPORARY: u8 = 75;
/// Not permitted (`EX_NOPERM`).
pub const NOT_PERMITTED: u8 = 77;
/// The configuration is wrong (`EX_CONFIG`).
pub const CONFIGURATION: u8 = 78;
