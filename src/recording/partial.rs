//! Replaying a part of a run: the engine that lives through it asks other questions, under other numbers, than the one that was recorded.

use std::collections::BTreeMap;

use crate::model::{Answer, AskId, DumpTable, Effect, Question, RouteQuery, SaId, Step, What};

/// No engine numbers its questions from here: for answers that nobody waits for.
const NOBODY: u64 = 1 << 62;

/// Gives every question of the replaying engine the next recorded answer to the like.
#[derive(Debug, Default)]
pub struct Answers {
    /// What waits for its answer, oldest first.
    open: Vec<(AskId, PartialDump)>,
    /// Which question a recorded one stands for.
    names: BTreeMap<AskId, AskId>,
    /// What the daemon had said before the replaying engine asked for it.
    early: BTreeMap<Question, What>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PartialDump {
    Read(SaId),
    /// Of a table; by the sampling, or for another reason.
    Dump(DumpTable, bool),
    Count,
    Route(RouteQuery),
    Sample(String),
    SampleHost,
    NameSenders,
    CatchUp,
    Daemon(Question),
    Act(Step),
    Remember,
}

impl Answers {
    /// Takes what the replaying engine wants. Returns answers that are there already.
    pub fn asked(&mut self, effects: &[Effect]) -> Vec<What> {
        let mut ready = Vec::new();
        for effect in effects {
            let (ask, asked) = match effect {
                Effect::Read { ask, sa } => (*ask, PartialDump::Read(*sa)),
                Effect::Dump { ask, table } => (*ask, PartialDump::Dump(*table, ask.is_of_sampling())),
                Effect::Count { ask } => (*ask, PartialDump::Count),
                Effect::Route { ask, query } => (*ask, PartialDump::Route(*query)),
                Effect::Sample { ask, device } => (*ask, PartialDump::Sample(device.clone())),
                Effect::SampleHost { ask } => (*ask, PartialDump::SampleHost),
                Effect::NameSenders { ask } => (*ask, PartialDump::NameSenders),
                Effect::CatchUp { ask } => (*ask, PartialDump::CatchUp),
                Effect::AskDaemon { ask, question, .. } => (*ask, PartialDump::Daemon(*question)),
                Effect::Act { ask, step, .. } => (*ask, PartialDump::Act(step.clone())),
                Effect::Remember { ask, .. } => (*ask, PartialDump::Remember),
                Effect::Tell { .. } | Effect::TellRemedy(_) | Effect::Joined => continue,
            };
            let early = if let PartialDump::Daemon(question) = asked { self.early.remove(&question) } else { None };
            match early {
                Some(mut answer) => {
                    ask_of(&mut answer).into_iter().for_each(|place| *place = ask);
                    ready.push(answer);
                }
                None => self.open.push((ask, asked)),
            }
        }
        ready
    }

    /// Puts the replaying engine's number into a recorded answer.
    pub fn translate(&mut self, what: &mut What) {
        let asked = asked_for(what);
        let Some(place) = ask_of(what) else { return };
        let recorded = *place;
        if let Some(known) = self.names.get(&recorded) {
            *place = *known;
            return;
        }
        let fits = |open: &PartialDump| match &asked {
            Some(asked) => open == asked,
            // The daemon gave no answer, to whatever question it was.
            None => matches!(open, PartialDump::Daemon(_)),
        };
        let meant = self.open.iter().position(|(_, open)| fits(open)).map(|found| self.open.remove(found).0);
        *place = meant.unwrap_or(AskId(recorded.0 | NOBODY));
        self.names.insert(recorded, *place);
        if let (None, Some(PartialDump::Daemon(question))) = (meant, asked) {
            self.early.insert(question, what.clone());
        }
    }
}

/// To what this is an answer; none where it does not say.
fn asked_for(what: &What) -> Option<PartialDump> {
    match what {
        What::DumpBegin { ask, table } => Some(PartialDump::Dump(*table, ask.is_of_sampling())),
        What::Sas { ask, .. } => Some(PartialDump::Dump(DumpTable::Sad, ask.is_of_sampling())),
        What::Policies { ask, .. } => Some(PartialDump::Dump(DumpTable::Spd, ask.is_of_sampling())),
        What::Read { id, .. } => Some(PartialDump::Read(*id)),
        What::Counted { .. } => Some(PartialDump::Count),
        What::Routed { query, .. } => Some(PartialDump::Route(*query)),
        What::Sampled { device, .. } => Some(PartialDump::Sample(device.clone())),
        What::HostSampled { .. } => Some(PartialDump::SampleHost),
        What::Senders { .. } => Some(PartialDump::NameSenders),
        What::LogEnd { .. } => Some(PartialDump::CatchUp),
        What::Outcome(outcome) => Some(PartialDump::Act(outcome.step.clone())),
        What::Kept { .. } => Some(PartialDump::Remember),
        What::DaemonAnswered { answer, .. } => match **answer {
            Answer::Brief(_) => Some(PartialDump::Daemon(Question::Brief)),
            Answer::Table(_) => Some(PartialDump::Daemon(Question::Table)),
            Answer::Connections(_) => Some(PartialDump::Daemon(Question::Connections)),
            Answer::None(_) => None,
        },
        _ => None,
    }
}

/// The number of the question that it answers.
fn ask_of(what: &mut What) -> Option<&mut AskId> {
    match what {
        What::DumpBegin { ask, .. }
        | What::Sas { ask, .. }
        | What::Policies { ask, .. }
        | What::DumpEnd { ask, .. }
        | What::Read { ask, .. }
        | What::Counted { ask, .. }
        | What::Routed { ask, .. }
        | What::Sampled { ask, .. }
        | What::HostSampled { ask, .. }
        | What::Senders { ask, .. }
        | What::LogEnd { ask: Some(ask) }
        | What::DaemonAnswered { ask, .. }
        | What::DaemonSilent { ask, .. }
        | What::DaemonAnsweredLate { ask }
        | What::DaemonCallEnded { ask }
        | What::Kept { ask, .. } => Some(ask),
        What::Outcome(outcome) => Some(&mut outcome.ask),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{BriefStatus, Dumped, Failure, StateTable};

    fn number(mut what: What) -> u64 {
        ask_of(&mut what).unwrap().0
    }

    fn answered(ask: u64, answer: Answer) -> What {
        What::DaemonAnswered { ask: AskId(ask), answer: Box::new(answer), took: 1, worked: None }
    }

    fn translated(answers: &mut Answers, mut what: What) -> u64 {
        answers.translate(&mut what);
        number(what)
    }

    fn question(ask: u64, question: Question) -> Effect {
        Effect::AskDaemon { ask: AskId(ask), question, deadline: Duration::from_secs(4) }
    }

    #[test]
    fn a_dump_keeps_one_number_from_begin_to_end() {
        let mut answers = Answers::default();
        let dump = |ask, table| Effect::Dump { ask: AskId(ask), table };
        answers.asked(&[dump(1, DumpTable::Sad), dump(2, DumpTable::Spd)]);
        let ask = AskId(70);
        assert_eq!(translated(&mut answers, What::DumpBegin { ask, table: DumpTable::Spd }), 2);
        assert_eq!(translated(&mut answers, What::Policies { ask, rows: Vec::new() }), 2);
        assert_eq!(translated(&mut answers, What::DumpEnd { ask, how: Dumped::Complete, took: 1 }), 2);
    }

    #[test]
    fn an_answer_that_nobody_waits_for_answers_nobody() {
        let mut answers = Answers::default();
        answers.asked(&[Effect::Count { ask: AskId(5) }]);
        let ask = AskId(5);
        assert_eq!(translated(&mut answers, What::DumpBegin { ask, table: DumpTable::Sad }), 5 | NOBODY);
    }

    #[test]
    fn what_the_daemon_said_early_is_there_when_it_is_asked() {
        let mut answers = Answers::default();
        answers.asked(&[question(1, Question::Brief)]);
        assert!(translated(&mut answers, answered(90, Answer::Table(StateTable::default()))) > NOBODY);
        assert_eq!(translated(&mut answers, answered(91, Answer::Brief(BriefStatus::default()))), 1);
        let ready = answers.asked(&[question(2, Question::Table)]);
        assert_eq!(ready, [answered(2, Answer::Table(StateTable::default()))]);
        assert_eq!(answers.asked(&[question(3, Question::Table)]), []);
    }

    #[test]
    fn silence_answers_whatever_was_asked_and_ends_with_the_late_answer() {
        let mut answers = Answers::default();
        answers.asked(&[question(4, Question::Brief)]);
        assert_eq!(translated(&mut answers, answered(33, Answer::None(Failure::Timeout))), 4);
        assert_eq!(translated(&mut answers, What::DaemonAnsweredLate { ask: AskId(33) }), 4);
    }
}
