//! A charon that is asked over its control socket.

use std::path::PathBuf;
use std::pin::Pin;

use super::meanwhile::Asker;
use super::talks::{Pending, Talks};
use crate::model::{Answer, Question, Step};

/// The line to one charon.
#[derive(Clone, Debug)]
pub(super) struct OverVici {
    pub socket: PathBuf,
    pub version: Option<String>,
}

impl Talks for OverVici {
    fn through(&self) -> String {
        self.socket.display().to_string()
    }

    fn learn_version(&self) -> Option<Pin<Box<dyn Future<Output = Option<String>> + Send>>> {
        None
    }

    fn set_version(&mut self, version: Option<String>) {
        self.version = version;
    }

    fn ask(&self, _question: Question, _asker: Asker) -> Pending<(Answer, u32)> {
        Box::pin(async { Err("nothing is asked yet".to_owned()) })
    }

    fn act(&self, _step: &Step, _asker: Asker) -> Option<Pending<String>> {
        None
    }
}
