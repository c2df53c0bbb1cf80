//! `XFRM_MSG_MIGRATE_STATE` (Linux 7.2 and later): an SA's offload is changed without taking the SA out. The kernel makes a copy, gives it the
//! numbers and takes the old one away under its lock, so that no packet finds none and no number comes twice. It reads no key from here.
//!
//! It replaces what a migrated SA is known by: selector, reqid and addresses have to be told as they are.

use std::io;

use zerocopy::FromBytes;

use super::request::NetlinkRequest;
use super::talk::RequestSocket;
use crate::model::{Direction, Mark, Offload, OffloadMode};
use crate::sources::xfrm::layout::{self, MigrateState, SaInfo, SaKey, Selector};
use crate::sources::xfrm::numbers::*;

/// An SPI that no SA can have (RFC 4303 §2.1 reserves 1 to 255).
const NOBODYS: u32 = 1;
/// ESRCH.
const NOT_THERE: u32 = 3;

/// What a migrated SA is to keep.
#[derive(Clone, Copy, Debug)]
pub struct Migration(MigrateState);

impl Migration {
    /// From the fixed part of an SA as the kernel shows it, and its mark.
    pub fn of(info: &SaInfo, mark: Mark) -> Self {
        let key = SaKey {
            dst: info.id.dst,
            spi: info.id.spi,
            family: info.family,
            protocol: info.id.protocol,
            ..SaKey::default()
        };
        Self(MigrateState {
            key,
            dst: info.id.dst,
            src: info.src,
            mark: layout::Mark { value: mark.value.into(), mask: mark.mask.into() },
            selector: info.selector,
            reqid: info.reqid,
            family: info.family,
            ..MigrateState::default()
        })
    }

    /// The same from the payload of a NEWSA.
    pub fn of_payload(payload: &[u8], mark: Mark) -> Option<Self> {
        SaInfo::ref_from_prefix(payload).ok().map(|(info, _)| Self::of(info, mark))
    }

    /// The request: onto a device, or off every one. What is not named the kernel takes from the SA.
    pub fn request(&self, seq: u32, port: u32, offload: Option<Offload>) -> NetlinkRequest {
        let mut request = NetlinkRequest::begin_as(XFRM_MSG_MIGRATE_STATE, seq, port);
        let flags = if offload.is_none() { XFRM_MIGRATE_STATE_CLEAR_OFFLOAD } else { 0 };
        request.put(&MigrateState { flags: flags.into(), ..self.0 });
        if let Some(offload) = offload {
            let inbound = if offload.direction == Direction::In { XFRM_OFFLOAD_INBOUND } else { 0 };
            let packet = if offload.mode == OffloadMode::Packet { XFRM_OFFLOAD_PACKET } else { 0 };
            request.attribute(XFRMA_OFFLOAD_DEV, |request| {
                request.put(&layout::Offload { ifindex: offload.ifindex.into(), flags: inbound | packet });
                // `struct xfrm_user_offload` ends in three bytes of padding.
                request.put(&[0_u8; 3]);
            });
        }
        request.finish();
        request
    }
}

/// Whether this kernel has it: asked to change an SA that cannot be, one that has it finds none, and others know no such request.
///
/// # Errors
/// No answer.
pub fn is_known(talk: &mut RequestSocket) -> io::Result<bool> {
    let seq = talk.next_seq();
    let key = SaKey { spi: NOBODYS.into(), family: AF_INET.into(), protocol: 50, ..SaKey::default() };
    let selector = Selector { family: AF_INET.into(), ..Selector::default() };
    let nobody = Migration(MigrateState { key, selector, family: AF_INET.into(), ..MigrateState::default() });
    Ok(talk.acknowledged(seq, nobody.request(seq, 0, None).bytes())?.errno == NOT_THERE)
}

#[cfg(test)]
mod tests {
    use zerocopy::IntoBytes;

    use super::*;
    use crate::sources::xfrm::decode::Messages;
    use crate::sources::xfrm::layout::Id;

    #[test]
    fn everything_that_it_would_replace_is_told_as_it_is() {
        let info = SaInfo {
            selector: Selector { dst: [2; 16], src: [1; 16], family: 2.into(), dst_prefix: 24, ..Selector::default() },
            id: Id { dst: [4; 16], spi: 0x1234.into(), protocol: 50, pad: [0; 3] },
            src: [3; 16],
            reqid: 16_397.into(),
            family: AF_INET6.into(),
            ..SaInfo::default()
        };
        let mark = Mark { value: 5, mask: 7 };
        let migration = Migration::of_payload(&[info.as_bytes(), &[1, 2, 3]].concat(), mark).unwrap();
        let off = migration.request(8, 9, None);
        assert_eq!(off.bytes().len(), 16 + 132, "no attribute: the rest is taken from the SA");
        let message = Messages::new(off.bytes()).next().unwrap().unwrap();
        assert_eq!((message.kind, message.seq, message.port), (0x29, 8, 9));
        let told = MigrateState::read_from_bytes(message.payload).unwrap();
        assert_eq!((told.key.dst, told.key.spi.get(), told.key.family.get()), ([4; 16], 0x1234, 10));
        assert_eq!((told.dst, told.src, told.family.get(), told.reserved.get()), ([4; 16], [3; 16], 10, 0));
        assert_eq!((told.mark.value.get(), told.mark.mask.get(), told.reqid.get()), (5, 7, 16_397));
        assert_eq!(told.selector.as_bytes(), info.selector.as_bytes());
        assert_eq!(told.flags.get(), 1);
        // Inbound, crypto mode, interface 4.
        let offload = Offload { ifindex: 4, mode: OffloadMode::Crypto, direction: Direction::In };
        let on = migration.request(8, 9, Some(offload));
        let (fixed, attribute) = on.bytes().split_at(16 + 132);
        assert_eq!(fixed[16 + 124..16 + 128], 0_u32.to_ne_bytes());
        let [a, b, c, d] = 4_u32.to_ne_bytes();
        assert_eq!(attribute, [[12, 0, 28, 0], [a, b, c, d], [2, 0, 0, 0]].concat());
        assert!(Migration::of_payload(&[0; 100], mark).is_none());
    }
}
