//! swanwatch stands beside an IKE daemon on a Linux IPsec gateway and says, for every SA, who encrypts: the NIC or the CPU; if not the
//! NIC, why; and what to do about it.
//!
//! Data walks one way: sources make observations, the engine turns them into effects, the supervisor carries the effects out.
//!
//! The library is the program's own: `main` is all of its interface, so that the compiler sees what nobody uses.

mod alarm;
#[cfg_attr(not(test), expect(dead_code, reason = "the sources that ask it come next"))]
mod btf;
mod cli;
mod clock;
mod config;
mod daemons;
mod engine;
mod errno;
mod exit;
mod fnv;
#[cfg(any(fuzzing, test))]
mod fuzzing;
#[cfg(test)]
mod imports;
mod instance;
mod manual;
mod model;
mod notify_systemd;
#[cfg(test)]
mod own_source;
mod pattern;
mod plural;
mod probe;
mod reasons;
mod recording;
mod remedies;
mod root_name;
mod root_path;
mod root_program;
mod sinks;
mod sources;
mod state_directory;
mod supervisor;
mod sys;
#[doc(hidden)]
pub mod testing;
mod text;

pub use cli::main;
