//! A sampling, from when it begins to what its window says.

mod gather;
mod sampling;
mod told;
mod workers;
