//! What is said of SAs that the kernel has no more.

use crate::engine::findings::{Fault, Sentences, Whose, way};
use crate::model::{Reason, Span};

pub(super) const OVER: &str = "the newest Child SA has its SAs in the kernel";

pub(super) fn sa_missing(fault: &Fault, whose: &Whose) -> Sentences {
    let gone = match fault.reason {
        Reason::Deleted => "was deleted by somebody else than the daemon",
        Reason::Flushed => "went when somebody else than the daemon flushed all SAs",
        _ => "is not in the kernel",
    };
    let effect = match fault.span {
        Span::In => "what the peer sends is dropped here",
        Span::Out => "nothing can be sent until traffic makes the daemon negotiate anew",
        Span::Both => "nothing passes until traffic makes the daemon negotiate anew",
    };
    let verb = if fault.span == Span::Both {
        gone.replace("was ", "were ").replace("is not", "are not")
    } else {
        gone.to_owned()
    };
    Sentences::of(
        format!(
            "{} of {} {verb}, and the daemon believes that the tunnel stands: {effect}",
            way(fault.span),
            whose.text()
        ),
        format!("{} makes a new pair", whose.rekey),
    )
}
