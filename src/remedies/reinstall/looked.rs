//! An SA as it was read before anything is done to it: what decides whether it may be touched. Its key is only looked at for being one.

use zerocopy::FromBytes;
use zerocopy::byteorder::native_endian::U32;

use crate::model::KernelSa;
use crate::probe::migration::Migration;
use crate::sources::xfrm::decode::{Attributes, DecodeError, Decoder};
use crate::sources::xfrm::layout::{AlgorithmHead, CheckedAlgorithmHead, SaInfo};
use crate::sources::xfrm::numbers::*;

#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// The SA without its keys.
    pub sa: KernelSa,
    /// Every byte of its keys is zero: under lockdown the kernel shows them so.
    pub redacted: bool,
    /// It has passed a soft limit: the daemon is about to rekey.
    pub dying: bool,
    /// Its sequence number may wrap (`XFRM_SA_XFLAG_OSEQ_MAY_WRAP`).
    pub wraps: bool,
    /// Its replay state is told.
    pub numbered: bool,
    /// What it keeps where it is moved without being taken out.
    pub migration: Migration,
}

impl Looked {
    /// From the payload of a NEWSA that answers a GETSA; `now` in seconds since the epoch.
    ///
    /// # Errors
    /// It cannot be understood.
    pub fn of(payload: &[u8], decoder: &Decoder, now: u64) -> Result<Self, DecodeError> {
        let sa = decoder.sa(payload)?;
        let (info, rest) = SaInfo::ref_from_prefix(payload).map_err(|_| DecodeError::Short {
            kind: XFRM_MSG_NEWSA,
            length: payload.len(),
            needed: size_of::<SaInfo>(),
        })?;
        let migration = Migration::of(info, sa.id.mark);
        let mut looked =
            Self { sa, redacted: false, dying: dying(info, now), wraps: false, numbered: false, migration };
        let (mut keys, mut zeros) = (0, 0);
        for attribute in Attributes::new(rest) {
            let attribute = attribute?;
            let key = match attribute.kind {
                XFRMA_ALG_CRYPT | XFRMA_ALG_AUTH => attribute.value.get(size_of::<AlgorithmHead>()..),
                XFRMA_ALG_AEAD | XFRMA_ALG_AUTH_TRUNC => attribute.value.get(size_of::<CheckedAlgorithmHead>()..),
                _ => None,
            };
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                keys += 1;
                zeros += usize::from(key.iter().all(|byte| *byte == 0));
            }
            match attribute.kind {
                XFRMA_SA_EXTRA_FLAGS => {
                    looked.wraps = attribute.read::<U32>()?.get() & XFRM_SA_XFLAG_OSEQ_MAY_WRAP != 0;
                }
                XFRMA_REPLAY_VAL | XFRMA_REPLAY_ESN_VAL => looked.numbered = true,
                _ => {}
            }
        }
        // One of zero alone would do: no daemon has such a key.
        looked.redacted = keys == 0 || zeros > 0;
        Ok(looked)
    }
}

/// Past a soft limit: of time since the add or the first use, of bytes, of packets. 0 seconds are no limit.
fn dying(info: &SaInfo, now: u64) -> bool {
    let (limits, used) = (&info.limits, &info.used);
    let past = |limit: u64, since: u64| limit != 0 && since != 0 && now >= since.saturating_add(limit);
    past(limits.soft_add_seconds.get(), used.add_time.get())
        || past(limits.soft_use_seconds.get(), used.use_time.get())
        || (limits.soft_bytes.get() != 0 && used.bytes.get() >= limits.soft_bytes.get())
        || (limits.soft_packets.get() != 0 && used.packets.get() >= limits.soft_packets.get())
}
