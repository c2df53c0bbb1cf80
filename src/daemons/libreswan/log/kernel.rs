//! What the kernel refused (`sendrecv_xfrm_msg()` and `sendrecv_xfrm_policy()`, programs/pluto/kernel_xfrm.c).

use super::scan::after;
use crate::model::{KernelOperation, Protocol, RefusedSa, Statement};
use crate::text::presentable;

/// Requests by the names that 4.x and 5.x give them.
const OPERATIONS: [(&str, KernelOperation); 12] = [
    ("Add SA", KernelOperation::AddSa),
    ("XFRM_MSG_NEWSA", KernelOperation::AddSa),
    ("XFRM_MSG_UPDSA", KernelOperation::AddSa),
    ("Del SA", KernelOperation::DeleteSa),
    ("XFRM_MSG_DELSA", KernelOperation::DeleteSa),
    ("Get SA", KernelOperation::GetSa),
    ("XFRM_MSG_GETSA", KernelOperation::GetSa),
    ("Get SPI", KernelOperation::GetSpi),
    ("XFRM_MSG_ALLOCSPI", KernelOperation::GetSpi),
    ("Get policy", KernelOperation::Policy),
    ("XFRM_MSG_GETPOLICY", KernelOperation::Policy),
    ("XFRM_MSG_MIGRATE", KernelOperation::Policy),
];

pub fn read(message: &str) -> Option<Statement> {
    if let Some(words) = message.strip_prefix("netlink ext_ack: ") {
        return Some(Statement::KernelSaid { words: presentable(words) });
    }
    // 5.x (`setup_half_kernel_state()`, programs/pluto/kernel.c); it says the same of crypto and packet offload.
    if let Some(why) = message.strip_prefix("Warning: Adding IPsec SA to failed - ") {
        return Some(Statement::SaNotAdded { of_offload: why.contains("esp-hw-offload") });
    }
    if let Some(policy) = message.strip_prefix("kernel: xfrm XFRM_MSG_") {
        let named = after(policy, &["UPDPOLICY ", "NEWPOLICY ", "DELPOLICY "]).is_some();
        return named.then(|| refused(KernelOperation::Policy, None, policy)).flatten();
    }
    // Up to 4.5: `netlink XFRM_MSG_NEWPOLICY response for flow …`.
    if let Some(policy) = message.strip_prefix("netlink XFRM_MSG_") {
        let named = after(policy, &["UPDPOLICY", "NEWPOLICY", "DELPOLICY"]);
        return named
            .filter(|rest| rest.contains(" response for flow "))
            .and_then(|_| refused(KernelOperation::Policy, None, policy));
    }
    let ways = ["netlink response for ", "netlink write() of ", "netlink recvfrom() of response to our "];
    let request = after(message, &ways)?;
    let (name, operation) = OPERATIONS.iter().find(|(name, _)| request.starts_with(name))?;
    let rest = request.get(name.len()..)?.trim_start();
    // `netlink write() of XFRM_MSG_NEWSA message for Add SA esp.…@… failed: …`
    let rest = rest.strip_prefix("message for ").map_or(rest, |rest| {
        OPERATIONS.iter().find_map(|(name, _)| rest.strip_prefix(name)).unwrap_or(rest).trim_start()
    });
    let sa = said(rest);
    refused(*operation, sa, request)
}

fn refused(operation: KernelOperation, sa: Option<RefusedSa>, text: &str) -> Option<Statement> {
    Some(Statement::KernelRefused { operation, sa, errno: errno(text)? })
}

/// `… : Invalid argument (errno 22)` at the end; up to 4.7 `… included errno 22: Invalid argument`, and up to 4.3 also
/// `… failed. Errno 22: Invalid argument`.
fn errno(text: &str) -> Option<u32> {
    if let Some((_, number)) = text.trim_end().strip_suffix(')').and_then(|text| text.rsplit_once("(errno ")) {
        return number.parse().ok();
    }
    let (_, number) = text.split_once(" included errno ").or_else(|| text.rsplit_once(". Errno "))?;
    number.split(':').next()?.parse().ok()
}

/// `esp.c63bbe1f@10.9.0.2`, or `esp:c63bbe1f@2001:db8::1`: the address is the SA's destination (`jam_said()`).
pub fn said(text: &str) -> Option<RefusedSa> {
    let word = text.split([' ', ',']).next()?;
    let (sa, dst) = word.split_once('@')?;
    let (protocol, spi) = sa.split_once(['.', ':'])?;
    let protocol = match protocol {
        "esp" => Protocol::Esp,
        "ah" => Protocol::Ah,
        "comp" => Protocol::Comp,
        _ => return None,
    };
    // With `logip=no` the address is a word.
    let dst = dst.trim_end_matches([':', ';']);
    let dst = dst.parse().ok().or_else(|| word.split_once('@')?.1.trim_end_matches(':').parse().ok());
    Some(RefusedSa { protocol, spi: spi.parse().ok()?, dst })
}
