//! What an evacuation does from step to step.

use std::time::Duration;

use super::{LASTS, words};
use crate::engine::facts::want::Want;
use crate::engine::remedies::guard::OrderedBy;
use crate::engine::remedies::state::RemedyWake;
use crate::engine::remedies::{Course, Plan, Run, Wish};
use crate::model::{
    Effect, Evacuation, OffloadMode, Outcome, Protocol, RemedyChange, RemedyId, RemedyKind, RemedyState, RemedyTarget,
    SaId, Step, StepResult,
};

/// The daemon is let finish with its pair first.
const SETTLES: Duration = Duration::from_secs(1);

/// No longer than this from the first newcomer on.
const WAITED_FOR: Duration = Duration::from_secs(5);

/// A policy that blocks an SA's packets while it is away expires by itself after 5 s; beside it there can be no other.
const BLOCKS: Duration = Duration::from_secs(6);

impl Course<'_> {
    /// Before its intent is kept what it is about has to be a fact: both are written down together. Whether it is.
    pub(in crate::engine::remedies) fn evacuation_stands(&mut self, id: RemedyId) -> bool {
        let Some(run) = self.remedies.runs.get(&id).filter(|run| run.kind == RemedyKind::Evacuate) else { return true };
        let RemedyTarget::Device { device, ifindex } = &run.target else { return true };
        let before = self.facts.evacuations.of(*ifindex);
        let (wish, by) = (run.wish, run.by);
        // Whoever asks again has another hour.
        let is_new = |one: &Evacuation| one.until.since(self.facts.now) + SETTLES >= LASTS;
        let leaves =
            |one: &Evacuation| one.leave_packet_mode == wish.leave_packet_mode && one.left.is_empty() && is_new(one);
        let stands =
            before.is_some_and(|one| one.returns == wish.back && (wish.back || by != OrderedBy::Hand || leaves(one)));
        if stands {
            return true;
        }
        let begun = Evacuation {
            device: device.clone(),
            ifindex: *ifindex,
            until: self.facts.now + LASTS,
            leave_packet_mode: wish.leave_packet_mode,
            returns: wish.back,
            moved: before.map(|one| one.moved.clone()).unwrap_or_default(),
            left: Default::default(),
        };
        self.remedies.timers.set(begun.until, RemedyWake::Evacuations);
        self.wants.push(Want::Evacuate(Box::new(begun)));
        false
    }

    /// What a step came to.
    pub(in crate::engine::remedies) fn evacuation_goes_on(&mut self, run: &Run, outcome: &Outcome) {
        let RemedyTarget::Device { ifindex, .. } = &run.target else { return };
        if let Step::Reinstall { sa, .. } | Step::Evacuate { sa, .. } = &outcome.step
            && !matches!(outcome.result, StepResult::Refused(_))
        {
            // One that was moved in its place, or lost by that, is told of by no event that shows it.
            self.wants.push(Want::Read(*sa));
        }
        let Step::Evacuate { sa, .. } = &outcome.step else { return };
        match &outcome.result {
            StepResult::Done(_) => self.wants.push(Want::Evacuated(*ifindex, *sa)),
            _ => self.wants.push(Want::Left(*ifindex, vec![*sa])),
        }
    }

    /// A run is over: the way back ends the evacuation, and what one way off has left is left.
    pub(in crate::engine::remedies) fn evacuation_ended(&mut self, run: &Run) {
        let RemedyTarget::Device { ifindex, .. } = &run.target else { return };
        let Some(one) = self.facts.evacuations.of(*ifindex) else { return };
        // It was refused before anything was begun.
        if one.returns != run.wish.back {
            return;
        }
        let has_begun = *run.plan != Plan::default();
        let is_refused = run.state == RemedyState::Refused;
        if run.wish.back || (is_refused && has_begun && one.moved.is_empty()) {
            // Put back; or it could not be written down, and nothing was done.
            self.wants.push(Want::EvacuationOver(*ifindex));
        } else if is_refused && run.by == OrderedBy::Unfinished {
            // Nothing was tried: what is there is left until a person asks again.
            let on =
                self.facts.on_device(*ifindex, OffloadMode::Crypto).filter_map(|(slot, _)| self.facts.sad.id(slot));
            self.wants.push(Want::Left(*ifindex, on.collect()));
        } else if run.state != RemedyState::Done {
            let on = run.plan.sas.iter().filter(|sa| self.facts.is_on(sa, *ifindex)).copied();
            self.wants.push(Want::Left(*ifindex, on.collect()));
        }
        self.keep_soon();
    }

    /// When what was wanted in this step is done.
    fn keep_soon(&mut self) {
        self.remedies.timers.set(self.facts.now, RemedyWake::Keep);
    }

    /// What the daemon has put on an evacuated device is taken off, too; a way back that was interrupted goes on.
    pub(in crate::engine::remedies) fn keep_evacuated(&mut self, out: &mut Vec<Effect>) {
        if self.facts.evacuations.is_empty() {
            return;
        }
        let until = self.remedies.blocked_until;
        if self.facts.now < until {
            self.remedies.timers.set(until, RemedyWake::Line);
            return;
        }
        let mut wanted = Vec::new();
        for one in self.facts.evacuations.iter() {
            let target = RemedyTarget::Device { device: self.facts.links.name(one.ifindex), ifindex: one.ifindex };
            if self.remedies.run_on(RemedyKind::Evacuate, &target).is_some() {
                continue;
            }
            // What came in packet mode meanwhile is no reason to leave the others there.
            let wish = Wish { back: one.returns, leave_packet_mode: true };
            if one.returns {
                wanted.push((target, wish));
                continue;
            }
            if self.facts.sad.on_device(one.ifindex) == 0 {
                continue;
            }
            let on = self.facts.on_device(one.ifindex, OffloadMode::Crypto);
            let on = on.filter(|(_, row)| row.protocol == Protocol::Esp);
            let newcomers = on.filter(|(slot, _)| self.facts.sad.id(*slot).is_some_and(|sa| !one.left.contains(&sa)));
            let seen: Vec<_> = newcomers.map(|(_, row)| row.seen).collect();
            let (Some(first), Some(newest)) = (seen.iter().min(), seen.iter().max()) else { continue };
            // A daemon that never pauses is not waited for.
            let settled = (*newest + SETTLES).min(*first + WAITED_FOR);
            if self.facts.now < settled {
                self.remedies.timers.set(settled, RemedyWake::Line);
            } else {
                wanted.push((target, wish));
            }
        }
        for (target, wish) in wanted {
            let device = target.to_string();
            let text = if wish.back { words::goes_on_back(&device) } else { words::newcomers(&device) };
            let id = self.new_run(RemedyKind::Evacuate, target, OrderedBy::Unfinished, None);
            self.wish(id, wish);
            self.come_to(id, RemedyState::Queued, text, out);
        }
    }

    pub(in crate::engine::remedies) fn wish(&mut self, id: RemedyId, wish: Wish) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.wish = wish;
        }
    }

    /// An earlier run was interrupted: what is off the device was taken off by it.
    pub(in crate::engine::remedies) fn evacuation_resumes(&mut self, target: &RemedyTarget, sas: &[SaId]) {
        let RemedyTarget::Device { ifindex, .. } = target else { return };
        self.remedies.blocked_until = self.facts.now + BLOCKS;
        for sa in sas {
            let row = self.facts.sad.find(sa).and_then(|slot| self.facts.sad.get(slot));
            if row.is_some_and(|row| row.offload.is_none()) {
                self.wants.push(Want::Evacuated(*ifindex, *sa));
            }
        }
    }

    /// Whatever a file says, none lasts longer from here on than one that begins now.
    pub(in crate::engine::remedies) fn evacuations_recalled(&self, kept: &mut [Evacuation]) {
        for one in kept {
            one.until = one.until.min(self.facts.now + LASTS);
        }
    }

    /// What was kept stands again, unless its time is over or the device gone.
    pub(in crate::engine::remedies) fn evacuations_resume(&mut self, out: &mut Vec<Effect>) {
        let kept: Vec<_> = self.facts.evacuations.iter().map(|one| (one.ifindex, one.until)).collect();
        for (ifindex, until) in kept {
            if self.facts.links.get(ifindex).is_none() {
                self.evacuated_device_gone(ifindex, out);
            }
            self.remedies.timers.set(until, RemedyWake::Evacuations);
        }
    }

    /// Some may have had their time.
    pub(in crate::engine::remedies) fn evacuations_due(&mut self, out: &mut Vec<Effect>) {
        for ifindex in self.facts.evacuations.over(self.facts.now) {
            self.evacuation_is_over(ifindex, words::time_is_over, out);
        }
    }

    /// The device is gone.
    pub(in crate::engine::remedies) fn evacuated_device_gone(&mut self, ifindex: u32, out: &mut Vec<Effect>) {
        self.evacuation_is_over(ifindex, words::device_is_gone, out);
    }

    fn evacuation_is_over(&mut self, ifindex: u32, why: fn(&str) -> String, out: &mut Vec<Effect>) {
        let Some(one) = self.facts.evacuations.of(ifindex) else { return };
        let (device, text) = (one.device.clone(), why(&one.device));
        self.wants.push(Want::EvacuationOver(ifindex));
        self.keep_soon();
        // What waits for it waits for nothing now.
        let of_device = |run: &&Run| matches!(&run.target, RemedyTarget::Device { ifindex: of, .. } if *of == ifindex);
        let waiting: Vec<_> = self.remedies.runs.values().filter(of_device).map(|run| run.id).collect();
        for id in waiting {
            self.look_later(id, self.facts.now);
        }
        // A number of its own, as every run has.
        self.remedies.last.0 = self.remedies.last.0.wrapping_add(1);
        out.push(Effect::TellRemedy(Box::new(RemedyChange {
            id: self.remedies.last,
            kind: RemedyKind::Evacuate,
            target: RemedyTarget::Device { device, ifindex },
            finding: None,
            state: RemedyState::Done,
            step: None,
            healed: false,
            text,
        })));
    }
}
