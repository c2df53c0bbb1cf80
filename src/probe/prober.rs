//! Trying SAs: each is added, read back and deleted before the next, and one that is refused is tried without offload too.

use std::sync::atomic::{AtomicBool, Ordering};

use super::attempt::{Tried, attempt};
use super::talk::{Acknowledgement, RequestSocket};
use super::{ProbeError, plan};
use crate::model::{Abilities, Direction, Link, Offload, OffloadMode, ProbeAnswer, ProbedCell, ProbedColumn, SaShape};
use crate::reasons::{self, Case, Device};
use crate::sources::nic::{DeviceFacts, ESP_HW_OFFLOAD};

/// What is needed to try SAs on a device.
pub struct Prober<'a> {
    talk: RequestSocket,
    link: &'a Link,
    facts: &'a DeviceFacts,
    abilities: Abilities,
    stop: &'a AtomicBool,
    /// What the kernel said to SAs without offload, so that each is tried once.
    software: Vec<(SaShape, Acknowledgement)>,
}

impl<'p> Prober<'p> {
    /// To be asked for each column.
    pub fn new(
        talk: RequestSocket,
        link: &'p Link,
        facts: &'p DeviceFacts,
        abilities: Abilities,
        stop: &'p AtomicBool,
    ) -> Self {
        Self { talk, link, facts, abilities, stop, software: Vec::new() }
    }

    /// One kind of offload and direction: a base that is taken, and its variations.
    ///
    /// # Errors
    /// Nothing more can be tried.
    pub fn column(&mut self, wanted: OffloadMode, direction: Direction) -> Result<ProbedColumn, ProbeError> {
        let mut known: Vec<(SaShape, ProbeAnswer)> = Vec::new();
        let mut base = None;
        for candidate in plan::bases() {
            let answer = self.answer(wanted, direction, &candidate, &mut known)?;
            if matches!(answer, ProbeAnswer::Accepted { .. }) {
                base = Some(candidate);
                break;
            }
        }
        let around = base.unwrap_or_else(plan::preferred);
        let mut cells = Vec::new();
        for variation in plan::variations() {
            let shape = variation.of(&around);
            let answer = self.answer(wanted, direction, &shape, &mut known)?;
            cells.push(ProbedCell { name: variation.name, shape, answer });
        }
        Ok(ProbedColumn { wanted, direction, base, cells })
    }

    /// Each SA is tried once.
    fn answer(
        &mut self,
        wanted: OffloadMode,
        direction: Direction,
        shape: &SaShape,
        known: &mut Vec<(SaShape, ProbeAnswer)>,
    ) -> Result<ProbeAnswer, ProbeError> {
        if let Some((_, answer)) = known.iter().find(|(tried, _)| tried == shape) {
            return Ok(answer.clone());
        }
        if self.stop.load(Ordering::Relaxed) {
            return Ok(ProbeAnswer::NotTried { why: "interrupted".to_owned() });
        }
        let answer = self.ask(wanted, direction, shape)?;
        known.push((*shape, answer.clone()));
        Ok(answer)
    }

    fn ask(&mut self, wanted: OffloadMode, direction: Direction, shape: &SaShape) -> Result<ProbeAnswer, ProbeError> {
        let Tried { acknowledgement: Acknowledgement { errno, words }, offload } =
            attempt(&mut self.talk, shape, direction, Some((self.link.index, wanted)))?;
        if errno == 0 {
            let here = |offload: &Offload| offload.ifindex == self.link.index && offload.mode == wanted;
            if offload.as_ref().is_some_and(here) {
                return Ok(ProbeAnswer::Accepted { words });
            }
            let case = self.case(0, words.as_deref(), wanted, direction, shape);
            let reason = reasons::judge(&case).map(|entry| entry.reason);
            return Ok(ProbeAnswer::Software { words, reason });
        }
        // Whether it was refused for its offload is known once it was tried without.
        let without = self.without_offload(shape, direction)?;
        if without.errno != 0 {
            return Ok(ProbeAnswer::NotInKernel { errno: without.errno, words: without.words });
        }
        let case = self.case(errno, words.as_deref(), wanted, direction, shape);
        let reason = reasons::judge(&case).map(|entry| entry.reason);
        Ok(ProbeAnswer::Refused { errno, words, reason })
    }

    fn case<'a>(
        &'a self,
        errno: u32,
        text: Option<&'a str>,
        wanted: OffloadMode,
        direction: Direction,
        shape: &'a SaShape,
    ) -> Case<'a> {
        let esp = self.facts.features.iter().find(|(name, ..)| name == ESP_HW_OFFLOAD);
        let device = Device {
            name: &self.link.name,
            driver: self.facts.identity.driver.as_deref(),
            kind: self.link.kind.as_deref(),
            esp_hw_offload: esp.map(|(_, on, _)| *on),
        };
        let (errno, abilities) = (Some(errno), self.abilities);
        let (wanted, direction, device, shape) = (Some(wanted), Some(direction), Some(device), Some(shape));
        Case { errno, text, wanted, direction, device, shape, abilities, ..Case::default() }
    }

    fn without_offload(&mut self, shape: &SaShape, direction: Direction) -> Result<Acknowledgement, ProbeError> {
        if let Some((_, said)) = self.software.iter().find(|(tried, _)| tried == shape) {
            return Ok(said.clone());
        }
        let said = attempt(&mut self.talk, shape, direction, None)?.acknowledgement;
        self.software.push((*shape, said.clone()));
        Ok(said)
    }
}
