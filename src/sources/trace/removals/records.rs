//! What the records say.

use super::probes::{NAMES, POLICY, SA, SAS};
use crate::model::{Boottime, Event, Netns, PolicyId, Removal, Removed};
use crate::sources::trace::corner::Corner;
use crate::sources::trace::error::TraceError;
use crate::sources::trace::format::{Format, TraceRecord};
use crate::sources::xfrm::decode::{Decoder, Message};
use crate::sources::xfrm::numbers::{XFRM_MSG_DELPOLICY, XFRM_MSG_DELSA, XFRM_MSG_FLUSHSA};
use crate::text::escaped;

/// Where the index stands in `struct xfrm_userpolicy_id`.
const INDEX: usize = 56;

/// How the records of this run are laid out.
#[derive(Debug)]
pub struct Records {
    formats: Vec<(&'static str, Format)>,
    decoder: Decoder,
}

impl Records {
    pub fn of(corner: &Corner, netns: Netns) -> Result<Self, TraceError> {
        let formats = NAMES.map(|name| corner.format(name).map(|format| (name, format)));
        Ok(Self::with(formats.into_iter().collect::<Result<_, _>>()?, netns))
    }

    pub const fn with(formats: Vec<(&'static str, Format)>, netns: Netns) -> Self {
        Self { formats, decoder: Decoder::new(netns) }
    }

    /// Reads one, made at this time in nanoseconds of the trace clock; its `pid` is the thread's number still. None for a record of another
    /// kind, or one that is not whole.
    pub fn read(&self, time: u64, bytes: &[u8]) -> Option<Removal> {
        let is_of = |format: &Format| {
            format.id.is_some() && format.record(bytes).number("common_type") == format.id.map(u64::from)
        };
        let (name, format) = self.formats.iter().find(|(_, format)| is_of(format))?;
        let record = format.record(bytes);
        let process = record.text("comm").map(|name| escaped(&String::from_utf8_lossy(name)).into_owned());
        Some(Removal {
            // The instance's clock is "boot".
            at: Boottime::from_micros(time / 1_000),
            pid: u32::try_from(record.number("common_pid")?).ok()?,
            process: process.unwrap_or_default(),
            what: self.removed(name, &record)?,
        })
    }

    /// The key of a request is that of the event which tells of it.
    fn removed(&self, name: &str, record: &TraceRecord<'_>) -> Option<Removed> {
        let event = |kind, payload| {
            let message = Message { kind, flags: 0, seq: 0, port: 0, payload };
            self.decoder.event(&message).ok().flatten()
        };
        match name {
            SA => match event(XFRM_MSG_DELSA, record.bytes("key")?)? {
                Event::SaDeleted { id, .. } => Some(Removed::Sa(id)),
                _ => None,
            },
            SAS => match event(XFRM_MSG_FLUSHSA, record.bytes("key")?)? {
                Event::SasFlushed { protocol } => Some(Removed::Sas { protocol }),
                _ => None,
            },
            POLICY => {
                let key = record.bytes("key")?;
                let index = u32::from_ne_bytes(*key.get(INDEX..)?.first_chunk()?);
                // Deleted by its index it has no packets, and so no family.
                let id: Option<PolicyId> = match event(XFRM_MSG_DELPOLICY, key) {
                    Some(Event::PolicyDeleted(id)) if index == 0 => Some(id),
                    _ => None,
                };
                Some(Removed::Policy { id, index })
            }
            _ => Some(Removed::Policies),
        }
    }
}
