//! The properties of one service unit, put together from what systemd tells of them.

use std::collections::HashMap;

use zbus::{Array, Message, OwnedVariant, Structure, Variant};

use super::unit_choice::{UnitChoice, rank};
use crate::model::UnitLook;

/// Interface of every unit.
pub const UNIT: &str = "org.freedesktop.systemd1.Unit";

/// Interface of a service.
pub const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// What is known of a unit.
#[derive(Clone, Debug)]
pub struct UnitState {
    look: UnitLook,
    loaded: bool,
    choice: UnitChoice,
    /// Its file is of another daemon.
    of_another: bool,
    stop_flushes: bool,
    stop_post_flushes: bool,
    told: Option<UnitLook>,
}

impl UnitState {
    /// Which properties matter, and where they are.
    pub const PROPERTIES: [(&str, &str); 13] = [
        (UNIT, "LoadState"),
        (UNIT, "UnitFileState"),
        (UNIT, "ActiveExitTimestamp"),
        (UNIT, "Job"),
        (UNIT, "ActiveState"),
        (UNIT, "SubState"),
        (SERVICE, "Result"),
        (SERVICE, "NRestarts"),
        (SERVICE, "MainPID"),
        (SERVICE, "Restart"),
        (SERVICE, "ExecStart"),
        (SERVICE, "ExecStop"),
        (SERVICE, "ExecStopPost"),
    ];

    /// Of a unit of this choice that nothing is known of but what was told of it before.
    pub fn new(unit: String, choice: UnitChoice, told: Option<UnitLook>) -> Self {
        let told = told.filter(|told| told.unit == unit);
        let look = UnitLook { unit, ..UnitLook::default() };
        Self { look, loaded: false, choice, of_another: false, stop_flushes: false, stop_post_flushes: false, told }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.look.unit
    }

    /// How likely it is the one that runs the daemon.
    pub fn rank(&self) -> u8 {
        if self.of_another { 0 } else { rank(&self.look, self.loaded) }
    }

    /// What was told of it last.
    pub fn into_told(self) -> Option<UnitLook> {
        self.told
    }

    /// There is such a unit.
    pub const fn is_loaded(&self) -> bool {
        self.loaded && !self.of_another
    }

    /// It was not active when it was last told of, and is now: what its file says may have changed in between.
    pub fn has_just_started(&self) -> bool {
        self.look.active == "active" && self.told.as_ref().is_none_or(|told| told.active != "active")
    }

    /// Takes one property; one that does not matter, or has another type than it should, changes nothing.
    pub fn take(&mut self, name: &str, value: &Variant<'_>) {
        let text = || value.downcast_ref::<&str>().ok().map(str::to_owned);
        match name {
            "LoadState" => {
                self.loaded = text().is_some_and(|state| state == "loaded");
                self.look.masked = text().is_some_and(|state| state == "masked");
            }
            "UnitFileState" => {
                self.look.enabled = text().is_some_and(|state| matches!(state.as_str(), "enabled" | "enabled-runtime"));
            }
            "ActiveExitTimestamp" => set(&mut self.look.ran, value.downcast_ref::<u64>().ok().map(|time| time != 0)),
            "Job" => set(&mut self.look.queued, job(value).map(|number| number != 0)),
            "ActiveState" => set(&mut self.look.active, text()),
            "SubState" => set(&mut self.look.sub, text()),
            "Result" => set(&mut self.look.result, text()),
            "Restart" => set(&mut self.look.restart_policy, text()),
            "NRestarts" => set(&mut self.look.restarts, value.downcast_ref::<u32>().ok()),
            "MainPID" => {
                set(&mut self.look.main_pid, value.downcast_ref::<u32>().ok().map(|pid| (pid != 0).then_some(pid)))
            }
            "ExecStart" => self.of_another = self.choice.is_of_another(&commands(value)),
            "ExecStop" => self.stop_flushes = flushes(value),
            "ExecStopPost" => self.stop_post_flushes = flushes(value),
            _ => {}
        }
        self.look.flushes_on_stop = self.stop_flushes || self.stop_post_flushes;
    }

    /// Takes what `PropertiesChanged` says. Returns the interface that it is about.
    pub fn take_signal(&mut self, message: &Message) -> Option<&'static str> {
        let body = message.body();
        let (interface, changed, _gone): (String, HashMap<String, OwnedVariant>, Vec<String>) =
            body.deserialize().ok()?;
        for (name, value) in &changed {
            self.take(name, value);
        }
        [UNIT, SERVICE].into_iter().find(|known| *known == interface)
    }

    /// What is known, where it is not what was told last, and there is such a unit.
    pub fn changed_look(&mut self) -> Option<UnitLook> {
        // One that was never there has nothing to tell; one that was masked or purged while it was followed has.
        let there = self.is_loaded() || self.told.is_some();
        let changed = there && self.told.as_ref() != Some(&self.look);
        changed.then(|| self.told.insert(self.look.clone()).clone())
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// The number of a job (`(uo)`); 0 where there is none.
fn job(value: &Variant<'_>) -> Option<u32> {
    let job = value.downcast_ref::<&Structure<'_>>().ok()?;
    job.fields().first()?.downcast_ref::<u32>().ok()
}

/// One of these commands flushes what XFRM holds.
fn flushes(value: &Variant<'_>) -> bool {
    commands(value).iter().any(|line| {
        // A flush is often wrapped in a shell's one-liner.
        let has = |wanted: &str| line.iter().any(|word| word.split([' ', ';', '\t']).any(|part| part == wanted));
        has("xfrm") && has("flush")
    })
}

/// The arguments of commands (`a(sasbttttuii)`, in the second place), each with its program first.
fn commands(value: &Variant<'_>) -> Vec<Vec<String>> {
    let Ok(commands) = value.downcast_ref::<&Array<'_>>() else { return Vec::new() };
    let each = commands.iter().filter_map(|command| command.downcast_ref::<&Structure<'_>>().ok());
    let arguments = each.filter_map(|command| command.fields().get(1)?.downcast_ref::<&Array<'_>>().ok());
    let word = |word: &Variant<'_>| word.downcast_ref::<&str>().ok().map(str::to_owned);
    arguments.map(|array| array.iter().filter_map(word).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DaemonKind;

    fn unit(told: Option<UnitLook>) -> UnitState {
        UnitState::new("ipsec.service".to_owned(), UnitChoice::of(None, &[DaemonKind::Libreswan]), told)
    }

    fn command(line: &[&str]) -> Variant<'static> {
        let words: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let command = (words[0].clone(), words, false, 0_u64, 0_u64, 0_u64, 0_u64, 0_u32, 0_i32, 0_i32);
        Variant::from(Array::from(vec![command]))
    }

    #[test]
    fn a_flush_is_seen_bare_and_in_a_shell() {
        assert!(flushes(&command(&["/sbin/ip", "xfrm", "state", "flush"])));
        assert!(flushes(&command(&[
            "/bin/bash",
            "-c",
            "if test x; then ip xfrm policy flush; ip xfrm state flush; fi"
        ])));
        assert!(!flushes(&command(&["/usr/sbin/ipsec", "whack", "--shutdown"])));
        assert!(!flushes(&Variant::from("ip xfrm state flush")));
    }

    #[test]
    fn a_look_is_told_once_until_something_changes() {
        let mut state = unit(None);
        state.take("ActiveState", &Variant::from("active"));
        assert_eq!(state.changed_look(), None, "no such unit");
        state.take("LoadState", &Variant::from("loaded"));
        state.take("MainPID", &Variant::from(12_u32));
        state.take("ExecStopPost", &command(&["ip", "xfrm", "state", "flush"]));
        state.take("ExecStop", &command(&["whack", "--shutdown"]));
        let look = state.changed_look().unwrap();
        assert_eq!((look.main_pid, look.flushes_on_stop), (Some(12), true));
        assert_eq!(state.changed_look(), None);
        state.take("MainPID", &Variant::from(0_u32));
        state.take("NRestarts", &Variant::from("of another type"));
        assert_eq!(state.changed_look().unwrap().main_pid, None);
    }

    #[test]
    fn what_makes_it_due_is_read() {
        let mut state = unit(None);
        let path = zbus::ObjectPath::try_from("/org/freedesktop/systemd1/job/7").unwrap();
        let values = [
            ("LoadState", Variant::from("loaded")),
            ("ExecStart", command(&["/usr/libexec/ipsec/pluto", "--nofork"])),
            ("UnitFileState", Variant::from("enabled")),
            ("ActiveExitTimestamp", Variant::from(1_u64)),
            ("Job", Variant::from(Structure::from((7_u32, path)))),
        ];
        values.iter().for_each(|(name, value)| state.take(name, value));
        let look = state.changed_look().unwrap();
        assert_eq!((look.enabled, look.ran, look.queued), (true, true, true));
        state.take("UnitFileState", &Variant::from("static"));
        assert!(!state.changed_look().unwrap().enabled);
    }

    #[test]
    fn one_that_is_purged_is_told_of_once_more_and_one_of_another_daemon_never() {
        let mut state = unit(None);
        for (name, value) in [("LoadState", "loaded"), ("UnitFileState", "enabled"), ("ActiveState", "inactive")] {
            state.take(name, &Variant::from(value));
        }
        let told = state.changed_look();
        assert!(told.as_ref().is_some_and(|look| look.enabled));
        // Its object is another one after a reload; what was told is known there, too.
        let mut state = unit(told);
        state.take("LoadState", &Variant::from("not-found"));
        state.take("UnitFileState", &Variant::from(""));
        assert!(!state.changed_look().unwrap().enabled);
        assert!(state.changed_look().is_none() && !state.is_loaded());
        let mut state = unit(None);
        for (name, value) in [("LoadState", "loaded"), ("UnitFileState", "enabled")] {
            state.take(name, &Variant::from(value));
        }
        state.take("ExecStart", &command(&["/usr/sbin/ipsec", "start", "--nofork"]));
        assert!(state.changed_look().is_none() && !state.is_loaded());
    }

    #[test]
    fn it_has_just_started_when_it_was_not_active_before() {
        let mut state = unit(None);
        for (name, value) in [("LoadState", "loaded"), ("ActiveState", "activating")] {
            state.take(name, &Variant::from(value));
        }
        state.changed_look();
        assert!(!state.has_just_started());
        state.take("ActiveState", &Variant::from("active"));
        assert!(state.has_just_started());
        state.changed_look();
        assert!(!state.has_just_started());
    }
}
