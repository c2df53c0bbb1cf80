//! What most findings need cannot be seen.

use crate::engine::tests::daemon::gone;
use crate::engine::tests::world::*;
use crate::model::*;

fn covered(source: Source, state: SourceState, detail: &str) -> What {
    What::Coverage(Coverage { source, state, detail: detail.to_owned() })
}

/// A gateway whose daemon logs to this place.
fn logging_to(log: &str, unit: Option<&str>) -> World {
    let mut world = World::new();
    let unit = unit.map(str::to_owned);
    world.see(What::DaemonFound(Box::new(Daemon { log: log.to_owned(), unit, ..daemon(100) })));
    world
}

const DENIED: &str =
    "cannot open /var/log/p/pluto.log: Permission denied; what the daemon logs is not seen; do: chmod o+x /var/log/p";

#[test]
fn a_log_that_is_not_read_for_five_minutes_is_told_with_the_cure() {
    let mut world = logging_to("/var/log/p/pluto.log", None);
    world.see(covered(Source::Log, SourceState::Absent, DENIED));
    world.wait(299);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["source-blind:log"]);
    let finding = world.finding("source-blind:log");
    assert_eq!((finding.reason, finding.severity), (Reason::Log, Severity::Warning));
    assert_eq!(finding.advice, "chmod o+x /var/log/p");
    assert!(finding.summary.ends_with("Permission denied; what the daemon logs is not seen"), "{}", finding.summary);
    world.wait(3_600);
    assert_eq!(world.told.len(), 1);
    world.see(covered(Source::Log, SourceState::Ok, "reads it"));
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-source-blind");
}

#[test]
fn what_is_blind_for_a_moment_is_not_told() {
    let mut world = logging_to("/var/log/p/pluto.log", None);
    for _ in 0..10 {
        world.see(covered(Source::Log, SourceState::Absent, DENIED));
        world.wait(200);
        world.see(covered(Source::Log, SourceState::Ok, "reads it"));
        world.wait(200);
    }
    assert_eq!(world.told, []);
    world.keep("made-log-away-for-a-moment");
}

#[test]
fn each_of_the_three_has_its_reason_and_every_other_source_is_coverage() {
    for (source, reason) in [(Source::Xfrm, Reason::XfrmEvents), (Source::Daemon, Reason::ControlSocket)] {
        let mut world = World::new();
        world.see(covered(source, SourceState::Absent, "it is gone"));
        world.wait(301);
        assert_eq!(world.open(), [format!("source-blind:{source}")]);
        let finding = world.finding(&format!("source-blind:{source}"));
        assert_eq!(finding.reason, reason);
        assert!(finding.summary.contains("it is gone") && !finding.advice.is_empty());
    }
    let mut world = World::new();
    for source in [Source::Trace, Source::KernelLog, Source::Systemd, Source::History, Source::Routes, Source::Counters]
    {
        world.see(covered(source, SourceState::Absent, "it is not there"));
    }
    world.see(covered(Source::Xfrm, SourceState::Degraded, "a small buffer"));
    world.wait(3_600);
    assert_eq!(world.told, []);
}

#[test]
fn a_log_whose_place_nobody_knows_is_coverage() {
    let absent = || covered(Source::Log, SourceState::Absent, "no journal");
    let mut world = logging_to("journal of pluto", None);
    world.see(absent());
    world.wait(600);
    assert_eq!(world.told, []);
    // The configuration names it after all.
    world.see(What::Reconfigured(EngineSettings { log_named: true, ..EngineSettings::default() }));
    world.wait(1);
    assert_eq!(world.open(), ["source-blind:log"]);
    let mut world = logging_to("journal of ipsec.service", Some("ipsec.service"));
    world.see(absent());
    world.wait(301);
    assert_eq!(world.open(), ["source-blind:log"]);
}

#[test]
fn it_counts_while_the_daemon_runs() {
    let mut world = logging_to("/var/log/p/pluto.log", None);
    world.see(covered(Source::Log, SourceState::Absent, DENIED));
    world.wait(200);
    world.log_of_daemon(Statement::ShuttingDown);
    gone(&mut world);
    world.wait(600);
    assert_eq!(world.open(), ["daemon-down:host"]);
    let next = Daemon { log: "/var/log/p/pluto.log".to_owned(), ..daemon(200) };
    world.see(What::DaemonFound(Box::new(next)));
    world.wait(299);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.wait(2);
    assert_eq!(world.open(), ["source-blind:log"]);
    gone_again(&mut world);
    assert!(!world.open().contains(&"source-blind:log".to_owned()), "{:?}", world.open());
}

fn gone_again(world: &mut World) {
    world.see(What::DaemonGone(Death { pid: 200 }));
}
