//! Recordings in, findings out.

#[cfg(test)]
mod incidents;
mod recordings;
