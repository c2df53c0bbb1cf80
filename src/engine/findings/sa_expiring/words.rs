//! What is said of SAs that end and have no successor.

use crate::engine::findings::{Fault, Sentences, Whose, way};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "the newest pair is not close to its limits, or a successor is being negotiated";

pub(super) fn sa_expiring(fault: &Fault, whose: &Whose) -> Sentences {
    let limit = match fault.reason {
        Reason::Sequence => "has used nine tenths of its sequence numbers, after which nothing can be sent on it",
        Reason::Packets => "is close to its limit of packets, at which the kernel removes it",
        Reason::Bytes => "is close to its limit of bytes, at which the kernel removes it",
        _ => "is close to the end of its life, at which the kernel removes it",
    };
    let both = fault.span == Span::Both;
    let limit = if both { limit.replacen("has", "have", 1).replacen("is ", "are ", 1) } else { limit.to_owned() };
    let cure = if fault.reason == Reason::Sequence {
        "; esn=yes at both ends makes the numbers last, where the NIC takes it"
    } else {
        ""
    };
    Sentences::of(
        format!("{} of {} {limit}, and no successor is being negotiated", way(fault.span), whose.text()),
        format!("{} makes a new pair{cure}", whose.rekey),
    )
}
