//! What a refusal of the kernel is about: the offload, room on the device, or something else. Two findings tell of it, each of its own.

use super::cause::{self, Cause};
use crate::daemons::{Advice, Behaviour};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::expect::Expected;
use crate::engine::facts::offload_attempts::{Attempt, AttemptId};
use crate::engine::facts::refusals::{FALL_BACK, Refusal};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::why::KnownRefusal;
use crate::engine::findings::book::Book;
use crate::model::{Code, Evidence};
use crate::reasons::Entry;

/// errno(3) of causes that have nothing to do with the NIC: EPERM, ENOENT, ESRCH, ENOMEM, EEXIST, ENOSYS.
const NOT_OFFLOAD: [u32; 6] = [1, 2, 3, 12, 17, 38];

/// Where nothing tells why the kernel refused.
pub(super) fn look(daemon: &Behaviour) -> String {
    let [no_esn, aes_gcm] = [Advice::NoEsn, Advice::AesGcm].map(|advice| daemon.advice(advice));
    format!(
        "the kernel's refusal is in the evidence; 'swanwatch probe DEVICE' shows what the NIC takes: choose one of these proposals \
         (many NICs have no ESN: {no_esn}, and only AES-GCM with an ICV of 16 bytes: {aes_gcm}), or write {}",
        daemon.no_offload()
    )
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// This device took the like before: it is full.
    Room(u32),
    /// The offload that was asked for.
    Offload,
    Other,
}

/// A refusal that may be told.
#[derive(Debug)]
pub(super) struct ToldRefusal<'a> {
    pub(super) about: About,
    pub(super) refusal: &'a Refusal,
    /// What the kernel itself told of it.
    pub(super) attempt: Option<&'a Attempt>,
    /// What is known to cause it, and to cure it.
    pub(super) entry: Option<&'static Entry>,
    /// What else says why; none beside an entry.
    pub(super) cause: Option<Cause>,
    /// The daemon's lines, the kernel's and the driver's.
    pub(super) lines: Vec<Evidence>,
}

/// A refusal of an SA that no line of the daemon speaks of.
#[derive(Debug)]
pub(super) struct Unclaimed<'a> {
    pub(super) about: About,
    pub(super) attempt: &'a Attempt,
    pub(super) entry: Option<&'static Entry>,
    pub(super) lines: Vec<Evidence>,
}

/// Whether a refusal of this connection is told, or about to be.
pub fn is_refused(facts: &Facts, book: &Book, connection: Slot<Connection>) -> bool {
    let told = [Code::OffloadRejected, Code::SaAddFailed, Code::OffloadCapacity];
    facts.refusals.pending(connection).is_some() || told.iter().any(|code| book.speaks_of(*code, connection))
}

/// Of a connection's refusal it is not known whether an offload was asked for; the daemon can tell.
pub(super) fn lacks_connection(facts: &Facts, connection: Slot<Connection>) -> bool {
    failed(facts, connection).is_some_and(|refusal| {
        let undecided = facts.expected(connection).0 == Expected::Unknown
            && refusal.tried.is_none()
            && !refusal.of_offload
            && !refusal.of_spi;
        let patient = facts.now.since(refusal.since) < FALL_BACK;
        undecided && patient && facts.life.may_be_asked() && !NOT_OFFLOAD.contains(&refusal.errno)
    })
}

/// The connection's refusal that nobody has told of, where all that may be known of it is known.
pub(super) fn refused(facts: &Facts, connection: Slot<Connection>) -> Option<ToldRefusal<'_>> {
    let refusal = failed(facts, connection)?;
    if lacks_connection(facts, connection) || facts.trace_may_tell(connection) {
        return None;
    }
    let (entry, why) = facts.why_refused(connection, refusal);
    let attempt = refusal.tried.and_then(|id| facts.attempts.get(&id));
    let is_expected = facts.expected(connection).0.is_some() || refusal.of_offload;
    let in_words = cause::in_words(facts, connection, refusal).filter(|_| attempt.is_none());
    let may_be = is_expected && !refusal.of_spi && in_words.is_none() && !NOT_OFFLOAD.contains(&refusal.errno);
    let of_offload = attempt.is_some() || may_be;
    let device = || {
        let tried = attempt.map(|attempt| attempt.tried.ifindex);
        tried.or_else(|| Some(facts.local_link(connection)?.index)).filter(|_| facts.is_full(entry, attempt))
    };
    let about = match device() {
        _ if !of_offload => About::Other,
        Some(device) => About::Room(device),
        None => About::Offload,
    };
    let entry = entry.filter(|_| of_offload);
    let cause = match about {
        About::Other => in_words.or_else(|| cause::in_error(facts, connection, refusal)),
        About::Offload if entry.is_none() => {
            cause::in_settings(facts, connection, attempt.map(|attempt| &attempt.tried))
        }
        About::Offload | About::Room(_) => None,
    };
    let shown = cause.iter().flat_map(|cause| &cause.lines);
    let lines = refusal.lines.iter().chain(shown).cloned().chain(why).collect();
    Some(ToldRefusal { about, refusal, attempt, entry, cause, lines })
}

/// A refusal that the kernel told of, and nobody else.
pub(super) fn unclaimed(facts: &Facts, id: AttemptId) -> Option<Unclaimed<'_>> {
    let attempt = facts.attempts.get(&id)?;
    let known = KnownRefusal { tried: Some(attempt), at: attempt.at, ..KnownRefusal::default() };
    let (entry, why) = facts.why(&known, None);
    let full = facts.is_full(entry, Some(attempt));
    let about = if full { About::Room(attempt.tried.ifindex) } else { About::Offload };
    let lines = std::iter::once(attempt.line.clone()).chain(why).collect();
    Some(Unclaimed { about, attempt, entry, lines })
}

/// Nothing came of it.
fn failed(facts: &Facts, connection: Slot<Connection>) -> Option<&Refusal> {
    facts.refusals.pending(connection).filter(|refusal| refusal.failed)
}
