//! How a daemon's silence is written down, for all findings that tell of one.

use crate::model::Silence;

/// What it did while it was asked.
pub(super) fn silence_line(silence: &Silence) -> String {
    let Silence { pid, over, looks, .. } = silence;
    let mut parts = vec![format!("process {pid} over the {} of the question: its main thread", in_seconds(*over))];
    let told = |time: Option<u64>| time.map_or_else(|| "an unknown time".to_owned(), in_seconds);
    parts.push(format!("had {} of a processor and waited {} for one", told(silence.worked), told(silence.waited)));
    parts.push(format!(
        "({} looks: ready to run {}, asleep {}, waiting in the kernel {}, other {})",
        looks.all(),
        looks.running,
        looks.asleep,
        looks.uninterruptible,
        looks.other
    ));
    let mut line = parts.join(" ");
    if silence.place.is_none() && looks.asleep.saturating_add(looks.uninterruptible) > looks.running {
        line.push_str("; in what it sleeps may not be read here: that needs CAP_SYS_PTRACE");
    }
    line
}

/// What this host did to it meanwhile.
pub(super) fn want_line(silence: &Silence) -> Option<String> {
    let parts = [
        (silence.throttled, "its control group had used up its quota of the processor for"),
        (silence.memory, "nobody in its control group went on for want of memory for"),
        (silence.busy, "somebody on this host waited for a processor for"),
        (Some(silence.asker_waited), "whoever asks waited for a processor for"),
    ];
    let told = parts.into_iter().filter_map(|(time, what)| {
        let time = time.filter(|time| *time >= silence.over / 10 && *time > 0)?;
        Some(format!("{what} {}", part(time, silence.over)))
    });
    let told: Vec<_> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// A part of a time, which several processors may make longer than it.
pub(super) fn part(time: u64, of: u64) -> String {
    format!("{} of {}", in_seconds(time.min(of)), in_seconds(of))
}

/// With one place.
pub(super) fn in_seconds(micros: u64) -> String {
    let tenths = micros / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
