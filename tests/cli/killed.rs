//! kill -9 at any moment after a start, while a daemon comes and goes and a receiver of alerts is away and back: the files are whole each
//! time, no entry of the history is lost, and every alert that was once kept is told. `SWANWATCH_KILLS=200` for more rounds than CI has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use swanwatch::testing::model::{Source, SourceState};

use crate::gateway::{Gateway, covered};
use crate::running::await_file;

const CONFIGURATION: &str = "\
daemon: {kind: libreswan, socket: /run/pluto/pluto.ctl, log: /run/pluto/pluto.log, restart: [/bin/false]}
act: [restart]
alerts: [{exec: /opt/bin/page}]
";

/// Policies come and go beside everything else.
const CHURN: &str = "while :; do for verb in add delete; do \
    ip xfrm policy $verb src 198.51.100.1/32 dst 198.51.100.2/32 dir out; sleep 0.02; done; done";

/// Longer than from a start to a first finding that is told.
const LONGEST: u64 = 5_000;

/// The same in every run, and no two alike.
fn moments() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9e37_79b9_7f4a_7c15_u64), |before| {
        Some(before.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .map(|number| number >> 33)
}

/// What the files hold after a kill.
#[derive(Default)]
struct Held {
    entries: Vec<(i64, String)>,
    waiting: Vec<serde_json::Value>,
}

impl Held {
    fn starts(&self) -> usize {
        self.entries.iter().filter(|(_, entry)| entry.contains("\"state\":\"started\"")).count()
    }
}

/// Enough was kept for its loss to be seen.
fn has_shown(rounds: usize, held: &Held, kept: usize) -> bool {
    held.starts() >= rounds / 2 && kept > 0
}

/// Also recovers it, as the next start will.
fn held(folder: &Path) -> Held {
    let path = folder.join("history.db");
    if !path.exists() {
        return Held::default();
    }
    let database = Connection::open(path).unwrap();
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let tables: i64 = database
        .query_row("SELECT count(*) FROM sqlite_master WHERE name IN ('entry', 'waiting')", [], |row| row.get(0))
        .unwrap();
    if tables < 2 {
        return Held::default();
    }
    let mut entries = database.prepare("SELECT id, entry FROM entry ORDER BY id").unwrap();
    let mut waiting = database.prepare("SELECT alert FROM waiting ORDER BY receiver, number").unwrap();
    Held {
        entries: entries.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect(),
        waiting: waiting
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|text| serde_json::from_str(&text.unwrap()).unwrap())
            .collect(),
    }
}

fn label(alert: &serde_json::Value) -> String {
    alert["labels"].to_string()
}

fn forget_told(owed: &mut BTreeMap<String, usize>, told: &[serde_json::Value]) {
    owed.retain(|alert, since| !told[*since..].iter().any(|told| label(told) == *alert));
}

#[test]
fn a_kill_at_any_moment_costs_nothing_that_was_kept() {
    let rounds: usize = std::env::var("SWANWATCH_KILLS").map_or(20, |rounds| rounds.parse().unwrap());
    let Some(gateway) = Gateway::new() else { return };
    let folder = gateway.state();
    let path = gateway.path("/run/heard");
    let heard = || -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let _churn = gateway.background(CHURN);
    let mut daemon = None;
    let mut before = Held::default();
    // Beginnings that were kept at a kill and not told then, with how much had been heard.
    let mut owed: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept = 0;
    let mut moments = moments();
    let mut number = || moments.next().unwrap();
    let mut round = 0;
    // On a machine on which a start takes longer than that: again, with longer lives.
    while round < rounds || (round < 5 * rounds && !has_shown(rounds, &before, kept)) {
        let longest = LONGEST * (1 + (round / rounds) as u64);
        if number() % 3 == 0 {
            gateway.sh("if [ -e /run/away ]; then rm /run/away; else touch /run/away; fi");
        }
        // Another one each time: what was told already would not wait.
        std::fs::write(gateway.path("/run/tunnel"), format!("t{}\n", 3 + round % 250)).unwrap();
        let service = gateway.service(CONFIGURATION);
        let end = Instant::now() + Duration::from_millis(number() % longest);
        while Instant::now() < end {
            let pause = Duration::from_millis(100 + number() % 2_400);
            std::thread::sleep(pause.min(end.saturating_duration_since(Instant::now())));
            // Mostly it is there.
            daemon =
                if daemon.is_none() || number() % 3 > 0 { daemon.or_else(|| Some(gateway.daemon())) } else { None };
        }
        service.kill();
        swanwatch::testing::sinks::state::read(folder).unwrap();
        let now = held(folder);
        assert_eq!(now.entries.get(..before.entries.len()), Some(&before.entries[..]), "round {round}");
        before = now;
        let told = heard();
        forget_told(&mut owed, &told);
        for alert in before.waiting.iter().filter(|alert| alert["status"] == "firing") {
            let last = told.iter().rfind(|told| told["labels"] == alert["labels"]);
            if last.is_none_or(|told| told["status"] != "firing") {
                kept += usize::from(!owed.contains_key(&label(alert)));
                owed.entry(label(alert)).or_insert(told.len());
            }
        }
        round += 1;
    }
    // One run to its end, with everything as it should be.
    gateway.sh("rm -f /run/away");
    drop(daemon);
    let service = gateway.service(CONFIGURATION);
    gateway.wait("kept", |status| covered(status, Source::History).is_some_and(|line| line.state == SourceState::Ok));
    // What was over a moment ago is told anew after half a minute.
    let all = |text: &str| {
        // The last line may be half written.
        let told: Vec<_> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut left = owed.clone();
        forget_told(&mut left, &told);
        left.is_empty()
    };
    await_file(&path, Duration::from_secs(100), all).unwrap_or_else(|heard| panic!("not all of {owed:?}: {heard}"));
    service.end();
    let told = heard();
    let starts = before.starts();
    let bodies: BTreeSet<String> = told.iter().map(ToString::to_string).collect();
    let twice = told.len() - bodies.len();
    eprintln!(
        "{round} kills: {starts} starts and {} entries in the history; {kept} alerts waited, {} were told, {twice} of them twice",
        before.entries.len(),
        told.len()
    );
    assert!(twice <= round, "{twice} alerts were told twice in {round} rounds");
    assert!(has_shown(rounds, &before, kept), "{starts} starts, {kept} alerts: this has shown nothing");
    let left: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.contains("damaged") && !name.ends_with(".new")), "{left:?}");
}
