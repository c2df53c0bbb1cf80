//! What is written in the daemon's configuration and not loaded.

use std::collections::BTreeMap;

use super::world::*;
use crate::model::*;

fn written(name: &str, start: AtStart, settings: &[(&str, &str)]) -> ConfiguredConnection {
    let settings = [("nic-offload", "yes")].iter().chain(settings);
    let settings = settings.map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
    ConfiguredConnection {
        connection: name.to_owned(),
        start,
        certain: true,
        settings: settings.collect(),
        lacks: None,
    }
}

/// `t1` as it is loaded, and with another offload.
fn offload(value: &str) -> ConfiguredConnection {
    written("t1", AtStart::Loads, &[("left", LOCAL), ("right", PEER), ("nic-offload", value)])
}

fn configured(connections: Vec<ConfiguredConnection>) -> What {
    What::Configured(Some(Box::new(ConfiguredConnections { file: "/etc/ipsec.conf".to_owned(), connections })))
}

fn loaded(name: &str) -> LoadedConnection {
    let child = ChildSettings { tunnel: Some(true), ah: Some(false), ..ChildSettings::default() };
    LoadedConnection { child, ..connection(name, OffloadSetting::Crypto) }
}

/// A gateway whose `t1` is loaded with nic-offload=yes.
fn world() -> World {
    let mut world = World::unjoined();
    world.connections.push(loaded("t1"));
    world.join();
    world.wait(120);
    world
}

/// The notes that are about the configuration, by name.
fn notes(world: &World) -> BTreeMap<String, Note> {
    let notes = world.engine.status(RealTime::default()).notes.into_iter();
    notes.filter(|note| note.name.starts_with("con")).map(|note| (note.name.clone(), note)).collect()
}

fn names(world: &World) -> Vec<String> {
    notes(world).into_keys().collect()
}

#[test]
fn what_is_written_otherwise_is_noted_until_it_is_loaded() {
    let mut world = world();
    world.see(configured(vec![offload("yes")]));
    world.wait(60);
    assert_eq!(names(&world), [""; 0]);
    world.see(configured(vec![offload("no")]));
    assert_eq!(names(&world), [""; 0], "whoever edits a file may load it, too");
    world.wait(12);
    let note = notes(&world).remove("configuration-changed").unwrap();
    assert_eq!(note.summary, "t1 is loaded with nic-offload=yes, and /etc/ipsec.conf now says nic-offload=no");
    assert_eq!(
        note.advice,
        "if the file is right: 'ipsec auto --replace t1' loads it anew: that takes the tunnels down"
    );
    world.connections[0].offload = Some(OffloadSetting::No);
    world.log("t1", 0, Statement::ConnectionAdded);
    world.wait(2);
    assert_eq!(names(&world), [""; 0]);
    assert_eq!(world.open(), [""; 0]);
}

#[test]
fn what_is_taken_back_is_noted_no_more() {
    let mut world = world();
    world.see(configured(vec![offload("no")]));
    world.wait(12);
    assert_eq!(names(&world), ["configuration-changed"]);
    world.see(configured(vec![offload("yes")]));
    assert_eq!(names(&world), [""; 0]);
    world.see(configured(vec![offload("no")]));
    world.wait(5);
    assert_eq!(names(&world), [""; 0], "it settles anew");
    // What cannot be told for certain is none.
    world.wait(10);
    world.see(What::Configured(None));
    assert_eq!(names(&world), [""; 0]);
}

#[test]
fn who_edits_and_loads_within_some_seconds_hears_nothing() {
    let mut world = world();
    world.see(configured(vec![offload("no")]));
    world.wait(4);
    world.connections[0].offload = Some(OffloadSetting::No);
    world.log("t1", 0, Statement::ConnectionAdded);
    for _ in 0..60 {
        world.wait(1);
        assert_eq!(names(&world), [""; 0]);
    }
    // Loaded before anybody had read the file.
    world.connections[0].offload = Some(OffloadSetting::Crypto);
    world.log("t1", 0, Statement::ConnectionAdded);
    world.wait(4);
    world.see(configured(vec![offload("yes")]));
    for _ in 0..60 {
        world.wait(1);
        assert_eq!(names(&world), [""; 0]);
    }
}

#[test]
fn one_that_is_not_loaded_is_noted_when_the_daemon_loads_no_more() {
    let mut world = world();
    let add = |name: &str| written(name, AtStart::BringsUp, &[]);
    let ignored = written("t8", AtStart::Nothing, &[]);
    world.see(configured(vec![offload("yes"), add("t2"), add("t3"), ignored]));
    world.wait(50);
    assert_eq!(names(&world), [""; 0]);
    world.connections.push(loaded("t2"));
    world.log("t2", 0, Statement::ConnectionAdded);
    world.wait(50);
    assert_eq!(names(&world), [""; 0], "it loads");
    world.wait(15);
    let note = notes(&world).remove("configuration-not-loaded").unwrap();
    assert_eq!(note.summary, "t3 is not loaded, and /etc/ipsec.conf has it with auto=start");
    assert!(note.advice.starts_with("'ipsec auto --add t3'"), "{}", note.advice);
    world.connections.push(loaded("t3"));
    world.log("t3", 0, Statement::ConnectionAdded);
    world.wait(2);
    assert_eq!(names(&world), [""; 0]);
}

#[test]
fn another_process_loads_by_itself() {
    let mut world = world();
    world.see(configured(vec![offload("no"), written("t2", AtStart::Loads, &[])]));
    world.wait(70);
    assert_eq!(names(&world), ["configuration-changed", "configuration-not-loaded"]);
    world.see(What::DaemonGone(Death { pid: 100 }));
    assert_eq!(names(&world), [""; 0]);
    world.connections[0].offload = Some(OffloadSetting::No);
    world.see(What::DaemonFound(Box::new(daemon(101))));
    world.wait(20);
    world.connections.push(loaded("t2"));
    world.log("t2", 0, Statement::ConnectionAdded);
    for _ in 0..90 {
        world.wait(1);
        assert_eq!(names(&world), [""; 0]);
    }
}

#[test]
fn without_a_log_the_daemon_is_asked_and_seldom() {
    let mut world = world();
    world.see(configured(vec![offload("no")]));
    world.wait(12);
    assert_eq!(names(&world), ["configuration-changed"]);
    let before = world.asked.iter().filter(|question| **question == Question::Connections).count();
    world.wait(600);
    let asked = world.asked.iter().filter(|question| **question == Question::Connections).count() - before;
    assert!((5..=12).contains(&asked), "{asked}");
    world.connections[0].offload = Some(OffloadSetting::No);
    world.wait(65);
    assert_eq!(names(&world), [""; 0]);
    let quiet = world.asked.len();
    world.wait(50);
    assert_eq!(world.asked[quiet..].iter().filter(|question| **question == Question::Connections).count(), 0);
}

#[test]
fn one_whose_addresses_are_elsewhere_is_told_as_what_it_is() {
    let mut world = world();
    let away = LoadedConnection {
        local: "192.0.2.1".parse().ok(),
        remote: "198.51.100.2".parse().ok(),
        oriented: Some(false),
        interface: None,
        wanted_up: Some(false),
        ..loaded("away")
    };
    world.connections.push(away);
    world.log("away", 0, Statement::ConnectionAdded);
    let settings = [("left", "192.0.2.1"), ("right", "198.51.100.2"), ("nic-offload", "yes")];
    for (start, expected) in [
        (AtStart::BringsUp, vec!["connection-unoriented"]),
        (AtStart::Routes, vec!["connection-unoriented"]),
        (AtStart::Loads, vec![]),
    ] {
        world.see(configured(vec![offload("yes"), written("away", start, &settings)]));
        world.wait(30);
        assert_eq!(names(&world), expected, "{start:?}");
    }
    world.see(configured(vec![offload("yes"), written("away", AtStart::BringsUp, &settings)]));
    let note = notes(&world).remove("connection-unoriented").unwrap();
    assert_eq!(
        note.summary,
        "away has auto=start and cannot come up here: 192.0.2.1 and 198.51.100.2 are on no interface of this host"
    );
    assert!(note.advice.contains("ipsec whack --listen") && note.advice.contains("standby"), "{}", note.advice);
    let mut with_it = nic(true);
    with_it.addresses.push("192.0.2.1".parse().unwrap());
    world.see(What::Link(with_it));
    let note = notes(&world).remove("connection-unoriented").unwrap();
    assert!(note.summary.ends_with("its address 192.0.2.1 came after libreswan last looked"), "{}", note.summary);
    let there = world.connections.last_mut().unwrap();
    (there.oriented, there.interface) = (Some(true), Some("eth0".to_owned()));
    world.log("away", 0, Statement::ConnectionAdded);
    world.wait(2);
    assert_eq!(names(&world), [""; 0]);
    assert_eq!(world.open(), [""; 0]);
}

#[test]
fn one_that_could_not_be_loaded_again_is_noted() {
    let mut world = world();
    let mut broken = offload("yes");
    (broken.certain, broken.lacks) = (false, Some("base".to_owned()));
    world.see(configured(vec![broken.clone()]));
    world.wait(12);
    let note = notes(&world).remove("configuration-broken").unwrap();
    assert!(
        note.summary.contains("also=base names a 'conn base' that /etc/ipsec.conf does not have"),
        "{}",
        note.summary
    );
    broken.lacks = None;
    world.see(configured(vec![broken]));
    assert_eq!(names(&world), [""; 0]);
}

#[test]
fn many_are_said_in_few_words() {
    let mut world = World::unjoined();
    let all: Vec<String> = (0..40).map(|number| format!("c{number:02}")).collect();
    world.connections.extend(all.iter().map(|name| loaded(name)));
    world.join();
    let alike = |name: &String| ConfiguredConnection { connection: name.clone(), ..offload("no") };
    world.see(configured(all.iter().map(alike).collect()));
    world.wait(12);
    let found = notes(&world);
    assert!(
        found["configuration-changed"].summary.starts_with("c00, c01, c02 and 37 more connections are loaded with")
    );
    let each = |(number, name): (usize, &String)| {
        let right = format!("192.0.2.{number}");
        written(name, AtStart::Loads, &[("left", LOCAL), ("right", &right), ("nic-offload", "yes")])
    };
    world.see(configured(all.iter().enumerate().map(each).collect()));
    world.wait(12);
    let notes = world.engine.status(RealTime::default()).notes;
    let changed: Vec<_> = notes.iter().filter(|note| note.name == "configuration-changed").collect();
    assert_eq!(changed.len(), 8);
    assert!(changed[7].summary.ends_with("; 32 more such differences are not listed"), "{}", changed[7].summary);
}
