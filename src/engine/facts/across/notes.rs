//! Advice that needs no fault: what will hurt later, or hides what swanwatch would need to see. Shown in `status`, never alerted.

use crate::daemons::Loaded;
use crate::engine::facts::Facts;
use crate::model::Note;

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
        life.dialect().notes(&Loaded { daemon: life.daemon.as_ref(), version, connections, file, unlike, homeless })
    }
}
