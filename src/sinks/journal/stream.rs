//! Lines on the journal's stream (systemd.exec(5), `StandardError=`). A journal that does not read, as one whose disk is full, holds up nobody:
//! what it does not take at once is lost, counted, and said before the next line that it takes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, PoisonError};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use tracing_subscriber::fmt::MakeWriter;

use crate::plural::{are, counted};

/// A socket to the journal, as standard error is.
#[derive(Debug)]
pub(super) struct JournalStream<S> {
    socket: S,
    lost: Mutex<LostRecords>,
}

#[derive(Debug, Default)]
struct LostRecords {
    /// The end of a line whose beginning was taken.
    rest: Vec<u8>,
    lines: u64,
}

impl<S: AsFd> JournalStream<S> {
    pub(super) const fn new(socket: S) -> Self {
        Self { socket, lost: Mutex::new(LostRecords { rest: Vec::new(), lines: 0 }) }
    }

    fn put(&self, line: &[u8]) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.put(self.socket.as_fd(), line);
    }
}

impl LostRecords {
    fn put(&mut self, socket: BorrowedFd<'_>, line: &[u8]) {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            if !self.send(socket, &rest) {
                self.rest = rest;
            }
        }
        if self.rest.is_empty() && self.lines > 0 && self.send(socket, self.note().as_bytes()) {
            self.lines = 0;
        }
        if !(self.rest.is_empty() && self.lines == 0 && self.send(socket, line)) {
            self.lines += 1;
        }
    }

    fn note(&self) -> String {
        let (lines, are) = (counted(self.lines, "line"), are(self.lines));
        format!("<4>{lines} of this log {are} missing here: the journal did not take them\n")
    }

    /// Whether it was taken, if only in part: the end then has its turn before anything else.
    fn send(&mut self, socket: BorrowedFd<'_>, line: &[u8]) -> bool {
        loop {
            match send(socket, line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    self.rest = line.get(sent..).unwrap_or_default().to_vec();
                    return true;
                }
                Err(Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }
}

/// One line, and all of it in one call.
#[derive(Debug)]
pub(super) struct LineWriter<'a, S>(&'a JournalStream<S>);

impl<'a, S: AsFd + 'a> MakeWriter<'a> for JournalStream<S> {
    type Writer = LineWriter<'a, S>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter(self)
    }
}

impl<S: AsFd> io::Write for LineWriter<'_, S> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    /// Long enough that the last one that is taken may be taken in part.
    fn line(number: usize) -> String {
        format!("<6>{number} {}\n", "x".repeat(40_000))
    }

    #[test]
    fn a_journal_that_does_not_read_holds_up_nobody_and_hears_once_what_it_missed() {
        let (ours, journal) = UnixStream::pair().unwrap();
        let stream = JournalStream::new(ours);
        let all = 200;
        (0..all).for_each(|number| stream.make_writer().write_all(line(number).as_bytes()).unwrap());
        journal.set_nonblocking(true).unwrap();
        let mut journal = BufReader::new(journal);
        let mut read = String::new();
        let _ = journal.read_line(&mut read);
        let mut taken = 0;
        while read.ends_with('\n') {
            assert_eq!(read, line(taken));
            taken += 1;
            read.clear();
            let _ = journal.read_line(&mut read);
        }
        assert!((1..all).contains(&taken), "{taken}");
        let cut = !read.is_empty();
        stream.make_writer().write_all(b"<6>there again\n").unwrap();
        stream.make_writer().write_all(b"<6>and again\n").unwrap();
        let lost = all - taken - usize::from(cut);
        let _ = journal.read_line(&mut read);
        if cut {
            assert_eq!(read, line(taken));
            read.clear();
            journal.read_line(&mut read).unwrap();
        }
        assert_eq!(read, format!("<4>{lost} lines of this log are missing here: the journal did not take them\n"));
        let rest: Vec<_> = journal.lines().map_while(Result::ok).collect();
        assert_eq!(rest, ["<6>there again", "<6>and again"]);
    }

    #[test]
    fn a_journal_that_is_gone_ends_nobody() {
        let (ours, journal) = UnixStream::pair().unwrap();
        let stream = JournalStream::new(ours);
        drop(journal);
        (0..3).for_each(|_| stream.make_writer().write_all(b"<6>a line\n").unwrap());
        assert_eq!(stream.lost.lock().unwrap().lines, 3);
    }
}
