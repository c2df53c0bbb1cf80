//! What a reinstall needs of the kernel: a handful of requests, each with every answer that there can be.

use super::ReinstallOrder;
use super::carried::{AddAttempt, Carried};
use super::looked::Looked;
use crate::model::{KernelSa, SaId, SaShape};

/// The kernel, as far as a reinstall goes.
pub trait Kernel {
    /// Reads the SA; none where there is none.
    ///
    /// # Errors
    /// No answer, in words.
    fn look(&mut self, sa: &SaId) -> Result<Option<Looked>, String>;

    /// Whether an SA of this kind can be moved without taking it out. Towards a device one with a random key is moved and read back.
    fn moves(&mut self, order: &ReinstallOrder, shape: &SaShape) -> bool;

    /// Moves it. What it came to is read back.
    ///
    /// # Errors
    /// It was not done, or nobody said so.
    fn migrate(&mut self, looked: &Looked, order: &ReinstallOrder) -> Result<(), Unmoved>;

    /// Whether the device takes an SA of this kind now: one with a random key is added and deleted.
    ///
    /// # Errors
    /// It does not, or nothing may be tried, in words.
    fn takes(&mut self, order: &ReinstallOrder, shape: &SaShape) -> Result<(), String>;

    /// Has packets dropped that would ask for the SA while it is away.
    ///
    /// # Errors
    /// In words; then nothing is blocked.
    fn block(&mut self, sa: &KernelSa) -> Result<(), String>;

    /// Takes back what `block` did. What cannot be taken back expires by itself.
    fn unblock(&mut self);

    fn delete(&mut self, sa: &SaId) -> Deleted;

    /// Puts the SA in.
    fn add(&mut self, carried: &mut Carried, attempt: &AddAttempt) -> Added;
}

/// Why an SA was not moved.
pub enum Unmoved {
    /// There was none.
    NotThere,
    /// It was refused, or not answered. The kernel takes the SA away before it puts its copy in: where that fails both are gone
    /// (`xfrm_state_migrate_install` in net/xfrm/xfrm_state.c).
    Failed(String),
}

impl Unmoved {
    pub fn words(self) -> Option<String> {
        match self {
            Self::NotThere => None,
            Self::Failed(words) => Some(words),
        }
    }
}

/// What came of a deletion.
pub enum Deleted {
    /// It is gone, and this is what the kernel said last of it.
    Final(Box<Carried>),
    /// It is gone, and what the kernel said last of it was lost.
    Unseen,
    /// There was none.
    NotThere,
    /// The kernel did not do it.
    Refused(String),
    /// It is not known whether it is gone.
    Unanswered(String),
}

/// What came of putting it in.
pub enum Added {
    Taken {
        /// A warning of the kernel's.
        words: Option<String>,
    },
    /// It was refused, and is not in.
    Refused {
        /// errno(3).
        errno: u32,
        words: String,
    },
    /// It is not known whether it is in.
    Unanswered(String),
}
