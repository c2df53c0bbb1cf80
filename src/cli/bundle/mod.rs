//! `swanwatch bundle`: everything that somebody who was not there needs, in one file, and nothing that must not leave.
//!
//! No key can be in it: every part is read into the types that the rest of the program uses, which have no place for one, and written
//! anew from them. Files of the system are read by name from a short list. Of the last minutes there is what the service keeps of them in
//! a few megabytes; where the SAs are too many for that, it is no more than the events. So a recording is made besides, which begins
//! with a whole look at kernel and daemon.

mod anonymize;
mod archive;
mod host;
mod parts;
mod readable;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use self::anonymize::Map;
use self::parts::{BundlePart, Gathered};
use super::failure::CommandFailure;
use super::output::print;
use super::service::{ServiceAddress, block_on};
use super::text;
use crate::exit;
use crate::text::escaped;

/// Put status, SAs, history, the last minutes, a recording, versions and configuration into one file, for somebody who was not there
///
/// It holds no key, by construction; MANIFEST in it lists what is inside, and what could not be had.
#[derive(Debug, Args)]
pub(super) struct BundleArguments {
    /// The new file; without it swanwatch-bundle-TIME.tar.gz here
    file: Option<PathBuf>,
    /// How long the recording is; 0 for none
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=300))]
    seconds: u64,
    /// Replace addresses and names, each by the same one wherever it stands; networks stay networks
    #[arg(long)]
    anonymize: bool,
    /// The configuration of the service
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceAddress,
}

/// One file in the archive.
struct ArchiveFile {
    name: &'static str,
    what: &'static str,
    text: Vec<u8>,
}

pub(super) fn run(arguments: &BundleArguments) -> Result<u8, CommandFailure> {
    let file = arguments.file.clone().unwrap_or_else(|| {
        PathBuf::from(format!("swanwatch-bundle-{}.tar.gz", Timestamp::now().strftime("%Y%m%dT%H%M%SZ")))
    });
    // Before the work: a file that cannot be made should be known at once.
    let archive = archive::create(&file)?;
    let gathered = block_on(async {
        Ok(parts::gather(&arguments.service.socket, arguments.config.as_deref(), arguments.seconds).await)
    })?;
    let (pieces, missing) = written(gathered, arguments.anonymize);
    let manifest = manifest(&pieces, &missing, arguments.anonymize);
    let whole = std::iter::once(("MANIFEST", manifest.as_bytes()))
        .chain(pieces.iter().map(|piece| (piece.name, piece.text.as_slice())));
    archive::write(archive, whole, &file)?;
    print(&format!("{manifest}\n{}\n", escaped(&file.display().to_string())))?;
    Ok(exit::DONE)
}

/// Each part as text, and what there is none of.
fn written(gathered: Gathered, anonymize: bool) -> (Vec<ArchiveFile>, Vec<String>) {
    let Gathered { mut parts, mut missing } = gathered;
    if anonymize {
        let mut map = Map::new();
        parts.iter().flat_map(|part| &part.rows).for_each(|row| map.learn(row));
        parts.iter_mut().flat_map(|part| &mut part.rows).for_each(|row| map.change(row));
        missing.iter_mut().for_each(|line| *line = map.text(line));
    }
    let mut pieces = Vec::new();
    let status = readable::status(&parts);
    for part in parts {
        let BundlePart { name, what, rows, .. } = &part;
        pieces.extend(readable::of(&part, status.as_ref()));
        match part.text() {
            Ok((text, 0)) => pieces.push(ArchiveFile { name, what, text }),
            Ok((text, left_out)) => {
                missing.push(format!("{name}: {left_out} of {} lines could not be written", rows.len()));
                pieces.push(ArchiveFile { name, what, text });
            }
            Err(error) => missing.push(format!("{name}: {}", error.message())),
        }
    }
    (pieces, missing)
}

fn manifest(pieces: &[ArchiveFile], missing: &[String], anonymized: bool) -> String {
    let mut text = format!("swanwatch {}, {:.0}\n\n", env!("CARGO_PKG_VERSION"), Timestamp::now());
    for ArchiveFile { name, what, text: content } in pieces {
        text.push_str(&format!("{name:<20} {what} ({})\n", text::counted(content.len() as u64, "byte")));
    }
    for line in missing {
        text.push_str(&format!("not here             {}\n", escaped(line)));
    }
    text.push_str("\nNo key is in any of these, and no secret of the configuration: they are written from types that have no place for them.\n");
    text.push_str(if anonymized {
        "Addresses and names are replaced, each by the same one everywhere; the first four bits of an address are kept.\n"
    } else {
        "Addresses and names are as they were; --anonymize replaces them.\n"
    });
    text
}
