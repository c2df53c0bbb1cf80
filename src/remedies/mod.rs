//! Remedies: how one step is done. What is done, and when, is the engine's matter. Each opens sockets of its own, so that no key passes
//! anybody else.

pub mod reinstall;
