//! What a message of the multicast groups tells.

use std::net::SocketAddr;

use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::address::{address, selector};
use super::{Attributes, DecodeError, Decoder, Message};
use crate::model::{Event, Protocol, SaId, SaStage, Spi};
use crate::sources::xfrm::layout::{Mapping, PolicyExpire, SaExpire, SaInfo, SaKey};
use crate::sources::xfrm::numbers::*;

impl Decoder {
    /// The event in a message; none where the message changes nothing that swanwatch knows (a policy's soft limit, the default policy).
    ///
    /// # Errors
    /// `Unknown` for a type without meaning here; everything else is a message that may have been an SA or a policy and is lost.
    pub fn event(&self, message: &Message<'_>) -> Result<Option<Event>, DecodeError> {
        let payload = message.payload;
        Ok(Some(match message.kind {
            XFRM_MSG_NEWSA => Event::SaAdded(Box::new(self.sa(payload)?)),
            XFRM_MSG_UPDSA => Event::SaUpdated(Box::new(self.sa(payload)?)),
            XFRM_MSG_DELSA => self.deleted_sa(message)?,
            XFRM_MSG_EXPIRE => self.expired_sa(message)?,
            XFRM_MSG_FLUSHSA => {
                // IPSEC_PROTO_ANY (255) and 0 stand for all.
                let protocol = payload.first().copied().ok_or(short::<u8>(message))?;
                let all = protocol == 0 || protocol == u8::MAX;
                Event::SasFlushed { protocol: (!all).then(|| Protocol::from_number(protocol)) }
            }
            XFRM_MSG_NEWPOLICY | XFRM_MSG_UPDPOLICY => Event::PolicySet(Box::new(self.policy(payload)?)),
            XFRM_MSG_DELPOLICY => Event::PolicyDeleted(self.deleted_policy(payload)?),
            XFRM_MSG_POLEXPIRE => {
                let (expire, rest) = fixed::<PolicyExpire>(message)?;
                if expire.hard == 0 {
                    return Ok(None);
                }
                Event::PolicyDeleted(self.policy_of(&expire.policy, rest)?.id)
            }
            XFRM_MSG_FLUSHPOLICY => Event::PoliciesFlushed,
            XFRM_MSG_MIGRATE | XFRM_MSG_MIGRATE_STATE => Event::Migrated,
            XFRM_MSG_MAPPING => {
                let (mapping, _) = fixed::<Mapping>(message)?;
                let id = self.sa_id(&mapping.id)?;
                let sender =
                    SocketAddr::new(address(mapping.new_src, mapping.id.family.get())?, mapping.new_port.get());
                // No packet comes from there.
                if sender.ip().is_unspecified() || sender.ip().is_multicast() || sender.port() == 0 {
                    return Ok(None);
                }
                Event::Mapped { id, mark: None, sender: Some(sender) }
            }
            XFRM_MSG_GETDEFAULT => return Ok(None),
            kind => return Err(DecodeError::Unknown { kind }),
        }))
    }

    /// DELSA has the SA's fixed part in an attribute, and beside it every attribute that a NEWSA has.
    fn deleted_sa(&self, message: &Message<'_>) -> Result<Event, DecodeError> {
        let (key, rest) = fixed::<SaKey>(message)?;
        for attribute in Attributes::new(rest) {
            let attribute = attribute?;
            if attribute.kind == XFRMA_SA {
                let last = self.sa_of(attribute.read::<SaInfo>()?, rest)?;
                let id = SaId { mark: last.id.mark, ..self.sa_id(key)? };
                return Ok(Event::SaDeleted { id, last: Some(Box::new(last)) });
            }
        }
        Ok(Event::SaDeleted { id: self.sa_id(key)?, last: None })
    }

    /// EXPIRE has no algorithms, larval or not: only an SPI of 0 proves a larval SA here.
    fn expired_sa(&self, message: &Message<'_>) -> Result<Event, DecodeError> {
        let (expire, rest) = fixed::<SaExpire>(message)?;
        let mut sa = self.sa_of(&expire.sa, rest)?;
        sa.stage = if sa.id.spi == Spi::LARVAL { SaStage::Larval } else { SaStage::Installed };
        let selector = selector(&expire.sa.selector, expire.sa.family.get())?;
        Ok(Event::SaExpired { sa: Box::new(sa), hard: expire.hard != 0, selector: Box::new(selector) })
    }
}

/// The fixed part of a message and the attributes behind it.
fn fixed<'a, T>(message: &Message<'a>) -> Result<(&'a T, &'a [u8]), DecodeError>
where
    T: FromBytes + KnownLayout + Immutable + Unaligned,
{
    T::ref_from_prefix(message.payload).map_err(|_| short::<T>(message))
}

fn short<T>(message: &Message<'_>) -> DecodeError {
    DecodeError::Short { kind: message.kind, length: message.payload.len(), needed: size_of::<T>() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zerocopy::IntoBytes;

    use super::*;
    use crate::model::Netns;
    use crate::sources::xfrm::decode::Messages;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in 0_u16..0x40, payload in prop::collection::vec(any::<u8>(), 0..700)) {
            let message = Message { kind, flags: 0, seq: 0, port: 0, payload: &payload };
            let _ = Decoder::new(Netns(1)).event(&message);
        }

        #[test]
        fn no_datagram_makes_it_panic(datagram in prop::collection::vec(any::<u8>(), 0..900)) {
            for message in Messages::new(&datagram).flatten() {
                let _ = Decoder::new(Netns(1)).event(&message);
            }
        }
    }

    #[test]
    fn a_type_without_meaning_here_is_unknown_and_a_cut_one_is_short() {
        let decoder = Decoder::new(Netns(1));
        let message = |kind, payload| Message { kind, flags: 0, seq: 0, port: 0, payload };
        assert_eq!(decoder.event(&message(0x77, &[])), Err(DecodeError::Unknown { kind: 0x77 }));
        for kind in [XFRM_MSG_NEWSA, XFRM_MSG_DELSA, XFRM_MSG_EXPIRE, XFRM_MSG_NEWPOLICY, XFRM_MSG_DELPOLICY] {
            let found = decoder.event(&message(kind, &[0; 20]));
            assert!(matches!(found, Err(DecodeError::Short { .. })), "{kind:#x}: {found:?}");
        }
    }

    #[test]
    fn a_mapping_names_the_inbound_sa_and_where_its_packet_came_from() {
        let mapping = |change: fn(&mut Mapping)| {
            let id =
                SaKey { dst: [10; 16], spi: 0x105.into(), family: AF_INET.into(), protocol: 50, ..SaKey::default() };
            let (old_src, new_src) = ([7; 16], [9; 16]);
            let ports = (4500.into(), 40_001.into());
            let mut mapping = Mapping { id, reqid: 1.into(), old_src, new_src, old_port: ports.0, new_port: ports.1 };
            change(&mut mapping);
            let payload = mapping.as_bytes();
            Decoder::new(Netns(1)).event(&Message { kind: XFRM_MSG_MAPPING, flags: 0, seq: 0, port: 0, payload })
        };
        let (dst, protocol) = ("10.10.10.10".parse().unwrap(), Protocol::Esp);
        let id = SaId { netns: Netns(1), dst, spi: Spi(0x105), protocol, mark: crate::model::Mark::default() };
        let sender = Some("9.9.9.9:40001".parse().unwrap());
        assert_eq!(mapping(|_| {}), Ok(Some(Event::Mapped { id, mark: None, sender })));
        for change in [
            (|mapping| mapping.new_src = [0; 16]) as fn(&mut Mapping),
            |mapping| mapping.new_src = [239; 16],
            |mapping| mapping.new_port = 0.into(),
        ] {
            assert_eq!(mapping(change), Ok(None));
        }
        assert_eq!(mapping(|mapping| mapping.id.family = 77.into()), Err(DecodeError::Family { family: 77 }));
    }

    #[test]
    fn a_flush_names_its_protocol_or_none_for_all() {
        let decoder = Decoder::new(Netns(1));
        for (byte, protocol) in [(0, None), (255, None), (50, Some(Protocol::Esp))] {
            let message = Message { kind: XFRM_MSG_FLUSHSA, flags: 0, seq: 0, port: 0, payload: &[byte] };
            assert_eq!(decoder.event(&message), Ok(Some(Event::SasFlushed { protocol })));
        }
    }
}
