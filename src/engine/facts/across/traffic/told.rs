//! What `explain` says of the traffic: the last window's figures, and what cannot be known.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::device::transformed;
use crate::model::Direction;
use crate::plural::counted;

impl Facts {
    /// A tunnel's traffic in the last window.
    pub(in crate::engine) fn tunnel_traffic_now(&self, slot: Slot<Tunnel>) -> Vec<String> {
        let Some(window) = &self.traffic.window else {
            return vec!["what it carries is not known yet: two samplings of the counters are needed".to_owned()];
        };
        let flow = self.claims.flow(slot).window(window.number);
        let seconds = window.length.as_secs_f64();
        let mut lines = vec![format!(
            "in the last {seconds:.1} s {} out and {} in",
            counted(flow.sent.into(), "packet"),
            flow.received
        )];
        for (count, what) in
            [(flow.failed, "failed their integrity check"), (flow.replayed, "did not fit the replay window")]
        {
            if count > 0 {
                lines.push(format!(
                    "in the last {seconds:.1} s {} that arrived {what}",
                    counted(count.into(), "packet")
                ));
            }
        }
        let (sent, received) = flow.ways();
        if sent != received {
            lines.push("one way only so far: whether answers should come cannot be told".to_owned());
        }
        lines
    }

    /// Whether the NIC does the work, as far as its counters tell.
    pub(in crate::engine) fn who_encrypts_now(&self, sa: &Sa) -> Option<String> {
        let index = sa.offload?.ifindex;
        let (device, direction) = (self.links.name(index), sa.way()?);
        let unknown = |why: String| Some(format!("whether the NIC does the work ({direction}) cannot be told: {why}"));
        for (name, reading) in self.traffic.reading(index) {
            match reading {
                Err(crate::model::Failure::Error(error)) => return unknown(error.clone()),
                Err(crate::model::Failure::Timeout) => {
                    return unknown(format!("reading the counters of {name} takes too long"));
                }
                Ok(counters) if transformed(counters, direction).is_none() => {
                    let driver =
                        self.links.get(index).and_then(|link| link.driver.as_deref()).unwrap_or("without a driver");
                    return unknown(format!("{name} ({driver}) counts no IPsec packets"));
                }
                Ok(_) => {}
            }
        }
        let on = self.traffic.window.as_ref()?.devices.get(&index)?;
        let carried = on.carried(direction)?;
        if on.counters.is_empty() {
            return None;
        }
        let Some((name, grown, unit)) = on.transformed(direction) else {
            return unknown(format!("a counter of {device} was set back"));
        };
        let claimed = carried.claimed(unit);
        let way = if direction == Direction::In { "in" } else { "out" };
        Some(format!("{device} {way}: its SAs carried {claimed} packets in the last window, {name} grew by {grown}"))
    }
}
