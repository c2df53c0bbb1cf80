//! Policies: their changes, their dump, and a stranger's messages.

use std::collections::BTreeSet;

use swanwatch::testing::model::{AskId, DumpTable, Event, KernelPolicy, PolicyId, What};
use swanwatch::testing::sources::xfrm::current_netns;
use swanwatch::testing::sources::xfrm::numbers::*;

use crate::start;
use crate::support::encode;
use crate::support::kernel::{Kernel, policy};

pub async fn every_change_is_told(kernel: Kernel) {
    let netns = current_netns().unwrap();
    let (_xfrm, mut seen) = start().await;
    kernel.add_policies(0..2, false);
    kernel.add_policies(1..2, true);
    kernel.delete_policies(0..1);
    kernel.flush();
    for number in [0, 1, 1] {
        let What::Kernel(Event::PolicySet(set)) = seen.next().await else { panic!() };
        assert_eq!(KernelPolicy { index: 0, ..*set }, policy(netns, number));
    }
    assert_eq!(seen.next().await, What::Kernel(Event::PolicyDeleted(policy(netns, 0).id)));
    assert_eq!(seen.next().await, What::Kernel(Event::PoliciesFlushed));
}

pub async fn a_dump_shows_every_policy(kernel: Kernel) {
    let netns = current_netns().unwrap();
    kernel.add_policies(0..5_000, false);
    let (xfrm, mut seen) = start().await;
    xfrm.dump(AskId(1), DumpTable::Spd);
    let dump = seen.dump(AskId(1), DumpTable::Spd).await;
    let ids: BTreeSet<PolicyId> = dump.policies.iter().map(|policy| policy.id).collect();
    assert_eq!(dump.policies.len(), 5_000);
    assert_eq!(ids, (0..5_000).map(|number| policy(netns, number).id).collect());
    xfrm.count(AskId(2));
    assert_eq!(seen.next().await, What::Counted { ask: AskId(2), answer: Ok((0, 5_000)) });
}

pub async fn what_another_process_sends_is_dropped_and_counted(kernel: Kernel) {
    let (xfrm, mut seen) = start().await;
    let group = 1 << (XFRMNLGRP_SA - 1);
    for payload in [&[0; 20][..], &[0; 224]] {
        kernel.pretend(group, &encode::message(XFRM_MSG_NEWSA, 0, 1, payload));
    }
    kernel.add_policies(0..1, false);
    assert!(matches!(seen.next().await, What::Kernel(Event::PolicySet(_))));
    assert_eq!(xfrm.skipped().foreign, 2);
    assert_eq!(xfrm.skipped().malformed, 0);
}
