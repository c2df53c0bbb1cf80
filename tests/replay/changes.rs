//! What has changed of the findings of a case, to be read by who changed it.

use serde_json::Value;

/// What of a finding is words: it is told apart, since nobody has to think of it in the same way.
const WORDS: [&str; 3] = ["summary", "advice", "evidence"];

/// Lines for what is told otherwise than before; none where nothing is.
pub fn of_told(case: &str, before: &str, now: &str) -> Option<String> {
    if before == now {
        return None;
    }
    let (before, now) = (lines(before), lines(now));
    let decided = |told: &[Value]| told.iter().map(|told| without(told, &WORDS)).collect::<Vec<_>>();
    let (decided_before, decided_now) = (decided(&before), decided(&now));
    let mut said = vec![format!("{case}:")];
    for (row, told) in before.iter().zip(&decided_before) {
        if !decided_now.contains(told) {
            said.push(format!("  - {}", in_short(row)));
        }
    }
    for (row, told) in now.iter().zip(&decided_now) {
        if !decided_before.contains(told) {
            said.push(format!("  + {}", in_short(row)));
        }
    }
    for (row, told) in now.iter().zip(&decided_now) {
        let old = before.iter().zip(&decided_before).find(|(_, before)| *before == told).map(|(row, _)| row);
        said.extend(old.into_iter().flat_map(|old| in_words(old, row)));
    }
    if said.len() == 1 {
        said.push("  the same, in another order".to_owned());
    }
    Some(said.join("\n"))
}

fn lines(told: &str) -> Vec<Value> {
    told.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn without(told: &Value, names: &[&str]) -> Value {
    let mut told = told.clone();
    if let Some(finding) = told["finding"].as_object_mut() {
        finding.retain(|name, _| !names.contains(&name.as_str()));
        // How it is put, not how far it is.
        finding
            .get_mut("remedy")
            .and_then(Value::as_object_mut)
            .into_iter()
            .for_each(|remedy| drop(remedy.remove("why")));
    }
    told
}

fn in_short(told: &Value) -> String {
    let finding = &told["finding"];
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let [change, severity, id, reason] =
        [&told["change"], &finding["severity"], &finding["id"], &finding["reason"]].map(text);
    let (at, times, summary) = (&told["at"], &finding["times"], text(&finding["summary"]));
    let remedy =
        finding.get("remedy").map_or(String::new(), |remedy| format!(", {} {}", remedy["kind"], remedy["state"]));
    format!("at {at} {change} {severity} {id} ({reason}), {times} times{remedy}: {summary}")
}

fn in_words(before: &Value, now: &Value) -> Vec<String> {
    let (before, now, id) = (&before["finding"], &now["finding"], &now["finding"]["id"]);
    let pairs = WORDS.iter().map(|name| (*name, &before[*name], &now[*name]));
    let why = ("why", &before["remedy"]["why"], &now["remedy"]["why"]);
    let changed = pairs.chain([why]).filter(|(_, before, now)| before != now);
    changed.map(|(name, before, now)| format!("  ~ {name} of {id}:\n      {before}\n      {now}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(severity: &str, summary: &str) -> String {
        let finding =
            json!({"id": "tunnel-down:t1", "reason": "unknown", "severity": severity, "times": 1, "summary": summary});
        format!("{}\n", json!({"seq": 1, "at": 5, "change": "opened", "finding": finding}))
    }

    #[test]
    fn what_is_told_otherwise_is_shown() {
        let before = line("warning", "it is down");
        assert_eq!(of_told("case", &before, &before), None);
        let worse = of_told("case", &before, &line("critical", "it is down")).unwrap();
        let (gone, new) = ("  - at 5 opened warning tunnel-down:t1", "  + at 5 opened critical tunnel-down:t1");
        assert!(worse.contains(gone) && worse.contains(new), "{worse}");
        let words = of_told("case", &before, &line("warning", "t1 is down")).unwrap();
        assert!(words.contains("~ summary of \"tunnel-down:t1\"") && !words.contains("- at"), "{words}");
        let silent = of_told("case", &before, "").unwrap();
        assert!(silent.contains(gone), "{silent}");
    }
}
