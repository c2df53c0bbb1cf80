//! What is said of SAs that the kernel has no more.

use crate::engine::findings::{Fault, Sentences, Whose, quoted, way};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "the newest Child SA has its SAs in the kernel";

pub(super) fn sa_missing(fault: &Fault, whose: &Whose) -> Sentences {
    let gone = match fault.reason {
        Reason::Deleted => "was deleted outside the daemon",
        Reason::Flushed => "was flushed with all others outside the daemon",
        _ => "is not in the kernel",
    };
    let effect = match (fault.span, whose.daemon.heals_at_first_packet) {
        (Span::In, _) => "receives nothing",
        (Span::Out, true) => "sends nothing until traffic makes the daemon negotiate again",
        (Span::Both, true) => "carries nothing until traffic makes the daemon negotiate again",
        (Span::Out, false) => "sends nothing until it is rekeyed, which traffic does not bring about",
        (Span::Both, false) => "carries nothing until it is rekeyed, which traffic does not bring about",
    };
    let verb = if fault.span == Span::Both {
        gone.replace("was ", "were ").replace("is not", "are not")
    } else {
        gone.to_owned()
    };
    Sentences::of(
        format!(
            "{} {effect}: {} {verb}, and the daemon still believes that the tunnel is up",
            whose.text(),
            way(fault.span)
        ),
        format!("{} makes a new pair", quoted(&whose.rekey)),
    )
}
