//! What several test targets share.

pub mod encode;
pub mod encode_sa;
pub mod kernel;
pub mod namespace;
