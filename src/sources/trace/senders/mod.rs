//! Who sends packets that the kernel drops, and on which SPI: for some seconds, probes on the kernel's own audit functions count them by SPI
//! and source, in an instance of their own. Nothing is written for a packet, and one that is good costs nothing. At any other time there is
//! no probe.
//!
//! Anybody can send such packets, in any number: the kernel counts 256 senders of a kind, and the rest as others.

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod histogram;
mod probes;

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use self::probes::{FAMILIES, NAMES, PROBES, PURPOSE, SenderFamily};
use super::corner::Corner;
use super::error::{LOG, TraceError};
use super::place;
use crate::model::{AskId, Failure, Netns, Senders, What, micros};
use crate::sources::Queue;

/// For so long each IP version is counted: both take less than 10 s, with the time in which their probes come and go.
const COUNTS_FOR: Duration = Duration::from_millis(4_700);

/// Held by whoever makes, uses or removes the probes: all have the same names.
static PROBED: Mutex<()> = Mutex::const_new(());

/// Counts, and answers in the queue.
pub fn count(queue: Queue, ask: AskId, netns: Netns) {
    tokio::spawn(async move {
        let answer = counted(netns).await.map_err(|error| {
            tracing::warn!(target: LOG, "who sends packets that are dropped is not known: {error}");
            Failure::Error(error.to_string())
        });
        // Closed: the engine has ended, and nobody wants to know.
        let _ = queue.send(What::Senders { ask, answer }).await;
    });
}

async fn counted(netns: Netns) -> Result<Senders, TraceError> {
    let _probed = PROBED.lock().await;
    let mut senders = Senders::default();
    for family in FAMILIES {
        let begun = tokio::task::spawn_blocking(move || SendersCounting::begin(netns, family));
        let counting = begun.await.unwrap_or(Err(TraceError::Nothing("the service is ending".to_owned())))?;
        let began = Instant::now();
        tokio::time::sleep(COUNTS_FOR).await;
        let read = counting.add_to(&mut senders);
        senders.over = senders.over.max(micros(began.elapsed()));
        // The kernel waits for all CPUs.
        drop(tokio::task::spawn_blocking(move || drop(counting)).await);
        read?;
    }
    histogram::keep_the_most(&mut senders);
    Ok(senders)
}

/// Whether it can be counted here. Also removes what a run that was killed while it counted has left. Blocks.
pub(super) fn try_out(netns: Netns) -> Result<(), TraceError> {
    let _probed = PROBED.blocking_lock();
    Corner::remove_left(netns, PURPOSE, &NAMES);
    FAMILIES.into_iter().try_for_each(|family| SendersCounting::begin(netns, family).map(drop))
}

/// Probes that count. They go when it is dropped.
#[derive(Debug)]
struct SendersCounting {
    corner: Corner,
}

impl SendersCounting {
    fn begin(netns: Netns, family: SenderFamily) -> Result<Self, TraceError> {
        let corner = Corner::make(netns, PURPOSE, &NAMES)?;
        corner.set("buffer_size_kb", "4")?;
        corner.define(PROBES.map(|probe| (probe.name, probe.function, probe.fetched(family))))?;
        for probe in PROBES {
            for trigger in family.triggers(netns) {
                place::write(&corner.of_probe(probe.name, "trigger"), &trigger).map_err(|error| {
                    TraceError::Nothing(format!("this kernel counts nothing in tracefs (no hist triggers): {error}"))
                })?;
            }
        }
        Ok(Self { corner })
    }

    fn add_to(&self, senders: &mut Senders) -> Result<(), TraceError> {
        for probe in PROBES {
            let path = self.corner.of_probe(probe.name, "hist");
            let counts = histogram::read(&place::read(&path)?).ok_or(TraceError::Unreadable(path))?;
            histogram::add(senders, probe.why, counts);
        }
        Ok(())
    }
}
