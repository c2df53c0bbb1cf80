//! Bringing a daemon back: by its service manager, by the configured command, or by letting a stopped process go on.

mod command;
mod load;
mod pid_file;
mod resume;
mod unit;

pub use self::command::run;
pub use self::load::{StartedDaemon, loaded};
pub use self::resume::resume;
pub use self::unit::restart;
