//! The steps of the engine, carried out on the kernel of this host. The kernel may take its time over a NIC, so each has a thread of its own.

use crate::model::{Direction, KernelSa, Link, Netns, Offload, OffloadMode, SaId, SaShape, StepResult};
use crate::probe;
use crate::sources::abilities::abilities;
use crate::sources::nic;
use crate::sources::xfrm::decode::Decoder;

use super::kernel::Kernel;
use super::{MoveTarget, ReinstallEnd, ReinstallOrder, ReinstallSockets, WhyNotAsOrdered, reinstall as carry_out};

/// Takes an SA out and puts it back.
pub async fn reinstall(netns: Netns, order: ReinstallOrder) -> StepResult {
    let target = match order.offload {
        Some(Offload { ifindex, .. }) => match link(ifindex).await {
            Ok(link) => Some(link),
            Err(words) => return StepResult::Refused(words),
        },
        None => None,
    };
    let open = move || {
        let target = target.map(|link| MoveTarget { link, abilities: abilities() });
        ReinstallSockets::open(Decoder::new(netns), target)
    };
    on_a_thread(move || match open() {
        Ok(mut sockets) => {
            let end = carry_out(order, &mut sockets);
            result(end, &sockets)
        }
        Err(words) => StepResult::Refused(words),
    })
    .await
}

/// Asks a device for an SA of the same kind as one that there is.
pub async fn probe(netns: Netns, sa: SaId, ifindex: u32, mode: OffloadMode) -> StepResult {
    let link = match link(ifindex).await {
        Ok(link) => link,
        Err(words) => return StepResult::Refused(words),
    };
    let links = nic::links().await.unwrap_or_default();
    on_a_thread(move || {
        let looked = ReinstallSockets::open(Decoder::new(netns), None).and_then(|mut sockets| sockets.look(&sa));
        let found = match looked {
            Ok(Some(looked)) => looked.sa,
            Ok(None) => return StepResult::Refused(format!("the kernel has no {sa}")),
            Err(words) => return StepResult::Refused(words),
        };
        let direction = way(&found, &links);
        match probe::takes(&link, &abilities(), mode, direction, &SaShape::from(&found)) {
            Ok(Ok(())) => StepResult::Done(format!("{} takes an SA of the same kind now", link.name)),
            Ok(Err(words)) => {
                StepResult::Refused(format!("{} does not take an SA of the same kind: {words}", link.name))
            }
            Err(error) => StepResult::Refused(error.to_string()),
        }
    })
    .await
}

/// As the kernel has it, else by which of its addresses is ours.
fn way(sa: &KernelSa, links: &[Link]) -> Direction {
    let ours = links.iter().any(|link| link.addresses.contains(&sa.src));
    sa.direction.unwrap_or(if ours { Direction::Out } else { Direction::In })
}

async fn link(index: u32) -> Result<Link, String> {
    let links = nic::links().await.map_err(|error| format!("reading the interfaces: {error}"))?;
    let found = links.into_iter().find(|link| link.index == index);
    found.ok_or_else(|| format!("there is no interface {index} any more"))
}

async fn on_a_thread(work: impl FnOnce() -> StepResult + Send + 'static) -> StepResult {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => StepResult::Lost(format!("its thread ended: {error}")),
    }
}

fn result(end: ReinstallEnd, sockets: &ReinstallSockets) -> StepResult {
    let mut text = end.to_string();
    if let Some(gap) = sockets.gap() {
        text.push_str(&format!("; it was away for {} µs", gap.as_micros()));
    }
    // Of one that is where it was to be, or that tells so itself, there is nothing more to say.
    let is_told = matches!(end, ReinstallEnd::Moved { .. } | ReinstallEnd::Lost(WhyNotAsOrdered::LostOnItsWay(_)));
    if let Some(words) = sockets.unmoved().filter(|_| !is_told) {
        text.push_str(&format!("; the kernel did not move it without that: {words}"));
    }
    match end {
        ReinstallEnd::Done { .. } | ReinstallEnd::Moved { .. } => StepResult::Done(text),
        ReinstallEnd::Refused(_) => StepResult::Refused(text),
        ReinstallEnd::PutBack(_) | ReinstallEnd::InSoftware(_) | ReinstallEnd::Unproved(_) => StepResult::Failed(text),
        ReinstallEnd::Lost(_) => StepResult::Lost(text),
    }
}
