//! Recordings in, findings out.

#[cfg(test)]
mod recordings;
