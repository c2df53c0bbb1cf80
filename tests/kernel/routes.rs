//! The way of packets, and word that it may have changed.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use swanwatch::testing::model::{AskId, Coverage, Failure, Route, RouteQuery, Source, SourceState, What};
use swanwatch::testing::sources::routes::RoutesSource;

use crate::collector::Collector;
use crate::support::kernel::Kernel;
use crate::support::namespace::ip;

/// Changes in the storm.
const STORM: usize = 10_000;

fn query(dst: &str) -> RouteQuery {
    RouteQuery { src: None, dst: dst.parse().unwrap(), mark: 0, oif: 0 }
}

async fn answer(seen: &mut Collector, ask: AskId) -> Result<Option<Route>, Failure> {
    let answered = |what| match what {
        What::Routed { ask: whose, answer, .. } if whose == ask => Some(answer),
        _ => None,
    };
    seen.until(answered).await
}

pub async fn ways_are_told_and_a_storm_of_changes_is_few_words(_kernel: Kernel) {
    ip("link set lo up");
    let (queue, receiver) = swanwatch::testing::sources::queue();
    let routes = RoutesSource::spawn(queue);
    let mut seen = Collector::new(receiver);
    routes.ask(AskId(1), query("198.51.100.1"));
    let What::Coverage(Coverage { source: Source::Routes, state: SourceState::Ok, .. }) = seen.next().await else {
        panic!()
    };
    assert_eq!(answer(&mut seen, AskId(1)).await, Ok(None), "there is no way");

    ip("route add 198.51.100.0/24 dev lo");
    seen.until(|what| (what == What::RoutesChanged).then_some(())).await;
    routes.ask(AskId(2), query("198.51.100.1"));
    let way = answer(&mut seen, AskId(2)).await.unwrap().unwrap();
    assert_eq!((way.ifindex, way.gateway), (1, None));
    routes.ask(AskId(3), query("127.0.0.1"));
    assert_eq!(answer(&mut seen, AskId(3)).await, Ok(None), "for this host");
    let foreign = RouteQuery { src: Some("203.0.113.9".parse().unwrap()), ..query("198.51.100.1") };
    routes.ask(AskId(4), foreign);
    assert_eq!(answer(&mut seen, AskId(4)).await, Ok(None), "a source that is not ours sends nothing");

    ip("route add blackhole 198.51.100.0/25 table 7");
    ip("rule add fwmark 5 table 7");
    routes.ask(AskId(5), RouteQuery { mark: 5, ..query("198.51.100.1") });
    assert_eq!(answer(&mut seen, AskId(5)).await, Ok(None), "the mark's table drops it");

    let mut storm =
        Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = String::new();
    for number in 0..STORM / 2 {
        let net = format!("10.{}.{}.0/24", number / 256, number % 256);
        lines += &format!("route add {net} dev lo\nroute del {net} dev lo\n");
    }
    let begun = std::time::Instant::now();
    let mut input = storm.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let (mut words, mut done) = (0, false);
    // A word comes after the last change, too: then it is quiet.
    loop {
        match tokio::time::timeout(Duration::from_millis(500), seen.next()).await {
            Ok(What::RoutesChanged) => words += 1,
            Ok(other) => panic!("{other:?}"),
            Err(_) if done => break,
            Err(_) => done = storm.try_wait().unwrap().is_some(),
        }
    }
    writing.join().unwrap();
    let most = begun.elapsed().as_millis() as usize / 100 + 2;
    println!("note: {STORM} changes of routes in {:?} were {words} words", begun.elapsed());
    assert!(words >= 1 && words <= most, "{words} words in {:?}", begun.elapsed());
    ip("rule del fwmark 5 table 7");
    ip("route flush table 7");
    ip("route del 198.51.100.0/24 dev lo");
}
