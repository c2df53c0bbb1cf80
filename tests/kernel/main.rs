//! The kernel's source against a real kernel, in a network namespace of its own. Kernels without ESP will do: SPIs can be reserved
//! (larval SAs) and policies added on every kernel with XFRM. Skipped where no namespace can be made.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod collector;
mod links;
mod overrun;
mod policies;
mod probing;
mod reinstalling;
mod routes;
mod sas;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other targets use the rest")]
mod support;

use crate::collector::Collector;
use crate::support::kernel::Kernel;
use crate::support::namespace;

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => { [$((concat!(stringify!($module), "::", stringify!($case)), Box::new(|| run($module::$case)) as Box<dyn Fn()>)),*] };
}

fn main() {
    namespace::enter();
    namespace::ip("link set lo up");
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let cases = cases![
        sas::a_dump_shows_every_larval_sa,
        sas::an_sa_is_read_and_a_missing_one_is_none,
        sas::a_flush_and_an_expiry_are_told,
        policies::every_change_is_told,
        policies::a_dump_shows_every_policy,
        policies::what_another_process_sends_is_dropped_and_counted,
        overrun::lost_events_are_noticed_and_a_dump_heals,
        probing::the_loopback_is_probed_and_nothing_is_left,
        probing::an_interrupted_probe_says_so,
        probing::addresses_in_use_and_other_probes_are_met_before_the_first_sa,
        reinstalling::what_is_not_there_or_larval_is_not_touched,
        reinstalling::a_deletion_gives_the_kernels_last_word,
        reinstalling::a_block_stands_beside_the_daemons_policy_and_goes,
        reinstalling::whether_this_kernel_moves_sas_in_place_is_found_out_and_changes_none,
        routes::ways_are_told_and_a_storm_of_changes_is_few_words,
        links::links_and_addresses_are_told_as_they_change,
    ];
    for (name, case) in cases {
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            case();
            println!("test {name} ... ok");
        }
    }
}

/// Runs one case in an empty namespace on a runtime of its own.
fn run<F: Future<Output = ()>>(case: impl Fn(Kernel) -> F) {
    Kernel::open().flush();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(case(Kernel::open()));
}

/// The source, running, with its first word already taken.
async fn start() -> (swanwatch::testing::sources::xfrm::Xfrm, Collector) {
    start_with(8 << 20).await
}

async fn start_with(buffer: usize) -> (swanwatch::testing::sources::xfrm::Xfrm, Collector) {
    let (queue, receiver) = swanwatch::testing::sources::queue();
    let netns = swanwatch::testing::sources::xfrm::current_netns().unwrap();
    let xfrm = swanwatch::testing::sources::xfrm::spawn_with_buffer(queue, netns, buffer).unwrap();
    let mut collector = Collector::new(receiver);
    assert!(matches!(collector.next().await, swanwatch::testing::model::What::Coverage(_)));
    (xfrm, collector)
}
