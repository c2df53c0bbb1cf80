//! `XFRM_MSG_MIGRATE_STATE` (Linux 7.2) changes an SA's offload without taking it out. Whether the kernel has it is found out and said; it
//! is not used.

use std::io;

use crate::probe::request::Request;
use crate::probe::talk::Talk;
use crate::sources::xfrm::layout::{SaKey, Selector};
use crate::sources::xfrm::numbers::*;

/// An SPI that no SA can have (RFC 4303 §2.1 reserves 1 to 255).
const NOBODYS: u32 = 1;
/// ESRCH.
const NOT_THERE: u32 = 3;

/// Whether this kernel has it: asked to change an SA that cannot be, one that has it finds none, and others know no such request.
///
/// # Errors
/// No answer.
pub fn knows_migrate_state(talk: &mut Talk) -> io::Result<bool> {
    let seq = talk.next_seq();
    let mut request = Request::begin(XFRM_MSG_MIGRATE_STATE, seq);
    // `struct xfrm_user_migrate_state`: whose, new destination and source, old mark, new selector, new reqid, flags, new family, reserved.
    request.put(&SaKey { spi: NOBODYS.into(), family: AF_INET.into(), protocol: 50, ..SaKey::default() });
    request.put(&[0_u8; 32]);
    request.put(&[0_u32; 2]);
    request.put(&Selector { family: AF_INET.into(), ..Selector::default() });
    request.put(&[0_u32; 2]);
    request.put(&[AF_INET, 0]);
    request.finish();
    Ok(talk.acknowledged(seq, request.bytes())?.errno == NOT_THERE)
}
