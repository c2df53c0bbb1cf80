//! A line, read with what is known of its thread.

use super::prefix::{CharonLine, Group};
use super::sas::{IkeEnds, Sas};
use super::scan::{NamedSa, address};
use super::threads::{Context, ContextIke, LogTraits};
use crate::model::{Serial, Speaker, Statement};

/// What a line says.
#[derive(Debug)]
pub struct Told {
    pub about: Option<Speaker>,
    pub says: Statement,
    /// What is shown in place of the message: more than one line.
    pub text: Option<String>,
    /// Bytes at the beginning of the message in which names stand, and no key.
    pub names: usize,
    /// What is said of the same besides, and the line of that.
    pub besides: Option<(Statement, String)>,
}

impl Told {
    /// By the message as it is.
    pub const fn new(about: Option<Speaker>, says: Statement) -> Self {
        Self { about, says, text: None, names: 0, besides: None }
    }

    /// Of nobody in particular.
    pub const fn of_daemon(says: Statement) -> Self {
        Self::new(None, says)
    }

    /// Behind this beginning of the message no name stands any more.
    pub fn behind(self, message: &str, rest: &str) -> Self {
        Self { names: message.len().saturating_sub(rest.len()), ..self }
    }
}

/// One line, and what is known when it comes.
pub struct Reading<'a> {
    pub sas: &'a mut Sas,
    pub traits: &'a mut LogTraits,
    pub context: &'a mut Context,
    pub line: &'a CharonLine<'a>,
}

impl Reading<'_> {
    pub fn message(&self) -> &str {
        &self.line.message
    }

    /// Anything else about a tunnel.
    pub fn may_be_quoted(&self) -> Option<Told> {
        Some(Told::new(Some(self.child_speaker()?), Statement::Said))
    }

    /// The IKE SA beside the line.
    pub fn take_told_ike(&mut self) {
        if !self.traits.tells_ike {
            return;
        }
        match self.line.ike {
            Some(told) => {
                let before = self.context.ike.as_ref().and_then(|ike| ike.serial);
                if before != Some(told.serial) {
                    self.context.child_is_done();
                }
                let name = told.name.map(str::to_owned);
                self.context.ike = Some(ContextIke { name, serial: Some(told.serial) });
            }
            // Between two IKE SAs, or none is known yet; packets are logged outside of them.
            None if self.line.group == Group::Network => {}
            None => {
                self.context.child_is_done();
                self.context.ike = None;
            }
        }
    }

    /// `received packet: from 10.9.0.2[500] to 10.9.0.1[500] (464 bytes)`: a thread takes up a message of an IKE SA; with what it sends it is
    /// done with it. Where that message asks for a Child SA whose connection nothing told before, it is the packet that does.
    pub fn packet(&mut self) -> Option<Told> {
        let ends = |text: &str| -> Option<IkeEnds> {
            let (from, rest) = text.split_once(" to ")?;
            Some((address(from)?, address(rest.split(' ').next()?)?))
        };
        let message = self.line.message.as_ref();
        if let Some(rest) = message.strip_prefix("received packet: from ") {
            let ends = ends(rest).map(|(from, to)| (to, from));
            let ike = ends.and_then(|ends| self.sas.ike_at(ends));
            if let Some(ends) = ends {
                self.sas.is_heard(ends);
            }
            self.context.clear();
            self.context.ike = ike.map(|(name, serial)| ContextIke { name: Some(name), serial: Some(serial) });
        } else if let Some(rest) = message.strip_prefix("sending packet: from ") {
            let told = ends(rest).and_then(|ends| {
                let told = self.learns_from_packet(ends);
                if self.context.sends_again {
                    self.sas.is_asked_again(ends);
                }
                told
            });
            self.context.clear();
            return told;
        }
        None
    }

    fn learns_from_packet(&mut self, ends: IkeEnds) -> Option<Told> {
        let of_context = self.context.ike.as_ref().and_then(|ike| ike.serial);
        if let Some(serial) = of_context {
            self.sas.ike_is_at(serial, ends);
        }
        let child = self.context.child?;
        let known = self.context.ike.as_ref().and_then(|ike| Some((ike.name.clone()?, ike.serial)));
        let there = || self.sas.ike_at(ends).map(|(name, serial)| (name, Some(serial)));
        let ike = known.or_else(there)?;
        let name = self.sas.known_child(child).filter(|child| child.ike.is_none())?.name.clone();
        let standing = self.sas.standing(&ike.0, &name, child);
        let row = self.sas.child(&name, child);
        row.ike = Some(ike);
        let is_first = row.asked && !self.context.restarts;
        let says = Statement::Initiating { rekeys: standing.map(Serial) };
        is_first.then(|| Told::new(self.sas.child_speaker(child), says))
    }

    /// `parsed CREATE_CHILD_SA response 2 [ N(TS_UNACCEPT) ]`: an answer is about what was asked last; one request at a time is under way.
    pub fn parsed(&mut self) {
        let message = self.line.message.as_ref();
        let is_answer = message.strip_prefix("parsed ").and_then(|rest| rest.split(' ').nth(1)) == Some("response");
        if is_answer {
            self.takes_up_asked();
        }
    }

    /// The thread is about the Child SA that its IKE SA's peer was asked for.
    pub fn takes_up_asked(&mut self) {
        let ike = self.context.ike.as_ref().and_then(|ike| ike.serial);
        if self.context.child.is_none() {
            self.context.child = ike.and_then(|ike| self.sas.asked_for(ike));
        }
    }

    // --- whom it is about

    /// The IKE SA that the thread is about.
    pub fn ike_speaker(&self) -> Option<Speaker> {
        let ike = self.context.ike.as_ref()?;
        ike_speaker(ike.name.as_deref()?, ike.serial)
    }

    /// The Child SA that the thread sets up; where that is not known, its IKE SA.
    pub fn child_speaker(&self) -> Option<Speaker> {
        self.context.child.and_then(|child| self.sas.child_speaker(child)).or_else(|| self.ike_speaker())
    }

    /// This Child SA, as the line or the thread tells of it.
    pub fn knows_child(&mut self, sa: NamedSa<'_>) -> Option<Speaker> {
        let ike = self.context.ike.as_ref().and_then(|ike| Some((ike.name.clone()?, ike.serial)));
        let child = self.sas.child(sa.name, sa.serial);
        if let Some(ike) = ike {
            child.ike = Some(ike);
        }
        self.sas.child_speaker(sa.serial)
    }

    /// The thread is about this IKE SA.
    pub fn knows_ike(&mut self, sa: NamedSa<'_>) -> Option<Speaker> {
        self.sas.ike(sa);
        self.context.is_about(sa.name, sa.serial);
        ike_speaker(sa.name, Some(sa.serial))
    }
}

/// None for one whose connection is not known yet.
pub fn ike_speaker(name: &str, serial: Option<u32>) -> Option<Speaker> {
    let known = !name.is_empty() && name != "(unnamed)";
    known.then(|| Speaker { connection: name.to_owned(), instance: None, serial: serial.map(Serial) })
}
