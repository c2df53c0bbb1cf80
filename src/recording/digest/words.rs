//! What people are told beyond what was decided: sentences, names to be read, and the lines that speak for a finding.

use super::fields::Fields;
use crate::model::{Effect, Evidence, Finding};

pub(super) fn of_effect(fields: &mut Fields<'_>, effect: &Effect) {
    match effect {
        Effect::Tell { change: _, finding } => of_finding(fields, finding),
        Effect::TellRemedy(change) => fields.put("remedy", &change.text),
        Effect::Read { .. }
        | Effect::Dump { .. }
        | Effect::Count { .. }
        | Effect::Route { .. }
        | Effect::Sample { .. }
        | Effect::SampleHost { .. }
        | Effect::NameSenders { .. }
        | Effect::CatchUp { .. }
        | Effect::AskDaemon { .. }
        | Effect::Act { .. }
        | Effect::Remember { .. }
        | Effect::Joined => {}
    }
}

fn of_finding(fields: &mut Fields<'_>, finding: &Finding) {
    fields.put("summary", &finding.summary);
    fields.put("advice", &finding.advice);
    fields.each("evidence", &finding.evidence, |fields, Evidence { time, at, source, text }| {
        fields.put("time", time.micros());
        fields.put("at", at.micros());
        fields.put("source", source);
        fields.put("text", text);
    });
    finding.affected.list.iter().for_each(|name| fields.put("affected", name));
    fields.number("more", finding.affected.more);
    fields.some("why", finding.remedy.as_ref().map(|remedy| &remedy.why));
}
