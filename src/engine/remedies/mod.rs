//! Remedies: which finding calls for which one, whether the time is right, its steps, and how it is seen that it helped.
//!
//! `course` leads every remedy through its states in the same way, and `attempt` through one try; what is particular to one kind stands in
//! its own file, and `kinds` names it. The guard decides how often; hands do single steps; nothing here does anything.

mod attempt;
mod counts;
mod course;
mod evacuate;
mod fence;
pub mod guard;
mod healed;
mod kinds;
mod memory;
mod reinstall;
mod rekey;
mod remedy;
mod request;
mod restart;
mod run;
mod scene;
mod state;
mod told;
mod turn;
mod words;

pub use self::run::{Over, Plan, Progress, Ready, Run, Wish};
pub use self::scene::{Course, Scene};
pub use self::state::Remedies;
