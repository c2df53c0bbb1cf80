//! Recordings in, findings out.

#[cfg(test)]
mod incidents;
#[cfg(test)]
mod recordings;
