//! Who may know whom in the engine: the facts nobody, the findings the facts, the remedies both, and the answers all of them.

use crate::own_source;

/// From the bottom up. Whoever stands further up may use what stands below, never the other way round.
const LAYERS: [&str; 4] = ["facts", "findings", "remedies", "answers"];

/// The step, and what is answered to those who ask.
const SPEAK_FOR_THE_ENGINE: [&str; 2] = ["answers/asked.rs", "mod.rs"];

/// What is shipped of the engine's files, by their names below its folder.
fn shipped() -> Vec<(String, String)> {
    let is_test =
        |name: &str| name.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "sample.rs" | "work.rs"));
    let files = own_source::files("src/engine").into_iter().filter(|(name, _)| !is_test(name));
    let sources: Vec<_> = files.map(|(name, text)| (name, own_source::shipped(&text).to_owned())).collect();
    assert!(sources.len() > 100, "{} files are not the engine", sources.len());
    sources
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| name.starts_with(&format!("{layer}/")))
}

#[test]
fn nobody_uses_what_stands_above() {
    let mut wrong = Vec::new();
    for (name, text) in shipped() {
        let Some(own) = layer(&name) else { continue };
        for above in &LAYERS[own + 1..] {
            let path = format!("engine::{above}");
            let lines = text.lines().enumerate().filter(|(_, line)| line.contains(&path) && !line.contains("pub(in "));
            wrong.extend(lines.map(|(number, line)| format!("{name}:{}: {}", number + 1, line.trim())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn two_files_speak_for_the_engine() {
    let speak: Vec<_> =
        shipped().into_iter().filter(|(_, text)| text.contains("\nimpl Engine")).map(|(name, _)| name).collect();
    assert_eq!(speak, SPEAK_FOR_THE_ENGINE);
}

/// The compiler holds it for whoever has `&Facts`; this holds that nobody else is given more.
#[test]
fn the_facts_alone_write_their_tables() {
    let mut wrong = Vec::new();
    for (name, text) in shipped().into_iter().filter(|(name, _)| !name.starts_with("facts/")) {
        let mut of_facts = false;
        for (number, line) in text.lines().enumerate() {
            of_facts = (of_facts || line.starts_with("impl Facts")) && line != "}";
            if line.contains("&mut Facts") || (of_facts && line.contains("&mut self")) {
                wrong.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
