//! Every sentence of a finding, in one place: what is wrong, and what to do.

mod policies;
mod tunnels;

pub use self::policies::{clear_text_route, clear_text_window, policy_mismatch, window_over};
pub use self::tunnels::{acquire_unanswered, half_open, orphaned};
pub use crate::engine::findings::Sentences as Told;

use crate::model::Code;

fn told(summary: impl Into<String>, advice: impl Into<String>) -> Told {
    Told { summary: summary.into(), advice: advice.into() }
}

/// The last line of evidence of a finding that is over.
pub const fn over(code: Code) -> &'static str {
    match code {
        Code::ClearTextWindow => "every selector has a policy again",
        Code::ClearTextRoute => "the route leaves by the policy's device again, or the policy is gone",
        Code::PolicyMismatch => "SA and policy agree again",
        Code::SaOrphaned | Code::SaHalfOpen => "the SAs are gone, or the daemon claims them",
        Code::AcquireUnanswered => "a pair of SAs came",
        _ => "",
    }
}
