//! Recordings in, findings out.
