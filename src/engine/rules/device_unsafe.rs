//! `device-unsafe`: bonds with offloaded SAs on kernels whose bonding driver hands the slave's driver the wrong device
//! (drivers/net/bonding/bond_main.c, `bond_ipsec_add_sa`: stable 6.12 since 6.12.37; 6.16 names the device in the call).

use super::why::device;
use super::words;
use crate::engine::Engine;
use crate::engine::book::{Draft, id};
use crate::engine::facts::Facts;
use crate::model::{Affected, Code, Effect, Severity, Source, Subject};
use crate::reasons::{Entry, hazard};

impl Engine {
    pub(super) fn judge_unsafe_devices(&mut self, out: &mut Vec<Effect>) {
        let bonds: Vec<(String, u32, &Entry)> = self
            .facts
            .sad
            .devices()
            .filter_map(|(index, sas)| Some((self.facts.links.get(index)?, sas)))
            .filter_map(|(link, sas)| {
                let entry = hazard(&device(link), &self.facts.started.kernel)?;
                Some((link.name.clone(), sas, entry))
            })
            .collect();
        for open in self.book.with_code(Code::DeviceUnsafe) {
            if !bonds.iter().any(|(name, ..)| id(Code::DeviceUnsafe, name) == open) {
                let why = self.facts.evidence(Source::Xfrm, words::over(Code::DeviceUnsafe));
                self.book.close(&open, why, self.facts.now, out);
            }
        }
        for (name, sas, entry) in bonds {
            // How many is told once: the number changes with every rekey.
            if !self.book.is_open(Code::DeviceUnsafe, &name) {
                let draft = self.facts.unsafe_draft(name, sas, entry);
                self.book.open(draft, self.facts.now, self.facts.wall, out);
            }
        }
    }
}

impl Facts {
    fn unsafe_draft(&self, name: String, sas: u32, entry: &Entry) -> Draft {
        let kernel = &self.started.kernel;
        let told = words::device_unsafe(&name, kernel, entry);
        let text = format!("{name} is a bond and holds {sas} offloaded SAs; the kernel is {kernel}");
        Draft {
            code: Code::DeviceUnsafe,
            scope: name.clone(),
            reason: entry.reason,
            severity: Severity::Warning,
            subject: Subject { device: Some(name), ..Subject::default() },
            affected: Affected { sas: u64::from(sas), ..Affected::default() },
            summary: told.summary,
            advice: told.advice,
            evidence: vec![self.evidence(Source::Xfrm, text)],
            again: false,
        }
    }
}
