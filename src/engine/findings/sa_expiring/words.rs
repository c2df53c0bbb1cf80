//! What is said of SAs that end and have no successor.

use crate::daemons::Advice;
use crate::engine::findings::{Fault, Sentences, Whose, quoted, way};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "the newest pair is not close to its limits, or a successor is being negotiated";

pub(super) fn sa_expiring(fault: &Fault, whose: &Whose) -> Sentences {
    let (are, them, their) = if fault.span == Span::Both { ("are", "them", "their") } else { ("is", "it", "its") };
    let limit = match fault.reason {
        Reason::Sequence => {
            format!("nine tenths of {their} sequence numbers are used, and after the last nothing can be sent")
        }
        Reason::Packets => format!("at {their} limit of packets the kernel removes {them}"),
        Reason::Bytes => format!("at {their} limit of bytes the kernel removes {them}"),
        _ => format!("at the end of {their} life the kernel removes {them}"),
    };
    let cure = if fault.reason == Reason::Sequence {
        format!(
            "; {} at both ends makes the numbers last longer, where the NIC takes it",
            whose.daemon.advice(Advice::Esn)
        )
    } else {
        String::new()
    };
    Sentences::of(
        format!(
            "{} of {} {are} about to end, and no successor is being negotiated: {limit}",
            way(fault.span),
            whose.text()
        ),
        format!("{} makes a new pair{cure}", quoted(&whose.rekey)),
    )
}
