//! Advice that needs no fault: what will hurt later, or hides what swanwatch would need to see. Shown in `status`, never alerted.

use crate::daemons::{Advice, Loaded};
use crate::engine::facts::Facts;
use crate::model::{Evacuation, Note};
use crate::plural::counted;
use crate::text::shell_word;

impl Facts {
    /// Everything to be noted now.
    pub(in crate::engine) fn notes(&self) -> Vec<Note> {
        let life = &self.life;
        let rows = self.claims.connections();
        let loaded = rows.filter_map(|(_, row)| Some((self.names.text(row.name), row.loaded.as_deref()?)));
        let mut connections: Vec<_> = loaded.collect();
        connections.sort_unstable_by_key(|(name, _)| *name);
        let version = life.behaviour.version.as_deref();
        let (unlike, homeless) = (self.unlikenesses(), self.homeless());
        let file = self.configured.told.as_ref().map_or("", |told| told.file.as_str());
        let written = self.configured.told.as_ref().map_or(&[][..], |told| &told.connections);
        let (daemon, encrypts_itself) = (life.daemon.as_ref(), life.encrypts_itself());
        let loaded = Loaded { daemon, encrypts_itself, version, connections, file, written, unlike, homeless };
        let mut notes = life.dialect().notes(&loaded);
        notes.extend(self.note_of_workers());
        notes.extend(self.evacuations.iter().map(|one| self.note_of(one)));
        notes
    }

    /// With none that is idle it answers nobody, and that is a finding.
    fn note_of_workers(&self) -> Option<Note> {
        let idle = self.life.few_workers().filter(|_| self.life.is_alive() && self.life.hung.is_none())?;
        let waits = self.life.behaviour.advice(Advice::InitiateAndShow("CONNECTION"));
        Some(Note {
            name: "few-workers".to_owned(),
            summary: format!(
                "the IKE daemon has {} left: with none it answers nobody, and nothing but a restart helps then",
                counted(u64::from(idle), "idle worker thread")
            ),
            advice: format!(
                "whoever brings up a tunnel without a time limit holds one while the peer does not answer: see who does, and end them while \
                 it still answers; '{waits}' has a limit"
            ),
        })
    }

    fn note_of(&self, one: &Evacuation) -> Note {
        let rows = one.moved.iter().filter_map(|sa| self.sad.get(self.sad.find(sa)?));
        let off = rows.filter(|row| row.offload.is_none()).count() as u64;
        let until = self.started.zone.moment(self.wall.after(one.until.since(self.now)));
        // It may have another name since.
        let name = self.links.name(one.ifindex);
        let device = shell_word(&name);
        let stay = match self.sad.on_device(one.ifindex) {
            0 => String::new(),
            on => format!("; {} still on it, and lost when it goes down", counted(u64::from(on), "SA")),
        };
        Note {
            name: "evacuated".to_owned(),
            summary: format!(
                "{name} is evacuated by hand until {until}: the CPU encrypts {} instead of it{stay}",
                counted(off, "SA")
            ),
            advice: format!("'swanwatch remedy {device} --kind evacuate --back' puts back on it what can be"),
        }
    }
}
