//! Events that the kernel had no room for.

use std::collections::{BTreeMap, BTreeSet};

use swanwatch::testing::model::{AskId, Coverage, DumpTable, Event, PolicyId, SourceState, What};
use swanwatch::testing::sources::xfrm::current_netns;

use crate::start_with;
use crate::support::kernel::{Kernel, policy};

pub async fn lost_events_are_noticed_and_a_dump_heals(kernel: Kernel) {
    let (xfrm, mut seen) = start_with(8 << 10).await;
    // Nothing is read meanwhile: the runtime has one thread, and this is it.
    kernel.add_policies(0..5_000, false);
    kernel.delete_policies(0..2_500);
    let mut known: BTreeSet<PolicyId> = BTreeSet::new();
    loop {
        match seen.next().await {
            What::Kernel(Event::PolicySet(policy)) => drop(known.insert(policy.id)),
            What::Kernel(Event::PolicyDeleted(id)) => drop(known.remove(&id)),
            What::EventsLost { malformed: 0 } => break,
            What::Coverage(Coverage { state: SourceState::Degraded, .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(known.len() < 5_000, "{} events in 8 KiB", known.len());
    // From here on nothing is lost: what changes now is told.
    kernel.add_policies(6_000..6_010, false);
    xfrm.dump(AskId(1), DumpTable::Spd);
    let mut state: BTreeMap<PolicyId, bool> = BTreeMap::new();
    let dump = seen.dump(AskId(1), DumpTable::Spd).await;
    state.extend(dump.policies.iter().map(|policy| (policy.id, true)));
    let netns = current_netns().unwrap();
    let there: BTreeSet<PolicyId> = (2_500..5_000).chain(6_000..6_010).map(|number| policy(netns, number).id).collect();
    assert_eq!(state.into_keys().collect::<BTreeSet<_>>(), there);
}
