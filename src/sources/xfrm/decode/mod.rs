//! Decoding of XFRM messages. Everything is read where it lies in the receive buffer; nothing is allocated for an SA or a policy, and
//! key bytes are never looked at: of an algorithm only its name and lengths are taken.

mod address;
mod attributes;
mod error;
mod event;
mod messages;
mod policy;
mod sa;

pub use self::attributes::Attributes;
pub use self::error::DecodeError;
pub use self::messages::{Message, Messages};

use crate::model::Netns;

/// Turns messages of one namespace into the model's types.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    netns: Netns,
}

impl Decoder {
    /// For messages of the namespace with this inode.
    pub const fn new(netns: Netns) -> Self {
        Self { netns }
    }
}
