//! How many observations of one thread may be under way at once: what it reads ahead of the engine is bounded.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Places for observations under way.
#[derive(Clone, Debug)]
pub struct ObservationWindow(Arc<WindowPlaces>);

/// One place. Dropped with the observation, once the engine has taken it.
#[derive(Debug)]
pub struct WindowPlace(Arc<WindowPlaces>);

#[derive(Debug)]
struct WindowPlaces {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl ObservationWindow {
    pub fn new(places: usize) -> Self {
        Self(Arc::new(WindowPlaces { free: Mutex::new(places), given_back: Condvar::new() }))
    }

    /// Waits for a place: only for a thread that may block.
    pub fn place(&self) -> WindowPlace {
        let free = self.0.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.0.given_back.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        WindowPlace(Arc::clone(&self.0))
    }
}

impl Drop for WindowPlace {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_place_waits_for_one() {
        let window = ObservationWindow::new(1);
        let first = window.place();
        let (sender, receiver) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn({
            let window = window.clone();
            move || {
                let place = window.place();
                sender.send(()).unwrap();
                drop(place);
            }
        });
        assert!(receiver.try_recv().is_err());
        drop(first);
        receiver.recv().unwrap();
        waiting.join().unwrap();
    }
}
