//! An SA of NEWSA, UPDSA, DELSA and of a dump: fixed part and attributes (`copy_to_user_state_extra`, net/xfrm/xfrm_user.c).

use zerocopy::FromBytes;
use zerocopy::byteorder::native_endian::U32;

use super::address::{address, mark, mode, offload};
use super::{Attributes, DecodeError, Decoder};
use crate::model::{
    Algorithm, AlgorithmName, Counters, Direction, Encapsulation, KernelSa, Lifetime, Mark, Protocol, ReplayState,
    SaId, SaStage, Spi,
};
use crate::sources::xfrm::layout::{self, AlgorithmHead, CheckedAlgorithmHead, SaInfo, SaKey};
use crate::sources::xfrm::numbers::*;

/// The algorithms of an SA, as far as they have been met.
#[derive(Default)]
struct Met<'a> {
    /// AEAD, encryption or compression.
    cipher: Option<&'a AlgorithmHead>,
    /// Authentication.
    auth: Option<&'a AlgorithmHead>,
    icv_bits: u32,
}

impl Decoder {
    /// The SA in a payload that starts with `struct xfrm_usersa_info`. One without algorithms is larval.
    ///
    /// # Errors
    /// What is short, truncated or of no known family.
    #[inline]
    pub fn sa(&self, payload: &[u8]) -> Result<KernelSa, DecodeError> {
        let (info, rest) = SaInfo::ref_from_prefix(payload).map_err(|_| DecodeError::Short {
            kind: XFRM_MSG_NEWSA,
            length: payload.len(),
            needed: size_of::<SaInfo>(),
        })?;
        self.sa_of(info, rest)
    }

    /// The same where the fixed part stands apart from the attributes.
    #[inline]
    pub(super) fn sa_of(&self, info: &SaInfo, attributes: &[u8]) -> Result<KernelSa, DecodeError> {
        let family = info.family.get();
        let mut sa = KernelSa {
            id: SaId {
                netns: self.netns,
                dst: address(info.id.dst, family)?,
                spi: Spi(info.id.spi.get()),
                protocol: Protocol::from_number(info.id.protocol),
                mark: Mark::default(),
            },
            src: address(info.src, family)?,
            mode: mode(info.mode),
            stage: SaStage::Larval,
            reqid: info.reqid.get(),
            seq: info.seq.get(),
            if_id: 0,
            direction: None,
            offload: None,
            algorithm: None,
            encapsulation: None,
            lifetime: lifetime(&info.limits),
            counters: counters(info),
            replay: ReplayState {
                sent: 0,
                received: 0,
                window: u32::from(info.replay_window),
                esn: info.flags & XFRM_STATE_ESN != 0,
            },
        };
        let mut met = Met::default();
        for attribute in Attributes::new(attributes) {
            let attribute = attribute?;
            match attribute.kind {
                XFRMA_ALG_AEAD => {
                    let head: &CheckedAlgorithmHead = attribute.read()?;
                    met.cipher = Some(attribute.read()?);
                    met.icv_bits = head.icv_bits.get();
                }
                XFRMA_ALG_CRYPT | XFRMA_ALG_COMP => met.cipher = Some(attribute.read()?),
                XFRMA_ALG_AUTH => met.auth = Some(attribute.read()?),
                XFRMA_ALG_AUTH_TRUNC => {
                    let head: &CheckedAlgorithmHead = attribute.read()?;
                    met.auth = Some(attribute.read()?);
                    met.icv_bits = head.icv_bits.get();
                }
                XFRMA_ENCAP => sa.encapsulation = Some(encapsulation(attribute.read()?)),
                XFRMA_MARK => sa.id.mark = mark(attribute.read()?),
                XFRMA_REPLAY_VAL => {
                    let replay: &layout::Replay = attribute.read()?;
                    sa.replay.sent = u64::from(replay.sent.get());
                    sa.replay.received = u64::from(replay.received.get());
                }
                XFRMA_REPLAY_ESN_VAL => {
                    let replay: &layout::ReplayEsn = attribute.read()?;
                    sa.replay.sent = join(replay.sent_high, replay.sent);
                    sa.replay.received = join(replay.received_high, replay.received);
                    sa.replay.window = replay.window.get();
                }
                XFRMA_OFFLOAD_DEV => sa.offload = Some(offload(attribute.read()?)),
                XFRMA_IF_ID => sa.if_id = attribute.read::<U32>()?.get(),
                XFRMA_SA_DIR => {
                    sa.direction = match *attribute.read::<u8>()? {
                        XFRM_SA_DIR_IN => Some(Direction::In),
                        XFRM_SA_DIR_OUT => Some(Direction::Out),
                        _ => None,
                    }
                }
                _ => {}
            }
        }
        sa.algorithm = met.algorithm();
        if sa.algorithm.is_some() {
            sa.stage = SaStage::Installed;
        }
        Ok(sa)
    }

    /// An SA's key from `struct xfrm_usersa_id`, which has no mark.
    pub(super) fn sa_id(&self, key: &SaKey) -> Result<SaId, DecodeError> {
        Ok(SaId {
            netns: self.netns,
            dst: address(key.dst, key.family.get())?,
            spi: Spi(key.spi.get()),
            protocol: Protocol::from_number(key.protocol),
            mark: Mark::default(),
        })
    }
}

impl Met<'_> {
    /// AH has an authentication alone, which then gives the name.
    #[inline]
    fn algorithm(&self) -> Option<Algorithm> {
        let bits = |bits: u32| u16::try_from(bits).unwrap_or(u16::MAX);
        let named = self.cipher.or(self.auth)?;
        Some(Algorithm {
            name: AlgorithmName::new(&named.name),
            auth: self.cipher.and(self.auth).map(|auth| AlgorithmName::new(&auth.name)),
            key_bits: self.cipher.map_or(0, |cipher| bits(cipher.key_bits.get())),
            icv_bits: bits(self.icv_bits),
        })
    }
}

#[inline]
fn join(high: U32, low: U32) -> u64 {
    u64::from(high.get()) << 32 | u64::from(low.get())
}

#[inline]
fn lifetime(limits: &layout::LifetimeLimits) -> Lifetime {
    let seconds = |seconds: u64| u32::try_from(seconds).unwrap_or(u32::MAX);
    Lifetime {
        hard_bytes: limits.hard_bytes.get(),
        hard_packets: limits.hard_packets.get(),
        soft_add_seconds: seconds(limits.soft_add_seconds.get()),
        hard_add_seconds: seconds(limits.hard_add_seconds.get()),
    }
}

#[inline]
fn counters(info: &SaInfo) -> Counters {
    Counters {
        bytes: info.used.bytes.get(),
        packets: info.used.packets.get(),
        add_time: info.used.add_time.get(),
        use_time: info.used.use_time.get(),
        replay_window_drops: info.stats.replay_window.get(),
        replay_drops: info.stats.replay.get(),
        integrity_failures: info.stats.integrity_failed.get(),
    }
}

#[inline]
fn encapsulation(raw: &layout::Encapsulation) -> Encapsulation {
    Encapsulation { kind: raw.kind.get(), source_port: raw.src_port.get(), destination_port: raw.dst_port.get() }
}
