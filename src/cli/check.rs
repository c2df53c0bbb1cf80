//! `swanwatch check`

use clap::Args;
use serde::Serialize;

use super::client::Client;
use super::failure::CommandFailure;
use super::output::print;
use super::service::{ServiceAddress, block_on};
use super::text;
use crate::model::{DueState, Finding, Severity, Source, Status};
use crate::text::escaped;

/// One line for Nagios, Icinga and their like: what is wrong, and performance data
///
/// Exit status: 0 OK; 1 WARNING; 2 CRITICAL; 3 UNKNOWN, which is also a service that does not answer, a wrong command line, and a host
/// where no IKE daemon runs and none is known to be due (unless the configuration says 'daemon: none').
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    service: ServiceAddress,
}

/// A plugin's state (Monitoring Plugins Development Guidelines).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum PluginState {
    Ok = 0,
    Warning = 1,
    Critical = 2,
    Unknown = 3,
}

/// What is said.
#[derive(Debug, Serialize)]
struct PluginVerdict {
    schema: u32,
    state: PluginState,
    text: String,
    /// Name and value, as `rta=3`.
    performance: Vec<(&'static str, u64)>,
}

/// What a wrong command line ends with.
pub(super) const UNKNOWN: u8 = PluginState::Unknown as u8;

/// Never fails otherwise than by saying so on standard output: that is what is read.
pub(super) fn run(arguments: &CheckArguments) -> Result<u8, CommandFailure> {
    let client = Client::new(&arguments.service.socket);
    let missing = || CommandFailure::other("the service does not know 'status'".to_owned());
    let asked = block_on(async { client.get::<Status>("/v1/status").await?.ok_or_else(missing) });
    let verdict = match asked {
        Ok((status, _)) => judged(&status),
        Err(failure) => unknown(failure.message().to_owned()),
    };
    let shown = if arguments.json { serde_json::to_string(&verdict)? } else { line(&verdict) };
    // A reader that has gone needs no other status.
    print(&format!("{shown}\n")).or_else(|failure| if failure.is_done() { Ok(()) } else { Err(failure) })?;
    Ok(verdict.state as u8)
}

fn unknown(text: String) -> PluginVerdict {
    PluginVerdict { schema: 1, state: PluginState::Unknown, text, performance: Vec::new() }
}

fn judged(status: &Status) -> PluginVerdict {
    let counts = |finding: &&Finding| !finding.is_by_order();
    let of =
        |severity| status.findings.iter().filter(counts).filter(|finding| finding.severity == severity).count() as u64;
    let (critical, warnings) = (of(Severity::Critical), of(Severity::Warning));
    let (state, said) = match (critical, warnings) {
        (1.., _) => (PluginState::Critical, worst(status)),
        (0, 1..) => (PluginState::Warning, worst(status)),
        // Nothing found is not nothing wrong where nobody can look.
        (0, 0) => {
            unseen(status).map_or_else(|| (PluginState::Ok, healthy(status)), |said| (PluginState::Unknown, said))
        }
    };
    let summary = &status.summary;
    let performance = vec![
        ("critical", critical),
        ("warning", warnings),
        ("tunnels_up", summary.tunnels.up),
        ("tunnels_down", summary.tunnels.down),
        ("tunnels_partly", summary.tunnels.partly),
        ("sas", summary.sas),
        ("sas_packet_offload", summary.offloaded.packet),
        ("sas_crypto_offload", summary.offloaded.crypto),
        ("sas_software", summary.software),
    ];
    PluginVerdict { schema: 1, state, text: said, performance }
}

/// Why nothing can be said, where nothing can.
fn unseen(status: &Status) -> Option<String> {
    if let Some(line) = status.blind_to(Source::Xfrm) {
        return Some(format!("not watched: {}: {}", line.source, line.detail));
    }
    if !status.is_whole() {
        return Some("swanwatch has just begun, and has not seen everything yet".to_owned());
    }
    let Some(due) = &status.daemon.due else {
        return match status.daemon.state.as_str() {
            state @ ("absent" | "down") if status.daemon.pid.is_none() => Some(format!("the IKE daemon is {state}")),
            _ => None,
        };
    };
    match due.state {
        DueState::None | DueState::Stopped => None,
        DueState::Unsupported => Some(due.why.clone()),
        DueState::Unknown => {
            Some(format!("no IKE daemon: {}; where that is right: daemon: none in swanwatch.yaml", due.why))
        }
        DueState::Starting | DueState::Awaited => Some(format!("no IKE daemon runs yet: {}", due.why)),
        DueState::Due | DueState::Elsewhere => Some(format!("no IKE daemon: {}", due.why)),
    }
}

/// The first of the findings, which stand worst first.
fn worst(status: &Status) -> String {
    let mut findings = status.findings.iter().filter(|finding| !finding.is_by_order());
    let first = findings.next().map_or("", |finding| finding.summary.as_str());
    match findings.count() as u64 {
        0 => first.to_owned(),
        more => format!("{first}; and {}", text::counted(more, "more problem")),
    }
}

fn healthy(status: &Status) -> String {
    let nic = status.summary.offloaded.packet + status.summary.offloaded.crypto;
    let (tunnels, sas) = (status.summary.tunnels.up, status.summary.sas);
    let numbers = format!("{} up, {}, {nic} on the NIC", text::counted(tunnels, "tunnel"), text::counted(sas, "SA"));
    match &status.daemon.due {
        Some(due) => format!("no IKE daemon: {}; {numbers}", due.why),
        None => numbers,
    }
}

fn line(verdict: &PluginVerdict) -> String {
    let name = match verdict.state {
        PluginState::Ok => "OK",
        PluginState::Warning => "WARNING",
        PluginState::Critical => "CRITICAL",
        PluginState::Unknown => "UNKNOWN",
    };
    // A bar begins the performance data, and nothing that others wrote may.
    let said = escaped(&verdict.text).replace('|', "¦");
    let data: Vec<String> = verdict.performance.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let data = if data.is_empty() { String::new() } else { format!(" | {}", data.join(" ")) };
    format!("SWANWATCH {name}: {said}{data}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, DaemonDue, Reason, SourceState, UNKNOWN};
    use crate::sinks::samples::{finding, healthy as sample};

    fn shown(status: &Status) -> (u8, String) {
        let verdict = judged(status);
        (verdict.state as u8, line(&verdict))
    }

    #[test]
    fn each_state_has_its_word_and_its_number() {
        let mut status = sample(2);
        let data = "tunnels_up=2 tunnels_down=0 tunnels_partly=0 sas=4 sas_packet_offload=0 sas_crypto_offload=4 sas_software=0";
        let expected = format!("SWANWATCH OK: 2 tunnels up, 4 SAs, 4 on the NIC | critical=0 warning=0 {data}");
        assert_eq!(shown(&status), (0, expected));
        status.findings = vec![finding("t1"), finding("t2")];
        let expected =
            format!("SWANWATCH WARNING: t1 is encrypted by the CPU; and 1 more problem | critical=0 warning=2 {data}");
        assert_eq!(shown(&status), (1, expected));
        status.findings[0].severity = Severity::Critical;
        assert_eq!(shown(&status).0, 2);
        for line in &mut status.coverage {
            line.state = SourceState::Absent;
        }
        assert_eq!(shown(&status).0, 2, "what is known to be wrong is wrong");
        status.findings.remove(0);
        assert_eq!(shown(&status).0, 1, "and so is a warning");
        status.findings.clear();
        let (code, text) = shown(&status);
        assert_eq!(code, 3);
        assert!(text.starts_with("SWANWATCH UNKNOWN: not watched: xfrm: "), "{text}");
    }

    #[test]
    fn a_source_that_works_partly_and_any_other_that_does_not_change_nothing() {
        let mut status = sample(2);
        for line in &mut status.coverage {
            line.state = if line.source == Source::Xfrm { SourceState::Degraded } else { SourceState::Absent };
        }
        assert_eq!(shown(&status).0, 0);
    }

    fn without_daemon(state: DueState) -> Status {
        let mut status = sample(0);
        status.daemon.state = "absent".to_owned();
        status.daemon.pid = None;
        status.daemon.due = Some(DaemonDue { state, why: "so it is".to_owned() });
        status
    }

    #[test]
    fn no_daemon_is_ok_only_where_somebody_wants_none() {
        for (state, code, word) in [
            (DueState::Unknown, 3, "UNKNOWN: no IKE daemon: so it is; where that is right: daemon: none in "),
            (DueState::None, 0, "OK: no IKE daemon: so it is; 0 tunnels up"),
            (DueState::Stopped, 0, "OK: no IKE daemon: so it is; 0 tunnels up"),
            (DueState::Starting, 3, "UNKNOWN: no IKE daemon runs yet: so it is"),
            (DueState::Awaited, 3, "UNKNOWN: no IKE daemon runs yet: so it is"),
            (DueState::Due, 3, "UNKNOWN: no IKE daemon: so it is"),
            (DueState::Elsewhere, 3, "UNKNOWN: no IKE daemon: so it is"),
            (DueState::Unsupported, 3, "UNKNOWN: so it is"),
        ] {
            let (found, text) = shown(&without_daemon(state));
            assert_eq!(found, code, "{text}");
            assert!(text.starts_with(&format!("SWANWATCH {word}")), "{text}");
        }
    }

    #[test]
    fn before_everything_was_seen_once_it_says_so_and_nothing_else() {
        let mut none = without_daemon(DueState::Unknown);
        none.daemon.due = None;
        for mut status in [sample(0), none] {
            status.daemon.state = UNKNOWN.to_owned();
            let (code, text) = shown(&status);
            assert_eq!(code, 3, "{text}");
            assert!(text.starts_with("SWANWATCH UNKNOWN: swanwatch has just begun, and has not seen"), "{text}");
        }
    }

    #[test]
    fn a_stop_by_order_is_said_and_is_no_warning() {
        let mut status = without_daemon(DueState::Stopped);
        let mut down = finding("t1");
        (down.code, down.reason) = (Code::DaemonDown, Reason::OrderlyStop);
        status.findings = vec![down];
        let (code, text) = shown(&status);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("warning=0"), "{text}");
        status.findings.push(finding("t2"));
        let (code, text) = shown(&status);
        assert_eq!(code, 1);
        assert!(text.starts_with("SWANWATCH WARNING: t2 is encrypted by the CPU |"), "{text}");
        status.findings[0].reason = Reason::NotStarted;
        assert!(shown(&status).1.contains("and 1 more problem"));
    }

    #[test]
    fn a_peer_cannot_write_performance_data_or_a_line() {
        let mut status = sample(2);
        let mut evil = finding("t1");
        evil.summary = "t1 | sas=0\nSWANWATCH OK".to_owned();
        status.findings = vec![evil];
        let (_, text) = shown(&status);
        assert_eq!(text.matches('|').count(), 1, "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
