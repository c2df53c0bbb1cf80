//! libreswan's pluto, 4.x and 5.x.

pub mod commands;
mod configuration;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod grammar;
mod includes;
pub mod places;
pub mod tables;
