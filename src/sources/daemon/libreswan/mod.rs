//! libreswan's pluto, 4.x and 5.x.

mod configuration;
pub mod places;
