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
mod metrics;
mod offload;
pub mod policies;
mod ranking;
mod reasons;
pub mod recovery;
mod reinstall;
mod remedies;
mod restart;
mod reused;
mod routes;
pub mod traffic;
mod tunnels;
pub mod world;
