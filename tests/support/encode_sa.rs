//! The kernel's side of the wire: SAs as bytes, their attributes in the order in which the kernel writes them.

use swanwatch::testing::model::{Direction, KernelSa, SaId, SaStage};
use swanwatch::testing::sources::xfrm::layout::{self, AlgorithmHead, CheckedAlgorithmHead, SaInfo, SaKey};
use swanwatch::testing::sources::xfrm::numbers::*;
use zerocopy::IntoBytes;

use super::encode::{address, attribute, family, mode, offload_device};

/// The payload of NEWSA and UPDSA. Keys are zero.
pub fn sa(sa: &KernelSa) -> Vec<u8> {
    [sa_info(sa).as_bytes(), &sa_attributes(sa)].concat()
}

/// The payload of DELSA.
pub fn deleted_sa(sa: &KernelSa) -> Vec<u8> {
    let info = attribute(XFRMA_SA, sa_info(sa).as_bytes());
    [sa_key(&sa.id).as_bytes(), &info, &sa_attributes(sa)].concat()
}

/// `struct xfrm_usersa_id`.
pub fn sa_key(id: &SaId) -> SaKey {
    SaKey {
        dst: address(id.dst),
        spi: id.spi.0.into(),
        family: family(id.dst).into(),
        protocol: id.protocol.number(),
        pad: 0,
    }
}

/// `struct xfrm_usersa_info`.
pub fn sa_info(sa: &KernelSa) -> SaInfo {
    let mut info = SaInfo {
        id: layout::Id {
            dst: address(sa.id.dst),
            spi: sa.id.spi.0.into(),
            protocol: sa.id.protocol.number(),
            pad: [0; 3],
        },
        src: address(sa.src),
        seq: sa.seq.into(),
        reqid: sa.reqid.into(),
        family: family(sa.id.dst).into(),
        mode: mode(sa.mode),
        replay_window: if sa.replay.esn { 0 } else { u8::try_from(sa.replay.window).unwrap() },
        flags: if sa.replay.esn { XFRM_STATE_ESN } else { 0 },
        ..SaInfo::default()
    };
    info.limits.hard_bytes = sa.lifetime.hard_bytes.into();
    info.limits.hard_packets = sa.lifetime.hard_packets.into();
    info.limits.soft_add_seconds = u64::from(sa.lifetime.soft_add_seconds).into();
    info.limits.hard_add_seconds = u64::from(sa.lifetime.hard_add_seconds).into();
    info.used.bytes = sa.counters.bytes.into();
    info.used.packets = sa.counters.packets.into();
    info.used.add_time = sa.counters.add_time.into();
    info.used.use_time = sa.counters.use_time.into();
    info.stats.replay_window = sa.counters.replay_window_drops.into();
    info.stats.replay = sa.counters.replay_drops.into();
    info.stats.integrity_failed = sa.counters.integrity_failures.into();
    info
}

/// What stands behind the fixed part.
pub fn sa_attributes(sa: &KernelSa) -> Vec<u8> {
    let mut out = attribute(15, &[0; 8]); // XFRMA_LASTUSED
    if let (SaStage::Installed, Some(algorithm)) = (sa.stage, &sa.algorithm) {
        let key = vec![0; usize::from(algorithm.key_bits).div_ceil(8)];
        match algorithm.auth {
            None => {
                let head = CheckedAlgorithmHead {
                    name: name(algorithm.name.as_str()),
                    key_bits: u32::from(algorithm.key_bits).into(),
                    icv_bits: u32::from(algorithm.icv_bits).into(),
                };
                out.extend(attribute(XFRMA_ALG_AEAD, &[head.as_bytes(), &key].concat()));
            }
            Some(auth) => {
                let plain = AlgorithmHead { name: name(auth.as_str()), key_bits: 160.into() };
                out.extend(attribute(XFRMA_ALG_AUTH, &[plain.as_bytes(), &[0; 20]].concat()));
                let cut = CheckedAlgorithmHead {
                    name: name(auth.as_str()),
                    key_bits: 160.into(),
                    icv_bits: u32::from(algorithm.icv_bits).into(),
                };
                out.extend(attribute(XFRMA_ALG_AUTH_TRUNC, &[cut.as_bytes(), &[0; 20]].concat()));
                let head = AlgorithmHead {
                    name: name(algorithm.name.as_str()),
                    key_bits: u32::from(algorithm.key_bits).into(),
                };
                out.extend(attribute(XFRMA_ALG_CRYPT, &[head.as_bytes(), &key].concat()));
            }
        }
    }
    if let Some(encapsulation) = sa.encapsulation {
        let raw = layout::Encapsulation {
            kind: encapsulation.kind.into(),
            src_port: encapsulation.source_port.into(),
            dst_port: encapsulation.destination_port.into(),
            ..layout::Encapsulation::default()
        };
        out.extend(attribute(XFRMA_ENCAP, raw.as_bytes()));
    }
    if sa.id.mark.mask != 0 || sa.id.mark.value != 0 {
        let raw = layout::Mark { value: sa.id.mark.value.into(), mask: sa.id.mark.mask.into() };
        out.extend(attribute(XFRMA_MARK, raw.as_bytes()));
    }
    out.extend(replay(sa));
    if let Some(offload) = sa.offload {
        out.extend(offload_device(offload));
    }
    if sa.if_id != 0 {
        out.extend(attribute(XFRMA_IF_ID, &sa.if_id.to_ne_bytes()));
    }
    if let Some(direction) = sa.direction {
        let number = if direction == Direction::In { XFRM_SA_DIR_IN } else { XFRM_SA_DIR_OUT };
        out.extend(attribute(XFRMA_SA_DIR, &[number]));
    }
    if let Some(cpu) = sa.cpu {
        out.extend(attribute(XFRMA_SA_PCPU, &cpu.to_ne_bytes()));
    }
    // One that no version knows yet.
    out.extend(attribute(77, &[1, 2, 3]));
    out
}

fn replay(sa: &KernelSa) -> Vec<u8> {
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap().into();
    let high = |number: u64| u32::try_from(number >> 32).unwrap().into();
    if sa.replay.esn {
        let words = sa.replay.window.div_ceil(32);
        let raw = layout::ReplayEsn {
            bitmap_words: words.into(),
            sent: low(sa.replay.sent),
            received: low(sa.replay.received),
            sent_high: high(sa.replay.sent),
            received_high: high(sa.replay.received),
            window: sa.replay.window.into(),
        };
        return attribute(XFRMA_REPLAY_ESN_VAL, &[raw.as_bytes(), &vec![0; words as usize * 4]].concat());
    }
    let raw = layout::Replay { sent: low(sa.replay.sent), received: low(sa.replay.received), bitmap: 0.into() };
    attribute(XFRMA_REPLAY_VAL, raw.as_bytes())
}

fn name(text: &str) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes
}
