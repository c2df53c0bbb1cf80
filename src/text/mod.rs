//! Text from elsewhere: read, made safe to show, made fit to be kept.

mod escape;
mod local_time;
mod presentable;

pub use self::escape::{escaped, is_unsafe};
pub use self::local_time::LocalTime;
#[cfg(any(fuzzing, test))]
pub use self::presentable::MAX_BYTES;
pub use self::presentable::presentable;
