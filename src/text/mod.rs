//! Text from elsewhere: read, made safe to show, made fit to be kept.

mod escape;
mod keys;
mod list;
mod local_time;
mod presentable;
mod shell;

pub use self::escape::{escaped, is_unsafe};
pub use self::list::one_of;
pub use self::local_time::LocalTime;
#[cfg(any(fuzzing, test))]
pub use self::presentable::MAX_BYTES;
pub use self::presentable::{presentable, presentable_behind};
pub use self::shell::{is_shell_word, shell_word};
