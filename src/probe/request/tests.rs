use super::*;
use crate::model::{KernelSa, Netns, is_probe_address};
use crate::probe::plan;
use crate::sources::xfrm::decode::{Decoder, Messages};

/// What the kernel would read out of the request, by our own reader of what it writes.
fn read(trial: &Trial) -> KernelSa {
    let request = trial.add(7).unwrap();
    let message = Messages::new(request.bytes()).next().unwrap().unwrap();
    assert_eq!((message.kind, message.flags, message.seq), (XFRM_MSG_NEWSA, NLM_F_REQUEST | NLM_F_ACK, 7));
    assert!(request.bytes.len() <= ROOM);
    Decoder::new(Netns(0)).sa(message.payload).unwrap()
}

#[test]
fn every_variation_is_asked_for_as_it_is_meant() {
    for (mode, direction) in plan::COLUMNS {
        for variation in plan::variations() {
            let shape = variation.of(&plan::preferred());
            let trial = Trial { shape, direction, offload: Some((3, mode)), spi: Spi(0x1234) };
            let sa = read(&trial);
            assert_eq!(SaShape::from(&sa), shape, "{}", variation.name);
            assert_eq!((sa.reqid, sa.lifetime.hard_add_seconds, sa.id.spi), (PROBE_REQID, 10, Spi(0x1234)));
            let offload = sa.offload.unwrap();
            assert_eq!((offload.ifindex, offload.mode, offload.direction), (3, mode, direction));
            assert!(is_probe_address(sa.src) && is_probe_address(sa.id.dst));
            assert_eq!(sa.encapsulation.is_some_and(|encap| encap.source_port == 4500), shape.encapsulated);
        }
    }
}

#[test]
fn keys_are_random_and_no_two_are_alike() {
    let shape = plan::preferred();
    let trial = Trial { shape, direction: Direction::Out, offload: None, spi: Spi(0x1234) };
    let (one, other) = (trial.add(1).unwrap(), trial.add(1).unwrap());
    assert_eq!(one.bytes.len(), other.bytes.len());
    // Header, fixed part, attribute's header and algorithm's head: then 20 bytes of key.
    let key = 16 + 224 + 4 + 72;
    assert_eq!(one.bytes[..key], other.bytes[..key]);
    assert_ne!(one.bytes[key..key + 20], other.bytes[key..key + 20]);
    assert_ne!(one.bytes[key..key + 20], [0; 20]);
    assert!(read(&trial).offload.is_none());
}

#[test]
fn a_deletion_names_the_sa_alone() {
    let shape = SaShape { ipv6: true, ..plan::preferred() };
    let trial = Trial { shape, direction: Direction::In, offload: None, spi: Spi(0x1234) };
    let request = trial.delete(9);
    assert_eq!(request.bytes.len(), 16 + 24);
    assert_eq!(request.bytes[16..32], bytes(V6[0]));
    assert_eq!(request.bytes[32..40], [0, 0, 0x12, 0x34, 10, 0, 50, 0]);
}
