//! The sections `conn` of ipsec.conf(5), with `conn %default` and `also=`. It is read as strictly as pluto reads it: of a text that pluto may
//! understand otherwise, or that is not whole, nothing is said.

mod line;
mod resolve;

use self::line::{ConfLine, line};
use crate::daemons::{ConfigurationReader, ConnectionsReader, Include};
use crate::model::ConfiguredConnection;

/// Sections that are kept; with more nothing is said.
const MOST_SECTIONS: usize = 4_096;

/// Bytes of a value that is kept.
const LONGEST_VALUE: usize = 256;

/// What is kept: what whack shows, and what makes that something else than what is written. Nothing here can be a secret.
const KEPT: [&str; 58] = [
    "accept-redirect",
    "ah",
    "also",
    "alsoflip",
    "auto",
    "encapsulation",
    "esn",
    "esp",
    "ikelifetime",
    "ikev2",
    "ipsec-lifetime",
    "keyexchange",
    "keylife",
    "left",
    "leftaddresspool",
    "leftcat",
    "leftinterface-ip",
    "leftmodecfgclient",
    "leftmodecfgserver",
    "leftprotoport",
    "leftsourceip",
    "leftsubnet",
    "leftsubnets",
    "leftvti",
    "leftxauthclient",
    "leftxauthserver",
    "lifetime",
    "mobike",
    "narrowing",
    "nic-offload",
    "pfs",
    "phase2",
    "phase2alg",
    "policy-label",
    "replay-window",
    "right",
    "rightaddresspool",
    "rightcat",
    "rightinterface-ip",
    "rightmodecfgclient",
    "rightmodecfgserver",
    "rightprotoport",
    "rightsourceip",
    "rightsubnet",
    "rightsubnets",
    "rightvti",
    "rightxauthclient",
    "rightxauthserver",
    "salifetime",
    "sec-label",
    "type",
    "hostaddrfamily",
    "clientaddrfamily",
    "connaddrfamily",
    "vti-interface",
    "send-redirect",
    "redirect-to",
    "accept-redirect-to",
];

/// One section `conn`.
#[derive(Debug, Default)]
struct ConnSection {
    name: String,
    /// Every value of each name, in their order; none where it is not understood.
    settings: Vec<(&'static str, Option<String>)>,
}

/// The text so far.
#[derive(Debug, Default)]
pub(super) struct ConnectionText {
    sections: Vec<ConnSection>,
    at: At,
    /// It says something that is not understood.
    unsound: bool,
}

/// Where in the text a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Before every section, or behind an include.
    #[default]
    Top,
    Setup,
    Conn,
}

impl ConfigurationReader for ConnectionText {
    fn line<'a>(&mut self, text: &'a str) -> Option<Include<'a>> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        match line(text) {
            ConfLine::Nothing => {}
            ConfLine::Setup => self.at = At::Setup,
            ConfLine::Conn(name) => {
                self.at = At::Conn;
                self.unsound |= self.sections.len() >= MOST_SECTIONS;
                if !self.unsound {
                    self.sections.push(ConnSection { name: name.to_owned(), settings: Vec::new() });
                }
            }
            ConfLine::Include(pattern) => {
                self.at = At::Top;
                // glob(3) knows braces here, and a relative name means something else in each working directory.
                self.unsound |= !pattern.starts_with('/') || pattern.contains(['{', '}', '~', '\\']);
                return Some(Include { pattern: pattern.into(), beside_file: false, rest: "" });
            }
            ConfLine::Setting(..) if self.at == At::Setup => {}
            ConfLine::Setting(name, value) if self.at == At::Conn => self.setting(name, value),
            ConfLine::Setting(..) | ConfLine::Strange => self.unsound = true,
        }
        None
    }
}

impl ConnectionText {
    fn setting(&mut self, name: &str, value: Option<&str>) {
        let Some(known) = KEPT.iter().find(|known| name.eq_ignore_ascii_case(known)) else { return };
        let value = value.filter(|value| value.len() <= LONGEST_VALUE).map(str::to_owned);
        if let Some(section) = self.sections.last_mut() {
            section.settings.push((known, value));
        }
    }
}

impl ConnectionsReader for ConnectionText {
    fn connections(self: Box<Self>) -> Option<Vec<ConfiguredConnection>> {
        if self.unsound { None } else { resolve::connections(&self.sections) }
    }
}

#[cfg(test)]
mod tests;
