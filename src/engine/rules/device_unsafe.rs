//! `device-unsafe`: bonds with offloaded SAs on kernels whose bonding driver hands the slave's driver the wrong device
//! (drivers/net/bonding/bond_main.c, `bond_ipsec_add_sa`: stable 6.12 since 6.12.37; 6.16 names the device in the call).

use super::words;
use crate::engine::Engine;
use crate::engine::book::{Draft, id};
use crate::model::{Affected, Code, Effect, Reason, Severity, Source, Subject};

impl Engine {
    pub(super) fn judge_unsafe_devices(&mut self, out: &mut Vec<Effect>) {
        if !bonds_are_unsafe(&self.started.kernel) {
            return;
        }
        let bonds: Vec<(String, u32)> = self
            .sad
            .devices()
            .filter_map(|(index, sas)| Some((self.links.get(index)?, sas)))
            .filter(|(link, _)| link.kind.as_deref() == Some("bond"))
            .map(|(link, sas)| (link.name.clone(), sas))
            .collect();
        for open in self.book.with_code(Code::DeviceUnsafe) {
            if !bonds.iter().any(|(name, _)| id(Code::DeviceUnsafe, name) == open) {
                let why = self.evidence(Source::Xfrm, words::over(Code::DeviceUnsafe));
                self.book.close(&open, why, self.now, out);
            }
        }
        for (name, sas) in bonds {
            // How many is told once: the number changes with every rekey.
            if !self.book.is_open(Code::DeviceUnsafe, &name) {
                let draft = self.unsafe_draft(name, sas);
                self.book.open(draft, self.now, self.wall, out);
            }
        }
    }

    fn unsafe_draft(&self, name: String, sas: u32) -> Draft {
        let kernel = &self.started.kernel;
        let told = words::device_unsafe(&name, kernel);
        let text = format!("{name} is a bond and holds {sas} offloaded SAs; the kernel is {kernel}");
        Draft {
            code: Code::DeviceUnsafe,
            scope: name.clone(),
            reason: Reason::UnsafeOnThisKernel,
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

/// Whether this kernel (`uname -r`) has the fault.
fn bonds_are_unsafe(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    matches!((numbers.next(), numbers.next(), numbers.next()), (Some(6), Some(12), Some(patch)) if patch >= 37)
}

#[cfg(test)]
mod tests {
    use super::bonds_are_unsafe;

    #[test]
    fn only_the_kernels_that_are_known_to_have_the_fault_are_named() {
        for release in ["6.12.117+deb12-amd64", "6.12.37", "6.12.200-rc1"] {
            assert!(bonds_are_unsafe(release), "{release}");
        }
        for release in ["6.12.36", "6.12", "6.16.0", "6.1.0-28-amd64", "5.14.0-503.el9", "", "x"] {
            assert!(!bonds_are_unsafe(release), "{release}");
        }
    }
}
