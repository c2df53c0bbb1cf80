//! `offload-lost`: a device that went down or away took its SAs with it.

mod page;
#[cfg(test)]
mod tests;
mod words;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::lost_devices::{DeviceLossCause, LostDevice};
use crate::engine::facts::touched::Touched;
use crate::model::{Affected, Code, Reason, Source, Subject};

/// It remembers nothing: the devices that went are facts until their connections have got over it.
#[derive(Debug, Default)]
pub(super) struct OffloadLost;

impl FindingRule for OffloadLost {
    fn codes(&self) -> &'static [Code] {
        &[Code::OffloadLost]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn hear(&mut self, happened: &Happened, facts: &Facts, say: &mut Say<'_>) {
        let Happened::DeviceLost(index) = happened else { return };
        let device = facts.lost_devices.get(index);
        if let Some(device) = device.filter(|device| !say.is_open(Code::OffloadLost, &device.name)) {
            tell(facts, device, say);
        }
    }

    fn look(&mut self, facts: &Facts, _touched: &Touched, say: &mut Say<'_>) {
        for scope in say.scopes(Code::OffloadLost) {
            if !facts.lost_devices.values().any(|device| device.name == scope) {
                say.over(Code::OffloadLost, &scope, (Source::Engine, words::OVER));
            }
        }
    }
}

fn tell(facts: &Facts, device: &LostDevice, say: &mut Say<'_>) {
    let (name, connections) = (&device.name, &device.connections);
    let names = connections.iter().map(|connection| facts.connection_text(*connection));
    let all = names.chain(device.lost.iter().map(ToString::to_string));
    let affected = Affected::listing(device.lost.len() as u64, connections.len() as u64, all);
    let rekey = facts.rekey_command_for("NAME");
    let counts = (affected.sas, affected.connections);
    let lost = say.line(Source::Xfrm, words::are_gone(affected.sas));
    let told = words::offload_lost(&facts.life.behaviour, (name, device.cause), counts, &rekey);
    let draft = Draft::of(Code::OffloadLost, name.clone(), told)
        .because(if device.cause == DeviceLossCause::Down { Reason::LinkDown } else { Reason::DeviceRemoved })
        .critical()
        .about(Subject { device: Some(name.clone()), ..Subject::default() })
        .affecting(affected)
        .shown_by([device.evidence.clone(), lost])
        .explaining(connections.iter().copied());
    say.open(draft);
}
