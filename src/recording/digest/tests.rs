use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::model::{
    Affected, AskId, Change, Code, Evidence, Finding, RealTime, Reason, Remedy, RemedyKind, RemedyState, Severity,
    Source, Span, Spi, Step, Subject,
};

fn finding() -> Finding {
    Finding {
        id: "sa-missing:t1:in".to_owned(),
        code: Code::SaMissing,
        reason: Reason::Deleted,
        severity: Severity::Critical,
        times: 1,
        subject: Subject { connection: Some("t1".to_owned()), ..Subject::default() },
        affected: Affected::default(),
        since: RealTime::from_micros(7),
        summary: "the inbound SA of t1 was deleted".to_owned(),
        advice: "rekey it".to_owned(),
        evidence: Vec::new(),
        remedy: Some(Remedy { kind: RemedyKind::Rekey, state: RemedyState::Advised, why: "by hand".to_owned() }),
    }
}

fn told(change: impl FnOnce(&mut Finding)) -> Effect {
    let mut finding = finding();
    change(&mut finding);
    Effect::Tell { change: Change::Opened, finding: Box::new(finding) }
}

fn of(effects: &[Effect]) -> EffectDigest {
    let mut digest = EffectDigest::new();
    digest.take(Boottime::from_micros(3), effects);
    digest
}

#[test]
fn order_and_number_matter() {
    let (one, two) = (Effect::Count { ask: AskId(1) }, Effect::Count { ask: AskId(2) });
    let decided = |effects: &[Effect]| of(effects).decisions();
    assert_ne!(decided(&[one.clone(), two.clone()]), decided(&[two.clone(), one.clone()]));
    assert_ne!(decided(std::slice::from_ref(&one)), decided(&[one.clone(), one.clone()]));
    assert_eq!(decided(&[one.clone(), two.clone()]), decided(&[one, two]));
}

#[test]
fn the_time_of_an_effect_matters() {
    let at = |micros| {
        let mut digest = EffectDigest::new();
        digest.take(Boottime::from_micros(micros), &[Effect::Joined]);
        digest.decisions()
    };
    assert_ne!(at(1), at(2));
}

#[test]
fn other_words_change_the_digest_of_the_words_alone() {
    let before = of(&[told(|_| {})]);
    let changes: [fn(&mut Finding); 5] = [
        |finding| finding.summary.push('!'),
        |finding| finding.advice.push('!'),
        |finding| finding.remedy.as_mut().unwrap().why.push('!'),
        |finding| finding.affected.list.push("t1".to_owned()),
        |finding| {
            let (time, at, source) = (RealTime::from_micros(1), Boottime::from_micros(1), Source::Log);
            finding.evidence.push(Evidence { time, at, source, text: "a line".to_owned() });
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let after = of(&[told(change)]);
        assert_eq!(after.decisions(), before.decisions(), "change {number}");
        assert_ne!(after.words(), before.words(), "change {number}");
    }
}

#[test]
fn other_decisions_change_the_digest_of_the_decisions_alone() {
    let before = of(&[told(|_| {})]);
    let changes: [fn(&mut Finding); 15] = [
        |finding| finding.id.push('!'),
        |finding| finding.code = Code::SaHalfOpen,
        |finding| finding.reason = Reason::Flushed,
        |finding| finding.severity = Severity::Warning,
        |finding| finding.times = 2,
        |finding| finding.subject.connection = None,
        |finding| finding.subject.instance = Some(String::new()),
        |finding| finding.subject.spi = Some(Spi(0)),
        |finding| finding.subject.dst = Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        |finding| finding.subject.direction = Some(Span::In),
        |finding| finding.subject.device = Some("eth0".to_owned()),
        |finding| finding.affected.sas = 1,
        |finding| finding.since = RealTime::from_micros(8),
        |finding| finding.remedy.as_mut().unwrap().state = RemedyState::Running,
        |finding| finding.remedy = None,
    ];
    let mut seen = std::collections::BTreeSet::from([before.decisions()]);
    for (number, change) in changes.into_iter().enumerate() {
        assert!(seen.insert(of(&[told(change)]).decisions()), "change {number}");
    }
    let closed = Effect::Tell { change: Change::Closed, finding: Box::new(finding()) };
    assert_ne!(of(std::slice::from_ref(&closed)).decisions(), before.decisions());
    assert_eq!(of(&[closed]).words(), before.words());
}

#[test]
fn steps_are_decided() {
    let act = |step| of(&[Effect::Act { ask: AskId(1), remedy: crate::model::RemedyId(1), step }]).decisions();
    let unit = |unit: &str, main_pid| act(Step::RestartUnit { unit: unit.to_owned(), main_pid });
    assert_ne!(unit("ipsec.service", Some(7)), unit("ipsec.service", None));
    assert_ne!(unit("ipsec.service", None), unit("pluto.service", None));
    assert_ne!(act(Step::RestartCommand), act(Step::Initiate { connection: String::new() }));
}

/// Recordings hold it: where one of these numbers changes, no recording that was made before can be compared any more.
#[test]
fn the_digest_is_the_one_that_recordings_hold() {
    let digest = of(&[told(|_| {}), Effect::SampleHost { ask: AskId(5) }, Effect::Joined]);
    assert_eq!(
        (digest.decisions().as_str(), digest.words().as_str(), digest.count()),
        ("89751b0aa72e6704", "4e74167ad87a461f", 3)
    );
}
