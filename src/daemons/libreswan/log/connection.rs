//! Loading, taking down and unloading connections, and traffic that asks for one.

use std::net::IpAddr;

use super::scan::after;
use crate::model::Statement;

pub fn read(message: &str) -> Option<Statement> {
    if let Some(what) = message.strip_prefix("added ") {
        return what.contains("connection").then_some(Statement::ConnectionAdded);
    }
    // Said for `--terminate` and, where it was up, for `--delete` too: what follows is ordered either way.
    if message == "terminating SAs using this connection" || message.starts_with("initiating delete of connection's ") {
        return Some(Statement::ConnectionTerminated);
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
    on_demand(message)
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
