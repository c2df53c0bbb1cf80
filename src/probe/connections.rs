//! A table held against what the daemon has loaded: which SAs will be refused, and why, before anyone negotiates.

use serde::Serialize;

use crate::daemons::{Behaviour, Dialect, Proposal, dialect};
use crate::model::{
    Direction, EncapsulationSetting, LoadedConnection, OffloadMode, OffloadSetting, ProbedAnswer, ProbedCell,
    ProbedDevice, Protocol, Reason, SaMode, SaShape,
};

/// What is to be expected of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outlook {
    pub connection: String,
    /// The device that its offload goes to.
    pub device: Option<String>,
    /// What the daemon will ask for; none where it will not.
    pub wanted: Option<OffloadMode>,
    /// What comes of it.
    pub verdict: OffloadVerdict,
    /// What stands in the way.
    pub problems: Vec<Problem>,
    /// What would stand in the way where a NAT is found between the peers.
    pub behind_nat: Vec<Problem>,
    /// Algorithms of the connection that are not probed.
    pub not_probed: Vec<String>,
    /// The daemon's own proposals are meant: it was told none.
    pub defaults: bool,
}

/// What comes of a connection's offload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OffloadVerdict {
    /// The daemon asks for none.
    NotWanted,
    /// The device takes whatever the peer chooses.
    Offloaded,
    /// The device, the daemon's wish or a choice is not known.
    Unknown,
    /// In software, depending on what the peer chooses.
    MayBeSoftware,
    /// In software, whatever the peer chooses.
    Software,
    /// Refused, depending on what the peer chooses.
    MayBeRefused,
    /// Refused, whatever the peer chooses.
    Refused,
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The table's cell that says so.
    pub cell: String,
    pub directions: Vec<Direction>,
    /// The kernel refuses, else it does without a word in software.
    pub refused: bool,
    /// errno(3) of the refusal.
    pub errno: Option<u32>,
    pub reason: Option<Reason>,
    /// The kernel's words.
    pub words: Option<String>,
    /// It is so whatever the peer chooses; else only with the choice that the cell names.
    pub always: bool,
    /// What cures it.
    pub cure: Option<String>,
}

/// The worst of several answers is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ConnectionAnswer {
    Accepted,
    NotTried,
    Software,
    Refused,
}

/// What is to be expected of this connection on this device. What the daemon does decides where it was told nothing;
/// without a table nothing is known.
pub fn outlook(
    connection: &LoadedConnection,
    daemon: &Behaviour,
    device: Option<&str>,
    table: Option<&ProbedDevice>,
) -> Outlook {
    let mut outlook = Outlook {
        connection: connection.connection.clone(),
        device: device.map(str::to_owned),
        wanted: None,
        verdict: OffloadVerdict::Unknown,
        problems: Vec::new(),
        behind_nat: Vec::new(),
        not_probed: Vec::new(),
        defaults: connection.child.algorithms.is_none(),
    };
    let setting = connection.offload.or(daemon.default_offload);
    let (wanted, falls_back) = match setting {
        Some(OffloadSetting::No) => {
            outlook.verdict = OffloadVerdict::NotWanted;
            return outlook;
        }
        Some(OffloadSetting::Auto) => (daemon.auto_mode.unwrap_or(OffloadMode::Packet), daemon.auto_falls_back),
        Some(OffloadSetting::Crypto) => (OffloadMode::Crypto, false),
        Some(OffloadSetting::Packet) => (OffloadMode::Packet, false),
        None => return outlook,
    };
    outlook.wanted = Some(wanted);
    let Some(table) = table else { return outlook };
    let shapes = PeerChoices::of(connection, dialect(daemon.kind));
    outlook.not_probed = shapes.not_probed.clone();
    let nat = connection.child.encapsulation.unwrap_or(EncapsulationSetting::Auto);
    let straight = shapes.each(nat == EncapsulationSetting::Yes);
    let takes_best = setting == Some(OffloadSetting::Auto) && daemon.auto_mode.is_none();
    let wanted = if takes_best { best_mode(daemon, table, &straight) } else { wanted };
    outlook.wanted = Some(wanted);
    let (mut answers, problems) = judge(daemon, table, wanted, &straight);
    answers.extend(shapes.not_probed.iter().map(|_| ConnectionAnswer::NotTried));
    outlook.verdict = verdict(&answers, falls_back);
    outlook.problems = problems;
    if nat == EncapsulationSetting::Auto {
        let (_, problems) = judge(daemon, table, wanted, &shapes.each(true));
        outlook.behind_nat = problems.into_iter().filter(|problem| problem.cell.contains("udp")).collect();
    }
    outlook
}

/// Everything that the peer may choose.
struct PeerChoices {
    base: SaShape,
    choices: Vec<Proposal>,
    esn: Vec<bool>,
    not_probed: Vec<String>,
}

impl PeerChoices {
    fn of(connection: &LoadedConnection, dialect: &dyn Dialect) -> Self {
        let child = &connection.child;
        let ah = child.ah == Some(true);
        let list = child.algorithms.as_deref().unwrap_or_else(|| dialect.default_proposals(ah));
        let (choices, unknown): (Vec<Proposal>, Vec<Proposal>) =
            dialect.proposals(list, ah).into_iter().partition(|(_, algorithm)| algorithm.is_some());
        // Where neither is told, both are proposed.
        let neither = child.esn_no != Some(true) && child.esn_yes != Some(true);
        let esn = [(false, child.esn_no), (true, child.esn_yes)];
        Self {
            base: SaShape {
                protocol: if ah { Protocol::Ah } else { Protocol::Esp },
                mode: if child.tunnel == Some(false) { SaMode::Transport } else { SaMode::Tunnel },
                algorithm: None,
                esn: false,
                replay_window: child.replay_window.unwrap_or(128),
                encapsulated: false,
                ipv6: connection.local.or(connection.remote).is_some_and(|address| address.is_ipv6()),
                if_id: 0,
            },
            choices,
            esn: esn.into_iter().filter(|(_, told)| neither || *told == Some(true)).map(|(esn, _)| esn).collect(),
            not_probed: unknown.into_iter().map(|(name, _)| name).collect(),
        }
    }

    fn each(&self, encapsulated: bool) -> Vec<SaShape> {
        let with =
            |esn| move |(_, algorithm): &Proposal| SaShape { algorithm: *algorithm, esn, encapsulated, ..self.base };
        self.esn.iter().flat_map(|esn| self.choices.iter().map(with(*esn))).map(without_window).collect()
    }
}

/// Without a replay window there are no extended sequence numbers.
fn without_window(shape: SaShape) -> SaShape {
    SaShape { esn: shape.esn && shape.replay_window > 0, ..shape }
}

/// What a daemon that tries packet offload, then crypto offload, comes to, where the peer chooses what is worst.
fn best_mode(daemon: &Behaviour, table: &ProbedDevice, shapes: &[SaShape]) -> OffloadMode {
    let worst = |mode| judge(daemon, table, mode, shapes).0.into_iter().max();
    if worst(OffloadMode::Packet) > worst(OffloadMode::Crypto) { OffloadMode::Crypto } else { OffloadMode::Packet }
}

/// The answer to each shape, the worst of both directions, and what stands in the way.
fn judge(
    daemon: &Behaviour,
    table: &ProbedDevice,
    wanted: OffloadMode,
    shapes: &[SaShape],
) -> (Vec<ConnectionAnswer>, Vec<Problem>) {
    let mut answers = Vec::new();
    let mut problems: Vec<(Problem, usize)> = Vec::new();
    for shape in shapes {
        let mut worst = ConnectionAnswer::Accepted;
        let mut met: Vec<String> = Vec::new();
        for direction in [Direction::Out, Direction::In] {
            let said = table.says(wanted, direction, shape);
            worst = worst.max(answer(&said));
            let Some(problem) = problem(daemon, (table, wanted, direction), &said) else { continue };
            let first = !met.contains(&problem.cell);
            met.push(problem.cell.clone());
            match problems.iter_mut().find(|(known, _)| same(known, &problem)) {
                Some((known, times)) => {
                    if !known.directions.contains(&direction) {
                        known.directions.push(direction);
                    }
                    *times += usize::from(first);
                }
                None => problems.push((problem, 1)),
            }
        }
        answers.push(worst);
    }
    let always = |(problem, times)| Problem { always: times >= shapes.len(), ..problem };
    (answers, problems.into_iter().map(always).collect())
}

fn answer(said: &ProbedAnswer<'_>) -> ConnectionAnswer {
    match said {
        ProbedAnswer::Accepted => ConnectionAnswer::Accepted,
        ProbedAnswer::NotTried => ConnectionAnswer::NotTried,
        ProbedAnswer::Software { .. } => ConnectionAnswer::Software,
        ProbedAnswer::Refused { .. } => ConnectionAnswer::Refused,
    }
}

fn problem(
    daemon: &Behaviour,
    (table, wanted, direction): (&ProbedDevice, OffloadMode, Direction),
    said: &ProbedAnswer<'_>,
) -> Option<Problem> {
    let (refused, errno, reason, words, cell): (_, _, _, _, &ProbedCell) = match said {
        ProbedAnswer::Refused { errno, reason, words, cell } => (true, Some(*errno), *reason, *words, cell),
        ProbedAnswer::Software { reason, words, cell } => (false, None, *reason, *words, cell),
        ProbedAnswer::Accepted | ProbedAnswer::NotTried => return None,
    };
    Some(Problem {
        cell: cell.name.clone(),
        directions: vec![direction],
        refused,
        errno,
        reason,
        words: words.map(str::to_owned),
        always: false,
        cure: super::entry(table, wanted, direction, cell).map(|entry| daemon.cure(entry, &table.device)),
    })
}

fn same(one: &Problem, other: &Problem) -> bool {
    (&one.cell, one.refused, one.errno, one.reason, &one.words)
        == (&other.cell, other.refused, other.errno, other.reason, &other.words)
}

/// With `falls_back` the daemon tries again without offload where it was refused.
fn verdict(answers: &[ConnectionAnswer], falls_back: bool) -> OffloadVerdict {
    let any = |wanted: ConnectionAnswer| answers.contains(&wanted);
    let none_taken = !any(ConnectionAnswer::Accepted) && !any(ConnectionAnswer::NotTried);
    match (any(ConnectionAnswer::Refused), any(ConnectionAnswer::Software)) {
        (true, _) if !falls_back => {
            if none_taken {
                OffloadVerdict::Refused
            } else {
                OffloadVerdict::MayBeRefused
            }
        }
        (true, _) | (_, true) => {
            if none_taken {
                OffloadVerdict::Software
            } else {
                OffloadVerdict::MayBeSoftware
            }
        }
        (false, false) if answers.is_empty() || any(ConnectionAnswer::NotTried) => OffloadVerdict::Unknown,
        (false, false) => OffloadVerdict::Offloaded,
    }
}

#[cfg(test)]
mod tests;
