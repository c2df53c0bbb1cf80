//! What a container's runtime writes of the output of its processes: CRI (containerd, CRI-O, podman's `k8s-file`) and Docker's `json-file`.

use std::borrow::Cow;

use serde::Deserialize;

use super::stamp::{self, Stamp};
use crate::sources::log::lines::MAX_LINE;

/// Docker cuts longer lines into pieces of this size (`defaultBufSize` in its `copier.go`).
const DOCKERS_PIECE: usize = 16 << 10;

/// Where a process wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    Output,
    Errors,
}

/// A line of a container, or a piece of one.
#[derive(Debug, PartialEq, Eq)]
pub struct ContainerLine<'a> {
    pub time: Option<Stamp>,
    stream: OutputStream,
    text: Cow<'a, [u8]>,
    /// More of the line follows.
    torn: bool,
}

#[derive(Deserialize)]
struct Docker<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Cow<'a, str>,
    #[serde(borrow, default)]
    time: Cow<'a, str>,
}

/// Reads one line; none where no runtime wrote it.
pub fn read(line: &[u8]) -> Option<ContainerLine<'_>> {
    if line.starts_with(b"{") { docker(line) } else { cri(line) }
}

/// `2016-10-06T00:17:09.669794202Z stdout P TEXT`: `P` for a piece, `F` for a line or its last piece.
fn cri(line: &[u8]) -> Option<ContainerLine<'_>> {
    let (time, rest) = stamp::iso(line)?;
    let (stream, rest) = match rest.strip_prefix(b" ")? {
        [b's', b't', b'd', b'o', b'u', b't', b' ', rest @ ..] => (OutputStream::Output, rest),
        [b's', b't', b'd', b'e', b'r', b'r', b' ', rest @ ..] => (OutputStream::Errors, rest),
        _ => return None,
    };
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (tags, text) = rest.split_at_checked(end)?;
    let torn = match tags.split(|byte| *byte == b':').next()? {
        b"P" => true,
        b"F" => false,
        _ => return None,
    };
    let text = Cow::Borrowed(text.get(1..).unwrap_or_default());
    Some(ContainerLine { time: Some(time), stream, text, torn })
}

/// `{"log":"TEXT\n","stream":"stderr","time":"2024-06-03T12:00:00.123456789Z"}`
fn docker(line: &[u8]) -> Option<ContainerLine<'_>> {
    let Docker { log, stream, time } = serde_json::from_slice(line).ok()?;
    let time = stamp::iso(time.as_bytes()).map(|(time, _)| time);
    let stream = if stream == "stderr" { OutputStream::Errors } else { OutputStream::Output };
    let torn = !log.ends_with('\n') && log.len() >= DOCKERS_PIECE;
    let text = match log {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    Some(ContainerLine { time, stream, text, torn })
}

/// Pieces of lines, until the last one comes: at most `MAX_LINE` bytes of each stream, and what is more is left out.
#[derive(Debug, Default)]
pub struct Joined {
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Joined {
    /// Gives every line that ends with this piece to `line`.
    ///
    /// # Errors
    /// Those of `line`; it is not called again then.
    pub fn push<E>(
        &mut self,
        piece: &ContainerLine<'_>,
        mut line: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = match piece.stream {
            OutputStream::Output => &mut self.output,
            OutputStream::Errors => &mut self.errors,
        };
        if before.is_empty() && !piece.torn {
            return each(&piece.text, &mut line);
        }
        let room = MAX_LINE.saturating_sub(before.len());
        before.extend_from_slice(piece.text.get(..room).unwrap_or(&piece.text));
        if piece.torn {
            return Ok(());
        }
        let whole = std::mem::take(before);
        each(&whole, &mut line)
    }
}

fn each<E>(text: &[u8], line: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').try_for_each(|text| line(text.strip_suffix(b"\r").unwrap_or(text)))
}
