//! swanwatch stands beside an IKE daemon on a Linux IPsec gateway and says, for every SA, who encrypts: the NIC or the CPU; if not the
//! NIC, why; and what to do about it.
//!
//! Data walks one way: sources make observations, the engine turns them into effects, the supervisor carries the effects out.

pub mod alarm;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemons;
pub mod engine;
pub mod errno;
pub mod exit;
mod fnv;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
pub mod instance;
pub mod manual;
pub mod model;
pub mod notify_systemd;
mod plural;
pub mod probe;
pub mod reasons;
pub mod recording;
pub mod remedies;
pub mod root_name;
pub mod root_path;
pub mod root_program;
pub mod sinks;
pub mod sources;
pub mod state_directory;
pub mod supervisor;
pub mod sys;
pub mod text;
