//! An SA of NEWSA, UPDSA, DELSA and of a dump: fixed part and attributes (`copy_to_user_state_extra`, net/xfrm/xfrm_user.c).

use std::net::{IpAddr, Ipv4Addr};

use zerocopy::FromBytes;
use zerocopy::byteorder::native_endian::U32;

use super::address::{address, mark, mode, offload};
use super::{Attributes, DecodeError, Decoder};
use crate::model::{
    Algorithm, AlgorithmName, Counters, Direction, Encapsulation, KernelSa, Lifetime, Mark, Netns, Protocol,
    ReplayState, SaId, SaMode, SaStage, Spi,
};
use crate::sources::xfrm::layout::{self, AlgorithmHead, CheckedAlgorithmHead, SaInfo, SaKey};
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::unknown::pass_over;

/// What a place for an SA holds before it is filled.
const BLANK: KernelSa = KernelSa {
    id: SaId {
        netns: Netns(0),
        dst: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        spi: Spi::LARVAL,
        protocol: Protocol::Esp,
        mark: Mark { value: 0, mask: 0 },
    },
    src: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    mode: SaMode::Transport,
    stage: SaStage::Larval,
    reqid: 0,
    seq: 0,
    if_id: 0,
    direction: None,
    cpu: None,
    offload: None,
    algorithm: None,
    encapsulation: None,
    lifetime: Lifetime { hard_bytes: 0, hard_packets: 0, soft_add_seconds: 0, hard_add_seconds: 0 },
    counters: Counters {
        bytes: 0,
        packets: 0,
        add_time: 0,
        use_time: 0,
        replay_window_drops: 0,
        replay_drops: 0,
        integrity_failures: 0,
    },
    replay: ReplayState { sent: 0, received: 0, window: 0, esn: false },
};

/// The algorithms of an SA, as far as they have been met.
#[derive(Default)]
struct Met<'a> {
    /// AEAD, encryption or compression.
    cipher: Option<&'a AlgorithmHead>,
    auth: Option<&'a AlgorithmHead>,
    icv_bits: u32,
}

impl Decoder {
    /// The SA in a payload that starts with `struct xfrm_usersa_info`. One without algorithms is larval.
    ///
    /// # Errors
    /// What is short, truncated or of no known family.
    pub fn sa(&self, payload: &[u8]) -> Result<KernelSa, DecodeError> {
        let mut sa = BLANK;
        self.fill_sa(payload, &mut sa)?;
        Ok(sa)
    }

    /// Appends it to the rows of a dump, decoded in its place there: a copy would cost as much as the decoding.
    ///
    /// # Errors
    /// As `sa`; then nothing is appended.
    #[inline]
    pub fn append_sa(&self, payload: &[u8], rows: &mut Vec<KernelSa>) -> Result<(), DecodeError> {
        rows.push(BLANK);
        let filled = rows.last_mut().map_or(Ok(()), |row| self.fill_sa(payload, row));
        if filled.is_err() {
            rows.pop();
        }
        filled
    }

    /// Fills a place that holds `BLANK`.
    #[inline]
    fn fill_sa(&self, payload: &[u8], sa: &mut KernelSa) -> Result<(), DecodeError> {
        let (info, rest) = SaInfo::ref_from_prefix(payload).map_err(|_| DecodeError::Short {
            kind: XFRM_MSG_NEWSA,
            length: payload.len(),
            needed: size_of::<SaInfo>(),
        })?;
        self.fill_sa_of(info, rest, sa)
    }

    /// The SA whose fixed part stands apart from its attributes.
    pub(super) fn sa_of(&self, info: &SaInfo, attributes: &[u8]) -> Result<KernelSa, DecodeError> {
        let mut sa = BLANK;
        self.fill_sa_of(info, attributes, &mut sa)?;
        Ok(sa)
    }

    #[inline]
    fn fill_sa_of(&self, info: &SaInfo, attributes: &[u8], sa: &mut KernelSa) -> Result<(), DecodeError> {
        let family = info.family.get();
        sa.id.netns = self.netns;
        sa.id.dst = address(info.id.dst, family)?;
        sa.id.spi = Spi(info.id.spi.get());
        sa.id.protocol = Protocol::from_number(info.id.protocol);
        sa.src = address(info.src, family)?;
        sa.mode = mode(info.mode);
        sa.reqid = info.reqid.get();
        sa.seq = info.seq.get();
        lifetime(&info.limits, &mut sa.lifetime);
        counters(info, &mut sa.counters);
        sa.replay.window = u32::from(info.replay_window);
        sa.replay.esn = info.flags & XFRM_STATE_ESN != 0;
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
                XFRMA_SA_PCPU => sa.cpu = Some(attribute.read::<U32>()?.get()).filter(|cpu| *cpu != u32::MAX),
                XFRMA_IF_ID => sa.if_id = attribute.read::<U32>()?.get(),
                XFRMA_SA_DIR => {
                    sa.direction = match *attribute.read::<u8>()? {
                        XFRM_SA_DIR_IN => Some(Direction::In),
                        XFRM_SA_DIR_OUT => Some(Direction::Out),
                        _ => None,
                    }
                }
                kind if kind > XFRMA_LAST => pass_over(kind),
                _ => {}
            }
        }
        if let Some(named) = met.cipher.or(met.auth) {
            sa.stage = SaStage::Installed;
            sa.algorithm = Some(met.algorithm(named));
        }
        Ok(())
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
    fn algorithm(&self, named: &AlgorithmHead) -> Algorithm {
        let bits = |bits: u32| u16::try_from(bits).unwrap_or(u16::MAX);
        Algorithm {
            name: AlgorithmName::new(&named.name),
            auth: self.cipher.and(self.auth).map(|auth| AlgorithmName::new(&auth.name)),
            key_bits: self.cipher.map_or(0, |cipher| bits(cipher.key_bits.get())),
            icv_bits: bits(self.icv_bits),
        }
    }
}

#[inline]
fn join(high: U32, low: U32) -> u64 {
    u64::from(high.get()) << 32 | u64::from(low.get())
}

#[inline]
fn lifetime(limits: &layout::LifetimeLimits, into: &mut Lifetime) {
    let seconds = |seconds: u64| u32::try_from(seconds).unwrap_or(u32::MAX);
    into.hard_bytes = limits.hard_bytes.get();
    into.hard_packets = limits.hard_packets.get();
    into.soft_add_seconds = seconds(limits.soft_add_seconds.get());
    into.hard_add_seconds = seconds(limits.hard_add_seconds.get());
}

#[inline]
fn counters(info: &SaInfo, into: &mut Counters) {
    into.bytes = info.used.bytes.get();
    into.packets = info.used.packets.get();
    into.add_time = info.used.add_time.get();
    into.use_time = info.used.use_time.get();
    into.replay_window_drops = info.stats.replay_window.get();
    into.replay_drops = info.stats.replay.get();
    into.integrity_failures = info.stats.integrity_failed.get();
}

#[inline]
fn encapsulation(raw: &layout::Encapsulation) -> Encapsulation {
    Encapsulation { kind: raw.kind.get(), source_port: raw.src_port.get(), destination_port: raw.dst_port.get() }
}
