//! Loading, taking down and unloading connections, and traffic that asks for one.

use std::net::IpAddr;

use super::scan::after;
use crate::model::Statement;

pub fn read(message: &str) -> Option<Statement> {
    if let Some(what) = message.strip_prefix("added ") {
        return what.contains("connection").then_some(Statement::ConnectionAdded);
    }
    // Said for `--down`, `--delete` and `--unroute`, and just so where pluto itself wants it: a dead peer (4.x, `dpdaction=restart`), an
    // address that is gone, a route that another connection has.
    if message == "terminating SAs using this connection" {
        return Some(Statement::ConnectionTerminated);
    }
    // whack_down.c of 5.x alone, before it sends the peer a Delete.
    let ordered = message.starts_with("initiating delete of ") && message.contains("connection's ");
    if ordered || message.starts_with("marking connection down") {
        return Some(Statement::ConnectionDown);
    }
    // 5.x. 4.x says it in the line of no connection.
    if message.starts_with("connection matches both ") {
        return Some(Statement::EndsUnclear);
    }
    // Instances are deleted when their peer is gone: that is no order.
    if message == "deleting connection" {
        return Some(Statement::ConnectionDeleted);
    }
    on_demand(message)
}

/// The same without a prefix: 4.x names no connection on demand, 3.x none when it adds one.
pub fn read_bare(message: &str) -> Option<Statement> {
    if message.starts_with("added connection description \"") {
        return Some(Statement::ConnectionAdded);
    }
    let unclear = after(message, &["both sides of \"", "two interfaces match \""]);
    if unclear.is_some() {
        return Some(Statement::EndsUnclear);
    }
    on_demand(message).or_else(|| address_gone(message))
}

/// `shutting down interface eth0 192.0.2.1:500`, in 3.x `eth0/eth0 192.0.2.1:500`, of IPv6 `[2001:db8::1]:500`.
fn address_gone(message: &str) -> Option<Statement> {
    let (_, place) = message.strip_prefix("shutting down interface ")?.rsplit_once(' ')?;
    Some(Statement::AddressGone { address: endpoint(place)? })
}

/// `initiate on-demand for packet 192.0.1.254:8-ICMP->192.0.2.254:0`, in 3.x `initiate on demand from A:0 to B:0 proto=1 because: acquire`.
fn on_demand(message: &str) -> Option<Statement> {
    if let Some(packet) = after(message, &["initiate on-demand for packet ", "cannot initiate on-demand for packet "]) {
        let packet = packet.split(' ').next()?;
        let (src, dst) = packet.split_once("->")?;
        let (src, _) = src.rsplit_once('-').unwrap_or((src, ""));
        return Some(Statement::OnDemand { src: endpoint(src), dst: endpoint(dst.trim_end_matches([':', ';', ','])) });
    }
    // 4.5 says by whom: `initiate on demand by acquire from …`.
    let asked = message.strip_prefix("cannot ").unwrap_or(message).strip_prefix("initiate on demand ")?;
    let (src, rest) = after(asked, &["from ", "by acquire from ", "by whack from "])?.split_once(" to ")?;
    Some(Statement::OnDemand { src: endpoint(src), dst: endpoint(rest.split(' ').next()?) })
}

/// `192.0.1.254:8`, `[2001:db8::1]:8`, `2001:db8::1`.
fn endpoint(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (address, _) = text.rsplit_once(':')?;
    address.trim_start_matches('[').trim_end_matches(']').parse().ok()
}
