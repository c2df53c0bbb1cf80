//! `alerts: [{alertmanager: URL}, {webhook: URL}, {exec: PATH}]`

use super::node_at::{NodeAt, one_of};
use super::paths::absolute;
use crate::sinks::alerts::{Address, Receiver};

const KINDS: &[&str] = &["alertmanager", "webhook", "exec"];

/// More is a mistake.
const MOST: usize = 32;

/// The value of `alerts`.
pub(super) fn alerts(place: &NodeAt<'_>) -> Option<Vec<Receiver>> {
    let items = place.items("a list of receivers, as - webhook: URL")?;
    if items.len() > MOST {
        place.wrong(|_| format!("{} receivers; expected no more than {MOST}", items.len()));
        return None;
    }
    let mut receivers: Vec<Receiver> = Vec::new();
    for item in items {
        let Some(receiver) = receiver(&item) else { continue };
        if receivers.contains(&receiver) {
            let name = receiver.to_string();
            item.wrong(|quote| format!("{} stands here a second time; expected it once", quote(&name)));
        } else {
            receivers.push(receiver);
        }
    }
    Some(receivers)
}

fn receiver(item: &NodeAt<'_>) -> Option<Receiver> {
    let mut kinds = item.keys(KINDS, &format!("a mapping of one of {}", one_of(KINDS)))?.into_iter();
    let Some((kind, value)) = kinds.next() else {
        // What is written there was said to be unknown.
        if item.has_no_entry() {
            item.wrong(|_| format!("an empty receiver; expected {}", one_of(KINDS)));
        }
        return None;
    };
    for (second, value) in kinds {
        item.wrong_key(&value, |quote| format!("{} beside another receiver; expected one in each item", quote(second)));
    }
    let address = || value.text("an address, as https://HOST/PATH, without a name or password in it", Address::parse);
    match kind {
        "alertmanager" => address().map(Receiver::Alertmanager),
        "webhook" => address().map(Receiver::Webhook),
        _ => value.text("an absolute path", absolute).map(Receiver::Exec),
    }
}
