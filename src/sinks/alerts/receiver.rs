//! Who receives alerts, as the configuration names them.

use std::fmt;
use std::hash::Hasher;
use std::path::PathBuf;

use hyper::Uri;

use crate::fnv::Fnv;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// An Alertmanager, API v2.
    Alertmanager(Address),
    /// Takes JSON by POST.
    Webhook(Address),
    /// A program that takes JSON on its standard input.
    Exec(PathBuf),
}

/// An `http://` or `https://` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    host: String,
    port: u16,
    tls: bool,
}

impl Receiver {
    /// `alertmanager`, `webhook` or `exec`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Alertmanager(_) => "alertmanager",
            Self::Webhook(_) => "webhook",
            Self::Exec(_) => "exec",
        }
    }

    /// What it is kept under: the same after every start, and for no other receiver. It does not tell the address.
    pub fn key(&self) -> String {
        let address = match self {
            Self::Alertmanager(address) | Self::Webhook(address) => address.uri.to_string(),
            Self::Exec(path) => path.display().to_string(),
        };
        let mut hash = Fnv::default();
        hash.write(address.as_bytes());
        format!("{}-{:016x}", self.kind(), hash.finish())
    }
}

/// What may be shown to everybody: the path of a webhook is often its password.
impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alertmanager(address) => write!(f, "alertmanager {address}"),
            Self::Webhook(address) => write!(f, "webhook {address}"),
            Self::Exec(path) => write!(f, "exec {}", path.display()),
        }
    }
}

impl Address {
    /// Understands an address; none where it is no such one, or has a password or a fragment in it.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok().filter(|_| !text.contains('#'))?;
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let port = authority.port_u16();
        // A colon without a port that can be one.
        let written = authority.as_str().rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        if written.is_some() && port.is_none() {
            return None;
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        (!host.is_empty()).then(|| Self {
            host,
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            tls,
            uri: uri.clone(),
        })
    }

    /// Name or address of the host.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is `https`.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// `Host:`
    pub fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// What stands in the request: the path and its query, `more` behind the path.
    pub fn target(&self, more: &str) -> String {
        let path = self.uri.path();
        let path = if more.is_empty() { path } else { path.trim_end_matches('/') };
        self.uri.query().map_or_else(|| format!("{path}{more}"), |query| format!("{path}{more}?{query}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let address = Address::parse("https://pager.example/hook/secret?a=1").unwrap();
        assert_eq!((address.host(), address.port(), address.is_tls()), ("pager.example", 443, true));
        assert_eq!(address.target(""), "/hook/secret?a=1");
        assert_eq!(Receiver::Webhook(address).to_string(), "webhook https://pager.example");
        let address = Address::parse("http://[::1]:9093").unwrap();
        assert_eq!((address.host(), address.port(), address.is_tls()), ("::1", 9093, false));
        assert_eq!(address.target("/api/v2/alerts"), "/api/v2/alerts");
        let address = Address::parse("http://am/prefix/").unwrap();
        assert_eq!((address.port(), address.target("/api/v2/alerts").as_str()), (80, "/prefix/api/v2/alerts"));
    }

    #[test]
    fn what_is_no_such_address_is_refused() {
        let wrong = ["", "pager", "/hook", "ftp://a/", "http://", "http://u:p@a/", "http://a:70000/", "http://a/#x"];
        for text in wrong {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_one_receivers() {
        let exec = |path: &str| Receiver::Exec(path.into()).key();
        assert_eq!(exec("/usr/local/bin/page"), exec("/usr/local/bin/page"));
        assert_ne!(exec("/usr/local/bin/page"), exec("/usr/local/bin/pager"));
        assert_eq!(exec("/a"), "exec-07d66707b49cd92d");
    }
}
