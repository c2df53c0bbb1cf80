//! What was decided, field by field. No pattern has a `..`: who adds a field decides whether it is of these or of the words.

use super::fields::Fields;
use super::names;
use crate::model::{
    AddressPair, Affected, AskId, Boottime, Effect, Evacuation, Finding, Intent, KeptProcess, Mark, Offload, Remedy,
    RemedyChange, RemedyTarget, Remembered, RouteQuery, SaId, Step, Subject, Tries, UpTunnel,
};

pub(super) fn of_effect(fields: &mut Fields<'_>, at: Boottime, effect: &Effect) {
    fields.put("at", at.micros());
    match effect {
        Effect::Read { ask, sa } => fields.group("read", |fields| {
            of_ask(fields, *ask);
            of_sa(fields, sa);
        }),
        Effect::Dump { ask, table } => fields.group("dump", |fields| {
            of_ask(fields, *ask);
            fields.put("table", names::table(*table));
        }),
        Effect::Count { ask } => fields.group("count", |fields| of_ask(fields, *ask)),
        Effect::Route { ask, query } => fields.group("route", |fields| {
            of_ask(fields, *ask);
            of_query(fields, query);
        }),
        Effect::Sample { ask, device } => fields.group("sample", |fields| {
            of_ask(fields, *ask);
            fields.put("device", device);
        }),
        Effect::SampleHost { ask } => fields.group("sample-host", |fields| of_ask(fields, *ask)),
        Effect::NameSenders { ask } => fields.group("name-senders", |fields| of_ask(fields, *ask)),
        Effect::CatchUp { ask } => fields.group("catch-up", |fields| of_ask(fields, *ask)),
        Effect::AskDaemon { ask, question, deadline } => fields.group("ask-daemon", |fields| {
            of_ask(fields, *ask);
            fields.put("question", names::question(*question));
            fields.put("deadline", deadline.as_micros());
        }),
        Effect::Tell { change, finding } => fields.group("tell", |fields| {
            fields.put("change", change.as_str());
            of_finding(fields, finding);
        }),
        Effect::Act { ask, remedy, step } => fields.group("act", |fields| {
            of_ask(fields, *ask);
            fields.put("remedy", remedy.0);
            of_step(fields, step);
        }),
        Effect::Remember { ask, state } => fields.group("remember", |fields| {
            of_ask(fields, *ask);
            of_remembered(fields, state);
        }),
        Effect::TellRemedy(change) => fields.group("tell-remedy", |fields| of_change(fields, change)),
        Effect::Joined => fields.group("joined", |_| {}),
    }
}

fn of_ask(fields: &mut Fields<'_>, ask: AskId) {
    fields.put("ask", ask.0);
}

fn of_sa(fields: &mut Fields<'_>, sa: &SaId) {
    let SaId { netns, dst, spi, protocol, mark: Mark { value, mask } } = sa;
    fields.group("sa", |fields| {
        fields.number("netns", netns.0);
        fields.put("dst", dst);
        fields.put("spi", spi.0);
        fields.put("protocol", protocol.number());
        fields.number("mark", *value);
        fields.number("mask", *mask);
    });
}

fn of_query(fields: &mut Fields<'_>, query: &RouteQuery) {
    let RouteQuery { src, dst, mark, oif } = query;
    fields.some("src", *src);
    fields.put("dst", dst);
    fields.number("mark", *mark);
    fields.number("oif", *oif);
}

fn of_finding(fields: &mut Fields<'_>, finding: &Finding) {
    let Finding {
        id,
        code,
        reason,
        severity,
        times,
        subject,
        affected,
        since,
        summary: _,
        advice: _,
        evidence: _,
        remedy,
    } = finding;
    fields.put("id", id);
    fields.put("code", code.as_str());
    fields.put("reason", reason);
    fields.put("severity", names::severity(*severity));
    fields.number("times", *times);
    let Subject { connection, instance, spi, dst, direction, device } = subject;
    fields.some("connection", connection.as_ref());
    fields.some("instance", instance.as_ref());
    fields.some("spi", spi.map(|spi| spi.0));
    fields.some("dst", *dst);
    fields.some("direction", direction.map(names::span));
    fields.some("device", device.as_ref());
    let Affected { sas, connections, list: _, more: _ } = affected;
    fields.number("sas", *sas);
    fields.number("connections", *connections);
    fields.put("since", since.micros());
    if let Some(Remedy { kind, state, why: _ }) = remedy {
        fields.group("remedy", |fields| {
            fields.put("kind", kind.as_str());
            fields.put("state", state.as_str());
        });
    }
}

fn of_step(fields: &mut Fields<'_>, step: &Step) {
    match step {
        Step::Rekey { connection, state } => fields.group("rekey", |fields| {
            fields.put("connection", connection);
            fields.some("state", state.map(|serial| serial.0));
        }),
        Step::Initiate { connection } => fields.group("initiate", |fields| fields.put("connection", connection)),
        Step::RestartUnit { unit, main_pid } => fields.group("restart-unit", |fields| {
            fields.put("unit", unit);
            fields.some("main-pid", *main_pid);
        }),
        Step::RestartCommand => fields.group("restart-command", |_| {}),
        Step::Continue { pid, start_ticks } => fields.group("continue", |fields| {
            fields.put("pid", pid);
            fields.put("start-ticks", start_ticks);
        }),
        Step::Probe { sa, ifindex, mode } => fields.group("probe", |fields| {
            of_sa(fields, sa);
            fields.put("ifindex", ifindex);
            fields.put("mode", names::offload(*mode));
        }),
        Step::Reinstall { sa, direction, offload } => fields.group("reinstall", |fields| {
            of_sa(fields, sa);
            fields.put("direction", names::direction(*direction));
            if let Some(Offload { ifindex, mode, direction }) = offload {
                fields.group("offload", |fields| {
                    fields.put("ifindex", ifindex);
                    fields.put("mode", names::offload(*mode));
                    fields.put("direction", names::direction(*direction));
                });
            }
        }),
        Step::Evacuate { sa, direction, in_place } => fields.group("evacuate", |fields| {
            of_sa(fields, sa);
            fields.put("direction", names::direction(*direction));
            fields.put("in-place", in_place);
        }),
        Step::Fence { protect, release, lasts } => fields.group("fence", |fields| {
            fields.each("protect", protect, of_pair);
            fields.each("release", release, of_pair);
            fields.put("lasts", lasts);
        }),
    }
}

fn of_pair(fields: &mut Fields<'_>, pair: &AddressPair) {
    let AddressPair { src, src_prefix, dst, dst_prefix } = pair;
    fields.put("src", src);
    fields.put("src-prefix", src_prefix);
    fields.put("dst", dst);
    fields.put("dst-prefix", dst_prefix);
}

fn of_target(fields: &mut Fields<'_>, target: &RemedyTarget) {
    match target {
        RemedyTarget::Tunnel { connection, instance } => fields.group("tunnel", |fields| {
            fields.put("connection", connection);
            fields.some("instance", instance.as_ref());
        }),
        RemedyTarget::Daemon => fields.group("daemon", |_| {}),
        RemedyTarget::Host => fields.group("host", |_| {}),
        RemedyTarget::Device { device, ifindex } => fields.group("device", |fields| {
            fields.put("device", device);
            fields.put("ifindex", ifindex);
        }),
    }
}

fn of_change(fields: &mut Fields<'_>, change: &RemedyChange) {
    let RemedyChange { id, kind, target, finding, state, step, healed, text: _ } = change;
    fields.put("id", id.0);
    fields.put("kind", kind.as_str());
    of_target(fields, target);
    fields.some("finding", finding.as_ref());
    fields.put("state", state.as_str());
    if let Some(step) = step {
        fields.group("step", |fields| of_step(fields, step));
    }
    fields.flag("healed", *healed);
}

fn of_remembered(fields: &mut Fields<'_>, state: &Remembered) {
    let Remembered { boot_id, netns, last, tries, intents, evacuated, tunnels, process, stopped, .. } = state;
    let Remembered { answered, unanswered_told, .. } = state;
    fields.text("boot-id", boot_id);
    fields.number("netns", netns.0);
    fields.number("last", last.0);
    fields.each("tries", tries, of_tries);
    fields.each("intent", intents, of_intent);
    fields.each("tunnel", tunnels, |fields, UpTunnel { connection, instance, at }| {
        fields.put("connection", connection);
        fields.some("instance", instance.as_ref());
        fields.put("at", at.micros());
    });
    fields.each("process", process, |fields, KeptProcess { pid, start_ticks, unit, restarts, crashed }| {
        fields.put("pid", pid);
        fields.put("start-ticks", start_ticks);
        fields.some("unit", unit.as_ref());
        fields.number("restarts", *restarts);
        fields.flag("crashed", *crashed);
    });
    // Where there is none nothing stands, so that what was decided before there could be one is the same.
    if let Some(stopped) = stopped {
        fields.group("stopped", |fields| fields.put("at", stopped.at.micros()));
    }
    for one in evacuated {
        fields.group("evacuated", |fields| of_evacuation(fields, one));
    }
    answered.iter().for_each(|name| fields.text("answered", name));
    for (name, at) in unanswered_told {
        fields.group("unanswered", |fields| {
            fields.text("name", name);
            fields.put("at", at.micros());
        });
    }
}

fn of_evacuation(fields: &mut Fields<'_>, one: &Evacuation) {
    let Evacuation { device, ifindex, until, leave_packet_mode, returns, moved, left } = one;
    fields.text("device", device);
    fields.put("ifindex", ifindex);
    fields.put("until", until.micros());
    fields.flag("leave-packet-mode", *leave_packet_mode);
    fields.flag("returns", *returns);
    for (name, sas) in [("moved", moved), ("left", left)] {
        sas.iter().for_each(|sa| fields.group(name, |fields| of_sa(fields, sa)));
    }
}

fn of_tries(fields: &mut Fields<'_>, tries: &Tries) {
    let Tries { target, at, tried, failures, failed, not_before, waits } = tries;
    let times = |fields: &mut Fields<'_>, times: &[Boottime]| {
        times.iter().for_each(|at| fields.put("at", at.micros()));
    };
    of_target(fields, target);
    times(fields, at);
    fields.each("tried", tried, |fields, (kind, at)| {
        fields.put("kind", kind.as_str());
        times(fields, at);
    });
    fields.number("failures", *failures);
    fields.each("failed", failed, |fields, (kind, count)| {
        fields.put("kind", kind.as_str());
        fields.put("count", count);
    });
    fields.number("not-before", not_before.micros());
    fields.each("wait", waits, |fields, (kind, until)| {
        fields.put("kind", kind.as_str());
        fields.put("until", until.micros());
    });
}

fn of_intent(fields: &mut Fields<'_>, intent: &Intent) {
    let Intent { id, kind, target, finding, began, sas, of } = intent;
    fields.put("id", id.0);
    fields.put("kind", kind.as_str());
    of_target(fields, target);
    fields.some("finding", finding.as_ref());
    fields.put("began", began.micros());
    sas.iter().for_each(|sa| of_sa(fields, sa));
    of.iter().for_each(|target| fields.group("of", |fields| of_target(fields, target)));
}
