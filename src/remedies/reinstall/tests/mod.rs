//! The machine against a model of the kernel.

mod carried;
mod machine;
mod model;
mod wire;
