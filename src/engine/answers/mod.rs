//! What people are told when they ask: the whole, row by row, or as a story.

mod asked;
mod metrics;
mod ranking;
mod row;
mod status;
mod story;

pub use self::metrics::Tally;
pub use self::ranking::Ranking;
