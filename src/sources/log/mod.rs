//! A daemon's log, as it is written: from a file or from the journal.

mod local_time;
mod place;
mod presentable;

pub use self::local_time::LocalTime;
pub use self::place::LogPlace;
pub use self::presentable::presentable;
