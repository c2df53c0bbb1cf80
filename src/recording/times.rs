//! Times of an observation, which no clock of a real run puts near the end of their range: behind it a deadline would always be due.

use crate::model::{Boottime, Event, KernelSa, KnownBy, Observation, Remembered, Silence, Step, What};

/// 146,000 years in microseconds.
const LAST: u64 = 1 << 62;

/// One of them is no time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BeyondAllTime {
    /// Its field.
    pub(super) name: &'static str,
    pub(super) value: u64,
}

type Checked = Result<(), BeyondAllTime>;

/// Refuses an observation with a time that is none. What is written as a date is bounded by its form.
pub(super) fn check(seen: &Observation) -> Checked {
    of_boot("at", seen.at)?;
    match &seen.what {
        What::Started(started) => started.remembered.as_deref().map_or(Ok(()), of_remembered),
        What::Outcome(outcome) => {
            within("took", outcome.took)?;
            of_step(&outcome.step)
        }
        What::Kernel(event) => of_event(event),
        What::Sas { rows, .. } => rows.iter().try_for_each(of_sa),
        What::Read { answer, .. } => answer.iter().flatten().try_for_each(|sa| of_sa(sa)),
        What::DumpEnd { took, .. } | What::Sampled { took, .. } | What::HostSampled { took, .. } => {
            within("took", *took)
        }
        What::DaemonAnswered { took, worked, .. } => {
            within("took", *took)?;
            within("worked", worked.unwrap_or(0))
        }
        What::Removals(removals) => removals.rows.iter().try_for_each(|removal| of_boot("at", removal.at)),
        What::Senders { answer, .. } => answer.iter().try_for_each(|senders| within("over", senders.over)),
        What::KernelSaid(words) => words.at.map_or(Ok(()), |at| of_boot("at", at)),
        What::DaemonSilent { silence, .. } => of_silence(silence),
        What::DaemonFound(daemon) => match daemon.known {
            KnownBy::Process { start_ticks, .. } => within("start_ticks", start_ticks),
            KnownBy::Socket { .. } => Ok(()),
        },
        What::Reconfigured(_)
        | What::Misconfigured(_)
        | What::Woke
        | What::Coverage(_)
        | What::Kept { .. }
        | What::Requested(_)
        | What::EventsLost { .. }
        | What::DumpBegin { .. }
        | What::Policies { .. }
        | What::Counted { .. }
        | What::OffloadTried(_)
        | What::KernelLog(_)
        | What::Link(_)
        | What::LinkGone { .. }
        | What::LinksKnown
        | What::RoutesChanged
        | What::Routed { .. }
        | What::Log(_)
        | What::Told(_)
        | What::LogEnd { .. }
        | What::DaemonAnsweredLate { .. }
        | What::DaemonAbsent
        | What::OtherDaemons(_)
        | What::Configured(_)
        | What::DaemonGone(_)
        | What::ListenerGone(_)
        | What::Listener(_)
        | What::DaemonCallEnded { .. }
        | What::Process(_)
        | What::Unit(_) => Ok(()),
    }
}

fn of_step(step: &Step) -> Checked {
    match step {
        Step::Continue { start_ticks, .. } => within("start_ticks", *start_ticks),
        Step::Rekey { .. }
        | Step::Initiate { .. }
        | Step::RestartUnit { .. }
        | Step::RestartCommand
        | Step::Probe { .. }
        | Step::Reinstall { .. }
        | Step::Evacuate { .. }
        | Step::Fence { .. } => Ok(()),
    }
}

fn of_event(event: &Event) -> Checked {
    match event {
        Event::SaAdded(sa) | Event::SaUpdated(sa) | Event::SaExpired { sa, .. } => of_sa(sa),
        Event::SaDeleted { last, .. } => last.as_deref().map_or(Ok(()), of_sa),
        Event::SasFlushed { .. }
        | Event::PolicySet(_)
        | Event::PolicyDeleted(_)
        | Event::PoliciesFlushed
        | Event::Migrated
        | Event::Mapped { .. } => Ok(()),
    }
}

fn of_sa(sa: &KernelSa) -> Checked {
    within("add_time", sa.counters.add_time)?;
    within("use_time", sa.counters.use_time)
}

fn of_remembered(state: &Remembered) -> Checked {
    state.evacuated.iter().try_for_each(|one| of_boot("until", one.until))?;
    for tries in &state.tries {
        of_boot("not_before", tries.not_before)?;
        tries.at.iter().try_for_each(|at| of_boot("at", *at))?;
        tries.tried.values().flatten().try_for_each(|at| of_boot("tried", *at))?;
        tries.waits.values().try_for_each(|at| of_boot("waits", *at))?;
    }
    state.intents.iter().try_for_each(|intent| of_boot("began", intent.began))?;
    state.tunnels.iter().try_for_each(|tunnel| of_boot("at", tunnel.at))?;
    state.process.iter().try_for_each(|process| within("start_ticks", process.start_ticks))
}

fn of_silence(silence: &Silence) -> Checked {
    within("over", silence.over)?;
    within("asker_waited", silence.asker_waited)?;
    let Silence { worked, waited, others_worked, throttled, memory, busy, disk, .. } = silence;
    for (name, time) in [
        ("worked", worked),
        ("waited", waited),
        ("others_worked", others_worked),
        ("throttled", throttled),
        ("memory", memory),
        ("busy", busy),
        ("disk", disk),
    ] {
        within(name, time.unwrap_or(0))?;
    }
    Ok(())
}

fn of_boot(name: &'static str, at: Boottime) -> Checked {
    within(name, at.micros())
}

fn within(name: &'static str, value: u64) -> Checked {
    if value > LAST { Err(BeyondAllTime { name, value }) } else { Ok(()) }
}
