//! Turns the engine: numbers what the sources see, carries out what the engine wants, answers clients between two steps, and feeds the
//! watchdog while all of that goes round.

mod answer;
mod hands;
mod host;
mod once;
mod recorded;
mod serve;
mod start;
mod turn;

pub use self::once::once;
pub use self::serve::{NotTaken, Reload, Reloaded, Serve, ServiceEnd};
pub use self::start::{Purpose, RunningSources, StartError, start};

#[cfg(test)]
mod tests;
