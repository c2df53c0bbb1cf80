//! What is known of a refusal, held against the table of reasons.

use crate::engine::facts::Facts;
use crate::engine::facts::claims::Connection;
use crate::engine::facts::offload_attempts::Attempt;
use crate::engine::facts::refusals::Refusal;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::why::{KnownRefusal, device};
use crate::engine::facts::words::Spoken;
use crate::model::{Daemon, Evidence, Link, OffloadTry, ProbedAnswer, Reason, Source};
use crate::reasons::{Case, Entry, judge};

impl Facts {
    /// The entry that the evidence leaves, and the drivers' lines that belong to it.
    pub(in crate::engine) fn why(
        &self,
        known: &KnownRefusal<'_>,
        link: Option<&Link>,
    ) -> (Option<&'static Entry>, Vec<Evidence>) {
        let tried = known.tried.map(|tried| &tried.tried);
        let link = tried.and_then(|tried| self.links.get(tried.ifindex)).or(link);
        let (name, driver) = (link.map(|link| link.name.as_str()), link.and_then(|link| link.driver.as_deref()));
        let logged: Vec<&str> =
            self.attempts.kernel_log(known.at, name, driver).map(|line| line.text.as_str()).collect();
        let apart = logged.is_empty() || !self.is_one_of_several(known, link);
        let told: &[&str] = if apart { &logged } else { &[] };
        let shape = tried.and_then(|tried| tried.shape.as_ref()).or_else(|| self.shapes.get(known.sa?.shape));
        let mode = tried.map(|tried| tried.mode).or(known.wanted);
        let direction = tried.map(|tried| tried.direction).or(known.direction);
        let probed = link.and_then(|link| self.started.probed(&link.name));
        let said = probed.zip(shape).zip(mode.zip(direction));
        let said = said.map(|((probed, shape), (mode, direction))| (probed.time, probed.says(mode, direction, shape)));
        let took = |shape| self.shapes.took(shape, (link?.index, mode?, direction?)).then_some(());
        let errno = tried.map(|tried| tried.errno).or(known.errno);
        let case = Case {
            errno,
            text: tried.and_then(|tried| tried.text.as_deref()).or(known.words),
            kernel_log: told,
            wanted: mode,
            direction,
            device: link.map(device),
            shape,
            protocol: shape.map(|shape| shape.protocol).or(known.protocol),
            device_missing: tried.is_some_and(|tried| self.links.known && self.links.never_had(tried.ifindex)),
            took_before: shape.and_then(took).is_some() || said.is_some_and(|(_, said)| said == ProbedAnswer::Accepted),
            migrated: known.migrated,
            moves: known.moves,
            module_loaded: None,
            abilities: self.started.abilities,
        };
        let mut lines: Vec<_> = logged.iter().map(|text| self.evidence(Source::KernelLog, *text)).collect();
        // A line may be of another SA that was refused just before.
        let entry = judge(&case).or_else(|| judge(&Case { kernel_log: &[], ..case })).or_else(|| {
            // The same SA was refused when the device was probed: with what words, is known from then.
            let (time, ProbedAnswer::Refused { errno: then, words: Some(words), .. }) = said? else { return None };
            let entry = judge(&Case { text: Some(words), ..case }).filter(|_| errno == Some(then))?;
            let text = format!("when it was probed ({time}), such an SA was refused: '{words}'");
            lines.push(self.evidence(Source::Engine, text));
            Some(entry)
        });
        (entry, lines)
    }

    /// Others were refused at about the same time: a driver's line that names no SA may be about any of them.
    fn is_one_of_several(&self, known: &KnownRefusal<'_>, link: Option<&Link>) -> bool {
        let tried = known.tried.map(|tried| &tried.tried);
        let by_kernel = link.is_some_and(|link| self.attempts.has_another(known.at, link.index, tried));
        let by_daemon = known.tried.is_none()
            && known.connection.is_some_and(|connection| self.words.another_was_refused(connection, known.at));
        by_kernel || by_daemon
    }

    /// The kernel's words about a refusal, as the daemon quotes them or as the kernel said them to it.
    pub(in crate::engine) fn words_of<'a>(
        &'a self,
        connection: Slot<Connection>,
        refusal: &'a Refusal,
    ) -> Option<&'a str> {
        refusal.words.as_deref().or_else(|| match self.spoken(connection, refusal) {
            Spoken::About(words) => Some(words),
            Spoken::Nothing | Spoken::AboutSomebody(_) => None,
        })
    }

    fn spoken(&self, connection: Slot<Connection>, refusal: &Refusal) -> Spoken<'_> {
        let pid = self.life.daemon.as_ref().and_then(Daemon::pid);
        pid.map_or(Spoken::Nothing, |pid| self.words.about(pid, connection, refusal.since))
    }

    /// Words that decide nothing, to be read by a person.
    fn undecided_words(&self, connection: Slot<Connection>, refusal: &Refusal) -> Option<Evidence> {
        let Spoken::AboutSomebody(words) = self.spoken(connection, refusal) else { return None };
        let words: Vec<_> = words.iter().map(|words| format!("'{words}'")).collect();
        let text = format!(
            "the kernel said {} when several were refused: whether that is about this one is not known",
            words.join(" and ")
        );
        Some(self.evidence(Source::Trace, text))
    }

    /// What the evidence leaves as the reason of a refusal.
    pub(in crate::engine) fn why_refused(
        &self,
        connection: Slot<Connection>,
        refusal: &Refusal,
    ) -> (Option<&'static Entry>, Vec<Evidence>) {
        let known = KnownRefusal {
            connection: Some(connection),
            errno: Some(refusal.errno),
            words: self.words_of(connection, refusal),
            tried: refusal.tried.and_then(|id| self.attempts.get(&id)),
            protocol: refusal.sa.map(|sa| sa.protocol),
            direction: refusal.sa.and_then(|sa| sa.dst).and_then(|dst| self.direction_of(connection, dst)),
            at: refusal.since,
            moves: self.was_to_move(connection, refusal),
            ..KnownRefusal::default()
        };
        let (entry, mut lines) = self.why(&known, self.local_link(connection));
        let has_own = refusal.tried.is_some() || refusal.words.is_some();
        lines.extend(self.undecided_words(connection, refusal).filter(|_| !has_own));
        // Words to the daemon that no SA is named in may be about one of its policies.
        (entry.filter(|entry| refusal.of_policy || entry.reason != Reason::PolicyUnsupported), lines)
    }

    /// The SA that was refused stood before: it was to have other addresses.
    pub(in crate::engine) fn was_to_move(&self, connection: Slot<Connection>, refusal: &Refusal) -> bool {
        let Some(sa) = refusal.sa else { return false };
        let tunnels = self.claims.connection_at(connection).into_iter().flat_map(|row| row.tunnels.iter());
        let newest = tunnels.filter_map(|tunnel| self.claims.newest_child(*tunnel));
        let mut stood = newest.filter(|child| child.stands() && child.established < refusal.since);
        stood.any(|child| child.protocol == sa.protocol && [child.outbound.spi, child.inbound.spi].contains(&sa.spi))
    }

    /// Why an SA that the kernel told of is in software.
    pub(in crate::engine) fn why_of(&self, sa: &Sa, tried: &Attempt) -> Option<&'static Entry> {
        let known = KnownRefusal { tried: Some(tried), sa: Some(sa), at: tried.at, ..KnownRefusal::default() };
        self.why(&known, None).0
    }

    /// Whether a refusal says that the device is full: in so many words, or because it took the like before and the card gives no other
    /// reason.
    pub(in crate::engine) fn is_full(&self, entry: Option<&Entry>, tried: Option<&Attempt>) -> bool {
        match entry.map(|entry| entry.reason) {
            Some(Reason::Capacity) => true,
            Some(Reason::FirmwareError) | None => tried.is_some_and(|tried| self.took_before(tried)),
            Some(_) => false,
        }
    }

    /// Since it is watched, or when it was probed.
    fn took_before(&self, tried: &Attempt) -> bool {
        let OffloadTry { ifindex, mode, direction, shape: Some(shape), .. } = &tried.tried else { return false };
        let probed = || self.started.probed(&self.links.get(*ifindex)?.name);
        let when_probed =
            || probed().is_some_and(|probed| probed.says(*mode, *direction, shape) == ProbedAnswer::Accepted);
        self.shapes.took(shape, (*ifindex, *mode, *direction)) || when_probed()
    }
}
