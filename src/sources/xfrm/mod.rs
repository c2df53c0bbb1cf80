//! The kernel's SAD and SPD: events, dumps, reads and counts over NETLINK_XFRM.

pub mod decode;
pub mod layout;
pub mod numbers;
