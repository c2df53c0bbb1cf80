//! `kernel-drops`: each counter has its reason, ordinary drops have none, and whose packets they are is named where it can be known.

mod named;
mod silent;

use super::counters::COUNTERS;
use crate::engine::tests::traffic::*;
use crate::engine::tests::world::*;
use crate::model::*;

/// For so many windows a counter grows by so much, beside traffic as it should be.
fn growing(world: &mut World, pair: (SaId, SaId), (counter, more): (&str, u64), windows: usize) {
    world.windows(windows, |world| {
        world.both(pair, 1000);
        world.count_host(counter, more);
    });
}

#[test]
fn each_counter_that_grows_for_a_minute_has_its_reason_and_ends_a_minute_after() {
    for counter in &COUNTERS {
        let (mut world, out, inn) = in_software();
        growing(&mut world, (out, inn), (counter.name, 100), 5);
        assert_eq!(world.open(), [] as [&str; 0], "{}", counter.name);
        growing(&mut world, (out, inn), (counter.name, 100), 2);
        let id = format!("kernel-drops:{}", counter.name);
        assert_eq!(world.open(), [id.as_str()]);
        let finding = world.finding(&id);
        assert_eq!((finding.reason, finding.severity), (counter.reason, Severity::Warning));
        assert!(finding.summary.contains(", because ") && !finding.summary.contains('{'), "{}", finding.summary);
        let first = &finding.evidence[0].text;
        assert_eq!(
            *first,
            format!("{} grew by 100 in 10 s, while all known SAs received 1000 packets and sent 1000", counter.name)
        );
        growing(&mut world, (out, inn), (counter.name, 0), 7);
        assert_eq!(world.closed(), [id.as_str()]);
        if counter.reason == Reason::OutBundleGenError {
            world.keep("made-kernel-drops");
        }
    }
}

#[test]
fn a_counter_of_a_newer_kernel_is_told_by_its_name() {
    let (mut world, out, inn) = in_software();
    growing(&mut world, (out, inn), ("XfrmInQuantumError", 100), 7);
    let finding = world.finding("kernel-drops:XfrmInQuantumError");
    assert_eq!((finding.reason, finding.subject.direction), (Reason::Unknown, Some(Span::In)));
    assert!(finding.summary.contains("XfrmInQuantumError"), "{}", finding.summary);
}

#[test]
fn few_are_enough_where_little_else_passes() {
    let (mut world, ..) = in_software();
    world.windows(7, |world| world.count_host("XfrmInNoPols", 10));
    assert_eq!(world.open(), ["kernel-drops:XfrmInNoPols"]);
}
