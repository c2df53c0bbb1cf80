//! What is wrong with a message.

/// Why a message was not understood. Carries no byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The datagram ends inside a message.
    #[error("a message claims {claimed} bytes where {there} are left")]
    Truncated {
        /// What its header says.
        claimed: usize,
        there: usize,
    },
    /// The fixed part is not whole.
    #[error("message type {kind:#x} has {length} bytes where {needed} are its least")]
    Short {
        /// `XFRM_MSG_…`.
        kind: u16,
        /// Bytes behind the netlink header.
        length: usize,
        /// Bytes of the fixed part.
        needed: usize,
    },
    /// An attribute ends outside of the message, or inside its own header.
    #[error("an attribute claims {claimed} bytes where {there} are left")]
    TruncatedAttribute {
        /// What its header says.
        claimed: usize,
        there: usize,
    },
    /// A known attribute is shorter than its structure.
    #[error("attribute {kind} has {length} bytes where {needed} are its least")]
    ShortAttribute {
        /// `XFRMA_…`.
        kind: u16,
        /// Its bytes.
        length: usize,
        /// Bytes of its structure.
        needed: usize,
    },
    /// An attribute without which the message says nothing is not there.
    #[error("message type {kind:#x} lacks attribute {attribute}")]
    Missing {
        /// `XFRM_MSG_…`.
        kind: u16,
        /// `XFRMA_…`.
        attribute: u16,
    },
    /// Neither IPv4 nor IPv6.
    #[error("address family {family} is neither IPv4 nor IPv6")]
    Family {
        /// `AF_…`.
        family: u16,
    },
    /// A message type that this version does not know.
    #[error("message type {kind:#x} is not known")]
    Unknown {
        /// `XFRM_MSG_…`.
        kind: u16,
    },
}
