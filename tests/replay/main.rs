//! Recordings in, findings out.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod update;
