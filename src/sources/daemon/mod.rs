//! What is particular to one kind of IKE daemon: its log's grammar, its tables, its commands, and where it keeps things.
//! Each daemon is a folder of the same shape.

pub mod libreswan;
