//! What the kernel refused (libcharon/plugins/kernel_netlink). Of an SA first the inbound one is told, then the outbound one.

use super::context::{Reading, Told};
use super::scan::{address, after, spi};
use super::words::WrittenError;
use crate::model::{KernelOperation, Protocol, RefusedSa, Spi, Statement};
use crate::text::presentable;

/// errno(3): what charon's own words stand for where it writes no error.
const ESRCH: u32 = 3;
const EEXIST: u32 = 17;
const ENOBUFS: u32 = 105;

pub fn read(reading: &mut Reading<'_>) -> Option<Told> {
    let message = reading.line.message.as_ref();
    if let Some(rest) = after(message, &["received netlink error: ", "allocating SPI failed: "]) {
        reading.context.error = WrittenError::read(rest).map(|error| (error, message.to_owned()));
        return None;
    }
    add_sa(reading, message)
        .or_else(|| offload(reading, message))
        .or_else(|| queried(message))
        .or_else(|| policy(reading, message))
        .or_else(|| event(reading, message))
}

fn add_sa(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    if message == "unable to get SPI" {
        let errno = reading.context.error.as_ref()?.0.errno;
        return Some(refused(reading, KernelOperation::GetSpi, None, errno));
    }
    if let Some(rest) = message.strip_prefix("unable to add SAD entry with SPI ") {
        let (spi, rest) = spi(rest)?;
        let sa = Some(refused_sa(reading, spi));
        let status = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map_or("", |(_, status)| status);
        let errno = match (status, &reading.context.error) {
            ("ALREADY_DONE", _) => EEXIST,
            ("NOT_FOUND", _) => ESRCH,
            (_, Some((error, _))) => error.errno,
            // Nobody tells why: no answer of the kernel, as after a time-out.
            (_, None) => return Some(Told::new(reading.child_speaker(), Statement::SaNotAdded { of_offload: false })),
        };
        return Some(refused(reading, KernelOperation::AddSa, sa, errno));
    }
    // Where an address changes, another SA takes the place of one that stands.
    let updates = ["unable to update SAD entry with SPI ", "unable to delete old SAD entry with SPI "];
    let (rest, operation) = after(message, &updates).map(|rest| (rest, KernelOperation::AddSa)).or_else(|| {
        message.strip_prefix("unable to delete SAD entry with SPI ").map(|rest| (rest, KernelOperation::DeleteSa))
    })?;
    let (spi, _) = spi(rest)?;
    let errno = reading.context.error.as_ref()?.0.errno;
    let sa = refused_sa(reading, spi);
    let told = refused(reading, operation, Some(sa), errno);
    let about = reading.sas.child_with(spi, None).and_then(|(child, _)| reading.sas.child_speaker(child));
    Some(Told { about: about.or(told.about), ..told })
}

fn refused_sa(reading: &Reading<'_>, spi: Spi) -> RefusedSa {
    RefusedSa { protocol: reading.context.protocol.unwrap_or(Protocol::Esp), spi, dst: None }
}

/// With the line of the error, and what the kernel said in it.
fn refused(reading: &mut Reading<'_>, operation: KernelOperation, sa: Option<RefusedSa>, errno: u32) -> Told {
    let told = Told::new(reading.child_speaker(), Statement::KernelRefused { operation, sa, errno });
    match reading.context.error.take().filter(|(error, _)| error.errno == errno) {
        Some((WrittenError { words: Some(words), .. }, line)) => {
            Told { besides: Some((Statement::KernelSaid { words: presentable(&words) }, line)), ..told }
        }
        Some((_, line)) => Told { text: Some(format!("{line}; {}", reading.line.message)), ..told },
        None => told,
    }
}

/// An offload that the kernel was not asked for, or is not asked for any more.
fn offload(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    if message.starts_with("HW offload is not supported by ") {
        // What follows tells whether it is needed.
        reading.context.note = Some(message.to_owned());
        return reading.may_be_quoted();
    }
    if message == "failed to configure HW offload" {
        let note = reading.context.note.take();
        let text = note.map(|note| format!("{note}; {message}"));
        let told = Told::new(reading.child_speaker(), Statement::SaNotAdded { of_offload: true });
        return Some(Told { text, ..told });
    }
    // `packet HW offload, trying with crypto HW offload`, `packet HW offload, trying without offload`: the latter of a policy.
    let (_, next) = message.strip_prefix("failed to install SA with ")?.split_once(" HW offload, trying ")?;
    let errno = reading.context.error.as_ref().map(|(error, _)| error.errno);
    match (next, errno) {
        ("without offload", errno) => Some(refused(reading, KernelOperation::Policy, None, errno.unwrap_or(EEXIST))),
        (_, Some(errno)) => Some(refused(reading, KernelOperation::AddSa, None, errno)),
        (_, None) => reading.may_be_quoted(),
    }
}

/// `querying SAD entry with SPI c1a2b3c4 failed: No such process (3)`, from 5.9.9 on without the SPI.
fn queried(message: &str) -> Option<Told> {
    let rest = message.strip_prefix("querying SAD entry ")?;
    let (sa, error) = match rest.strip_prefix("with SPI ") {
        Some(rest) => {
            let (spi, rest) = spi(rest)?;
            let (_, error) = rest.split_once("failed: ")?;
            (Some(RefusedSa { protocol: Protocol::Esp, spi, dst: None }), error)
        }
        None => (None, rest.strip_prefix("failed: ")?),
    };
    let errno = WrittenError::read(error)?.errno;
    Some(Told::of_daemon(Statement::KernelRefused { operation: KernelOperation::GetSa, sa, errno }))
}

/// `unable to add policy 10.9.0.1/32 === 10.9.0.2/32 out`. That one is there, or is gone, is ordinary.
fn policy(reading: &mut Reading<'_>, message: &str) -> Option<Told> {
    after(message, &["unable to add policy ", "unable to update policy "])?;
    let errno = reading.context.error.as_ref()?.0.errno;
    Some(refused(reading, KernelOperation::Policy, None, errno))
}

/// What the kernel told of by itself.
fn event(reading: &Reading<'_>, message: &str) -> Option<Told> {
    if let Some(rest) = message.strip_prefix("creating acquire job for policy ") {
        return on_demand(rest);
    }
    for (begin, hard) in [("creating rekey job for CHILD_SA ", false), ("creating delete job for CHILD_SA ", true)] {
        if let Some(sa) = message.strip_prefix(begin) {
            return expired(reading, sa, hard);
        }
    }
    let missed = after(message, &["unable to receive from XFRM event socket: ", "netlink event read error: "]);
    if let Some(error) = missed {
        let is_overrun = WrittenError::read(error)
            .map_or_else(|| error.starts_with("No buffer space available"), |error| error.errno == ENOBUFS);
        return is_overrun.then(|| Told::of_daemon(Statement::MissedKernelEvents));
    }
    // `10.9.0.1 disappeared from nic0`
    let (address, _) = message.split_once(" disappeared from ")?;
    Some(Told::of_daemon(Statement::AddressGone { address: address.parse().ok()? }))
}

/// `10.9.0.1/32[udp/53071] === 10.9.0.2/32[udp/5000] with reqid {1}`
fn on_demand(rest: &str) -> Option<Told> {
    if rest.starts_with("with reqid {") {
        return Some(Told::of_daemon(Statement::OnDemand { src: None, dst: None }));
    }
    let (src, rest) = rest.split_once(" === ")?;
    let (dst, _) = rest.split_once(" with reqid {")?;
    Some(Told::of_daemon(Statement::OnDemand { src: address(src), dst: address(dst) }))
}

/// `ESP/0xcbd57d94/10.9.0.1`: which way it goes is known where the SA is. The larval SA of an acquire has no SPI, or another's.
fn expired(reading: &Reading<'_>, sa: &str, hard: bool) -> Option<Told> {
    let (_, rest) = sa.split_once("/0x")?;
    let (spi, _) = spi(rest)?;
    let (child, direction) = reading.sas.child_with(spi, None).filter(|_| spi.0 != 0)?;
    let about = reading.sas.child_speaker(child)?;
    Some(Told::new(Some(about), Statement::Expired { hard, direction, spi }))
}

/// The line of the Child SA that comes of it: `unable to install inbound and outbound IPsec SA (SAD) in kernel`.
pub fn read_summary(reading: &mut Reading<'_>) -> Option<Told> {
    let rest = reading.line.message.strip_prefix("unable to install ")?;
    if rest.ends_with("IPsec SA (SAD) in kernel") {
        return Some(Told::new(Some(reading.child_speaker()?), Statement::SaNotAdded { of_offload: false }));
    }
    (rest == "IPsec policies (SPD) in kernel").then(|| reading.may_be_quoted()).flatten()
}
