//! One condition, and how it is recognised.

use super::cures::Cure;
use super::fits::{CaseView, Fits};
use crate::model::Reason;

/// One condition under which the kernel does not offload an SA.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is called in a finding.
    pub reason: Reason,
    /// Who has it: `core`, a module's name as it stands before its messages, `bonding`.
    pub owner: &'static str,
    /// Where it is written: a file of the kernel and the function.
    pub source: &'static str,
    /// The kernel's words without the module's prefix; none where it has none.
    pub text: Option<&'static str>,
    /// What the driver writes to the kernel's log instead or besides, any of these: a piece of the line, or pieces in this order with `…`
    /// between them.
    pub logs: &'static [&'static str],
    /// What is wrong, as the end of «the CPU encrypts: …».
    pub means: &'static str,
    /// What to do about it, as each daemon has it. `DEV` stands for the device: [`on_device`].
    pub(crate) cure: Cure,
    /// When the kernel comes to it.
    pub(super) stage: CheckStage,
    /// What the add returns then.
    pub(super) outcome: CallerSees,
    /// Whether what is known fits it.
    pub(super) when: fn(&CaseView<'_>) -> Fits,
}

/// In the order of `xfrm_dev_state_add`; in later kernels `Type` comes after `Device` (`Abilities::type_is_last`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckStage {
    /// Does the transform know offload at all?
    Type,
    /// Is the request in order?
    Request,
    /// Which device, and has it the operations?
    Device,
    /// What became of the SA later on.
    Later,
    /// The driver's own checks.
    Driver,
    /// No step of adding an SA: policies, hazards. Known by its words alone.
    Elsewhere,
}

/// What the caller sees.
#[derive(Clone, Copy, Debug)]
pub(super) enum CallerSees {
    /// One of these errno(3), in either mode.
    Errors(&'static [u32]),
    /// The driver's EOPNOTSUPP: success in software for crypto, the error for packet.
    NotSupported,
    /// Success in software for crypto, EINVAL for packet.
    Quiet,
    /// The SA is there without an error, and without its offload.
    Silent,
}

/// Whatever the firmware answers.
pub(super) const ANY: [u32; 6] = [EIO, ENOMEM, EBUSY, EINVAL, ETIMEDOUT, EREMOTEIO];
pub(super) const EPERM: u32 = 1;
pub(super) const EIO: u32 = 5;
pub(super) const EAGAIN: u32 = 11;
pub(super) const ENOMEM: u32 = 12;
pub(super) const EACCES: u32 = 13;
pub(super) const EBUSY: u32 = 16;
pub(super) const ENODEV: u32 = 19;
pub(super) const EINVAL: u32 = 22;
pub(super) const ENOSPC: u32 = 28;
pub(super) const EOPNOTSUPP: u32 = 95;
pub(super) const ENETDOWN: u32 = 100;
pub(super) const ETIMEDOUT: u32 = 110;
pub(super) const EREMOTEIO: u32 = 121;

/// Whose check it is, and where it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckPlace {
    owner: &'static str,
    source: &'static str,
}

/// Where an offload begins.
pub(super) const CORE: CheckPlace = CheckPlace::new("core", "net/xfrm/xfrm_device.c xfrm_dev_state_add");

impl CheckPlace {
    /// The owner as in an entry, and a file of the kernel with its function.
    pub(super) const fn new(owner: &'static str, source: &'static str) -> Self {
        Self { owner, source }
    }

    /// A refusal of a driver with EINVAL and words of its own: what most entries are.
    pub(super) const fn refusal(
        self,
        reason: Reason,
        text: &'static str,
        means: &'static str,
        cure: Cure,
        when: fn(&CaseView<'_>) -> Fits,
    ) -> Entry {
        Entry {
            reason,
            owner: self.owner,
            source: self.source,
            text: Some(text),
            logs: &[],
            means,
            cure,
            stage: CheckStage::Driver,
            outcome: CallerSees::Errors(&[EINVAL]),
            when,
        }
    }

    /// Without words.
    pub(super) const fn mute(
        self,
        reason: Reason,
        outcome: CallerSees,
        means: &'static str,
        cure: Cure,
        when: fn(&CaseView<'_>) -> Fits,
    ) -> Entry {
        Entry { text: None, outcome, ..self.refusal(reason, "", means, cure, when) }
    }
}

impl Entry {
    pub(super) const fn by(self, place: CheckPlace) -> Self {
        Self { owner: place.owner, source: place.source, ..self }
    }

    pub(super) const fn at(self, stage: CheckStage) -> Self {
        Self { stage, ..self }
    }

    pub(super) const fn with(self, outcome: CallerSees) -> Self {
        Self { outcome, ..self }
    }

    pub(super) const fn logged(self, logs: &'static [&'static str]) -> Self {
        Self { logs, ..self }
    }

    /// What is wrong, with the device's name in it.
    pub fn means_on(&self, device: &str) -> String {
        on_device(self.means, device)
    }
}

/// `DEV` as a word of its own is the device.
pub(crate) fn on_device(words: &str, device: &str) -> String {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut out = String::with_capacity(words.len() + device.len());
    let mut rest = words;
    while let Some(at) = rest.find("DEV") {
        let (before, from) = rest.split_at(at);
        let after = from.strip_prefix("DEV").unwrap_or(from);
        out.push_str(before);
        let whole = !is_word(before.chars().next_back()) && !is_word(after.chars().next());
        out.push_str(if whole { device } else { "DEV" });
        rest = after;
    }
    out + rest
}
