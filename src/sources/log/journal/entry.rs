//! One entry of the journal as `journalctl --output=json` shows it (systemd.journal-fields(7)).

use std::str::FromStr;

use serde::Deserialize;

use crate::daemons::LineOrigin;
use crate::model::RealTime;

/// `SD_MESSAGE_JOURNAL_DROPPED`: journald left out messages of a unit that wrote too fast (`RateLimitBurst=`).
pub const DROPPED: &str = "a596d6fe7bfa4994828e72309e95d61e";

/// `_TRANSPORT=` of what journald writes itself (systemd.journal-fields(7), `server_driver_message` in journald-server.c).
pub const DRIVER: &str = "driver";

/// The fields that are asked for, besides those that journalctl always shows.
pub const FIELDS: &str = "MESSAGE,MESSAGE_ID,_PID,_UID,_TRANSPORT,N_DROPPED,OBJECT_COMM,OBJECT_SYSTEMD_UNIT,\
                          GROUP,LEVEL,THREAD,IKE_SA_UNIQUE_ID,IKE_SA_NAME";

/// An entry, as far as it matters here.
#[derive(Debug, Deserialize)]
pub struct JournalEntry {
    /// Where it stands in the journal.
    #[serde(rename = "__CURSOR")]
    pub cursor: Option<String>,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    time: Option<String>,
    #[serde(rename = "_PID")]
    pid: Option<String>,
    #[serde(rename = "_UID")]
    user: Option<String>,
    #[serde(rename = "_TRANSPORT")]
    transport: Option<String>,
    #[serde(rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<String>,
    #[serde(rename = "_COMM")]
    program: Option<String>,
    #[serde(rename = "MESSAGE")]
    message: Option<JournalText>,
    #[serde(rename = "MESSAGE_ID")]
    id: Option<String>,
    #[serde(rename = "N_DROPPED")]
    dropped: Option<String>,
    #[serde(rename = "OBJECT_COMM")]
    about_program: Option<String>,
    #[serde(rename = "OBJECT_SYSTEMD_UNIT")]
    about_unit: Option<String>,
    #[serde(rename = "GROUP")]
    group: Option<String>,
    #[serde(rename = "LEVEL")]
    level: Option<String>,
    #[serde(rename = "THREAD")]
    thread: Option<String>,
    #[serde(rename = "IKE_SA_NAME")]
    ike_name: Option<JournalText>,
    #[serde(rename = "IKE_SA_UNIQUE_ID")]
    ike: Option<String>,
}

/// Text, or bytes where it is not all printable, or nothing that can be read (too long, or several).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum JournalText {
    Text(String),
    Bytes(Vec<u8>),
    Other(serde::de::IgnoredAny),
}

impl JournalText {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            Self::Other(_) => None,
        }
    }
}

impl JournalEntry {
    /// Reads one line; none where it is not an entry.
    pub fn read(line: &[u8]) -> Option<Self> {
        line.starts_with(b"{").then(|| serde_json::from_slice(line).ok()).flatten()
    }

    /// When journald received it.
    pub fn time(&self) -> Option<RealTime> {
        self.time.as_ref()?.parse().ok().map(RealTime::from_micros)
    }

    /// Who wrote it, by the kernel's word.
    pub fn pid(&self) -> Option<u32> {
        self.pid.as_ref()?.parse().ok()
    }

    /// What its writer calls itself; where it does not, the name of its process.
    pub fn writer(&self) -> Option<&str> {
        self.identifier.as_deref().or(self.program.as_deref())
    }

    /// Its writer is known by the kernel's word, and is not root.
    pub fn is_of_another_user(&self) -> bool {
        self.user.as_deref().is_some_and(|user| user != "0")
    }

    /// The same, and is root.
    pub fn is_of_root(&self) -> bool {
        self.user.as_deref() == Some("0")
    }

    pub fn message(&self) -> Option<&[u8]> {
        self.message.as_ref()?.bytes()
    }

    /// What the daemon itself told beside its message.
    pub fn told(&self) -> LineOrigin<'_> {
        fn number<T: FromStr>(text: Option<&str>) -> Option<T> {
            text?.parse().ok()
        }
        LineOrigin {
            time: None,
            thread: number(self.thread.as_deref()),
            group: self.group.as_deref(),
            level: number(self.level.as_deref()),
            ike_name: self.ike_name.as_ref().and_then(|name| std::str::from_utf8(name.bytes()?).ok()),
            ike: number(self.ike.as_deref()),
        }
    }

    /// It is journald's own note that it left out messages, and of whom.
    pub fn tells_of_a_gap(&self) -> bool {
        let is_journalds = self.transport.as_deref() == Some(DRIVER) && self.user.as_deref() == Some("0");
        is_journalds && self.id.as_deref() == Some(DROPPED)
    }

    /// How many messages were left out.
    pub fn left_out(&self) -> Option<u64> {
        if let Some(count) = &self.dropped {
            return count.parse().ok();
        }
        let text = std::str::from_utf8(self.message()?).ok()?;
        text.strip_prefix("Suppressed ")?.split(' ').next()?.parse().ok()
    }

    /// The gap is this daemon's. Where nobody tells whose it is, it may be.
    pub fn is_gap_of(&self, unit: Option<&str>, program: &str) -> bool {
        let named =
            self.message().and_then(|text| std::str::from_utf8(text).ok()).and_then(|text| text.rsplit_once(" from "));
        match (unit, &self.about_unit, &self.about_program, named) {
            (Some(unit), Some(about), _, _) => unit == about,
            (Some(unit), None, _, Some((_, named))) => unit == named,
            (None, _, Some(about), _) => program == about,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_text_and_as_bytes() {
        let text = JournalEntry::read(br#"{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1795370424705011","_PID":"610","MESSAGE":"a \"b\" \u00e9"}"#).unwrap();
        assert_eq!(text.message().unwrap(), "a \"b\" é".as_bytes());
        assert_eq!((text.pid(), text.time()), (Some(610), Some(RealTime::from_micros(1_795_370_424_705_011))));
        let bytes = JournalEntry::read(br#"{"MESSAGE":[34,255,10],"_PID":"x"}"#).unwrap();
        assert_eq!((bytes.message(), bytes.pid()), (Some(&b"\"\xff\n"[..]), None));
        for unreadable in [&br#"{"MESSAGE":null}"#[..], br#"{"MESSAGE":["a","b"]}"#, br"{}"] {
            assert_eq!(JournalEntry::read(unreadable).unwrap().message(), None);
        }
        assert!(JournalEntry::read(b"-- No entries --").is_none());
        assert!(JournalEntry::read(b"{\"MESSAGE\":").is_none());
    }

    #[test]
    fn a_gap_is_counted_and_belongs_to_somebody() {
        let gap = JournalEntry::read(br#"{"MESSAGE_ID":"a596d6fe7bfa4994828e72309e95d61e","_UID":"0","_TRANSPORT":"driver","MESSAGE":"Suppressed 1234 messages from ipsec.service"}"#).unwrap();
        assert!(gap.tells_of_a_gap());
        assert_eq!(gap.left_out(), Some(1234));
        assert!(gap.is_gap_of(Some("ipsec.service"), "pluto"));
        assert!(!gap.is_gap_of(Some("ipsec@a.service"), "pluto"));
        assert!(gap.is_gap_of(None, "pluto"));
        let of_another = JournalEntry::read(
            br#"{"MESSAGE":"Suppressed 1 messages from user.slice","N_DROPPED":"7","OBJECT_COMM":"cron"}"#,
        )
        .unwrap();
        assert_eq!(of_another.left_out(), Some(7));
        assert!(!of_another.is_gap_of(None, "pluto"));
    }

    #[test]
    fn only_journald_tells_of_a_gap() {
        for whose in [
            "",
            r#","_UID":"65534","_TRANSPORT":"journal""#,
            r#","_UID":"0","_TRANSPORT":"journal""#,
            r#","_UID":"65534","_TRANSPORT":"driver""#,
        ] {
            let line =
                format!(r#"{{"MESSAGE_ID":"{DROPPED}","MESSAGE":"Suppressed 9 messages from ipsec.service"{whose}}}"#);
            assert!(!JournalEntry::read(line.as_bytes()).unwrap().tells_of_a_gap(), "{line}");
        }
    }
}
