//! A log into which anybody on this host may write: its lines are asked about, and count where the daemon's own table agrees.

use std::collections::BTreeSet;

use super::world::*;
use crate::model::*;

/// Everything that a log can say. A new statement has to be added: `is_listed` does not compile without it.
fn all() -> Vec<Statement> {
    let serial = Some(Serial(2));
    let spis = SpiPair { protocol: Protocol::Esp, outbound: Spi(0xaaa), inbound: Spi(0xbbb) };
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) };
    let notify = || Notify("TS_UNACCEPTABLE".to_owned());
    let established = |serial| Statement::ChildEstablished {
        ike: Some(Serial(1)),
        rekeys: serial,
        spis,
        selectors: None,
        esn: false,
        offload_claim: None,
    };
    let refused = |operation, errno| Statement::KernelRefused { operation, sa: Some(sa), errno };
    let all = vec![
        Statement::Starting { version: Some("3.32".to_owned()), pid: Some(7) },
        Statement::Starting { version: Some("3.32".to_owned()), pid: None },
        Statement::Listening,
        Statement::ShuttingDown,
        Statement::Dying,
        Statement::Bug,
        Statement::MissedKernelEvents,
        Statement::ConnectionAdded,
        Statement::ConnectionDeleted,
        Statement::ConnectionTerminated,
        Statement::ConnectionDown,
        Statement::EndsUnclear,
        Statement::AddressGone { address: LOCAL.parse().unwrap() },
        Statement::Initiating { rekeys: None },
        Statement::Initiating { rekeys: serial },
        Statement::Responding,
        Statement::Negotiating { inbound: Some(Spi(0xabc)) },
        Statement::IkeEstablished,
        Statement::IkeRekeyed { replaces: Some(Serial(1)) },
        established(None),
        established(serial),
        Statement::PeerRefused { notify: notify() },
        Statement::NoChildSa,
        Statement::Said,
        Statement::NoAnswer,
        Statement::Silent { at: SilentAt::QuickMode },
        Statement::AuthenticationFailed,
        Statement::NoProposal,
        Statement::ChildFailed { notify: Some(notify()) },
        Statement::IkeFailed { notify: None },
        Statement::Retrying,
        Statement::Deleting { is_ike: false, established: true },
        Statement::Deleting { is_ike: true, established: true },
        Statement::LostWithIke { ike: Some(Serial(1)) },
        Statement::PeerDeletes,
        Statement::Expired { hard: true, direction: Direction::Out, spi: Spi(4) },
        Statement::PeerDead,
        refused(KernelOperation::AddSa, 22),
        Statement::SaNotAdded { of_offload: true },
        Statement::KernelSaid { words: "Device does not support ESN".to_owned() },
        refused(KernelOperation::Policy, 17),
        refused(KernelOperation::GetSa, 3),
        refused(KernelOperation::DeleteSa, 3),
        refused(KernelOperation::GetSpi, 22),
        Statement::OnDemand { src: Some(LOCAL.parse().unwrap()), dst: Some(PEER.parse().unwrap()) },
    ];
    assert!(all.iter().all(is_listed));
    all
}

fn is_listed(says: &Statement) -> bool {
    match says {
        // The source says so itself.
        Statement::Missing { .. } => false,
        Statement::Starting { .. }
        | Statement::Listening
        | Statement::ShuttingDown
        | Statement::Dying
        | Statement::Bug
        | Statement::MissedKernelEvents
        | Statement::ConnectionAdded
        | Statement::ConnectionDeleted
        | Statement::ConnectionTerminated
        | Statement::ConnectionDown
        | Statement::EndsUnclear
        | Statement::AddressGone { .. }
        | Statement::Initiating { .. }
        | Statement::Responding
        | Statement::Negotiating { .. }
        | Statement::IkeEstablished
        | Statement::IkeRekeyed { .. }
        | Statement::ChildEstablished { .. }
        | Statement::PeerRefused { .. }
        | Statement::NoChildSa
        | Statement::Said
        | Statement::NoAnswer
        | Statement::Silent { .. }
        | Statement::AuthenticationFailed
        | Statement::NoProposal
        | Statement::ChildFailed { .. }
        | Statement::IkeFailed { .. }
        | Statement::Retrying
        | Statement::Deleting { .. }
        | Statement::LostWithIke { .. }
        | Statement::PeerDeletes
        | Statement::Expired { .. }
        | Statement::PeerDead
        | Statement::KernelRefused { .. }
        | Statement::SaNotAdded { .. }
        | Statement::KernelSaid { .. }
        | Statement::OnDemand { .. } => true,
    }
}

/// A gateway whose connection should be up, and whose log is anybody's.
fn gateway() -> World {
    let mut world = World::unjoined();
    world.forgeable = true;
    // The fence is renewed all the time.
    world.settings.act = RemedyKind::ALL.into_iter().filter(|kind| *kind != RemedyKind::Fence).collect();
    world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t1", OffloadSetting::Crypto) });
    world.join();
    world
}

fn refused() -> Statement {
    Statement::PeerRefused { notify: Notify("TS_UNACCEPTABLE".to_owned()) }
}

#[test]
fn no_line_that_anybody_wrote_opens_closes_or_does_anything_and_the_daemon_is_asked_once_in_ten_seconds() {
    let mut world = gateway();
    world.establish("t1", 2, true);
    world.wait(20);
    let (asked, begun) = (world.asked.len(), world.now());
    for _ in 0..60 {
        for says in all() {
            world.log("t1", 2, says.clone());
            world.log("t1", 1, says.clone());
            world.log("never-loaded", 9, says.clone());
            world.log_of_daemon(says);
        }
        world.wait(1);
    }
    let spans = (world.now() - begun).div_ceil(10_000_000);
    let asked = world.asked.len() - asked;
    assert!(u64::try_from(asked).unwrap() <= spans, "asked {asked} times in {spans} spans");
    assert!(asked >= 5, "nothing was asked");
    world.wait(300);
    assert_eq!((world.told.as_slice(), world.steps.as_slice(), world.remedied.as_slice()), (&[][..], &[][..], &[][..]));
    // The daemon is what it was: its version is not by anybody's word.
    assert!(world.engine.status(world.wall()).daemon.version.as_deref() == Some("4.10"));
}

#[test]
fn a_healthy_tunnel_stays_one_whatever_anybody_writes() {
    let mut world = gateway();
    world.establish("t1", 2, true);
    for says in all() {
        world.log("t1", 2, says.clone());
        world.log_of_daemon(says);
    }
    world.wait(100);
    assert_eq!(world.told, []);
    world.keep("made-forged-lines");
}

#[test]
fn what_the_daemons_table_agrees_with_is_told_at_once_with_its_reason() {
    let mut world = gateway();
    world.log("t1", 1, Statement::Initiating { rekeys: None });
    world.log("t1", 2, refused());
    world.wait(1);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.times), (Reason::PeerRefused, 1));
    let sources: Vec<Source> = finding.evidence.iter().map(|line| line.source).collect();
    assert_eq!(sources, [Source::Log, Source::Daemon]);
    // Nobody else's word for it, and no attempt more.
    world.wait(20);
    world.log("t1", 4, Statement::AuthenticationFailed);
    world.log("t1", 4, refused());
    world.wait(20);
    let finding = world.finding("tunnel-down:t1");
    assert_eq!((finding.reason, finding.times), (Reason::PeerRefused, 1));
    world.establish_silently("t1", 6, PEER, true);
    world.wait(20);
    assert_eq!(world.open(), [] as [&str; 0]);
    world.keep("made-hearsay-borne-out");
}

#[test]
fn a_reason_that_the_table_refutes_gives_way() {
    let mut world = gateway();
    world.log("t1", 1, Statement::NoAnswer);
    world.wait(1);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::NoAnswer);
    world.table.ike.push(IkeState {
        serial: Serial(3),
        connection: "t1".to_owned(),
        instance: None,
        established: true,
    });
    world.wait(20);
    world.log("t1", 4, refused());
    world.wait(1);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

#[test]
fn what_was_written_before_anybody_watched_counts_too() {
    let mut world = World::unjoined();
    world.forgeable = true;
    world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t1", OffloadSetting::Crypto) });
    world.join();
    world.past("t1", 4, refused());
    world.wait(1);
    assert_eq!(world.finding("tunnel-down:t1").reason, Reason::PeerRefused);
}

#[test]
fn what_a_start_wrote_leaves_room_for_the_first_question() {
    let mut world = World::unjoined();
    world.forgeable = true;
    world.connections.push(LoadedConnection { wanted_up: Some(true), ..connection("t1", OffloadSetting::Crypto) });
    world.join();
    world.past("t1", 1, Statement::ConnectionAdded);
    world.past("t1", 1, Statement::Listening);
    world.wait(1);
    let asked = world.asked.len();
    world.log("t1", 2, refused());
    world.wait(1);
    assert_eq!((world.open(), world.asked.len()), (vec!["tunnel-down:t1".to_owned()], asked + 1));
}

#[test]
fn an_order_that_the_daemon_confirms_is_no_fault_and_ends_one() {
    let mut world = gateway();
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(90);
    world.connections[0].wanted_up = Some(false);
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.takes_away([out, inn]);
    world.wait(120);
    assert_eq!(world.told, []);
    world.keep("made-hearsay-taken-down");
}

#[test]
fn an_order_of_which_the_line_came_too_soon_after_another_is_none_either() {
    let mut world = gateway();
    let (out, inn) = world.establish("t1", 2, true);
    world.wait(90);
    // Something else was asked about just before.
    world.log("t1", 2, Statement::NoAnswer);
    world.wait(2);
    world.connections[0].wanted_up = Some(false);
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.takes_away([out, inn]);
    world.wait(120);
    assert_eq!(world.told, []);
}

#[test]
fn an_order_ends_what_was_found() {
    let mut world = gateway();
    world.log("t1", 2, refused());
    world.wait(20);
    world.connections[0].wanted_up = Some(false);
    world.log("t1", 2, Statement::ConnectionTerminated);
    world.wait(20);
    assert_eq!(world.closed(), ["tunnel-down:t1"]);
}

#[test]
fn lines_of_another_process_are_not_the_daemons() {
    let mut world = gateway();
    let asked = world.asked.len();
    let line = |pid| {
        What::Log(Box::new(LogLine {
            time: None,
            pid: Some(pid),
            past: false,
            forgeable: true,
            severity: LogSeverity::Ordinary,
            about: Some(Speaker { connection: "t1".to_owned(), instance: None, serial: Some(Serial(2)) }),
            says: refused(),
            text: "\"t1\" #2: refused".to_owned(),
        }))
    };
    world.wait(20);
    world.see(line(101));
    world.wait(2);
    assert_eq!((world.open().len(), world.asked.len()), (0, asked));
    world.see(line(100));
    world.wait(2);
    assert_eq!(world.open(), ["tunnel-down:t1"]);
}

#[test]
fn a_refused_sa_of_a_connection_that_is_down_is_told_with_the_kernels_words() {
    let mut world = gateway();
    let sa = RefusedSa { protocol: Protocol::Esp, spi: Spi(0xabc), dst: Some(PEER.parse().unwrap()) };
    world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno: 22 });
    world.log("t1", 2, Statement::KernelSaid { words: "Device does not support ESN".to_owned() });
    world.log("t1", 2, refused());
    world.wait(20);
    assert_eq!(world.open(), ["offload-rejected:t1"]);
}

#[test]
fn the_word_of_an_end_counts_where_its_sas_went_with_the_daemon() {
    for (goes, expected) in [(true, "daemon-down"), (false, "daemon-crashed")] {
        let mut world = gateway();
        let (out, inn) = world.establish("t1", 2, true);
        world.wait(90);
        world.log_of_daemon(Statement::ShuttingDown);
        if goes {
            world.delete(out);
            world.delete(inn);
        }
        world.see(What::DaemonGone(Death { pid: 100 }));
        world.see(What::DaemonAbsent);
        world.wait(5);
        let open = world.open();
        assert!(open.iter().any(|id| id.starts_with(expected)), "{goes}: {open:?}");
    }
}

#[test]
fn why_a_tunnel_is_in_software_may_be_said_by_anybody_but_not_that_it_is() {
    let tells = |in_software: bool, same_sa: bool| {
        let mut world = gateway();
        world.log("t1", 2, Statement::Initiating { rekeys: None });
        let (out, _) = world.establish("t1", 2, !in_software);
        let spi = if same_sa { out.spi } else { Spi(0xabc) };
        let sa = RefusedSa { protocol: Protocol::Esp, spi, dst: Some(PEER.parse().unwrap()) };
        world.log("t1", 2, Statement::KernelRefused { operation: KernelOperation::AddSa, sa: Some(sa), errno: 22 });
        world.wait(20);
        let found = world.engine.findings().into_iter();
        found.map(|finding| (finding.code, finding.reason)).collect::<BTreeSet<_>>()
    };
    let is = |reason| BTreeSet::from([(Code::SaNotOffloaded, reason)]);
    assert_eq!(tells(true, true), is(Reason::FellBack));
    // By what is known of the SA alone.
    assert_eq!(tells(true, false), is(Reason::DriverNotReady));
    assert_eq!(tells(false, true), BTreeSet::new());
}
