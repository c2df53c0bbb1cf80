//! Tables of probed devices, a file each, for the service and for `probe --connections`.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::SCHEMA;
use crate::model::ProbedDevice;
use crate::sources::nic::Ethtool;
use crate::state_directory::state_directory;

/// A table has some 20 KiB.
const LONGEST: u64 = 1 << 20;
/// Nobody has so many interfaces with offload.
const MOST: usize = 1024;

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RememberError {
    #[error("{tried} {}: {source}", path.display())]
    Io { tried: &'static str, path: PathBuf, source: io::Error },
    /// It is no table.
    #[error("{} is no table of a probed device: {reason}", path.display())]
    NotATable { path: PathBuf, reason: String },
}

/// The folder: `$STATE_DIRECTORY/probes`, as systemd sets it, else `/var/lib/swanwatch/probes`.
pub fn directory() -> PathBuf {
    state_directory().join("probes")
}

/// Writes a table over the one before, at once and for good. Returns the file.
///
/// # Errors
/// What the system says.
pub fn remember(directory: &Path, table: &ProbedDevice) -> Result<PathBuf, RememberError> {
    let failed = |tried, path: &Path| {
        let path = path.to_owned();
        move |source| RememberError::Io { tried, path, source }
    };
    DirBuilder::new().recursive(true).mode(0o755).create(directory).map_err(failed("making the folder", directory))?;
    // The kernel allows no slash and no dots alone in an interface's name.
    let path = directory.join(format!("{}.json", table.device));
    let new = directory.join(format!(".{}.{}.new", table.device, std::process::id()));
    let mut text = serde_json::to_vec(table)
        .map_err(|error| RememberError::NotATable { path: path.clone(), reason: error.to_string() })?;
    text.push(b'\n');
    let written =
        write(&new, &text).and_then(|()| fs::rename(&new, &path)).and_then(|()| File::open(directory)?.sync_all());
    written.map_err(|source| {
        // What is left of it is of no use; nothing more can be done where that fails too.
        let _ = fs::remove_file(&new);
        failed("writing", &path)(source)
    })?;
    Ok(path)
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(path)?;
    // Whatever the umask: there is nothing secret in it.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.write_all(text)?;
    file.sync_all()
}

/// Every table that is there, by file name, and what could not be read. No folder is no table.
pub fn recall(directory: &Path) -> (Vec<ProbedDevice>, Vec<RememberError>) {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Default::default(),
        Err(source) => {
            let error = RememberError::Io { tried: "reading the folder", path: directory.to_owned(), source };
            return (Vec::new(), vec![error]);
        }
    };
    let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_table).take(MOST).collect();
    paths.sort();
    let (mut tables, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&path) {
            Ok(table) => tables.push(table),
            Err(problem) => problems.push(problem),
        }
    }
    (tables, problems)
}

/// As `recall`, but only the tables that are true of this host's devices now: the same driver and firmware under this kernel.
pub fn of_this_host(directory: &Path, kernel: &str) -> (Vec<ProbedDevice>, Vec<RememberError>) {
    let (mut tables, problems) = recall(directory);
    // Without it nothing is known to be still true.
    let Ok(ethtool) = Ethtool::open() else { return (Vec::new(), problems) };
    tables.retain(|table| {
        let now = ethtool.identity(&table.device);
        ethtool.knows(&table.device)
            && table.is_of(&table.device, now.driver.as_deref(), now.firmware.as_deref(), kernel)
    });
    (tables, problems)
}

fn read(path: &Path) -> Result<ProbedDevice, RememberError> {
    let failed = |source| RememberError::Io { tried: "reading", path: path.to_owned(), source };
    let no_table = |reason: String| RememberError::NotATable { path: path.to_owned(), reason };
    // Something else than a file could keep us waiting for ever.
    if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return Err(no_table("it is no file".to_owned()));
    }
    let mut text = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text)).map_err(failed)?;
    if text.len() as u64 > LONGEST {
        return Err(no_table("it is longer than any".to_owned()));
    }
    parse(path, &text)
}

/// Understands what is in a file; `path` is for messages.
pub(super) fn parse(path: &Path, text: &[u8]) -> Result<ProbedDevice, RememberError> {
    let no_table = |reason: String| RememberError::NotATable { path: path.to_owned(), reason };
    let table: ProbedDevice = serde_json::from_slice(text).map_err(|error| no_table(error.to_string()))?;
    if table.schema != SCHEMA {
        return Err(no_table(format!("its form is {}, this version reads {SCHEMA}", table.schema)));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Abilities, Algorithm, AlgorithmName, Direction, OffloadMode, ProbeAnswer, ProbedCell, ProbedColumn,
        ProbedFeature, Protocol, RealTime, Reason, SaMode, SaShape, probed_sample,
    };

    fn table(device: &str) -> ProbedDevice {
        ProbedDevice { device: device.to_owned(), ..probed_sample::device() }
    }

    #[test]
    fn what_is_remembered_is_recalled_and_the_newer_table_replaces_the_older() {
        let folder = tempfile::tempdir().unwrap();
        let probes = folder.path().join("a/probes");
        assert_eq!(recall(&probes).0, []);
        let path = remember(&probes, &table("eth1")).unwrap();
        remember(&probes, &table("eth0")).unwrap();
        let newer = ProbedDevice { kernel: "6.13".to_owned(), ..table("eth1") };
        remember(&probes, &newer).unwrap();
        let (tables, problems) = recall(&probes);
        assert_eq!(tables, [table("eth0"), newer]);
        assert!(problems.is_empty());
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(&probes).unwrap().count(), 2, "nothing half-written is left");
    }

    #[test]
    fn only_what_is_still_true_of_a_device_counts() {
        let folder = tempfile::tempdir().unwrap();
        remember(folder.path(), &table("eth0")).unwrap();
        remember(folder.path(), &ProbedDevice { driver: None, ..table("lo") }).unwrap();
        let devices = |kernel| -> Vec<String> {
            of_this_host(folder.path(), kernel).0.into_iter().map(|table| table.device).collect()
        };
        assert_eq!(devices("6.12"), ["lo"]);
        assert_eq!(devices("6.13"), [""; 0]);
    }

    #[test]
    fn a_file_that_is_no_table_is_told_and_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        remember(folder.path(), &table("eth0")).unwrap();
        fs::write(folder.path().join("b.json"), "{").unwrap();
        fs::write(folder.path().join("c.json"), vec![b' '; 2 << 20]).unwrap();
        fs::create_dir(folder.path().join("d.json")).unwrap();
        fs::write(folder.path().join("notes.txt"), "x").unwrap();
        remember(folder.path(), &ProbedDevice { schema: 2, ..table("e") }).unwrap();
        let (tables, problems) = recall(folder.path());
        assert_eq!(tables, [table("eth0")]);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[3].ends_with("its form is 2, this version reads 1"), "{problems:?}");
    }

    /// What every version must read.
    #[test]
    fn what_0_1_0_remembered_is_recalled() {
        let probes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0/state/probes");
        let shape = SaShape {
            protocol: Protocol::Esp,
            mode: SaMode::Transport,
            algorithm: Some(Algorithm {
                name: AlgorithmName::new(b"rfc4106(gcm(aes))"),
                auth: None,
                key_bits: 160,
                icv_bits: 128,
            }),
            esn: false,
            replay_window: 32,
            encapsulated: false,
            ipv6: false,
            if_id: 0,
        };
        let esn = SaShape { esn: true, ..shape };
        let cell = |name: &str, shape, answer| ProbedCell { name: name.to_owned(), shape, answer };
        let refused = ProbeAnswer::Refused {
            errno: 22,
            words: Some("Device doesn't support ESN".to_owned()),
            reason: Some(Reason::EsnUnsupported),
        };
        let out = ProbedColumn {
            wanted: OffloadMode::Crypto,
            direction: Direction::Out,
            base: Some(shape),
            cells: vec![
                cell("base", shape, ProbeAnswer::Accepted { words: None }),
                cell("esn", esn, refused),
                cell("ipv6", SaShape { ipv6: true, ..shape }, ProbeAnswer::Software { words: None, reason: None }),
            ],
        };
        let no = ProbeAnswer::NotInKernel { errno: 95, words: Some("no".to_owned()) };
        let inbound = ProbedColumn {
            wanted: OffloadMode::Packet,
            direction: Direction::In,
            base: None,
            cells: vec![
                cell("base", shape, no),
                cell("esn", esn, ProbeAnswer::NotTried { why: "none was taken".to_owned() }),
            ],
        };
        let expected = ProbedDevice {
            version: "0.1.0".to_owned(),
            time: RealTime::from_micros(1_796_012_605_000_000),
            device: "eth1".to_owned(),
            driver: Some("mlx5_core".to_owned()),
            firmware: Some("22.36.1010".to_owned()),
            bus: Some("0000:3b:00.0".to_owned()),
            kernel: "6.12.0".to_owned(),
            abilities: Abilities::default(),
            features: vec![ProbedFeature { name: "esp-hw-offload".to_owned(), on: true, fixed: false }],
            counters: vec![("ipsec_rx_drop".to_owned(), 7)],
            held: 2,
            columns: vec![out, inbound],
            ..probed_sample::device()
        };
        let (tables, problems) = recall(&probes);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(tables, [expected]);
    }
}
