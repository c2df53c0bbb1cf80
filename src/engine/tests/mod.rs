//! Tests of the whole engine, against a made-up world that answers every effect.

mod by_socket;
mod cost;
pub mod daemon;
mod each_reason;
mod early_death;
mod extremes;
mod fence;
mod forget;
mod join;
mod kernel;
mod layers;
mod metrics;
mod names;
mod one_cause;
pub mod policies;
mod ranking;
pub mod recovery;
pub mod refusals;
mod reinstall;
mod remedies;
mod restart;
mod reused;
mod routes;
mod takedowns;
pub mod traffic;
mod tunnels;
pub mod world;
