//! What is said of a configuration that is wrong.

use crate::engine::findings::Sentences;
use crate::model::{Instead, WrongConfiguration};

pub(super) const OVER: &str = "the configuration was read again and is valid";

/// A file that is wrong.
pub(super) fn configuration_wrong(wrong: &WrongConfiguration) -> Sentences {
    let WrongConfiguration { file, error, instead } = wrong;
    let meanwhile = match instead {
        Instead::Defaults => {
            "no remedy acts and the daemon is watched with the default settings, because the configuration file is wrong"
        }
        Instead::Previous => "the new configuration is not in force, because it is wrong; the previous one is",
        Instead::Rest => "a part of the configuration is not in force, because the system refuses it; the rest is",
    };
    Sentences::of(
        format!("{meanwhile}: {error}"),
        format!(
            "correct the file until 'swanwatch check-config {file}' says ok, then 'systemctl reload swanwatch' \
             (a namespace's own instance: swanwatch@NAME)"
        ),
    )
}
