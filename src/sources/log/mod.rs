//! A daemon's log, as it is written: from a file or from the journal.

mod place;

pub use self::place::LogPlace;
