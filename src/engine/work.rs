//! How much is done, for the tests that say how it grows: rows and findings that were looked at.

use std::cell::Cell;

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// One more was looked at.
pub fn looked() {
    DONE.set(DONE.get() + 1);
}

/// How many were looked at while this was done.
pub fn of(what: impl FnOnce()) -> u64 {
    let before = DONE.get();
    what();
    DONE.get() - before
}
