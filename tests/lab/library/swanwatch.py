"""A running swanwatch: started in a gateway's namespace, spoken to over its Unix socket."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time

from .commands import CommandFailed, in_namespace
from .failure import Late
from .follower import follow_file

BINARY = os.environ.get("SWANWATCH", "")


class NotReady(Exception):
    """The service ended before it reported READY."""


class TooSlow(NotReady, Late):
    """The service did not do in time what it was asked for."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Event:
    """One event of /v1/events: its kind (`opened`, `changed`, `closed`, `reset`, …) and its data."""

    def __init__(self, number, kind, data):
        self.number, self.kind, self.data = number, kind, data

    def __repr__(self):
        return f"{self.kind} {self.data.get('id', '')}" if isinstance(self.data, dict) else self.kind


class Swanwatch:
    """One instance. `configuration` is the text of swanwatch.yaml; None runs it with no configuration at all."""

    def __init__(self, directory, name, namespace, configuration, prefix=(), environment=None, recording=None):
        os.makedirs(directory, exist_ok=True)
        self.name, self.namespace = name, namespace
        # What one instance keeps would be another's past in the next scenario.
        self.environment = {"STATE_DIRECTORY": f"{directory}/{name}.state", **(environment or {})}
        self.recording = recording or f"{directory}/{name}.recording.jsonl"
        self.log_path = f"{directory}/{name}.swanwatch.log"
        # A socket's path may be no longer than 107 bytes.
        self.socket_directory = f"/run/lab/swanwatch-{name}"
        os.makedirs(self.socket_directory, exist_ok=True)
        self.socket = f"{self.socket_directory}/swanwatch.sock"
        self.argv = [*prefix, BINARY, "run", "--socket", self.socket, "--record", self.recording]
        if configuration is not None:
            path = f"{directory}/{name}.swanwatch.yaml"
            with open(path, "w", encoding="utf-8") as file:
                file.write(configuration)
            self.argv += ["--config", path]
        self.events, self.changed, self.process, self.stream = [], threading.Condition(), None, None
        self.notices = []

    def start(self, seconds=60, wait=True):
        """Start it, wait for READY=1, and begin to follow its events."""
        notify = self.socket_directory + "/notify.sock"
        if os.path.exists(notify):
            os.unlink(notify)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(notify)
        environment = {**os.environ, **self.environment, "NOTIFY_SOCKET": notify}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(in_namespace(self.namespace, self.argv), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment)
        if wait:
            self.wait_notice("READY=1", seconds)
            self.follow()
            self.wait_trace(seconds)
        return self

    def wait_trace(self, seconds):
        """Wait until the kernel's words are heard, or it is said that they are not: the kernel takes longer for that than a negotiation."""
        recording = follow_file(self.recording)
        try:
            recording.wait_for(r'"coverage":\{"source":"trace"', seconds)
        finally:
            recording.stop()

    def wait_notice(self, text, seconds):
        """Wait until a notification holds `text`; give all that came."""
        deadline = time.monotonic() + seconds
        end = os.pidfd_open(self.process.pid)
        try:
            while not any(text in notice for notice in self.notices):
                ready, _, _ = select.select([self.notify, end], [], [], max(0, deadline - time.monotonic()))
                if self.notify in ready:
                    self.notices.append(self.notify.recv(4096).decode(errors="replace"))
                elif end in ready:
                    raise NotReady(f"swanwatch {self.name} ended with status {self.process.wait()}:\n{self.log_tail()}")
                else:
                    raise TooSlow(f"swanwatch {self.name}: no {text!r} within {seconds} s:\n{self.log_tail()}")
        finally:
            os.close(end)
        return self.notices

    def follow(self):
        """Follow /v1/events from the beginning of this run on."""
        connection = UnixConnection(self.socket, timeout=None)
        connection.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise NotReady(f"/v1/events answered {answer.status}")
        self.stream = connection
        threading.Thread(target=self._read_events, args=(answer,), daemon=True).start()

    def _read_events(self, answer):
        fields = {}
        try:
            for raw in iter(answer.readline, b""):
                line = raw.decode(errors="replace").rstrip("\r\n")
                if line:
                    key, _, value = line.partition(":")
                    fields[key] = fields.get(key, "") + value.removeprefix(" ")
                elif fields:
                    self._take(fields)
                    fields = {}
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self._take({"event": "stream-ended"})

    def _take(self, fields):
        if "event" not in fields:
            return
        data = json.loads(fields["data"]) if fields.get("data") else {}
        number, kind = fields.get("id"), fields["event"]
        with self.changed:
            self.events.append(Event(number, kind, data))
            if kind == "reset":
                # What is open when one begins to follow counts as opened now; a snapshot does not tell when it was.
                now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
                self.events += [Event(number, "opened", {**finding, "at": now}) for finding in data["findings"]]
            self.changed.notify_all()

    def wait_event(self, wanted, seconds, since=0):
        """The first event from position `since` on for which `wanted(event)` holds; None after `seconds`."""
        deadline = time.monotonic() + seconds
        position = since
        with self.changed:
            while True:
                for event in self.events[position:]:
                    if wanted(event):
                        return event
                    if event.kind == "stream-ended":
                        return None
                position = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self.changed.wait(left)

    def mark(self):
        """The position after the last event so far."""
        with self.changed:
            return len(self.events)

    def get(self, path, timeout=30):
        """GET one resource: (status, body)."""
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def status(self):
        return json.loads(self.get("/v1/status")[1])

    def verb(self, *arguments, check=False, timeout=60):
        """Run a reading verb against this instance, as a person would."""
        argv = in_namespace(self.namespace, [BINARY, *arguments, "--socket", self.socket])
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False, errors="replace")
        if check and done.returncode != 0:
            raise CommandFailed(f"{' '.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def log_tail(self, lines=25):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def panics(self):
        """The lines of its log that tell of one."""
        if not os.path.exists(self.log_path):
            return []
        return [line for line in self.log_tail(10_000).splitlines() if "panicked at" in line]

    def stop(self, seconds=20):
        """SIGTERM; returns the exit status. One that hangs is killed and that is an error."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as late:
            self.process.kill()
            self.process.wait()
            raise TooSlow(f"swanwatch {self.name} did not end within {seconds} s of SIGTERM") from late
