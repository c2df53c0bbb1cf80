//! Logs that charons wrote in network namespaces, each from its start to its end: what is made of every line stands beside them.

use std::path::PathBuf;

use super::*;
use crate::model::Speaker;

/// 5.9.8 of Debian 12 and 6.0.1 of Debian 13: an ordinary life with everything that ends one, and a kernel that refuses.
const LOGS: [(&str, &str); 4] = [
    ("5.9.8-life", include_str!("5.9.8-life.log")),
    ("5.9.8-refused", include_str!("5.9.8-refused.log")),
    ("6.0.1-life", include_str!("6.0.1-life.log")),
    ("6.0.1-refused", include_str!("6.0.1-refused.log")),
];

fn shown(about: Option<&Speaker>) -> String {
    about.map_or_else(
        || "-".to_owned(),
        |about| {
            let serial = about.serial.map(|serial| format!(" #{}", serial.0)).unwrap_or_default();
            format!("{}{serial}", about.connection)
        },
    )
}

/// What a line says, with its number; what may be quoted is left out.
fn told(number: usize, message: &LogMessage) -> Vec<String> {
    let besides = message.besides.iter().map(|(says, _)| says);
    let says = std::iter::once(&message.says).chain(besides).filter(|says| **says != Statement::Said);
    says.map(|says| {
        let says = serde_json::to_string(says).unwrap();
        format!("{number}: {}: {says}", shown(message.about.as_ref()))
    })
    .collect()
}

fn read_all<'a>(lines: impl Iterator<Item = (usize, Vec<u8>, LineOrigin<'a>)>) -> Vec<String> {
    let mut reader = CharonReader::default();
    lines
        .flat_map(|(number, line, origin)| {
            reader.read(&line, &origin).map(|message| told(number, &message)).unwrap_or_default()
        })
        .collect()
}

/// The lines of a file, without their time.
fn lines(log: &str) -> impl Iterator<Item = (usize, String)> {
    let behind_time = |line: &str| String::from_utf8(prefix::own_line(line.as_bytes()).unwrap().text.to_vec()).unwrap();
    log.lines().enumerate().map(move |(at, line)| (at + 1, behind_time(line)))
}

fn as_file(log: &str) -> Vec<String> {
    read_all(lines(log).map(|(number, line)| (number, line.into_bytes(), LineOrigin::default())))
}

/// `ike_name = no`: as it is where nothing else is configured.
fn without_names(log: &str) -> Vec<String> {
    let unnamed = |line: String| match line.split_once("] <") {
        Some((head, rest)) => format!("{head}] {}", rest.split_once("> ").unwrap().1),
        None => line,
    };
    read_all(lines(log).map(|(number, line)| (number, unnamed(line).into_bytes(), LineOrigin::default())))
}

#[test]
fn every_line_is_understood_as_it_was_before() {
    let mut wrong = Vec::new();
    for (name, log) in LOGS {
        for (form, found) in [("named", as_file(log)), ("plain", without_names(log))] {
            let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join(format!("src/daemons/strongswan/log/seen/{name}.{form}.told"));
            let text = found.join("\n") + "\n";
            if std::env::var_os("SWANWATCH_UPDATE").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            wrong.extend((expected != text).then(|| path.display().to_string()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}: run with SWANWATCH_UPDATE=1, and read what changed");
}

/// Where nothing names the IKE SA, nothing else is said of whom a line names; some lines then speak of nobody. Whose Child SA is asked for may
/// be told by the packet alone, some lines later.
#[test]
fn what_is_said_without_names_is_said_with_them() {
    for (name, log) in LOGS {
        let named = as_file(log);
        let plain = without_names(log);
        let begins = |line: &str| {
            line.split_once(": ").filter(|(_, says)| says.contains("initiating")).map(|(_, says)| says.to_owned())
        };
        let begun: Vec<_> = named.iter().filter_map(|line| begins(line)).collect();
        let is_told = |line: &String| named.contains(line) || begins(line).is_some_and(|says| begun.contains(&says));
        let unlike: Vec<_> = plain.iter().filter(|line| !is_told(line)).collect();
        assert!(unlike.is_empty(), "{name}: {unlike:#?}");
        assert!(plain.len() * 10 > named.len() * 9, "{name}: {} of {}", plain.len(), named.len());
    }
}

#[test]
fn the_journal_and_json_say_the_same() {
    for (name, log) in LOGS {
        let mut journal = CharonReader::default();
        let mut json = CharonReader::default();
        let (mut by_journal, mut by_json) = (Vec::new(), Vec::new());
        for (number, line) in lines(log) {
            let read = CharonLine::read(line.as_bytes(), &LineOrigin::default()).unwrap();
            let group = &line[line.find('[').unwrap() + 1..][..3];
            let ike = read.ike;
            let origin = LineOrigin {
                thread: read.thread,
                group: Some(group),
                level: Some(1),
                ike_name: ike.and_then(|ike| ike.name),
                ike: ike.map(|ike| ike.serial),
                ..LineOrigin::default()
            };
            by_journal.extend(journal.read(read.message.as_bytes(), &origin).map(|message| told(number, &message)));
            let told_ike = ike.map(|ike| {
                let name = ike.name.map(|name| format!(",\"ikesa-name\":\"{name}\"")).unwrap_or_default();
                format!(",\"ikesa-uniqueid\":\"{}\"{name}", ike.serial)
            });
            let message = read.message.replace('\\', "\\\\").replace('"', "\\\"");
            let object = format!(
                "{{\"time\":\"Dec  1 10:00:00\",\"thread\":{},\"group\":\"{group}\",\"level\":1{},\"msg\":\"{message}\"}}",
                read.thread.unwrap(),
                told_ike.unwrap_or_default()
            );
            by_json.extend(json.read(object.as_bytes(), &LineOrigin::default()).map(|message| told(number, &message)));
        }
        let named = as_file(log);
        assert_eq!(by_json.concat(), named, "{name}");
        assert_eq!(by_journal.concat(), named, "{name}");
    }
}
