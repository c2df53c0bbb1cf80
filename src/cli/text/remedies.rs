//! `remedy`: what is done, or would be.

use super::words::{local, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{RemedyPlan, RemedyState, RemedyTarget};
use crate::text::shell_word;

/// A block for each target.
pub(in crate::cli) fn remedies(plans: &[RemedyPlan], dry_run: bool, style: &Style) -> String {
    plans.iter().map(|plan| block(plan, dry_run, style)).collect()
}

fn block(plan: &RemedyPlan, dry_run: bool, style: &Style) -> String {
    let RemedyPlan { kind, target, state, why, .. } = plan;
    let head = format!("{kind} of {target}: {state}, {}", local(why, &style.zone));
    let mut text = wrapped(&head, style.width, "", "  ");
    if *state == RemedyState::Refused {
        return text;
    }
    for (number, step) in plan.steps.iter().enumerate() {
        text.push_str(&wrapped(&format!("{}. {step}", number + 1), style.width, "  ", "     "));
    }
    text.push_str(&wrapped(&format!("seen by: {}", plan.proof), style.width, "  ", "     "));
    let more = if dry_run {
        "nothing was done".to_owned()
    } else {
        let name = target.connection().map_or_else(|| target.to_string(), ToOwned::to_owned);
        let options_end = if name.starts_with('-') { "-- " } else { "" };
        match target {
            // It has no story of its own.
            RemedyTarget::Device { .. } => "it goes on in the service: 'swanwatch status' shows how many SAs are still on the device, 'swanwatch history' how it ended".to_owned(),
            _ => format!("how it goes: swanwatch explain {options_end}{}", shell_word(&name)),
        }
    };
    let more = wrapped(&more, style.width, "  ", "     ");
    text.push_str(&style.paint(Tone::Quiet, more.trim_end_matches('\n')));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::RemedyKind;

    fn plan(state: RemedyState) -> RemedyPlan {
        RemedyPlan {
            kind: RemedyKind::Rekey,
            target: RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None },
            finding: None,
            state,
            why: "a person asked for it".to_owned(),
            steps: vec!["have the daemon rekey t1".to_owned()],
            proof: "a pair with new SPIs is in the kernel".to_owned(),
        }
    }

    fn shown(state: RemedyState, dry_run: bool) -> String {
        remedies(&[plan(state)], dry_run, &Style { colour: false, width: 80, zone: TimeZone::UTC })
    }

    #[test]
    fn each_step_is_shown_and_that_nothing_was_done() {
        let expected = "\
rekey of t1: queued, a person asked for it
  1. have the daemon rekey t1
  seen by: a pair with new SPIs is in the kernel
  nothing was done
";
        assert_eq!(shown(RemedyState::Queued, true), expected);
        assert!(shown(RemedyState::Queued, false).ends_with("  how it goes: swanwatch explain t1\n"));
    }

    #[test]
    fn of_what_is_refused_no_step_is_shown() {
        assert_eq!(shown(RemedyState::Refused, true), "rekey of t1: refused, a person asked for it\n");
    }
}
