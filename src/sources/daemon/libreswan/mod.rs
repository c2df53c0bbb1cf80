//! libreswan's pluto, 4.x and 5.x.

pub mod commands;
mod configuration;
pub mod grammar;
mod includes;
pub mod places;
pub mod tables;
