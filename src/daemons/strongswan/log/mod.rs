//! The grammar of charon's log (libcharon/bus/listeners), 5.9 to 6.1.
//!
//! Most lines name an IKE SA (`gw[1]`), some a Child SA (`t1{2}`), those about the kernel neither: what a thread was about last tells. What
//! peers can write into a line (IDs, reasons) comes late in it and never at the beginning of a message; every pattern is anchored there.

mod connection;
mod context;
mod ending;
mod established;
mod kernel;
mod life;
mod negotiation;
mod prefix;
mod refused;
mod said;
mod sas;
mod scan;
mod threads;
mod words;

use std::hash::{DefaultHasher, Hash, Hasher};

use self::context::{Reading, Told};
use self::prefix::{CharonLine, Group};
use self::sas::Sas;
use self::threads::{LogThreads, LogTraits};
use super::Strongswan;
use crate::daemons::{LineOrigin, LogGrammar, LogMessage, LogReader, OwnLine};
use crate::model::{LogSeverity, RealTime, Statement};
use crate::text::presentable_behind;

impl LogGrammar for Strongswan {
    fn reader(&self) -> Box<dyn LogReader> {
        Box::new(CharonReader::default())
    }

    /// charon under its starter writes the same to its standard error, which the journal has under another name.
    fn identifiers(&self) -> &'static [&'static str] {
        &["charon-systemd", "charon"]
    }

    fn own_line<'a>(&self, line: &'a [u8]) -> Option<OwnLine<'a>> {
        prefix::own_line(line)
    }

    /// charon-systemd wrote no other line than the last before 5.9.11.
    fn start_markers(&self) -> &'static [&'static str] {
        &["Starting charon-systemd IKE daemon", "Starting IKE charon daemon", "loaded plugins: charon"]
    }
}

/// Reads one log of charon's.
#[derive(Debug, Default)]
struct CharonReader {
    sas: Sas,
    threads: LogThreads,
    traits: LogTraits,
    /// The thread and the part of charon whose last line quoted what may hold line feeds: its next lines may be none of its own.
    quotes: Option<(Option<u32>, Group)>,
}

/// Lines that quote what others wrote, line feeds and all: of peers, and of servers.
const QUOTING: [&str; 4] =
    ["XAuth message: ", "received RADIUS ", "EAP-MS-CHAPv2 failed with error ", "EAP-MS-CHAPv2 failed "];

impl LogReader for CharonReader {
    fn read(&mut self, line: &[u8], origin: &LineOrigin<'_>) -> Option<LogMessage> {
        let line = CharonLine::read(line, origin)?;
        // Lists and dumps are indented.
        if line.message.is_empty() || line.message.starts_with([' ', '\t']) {
            return None;
        }
        let place = Some((line.thread, line.group));
        if self.quotes.is_some() && self.quotes == place {
            return None;
        }
        self.quotes = place.filter(|_| QUOTING.iter().any(|begin| line.message.starts_with(begin)));
        let told = self.tell(&line, origin.time)?;
        Some(message(&line, told))
    }
}

impl CharonReader {
    fn tell(&mut self, line: &CharonLine<'_>, at: Option<RealTime>) -> Option<Told> {
        let thread = line.thread.unwrap_or(0);
        self.traits.tells_ike |= line.tells_ike;
        self.traits.tells_packets |= line.group == Group::Network;
        let mut context = self.threads.take(thread, at, self.traits.tells_packets);
        let told = if context.is_repeated(hash(line)) && line.group != Group::Network {
            None
        } else {
            let (sas, traits) = (&mut self.sas, &mut self.traits);
            said::tell(Reading { sas, traits, context: &mut context, line })
        };
        if matches!(told, Some(Told { says: Statement::Starting { .. }, .. })) {
            self.threads = LogThreads::default();
        } else {
            self.threads.keep(thread, context);
        }
        told
    }
}

fn hash(line: &CharonLine<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.message.hash(&mut hasher);
    hasher.finish()
}

/// The line as it is kept: with the part that speaks, as charon's own tools show it.
fn message(line: &CharonLine<'_>, told: Told) -> LogMessage {
    let shown = |text: &str| {
        let (names, rest) = text.split_at_checked(told.names).filter(|_| text == line.message).unwrap_or(("", text));
        presentable_behind(&format!("[{}] {names}", line.group.name()), rest)
    };
    let severity = match told.says {
        Statement::Dying => LogSeverity::Fatal,
        _ => LogSeverity::Ordinary,
    };
    let text = shown(told.text.as_deref().unwrap_or(&line.message));
    let besides = told.besides.as_ref().map(|(says, text)| (says.clone(), shown(text)));
    LogMessage { time: None, severity, about: told.about, says: told.says, text, besides }
}

#[cfg(test)]
mod seen;
#[cfg(test)]
mod tests;
