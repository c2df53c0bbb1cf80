//! The service's own log: a line on standard error for each change of a finding, and for what happens to the service itself.

mod native;
mod stream;

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use self::native::Native;
use self::stream::JournalStream;
use crate::clock;
use crate::model::{Change, Finding, RemedyChange, RemedyState, Severity};
use crate::text::escaped;

/// Libraries that log what they send and receive: with an SA in it, that is its key.
const SILENT: [&str; 5] = ["netlink_proto", "netlink_packet", "netlink_sys", "zbus", "hyper"];

/// Where standard error is the journal.
static NATIVE: OnceLock<Native> = OnceLock::new();

/// Logs one change of a finding: as an entry with fields where there is a journal, else as one line.
pub fn tell(change: Change, finding: &Finding) {
    // What the journal does not take so may still go through the stream, which never waits either.
    if NATIVE.get().is_some_and(|native| native.tell(change, finding).is_ok()) {
        return;
    }
    let line = line(change, finding);
    match (change, finding.severity) {
        (Change::Closed, _) => tracing::info!("{line}"),
        (_, Severity::Critical) => tracing::error!("{line}"),
        (_, Severity::Warning) => tracing::warn!("{line}"),
    }
}

fn line(change: Change, finding: &Finding) -> String {
    let Finding { id, summary, advice, .. } = finding;
    let name = change.as_str();
    match change {
        Change::Closed => format!("{name} {id}: {summary}"),
        _ => format!("{name} {id}: {summary} DO: {advice}"),
    }
}

/// Logs how far a remedy has come as one line.
pub fn tell_remedy(change: &RemedyChange) {
    let RemedyChange { kind, target, state, text, healed, .. } = change;
    match state {
        // Nobody has to look.
        _ if *healed => tracing::info!("{kind} of {target} {state}: {text}"),
        RemedyState::GivenUp => tracing::error!("{kind} of {target} {state}: {text}"),
        RemedyState::Failed | RemedyState::Refused => tracing::warn!("{kind} of {target} {state}: {text}"),
        _ => tracing::info!("{kind} of {target} {state}: {text}"),
    }
}

/// Begins to log to standard error. A second call changes nothing.
pub fn begin() {
    let form = LineFormat { journal: is_journal() };
    if form.journal
        && let Ok(native) = Native::new(Path::new(native::SOCKET))
    {
        let _ = NATIVE.set(native);
    }
    let writer = if form.journal {
        BoxMakeWriter::new(JournalStream::new(std::io::stderr()))
    } else {
        BoxMakeWriter::new(std::io::stderr)
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).event_format(form);
    // It fails only where a log was begun before.
    let _ = tracing_subscriber::registry().with(targets()).with(layer).try_init();
}

fn targets() -> Targets {
    let targets = Targets::new().with_default(LevelFilter::WARN).with_target("swanwatch", LevelFilter::INFO);
    SILENT.iter().fold(targets, |targets, silent| targets.with_target(*silent, LevelFilter::OFF))
}

/// Standard error is the journal's own stream (systemd.exec(5), `JOURNAL_STREAM`).
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Some((device, inode)) = stream.split_once(':') else { return false };
    let numbers = (device.parse::<u64>().ok(), inode.parse::<u64>().ok());
    std::fs::metadata("/proc/self/fd/2").is_ok_and(|file| numbers == (Some(file.dev()), Some(file.ino())))
}

/// The journal has times of its own and takes the level as `<N>` (sd-daemon(3)); everybody else is told both.
struct LineFormat {
    journal: bool,
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut text = String::new();
        context.field_format().format_fields(Writer::new(&mut text), event)?;
        let level = event.metadata().level();
        let (number, name) = match *level {
            Level::ERROR => (3, "error"),
            Level::WARN => (4, "warning"),
            _ => (6, "info"),
        };
        if self.journal {
            writeln!(out, "<{number}>{}", escaped(&text))
        } else {
            writeln!(out, "{} {name:<7} {}", clock::real_time(), escaped(&text))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::sinks::samples::finding;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(journal: bool, act: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer =
            tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).event_format(LineFormat { journal });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(targets()).with(layer), act);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_change_is_one_line() {
        let text = logged(true, || tell(Change::Opened, &finding("t1")));
        assert_eq!(
            text,
            "<4>opened sa-not-offloaded:t1:out: t1 is encrypted by the CPU \
             DO: put the tunnel on eth1, or set nic-offload=no\n"
        );
        let text = logged(true, || tell(Change::Closed, &finding("t1")));
        assert_eq!(text, "<6>closed sa-not-offloaded:t1:out: t1 is encrypted by the CPU\n");
    }

    #[test]
    fn outside_the_journal_there_is_a_time() {
        let text = logged(false, || tell(Change::Opened, &finding("t1")));
        assert!(text.contains("Z warning opened sa-not-offloaded:t1:out: "), "{text}");
    }

    #[test]
    fn what_peers_wrote_makes_no_line_of_its_own() {
        let mut evil = finding("t1");
        evil.summary = "a\n<2>panic\u{1b}[2J\u{202e}".to_owned();
        let text = logged(true, || tell(Change::Opened, &evil));
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }

    #[test]
    fn libraries_that_print_packets_are_silent() {
        let text = logged(true, || {
            tracing::error!(target: "netlink_proto::connection", "secret");
            tracing::error!(target: "netlink_packet_xfrm", "secret");
            tracing::warn!(target: "zbus::connection", "secret");
            tracing::warn!(target: "tokio", "kept");
            tracing::info!(target: "tokio", "too fine");
        });
        assert_eq!(text, "<4>kept\n");
    }
}
