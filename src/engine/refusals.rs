//! What the kernel itself tells about offloads that did not come about.

use super::Engine;
use crate::model::{KernelLogLine, KernelWords, OffloadTry};

impl Engine {
    pub(super) fn offload_tried(&mut self, _tried: &OffloadTry) {}

    pub(super) fn kernel_said_to_daemon(&mut self, _words: &KernelWords) {}

    pub(super) fn kernel_logged(&mut self, _line: &KernelLogLine) {}
}
