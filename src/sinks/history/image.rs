//! The queues whose image the file has.

use std::sync::{Arc, Weak};

use super::store::Store;
use super::{Changes, HistoryError, Queued};

/// All of them that are still there.
#[derive(Default)]
pub(super) struct Images {
    queues: Vec<Image>,
}

struct Image {
    queue: Weak<dyn Queued>,
    /// What a run before left of it was read: before that nothing may be written over it.
    restored: bool,
}

impl Images {
    /// There are more.
    pub(super) fn attach(&mut self, queues: Vec<Weak<dyn Queued>>) {
        self.queues.extend(queues.into_iter().map(|queue| Image { queue, restored: false }));
    }

    /// Gives each that is new what is in the file.
    pub(super) fn restore(&mut self, store: &Store) -> Result<(), HistoryError> {
        let mut damage = Ok(());
        self.queues.retain(|image| image.queue.strong_count() > 0);
        for image in self.queues.iter_mut().filter(|image| !image.restored) {
            let Some(queue) = image.queue.upgrade() else { continue };
            match store.found(&queue.key()) {
                // Nothing more will ever be read of it.
                (found, Err(error)) if error.is_damage() => {
                    queue.restore(found);
                    damage = Err(error);
                }
                (_, Err(error)) => return Err(error),
                (found, Ok(())) => queue.restore(found),
            }
            image.restored = true;
        }
        damage
    }

    /// What has changed, by key.
    pub(super) fn changes(&self) -> Vec<(String, Changes)> {
        self.restored().map(|queue| (queue.key(), queue.changes())).collect()
    }

    /// What was taken out last is kept, or is not.
    pub(super) fn kept(&self, kept: Result<(), &str>) {
        let all = self.queues.iter().filter(|image| image.restored || kept.is_err());
        all.filter_map(|image| image.queue.upgrade()).for_each(|queue| queue.kept(kept));
    }

    fn restored(&self) -> impl Iterator<Item = Arc<dyn Queued>> {
        self.queues.iter().filter(|image| image.restored).filter_map(|image| image.queue.upgrade())
    }
}
