//! IANA's numbers of the protocols above IP.

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const DCCP: u8 = 33;
pub const ESP: u8 = 50;
pub const AH: u8 = 51;
pub const ICMPV6: u8 = 58;
pub const SCTP: u8 = 132;
/// Mobile IPv6.
pub const MOBILITY: u8 = 135;
