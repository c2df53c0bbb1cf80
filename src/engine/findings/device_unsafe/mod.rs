//! `device-unsafe`: bonds with offloaded SAs on kernels whose bonding driver may hand the slave's driver the wrong device
//! (drivers/net/bonding/bond_main.c, `bond_ipsec_add_sa`: stable 6.12 since 6.12.37; mainline names the device in the call).

mod page;
mod words;

use super::{Draft, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::why::device;
use crate::model::{Affected, Code, Source, Subject};
use crate::reasons::{Entry, hazard};

/// It remembers nothing: the devices that have offloaded SAs are facts.
#[derive(Debug, Default)]
pub(super) struct DeviceUnsafe;

impl FindingRule for DeviceUnsafe {
    fn codes(&self) -> &'static [Code] {
        &[Code::DeviceUnsafe]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        if !touched.devices {
            return;
        }
        let bonds = unsafe_devices(facts);
        for scope in say.scopes(Code::DeviceUnsafe) {
            if !bonds.iter().any(|(name, ..)| *name == scope) {
                say.over(Code::DeviceUnsafe, &scope, (Source::Xfrm, words::OVER));
            }
        }
        for (name, sas, entry) in bonds {
            // How many is told once: the number changes with every rekey.
            if !say.is_open(Code::DeviceUnsafe, &name) {
                let kernel = &facts.started.kernel;
                let line = say.line(Source::Xfrm, words::held(&name, sas, kernel));
                let draft = Draft::of(
                    Code::DeviceUnsafe,
                    name.clone(),
                    words::device_unsafe(&facts.life.behaviour, &name, kernel, entry),
                )
                .because(entry.reason)
                .affecting(Affected { sas: u64::from(sas), ..Affected::default() })
                .shown_by([line]);
                say.open(draft.about(Subject { device: Some(name), ..Subject::default() }));
            }
        }
    }
}

/// Devices with offloaded SAs, how many, and what is known against them.
fn unsafe_devices(facts: &Facts) -> Vec<(String, u32, &'static Entry)> {
    let held = facts.sad.devices().filter_map(|(index, sas)| Some((facts.links.get(index)?, sas)));
    held.filter_map(|(link, sas)| Some((link.name.clone(), sas, hazard(&device(link), &facts.started.abilities)?)))
        .collect()
}
