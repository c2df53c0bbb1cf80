//! What a reinstall comes to, in words. This is the list of everything that it can say.

use std::fmt;

use crate::model::{Offload, OffloadMode};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReinstallEnd {
    /// It is in the kernel as it was ordered.
    Done {
        /// On the NIC; none for software.
        offload: Option<Offload>,
        /// An outbound SA's last number before, and the one after which it goes on.
        numbers: Option<(u64, u64)>,
    },
    /// It is in the kernel as it was ordered, and was there all the time.
    Moved {
        /// On the NIC; none for software.
        offload: Option<Offload>,
    },
    /// It was not touched.
    Refused(WhyNotAsOrdered),
    /// It was taken out and is back as it was before.
    PutBack(WhyNotAsOrdered),
    /// It was taken out and is back in software, though it was on a NIC or should be.
    InSoftware(WhyNotAsOrdered),
    /// It was taken out and is back; how is not known.
    Unproved(WhyNotAsOrdered),
    /// It was taken out and is not back: the daemon has to rekey.
    Lost(WhyNotAsOrdered),
}

/// Why it is not as it was ordered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNotAsOrdered {
    /// The kernel has no such SA.
    #[error("the kernel has no such SA")]
    NotThere,
    #[error("it is larval: it has no key yet")]
    Larval,
    /// It is as it should be.
    #[error("it is so already")]
    AlreadySo,
    /// AH and IPCOMP.
    #[error("it is {0}; only ESP is put back")]
    NotEsp(crate::model::Protocol),
    /// Packet mode, before or after.
    #[error(
        "in packet mode the NIC counts the sequence numbers, so that none can be proved to be unused: have the daemon rekey"
    )]
    PacketMode,
    /// Keys are shown as zero.
    #[error(
        "the kernel shows its key as zeros (lockdown=confidentiality): put back, it would have a known key. Have the daemon rekey"
    )]
    Redacted,
    /// Past a soft limit.
    #[error("it has passed a soft limit: the daemon is about to rekey")]
    Dying,
    /// The number may wrap.
    #[error("its sequence number may wrap, so that none can be proved to be unused: have the daemon rekey")]
    Wraps,
    /// The number is not told.
    #[error("the kernel does not tell its sequence number: have the daemon rekey")]
    NotNumbered,
    /// Near the end of the numbers.
    #[error("its sequence number {0} is near the end of its 32 bits: have the daemon rekey")]
    NearTheEnd(u64),
    /// It belongs to a probe.
    #[error("it is an SA of a probe")]
    Probes,
    /// The probe SA was not taken.
    #[error("an SA of the same kind was tried first: {0}")]
    Probe(String),
    /// It could not be read.
    #[error("it could not be read: {0}")]
    Unread(String),
    /// Nothing could be blocked.
    #[error("its packets could not be blocked meanwhile: {0}")]
    Unblocked(String),
    /// The kernel did not delete it.
    #[error("the kernel did not delete it: {0}")]
    NotDeleted(String),
    /// Its last state was lost.
    #[error(
        "it was deleted, and the kernel's event with its last state did not come, so that its sequence number cannot be proved"
    )]
    NoLastState,
    /// The event is not whole.
    #[error("it was deleted, and the kernel's event of that tells no sequence number")]
    LastStateUnnumbered,
    /// It was refused.
    #[error("{how} was refused: {words}", how = offload_text(*offload))]
    NotTaken {
        /// How it was to be put in.
        offload: Option<Offload>,
        words: String,
    },
    /// It was not said whether it was taken.
    #[error("the kernel did not answer to putting it in ({0}), and it is not there")]
    Unanswered(String),
    /// Somebody else put one in.
    #[error("somebody else put an SA of the same name in meanwhile")]
    Overtaken,
    /// The kernel took it in software.
    #[error("the kernel took it without a word of refusal, and in software{}", words.as_ref().map(|words| format!(": {words}")).unwrap_or_default())]
    Silently {
        /// A warning of the kernel's.
        words: Option<String>,
    },
    /// The kernel lost it.
    #[error("the kernel was to move it in its place, and has neither it nor its copy now: {0}")]
    LostOnItsWay(String),
    /// It went again at once.
    #[error("it was put in and is gone again")]
    GoneAgain,
}

impl fmt::Display for ReinstallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { offload, numbers } => {
                write!(f, "it is back {}", offload_text(*offload))?;
                match numbers {
                    Some((before, after)) => write!(f, "; its sequence number {before} was moved to {after}"),
                    None => Ok(()),
                }
            }
            Self::Moved { offload } => write!(f, "it is {} now, and was never away", offload_text(*offload)),
            Self::Refused(why) => write!(f, "it was not touched: {why}"),
            Self::PutBack(why) => write!(f, "it is back as it was: {why}"),
            Self::InSoftware(why) => write!(f, "it is back, in software: {why}"),
            Self::Unproved(why) => write!(f, "it is back, as the kernel said, and on the NIC or not: {why}"),
            Self::Lost(why) => write!(f, "it is not back: {why}. Have the daemon rekey"),
        }
    }
}

fn offload_text(offload: Option<Offload>) -> &'static str {
    match offload.map(|offload| offload.mode) {
        None => "in software",
        Some(OffloadMode::Crypto) => "with crypto offload",
        Some(OffloadMode::Packet) => "with packet offload",
    }
}
