//! A charon of our own: a real socket, and threads that speak the protocol as they are told to.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::daemons::vici::{Element, Elements, MessageBytes, Packet, PacketStream};

/// What is done instead of an ordinary answer.
#[derive(Clone, Debug)]
pub enum Misbehaviour {
    /// These bytes, and the connection is closed.
    CutShort(Vec<u8>),
    /// These bytes, and it goes on.
    Bytes(Vec<u8>),
    /// Nothing.
    Silence,
}

#[derive(Default)]
struct FakeState {
    /// Commands and their arguments, registrations, and what was closed.
    asked: Vec<String>,
    instead: BTreeMap<String, Misbehaviour>,
    /// By the arguments of the question: the events of its answer.
    sas: BTreeMap<String, Vec<Vec<u8>>>,
    connections: Vec<Vec<u8>>,
    counted: usize,
    /// Bytes of each piece that is sent.
    piece: usize,
    hearers: Vec<UnixStream>,
    streams: Vec<UnixStream>,
}

#[derive(Clone)]
pub struct FakeCharon {
    pub socket: PathBuf,
    _folder: Arc<tempfile::TempDir>,
    state: Arc<(Mutex<FakeState>, Condvar)>,
}

impl FakeCharon {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("charon.vici");
        let charon = Self { socket: socket.clone(), _folder: Arc::new(folder), state: Arc::default() };
        charon.state().piece = usize::MAX;
        charon.listen(UnixListener::bind(socket).unwrap());
        charon
    }

    pub fn listen_on(&self, listener: std::os::fd::OwnedFd) {
        let listener = UnixListener::from(listener);
        listener.set_nonblocking(false).unwrap();
        self.listen(listener);
    }

    /// As it is bound, so that it is of root's alone whatever the umask is.
    fn listen(&self, listener: UnixListener) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&self.socket, std::fs::Permissions::from_mode(0o700)).unwrap();
        let charon = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (charon, stream) = (charon.clone(), stream.unwrap());
                std::thread::spawn(move || charon.serve(stream));
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, FakeState> {
        self.state.0.lock().unwrap()
    }

    pub fn instead(&self, command: &str, what: Misbehaviour) {
        self.state().instead.insert(command.to_owned(), what);
    }

    pub fn as_usual(&self, command: &str) {
        self.state().instead.remove(command);
    }

    /// The events of `list-sas` with these arguments.
    pub fn sas(&self, arguments: &str, events: Vec<MessageBytes>) {
        let events = events.iter().map(|event| event.bytes().to_vec()).collect();
        self.state().sas.insert(arguments.to_owned(), events);
    }

    /// IKE SAs that it counts.
    pub fn counts(&self, ikes: usize) {
        self.state().counted = ikes;
    }

    pub fn connection(&self, event: &MessageBytes) {
        self.state().connections.push(event.bytes().to_vec());
    }

    pub fn in_pieces(&self, piece: usize) {
        self.state().piece = piece;
    }

    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Waits until it was asked this so often.
    pub fn wait_for(&self, what: &str, times: usize) {
        let state = self.state();
        let lacks = |state: &mut FakeState| state.asked.iter().filter(|asked| *asked == what).count() < times;
        let (state, waited) = self.state.1.wait_timeout_while(state, Duration::from_secs(30), lacks).unwrap();
        assert!(!waited.timed_out(), "{what} {times}: {:?}", state.asked);
    }

    /// Tells those who registered.
    pub fn tell(&self, event: &str, message: &MessageBytes) {
        self.say(&Packet::Event(event, message.bytes()).bytes().unwrap());
    }

    pub fn say(&self, bytes: &[u8]) {
        for hearer in &mut self.state().hearers {
            // One that has gone is not told.
            let _ = hearer.write_all(bytes);
        }
    }

    /// To everybody who is connected.
    pub fn say_to_all(&self, bytes: &[u8]) {
        for stream in &mut self.state().streams {
            let _ = stream.write_all(bytes);
        }
    }

    pub fn hang_up_on_hearers(&self) {
        for hearer in self.state().hearers.drain(..) {
            hearer.shutdown(std::net::Shutdown::Both).unwrap();
        }
    }

    fn note(&self, what: String) {
        self.state().asked.push(what);
        self.state.1.notify_all();
    }

    fn serve(&self, mut stream: UnixStream) {
        self.state().streams.push(stream.try_clone().unwrap());
        let (mut packets, mut buffer) = (PacketStream::default(), [0; 4096]);
        loop {
            while let Some(packet) = packets.next().unwrap() {
                if !self.reply(&mut stream, packet.packet().unwrap()) {
                    return;
                }
            }
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => packets.push(&buffer[..read]),
                _ => return self.note("closed".to_owned()),
            }
        }
    }

    /// Whether it goes on.
    fn reply(&self, stream: &mut UnixStream, packet: Packet<'_>) -> bool {
        let (command, name) = match packet {
            Packet::Request(command, message) => (format!("{command} {}", arguments(message)), command),
            Packet::Register(name) => (format!("register {name}"), name),
            Packet::Unregister(name) => (format!("unregister {name}"), name),
            other => panic!("{other:?} is no question"),
        };
        let command = command.trim_end().to_owned();
        let instead = self.state().instead.get(name).cloned();
        let piece = self.state().piece;
        let (bytes, goes_on) = match instead {
            Some(Misbehaviour::CutShort(bytes)) => (bytes, false),
            Some(Misbehaviour::Bytes(bytes)) => (bytes, true),
            Some(Misbehaviour::Silence) => (Vec::new(), true),
            None => (self.answer(stream, packet), true),
        };
        for piece in bytes.chunks(piece.max(1)) {
            if stream.write_all(piece).is_err() {
                return false;
            }
        }
        self.note(command);
        if !goes_on {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        }
        goes_on
    }

    fn answer(&self, stream: &UnixStream, packet: Packet<'_>) -> Vec<u8> {
        let mut state = self.state();
        let mut packets: Vec<u8> = Vec::new();
        let mut send = |packet: Packet<'_>| packets.extend(packet.bytes().unwrap());
        match packet {
            Packet::Register(name) => {
                if name.ends_with("updown") {
                    state.hearers.push(stream.try_clone().unwrap());
                }
                let is_known = name.contains("updown") || name.contains("-rekey") || name.contains("-update");
                let is_stream = matches!(name, "list-sa" | "list-conn" | "list-policy");
                send(if is_known || is_stream { Packet::Confirmed } else { Packet::UnknownEvent });
            }
            Packet::Request("list-sas", message) => {
                for event in state.sas.get(&arguments(message)).into_iter().flatten() {
                    send(Packet::Event("list-sa", event));
                }
                send(Packet::Response(b""));
            }
            Packet::Request("list-conns", _) => {
                for event in &state.connections {
                    send(Packet::Event("list-conn", event));
                }
                send(Packet::Response(b""));
            }
            Packet::Request("list-policies", _) => send(Packet::Response(b"")),
            Packet::Request("version", _) => {
                send(Packet::Response(MessageBytes::of(&[("version", "5.9.8")]).bytes()));
            }
            Packet::Request("stats", _) => {
                let mut stats = MessageBytes::default();
                stats.begin("workers").value("total", "16").value("idle", "11").end();
                stats.begin("ikesas").value("total", &state.counted.to_string()).value("half-open", "0").end();
                send(Packet::Response(stats.bytes()));
            }
            Packet::Request("rekey" | "initiate", _) => {
                send(Packet::Response(MessageBytes::of(&[("success", "yes")]).bytes()));
            }
            Packet::Request(..) => send(Packet::UnknownCommand),
            _ => send(Packet::Confirmed),
        }
        packets
    }
}

fn arguments(message: &[u8]) -> String {
    let pair = |element| match element {
        Ok(Element::Value(name, value)) => {
            format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
        }
        other => panic!("{other:?} is no argument"),
    };
    Elements::of(message).map(pair).collect::<Vec<_>>().join(" ")
}

/// An IKE SA of this name and number with its Child SAs.
pub fn ike(name: &str, serial: u32, children: &[(&str, u32)]) -> MessageBytes {
    with_keys(&[], name, serial, children)
}

/// The same behind keys of the message's own.
pub fn with_keys(keys: &[(&str, &str)], name: &str, serial: u32, children: &[(&str, u32)]) -> MessageBytes {
    let mut message = MessageBytes::of(keys);
    message.begin(name).value("uniqueid", &serial.to_string()).value("version", "2").value("state", "ESTABLISHED");
    message.value("local-host", "10.9.0.1").value("remote-host", "10.9.0.2").begin("child-sas");
    for (child, serial) in children {
        message.begin(&format!("{child}-{serial}")).value("name", child).value("uniqueid", &serial.to_string());
        message.value("state", "INSTALLED").value("protocol", "ESP").value("spi-in", "c1").value("spi-out", "c2").end();
    }
    message.end().end();
    message
}

/// A connection of this name with its children.
pub fn connection(name: &str, children: &[&str]) -> MessageBytes {
    let mut message = MessageBytes::default();
    message.begin(name).list("local_addrs", &["10.9.0.1"]).list("remote_addrs", &["10.9.0.2"]).begin("children");
    for child in children {
        message.begin(child).value("mode", "TUNNEL").end();
    }
    message.end().end();
    message
}
