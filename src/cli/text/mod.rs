//! What people read.

mod findings;
mod sas;
mod status;
mod story;
mod words;

pub(super) use self::sas::sas;
pub(super) use self::status::status;
pub(super) use self::story::story;
pub(super) use self::words::{count, moment};
