//! Both ends of a connection as pluto shows them: `SELECTOR===HOST[ID]---HOP...HOST[ID]===SELECTOR`.

use std::net::IpAddr;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionEnd {
    /// The host, as written: an address, `%any`, …
    pub host: String,
    /// What it protects, where it is more than the host.
    pub selector: Option<String>,
}

impl ConnectionEnd {
    /// The host's address.
    pub fn address(&self) -> Option<IpAddr> {
        address(&self.host)
    }

    /// The selector, or the host where it stands for itself.
    pub fn selector(&self) -> Option<String> {
        self.selector.clone().or_else(|| self.address().map(|address| address.to_string()))
    }
}

/// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]:4500`, `192.0.2.1:4500`.
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, _) = text.rsplit_once(':')?;
    address.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Reads both ends. The peer's ID may be anything: it ends at the last bracket.
pub fn ends(text: &str) -> Option<(ConnectionEnd, ConnectionEnd)> {
    let dots = match text.find('[') {
        Some(bracket) if text.find("...").is_none_or(|dots| bracket < dots) => {
            let close = bracket + text.get(bracket..)?.find(']')?;
            close + text.get(close..)?.find("...")?
        }
        _ => text.find("...")?,
    };
    let (local, remote) = (text.get(..dots)?, text.get(dots + 3..)?);
    let (selector, local) = match local.split_once("===").filter(|(selector, _)| !selector.contains('[')) {
        Some((selector, local)) => (Some(selector.to_owned()), local),
        None => (None, local),
    };
    let local = ConnectionEnd { host: host(local), selector };
    let behind_id = remote.rfind(']').map_or(0, |at| at + 1);
    let selector = remote.get(behind_id..)?.rsplit_once("===").map(|(_, selector)| selector.to_owned());
    Some((local, ConnectionEnd { host: host(remote), selector }))
}

/// The host before its ID, its configured name or its next hop.
fn host(text: &str) -> String {
    // An IPv6 address with a port stands in brackets itself.
    let searched = if text.starts_with('[') { text.find("]:").unwrap_or(0) + 1 } else { 0 };
    let rest = text.get(searched..).unwrap_or("");
    let end = ["[", "<", "---", "===", "..."].iter().filter_map(|mark| rest.find(mark)).min();
    text.get(..end.map_or(text.len(), |end| searched + end)).unwrap_or("").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> [String; 4] {
        let (local, remote) = ends(text).unwrap();
        [local.selector().unwrap_or_default(), local.host, remote.host.clone(), remote.selector().unwrap_or_default()]
    }

    #[test]
    fn ends_are_read_in_every_shape() {
        for (text, expected) in [
            ("10.9.0.1[@a]...10.9.0.2[@b]", ["10.9.0.1", "10.9.0.1", "10.9.0.2", "10.9.0.2"]),
            (
                "10.1.0.0/24===10.9.0.1[@a]---10.9.0.254...10.9.0.2[@b]===10.2.0.0/24",
                ["10.1.0.0/24", "10.9.0.1", "10.9.0.2", "10.2.0.0/24"],
            ),
            (
                "10.9.0.1/32:UDP/7001===10.9.0.1...10.9.0.2===10.9.0.2/32:UDP/7001",
                ["10.9.0.1/32:UDP/7001", "10.9.0.1", "10.9.0.2", "10.9.0.2/32:UDP/7001"],
            ),
            ("2001:db8::1<gw.example>[CN=a]...%any[%fromcert]", ["2001:db8::1", "2001:db8::1", "%any", ""]),
        ] {
            assert_eq!(read(text), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_hostile_id_of_the_peer_changes_no_selector() {
        let text = "10.1.0.0/24===10.9.0.1[@a]...10.9.0.2[CN=x]===0.0.0.0/0; unrouted...]===10.2.0.0/24";
        assert_eq!(read(text), ["10.1.0.0/24", "10.9.0.1", "10.9.0.2", "10.2.0.0/24"].map(str::to_owned));
    }
}
