"""swanwatch as it is installed: under its own unit as shipped, with the drop-ins that its configuration needs."""

import os
import pathlib
import re
import shutil
import time

from .commands import run
from .swanwatch import BINARY, Swanwatch

PROGRAM = "/usr/local/bin/swanwatch"
SHIPPED = pathlib.Path(__file__).parents[3] / "systemd"
UNITS = pathlib.Path("/run/systemd/system")
STATE, CONFIGURATION = pathlib.Path("/var/lib/swanwatch"), pathlib.Path("/etc/swanwatch")


class Installed(Swanwatch):
    """One unit of `swanwatch.service`, or of `swanwatch@NAME.service` where `instance` names a namespace.

    What check-config says that the configuration needs is what the unit gets, and nothing else: a drop-in by its name, or one with the line
    that is named; `also` are drop-ins that no configuration needs. Beyond that it only records, into its own state directory.
    """

    def __init__(self, directory, name, configuration, instance=None, also=()):
        super().__init__(directory, name, None, None)
        below = instance or ""
        self.also, self.since = also, time.time()
        self.unit = f"swanwatch@{instance}" if instance else "swanwatch"
        self.file = "swanwatch@.service" if instance else "swanwatch.service"
        self.configuration = CONFIGURATION / f"{instance or 'swanwatch'}.yaml"
        self.socket = f"/run/swanwatch/{below}/swanwatch.sock"
        self.kept, self.recording = self.recording, str(STATE / below / "lab.recording.jsonl")
        self.configure(configuration)

    @property
    def drop_ins(self):
        return UNITS / f"{self.unit}.service.d"

    def configure(self, text):
        """Write its configuration."""
        CONFIGURATION.mkdir(exist_ok=True)
        self.configuration.write_text(text, encoding="utf-8")

    def start(self, seconds=120, wait=True):
        """Install it and start it; systemctl returns when it has joined everything."""
        run("install", "-m", "755", BINARY, PROGRAM)
        run("install", "-m", "644", SHIPPED / self.file, UNITS / self.file)
        self.needed = run(PROGRAM, "check-config", str(self.configuration)).splitlines()[1:]
        self.drop_ins.mkdir()
        for name in self.also:
            run("install", "-m", "644", SHIPPED / "drop-ins" / name, self.drop_ins)
        for line in self.needed:
            named, setting = re.search(r"drop-in (\S+\.conf)", line), re.search(r"drop-in with (\S+=.*)", line)
            if named:
                run("install", "-m", "644", SHIPPED / "drop-ins" / named[1], self.drop_ins)
            elif setting:
                (self.drop_ins / "needed.conf").write_text(f"[Service]\n{setting[1]}\n", encoding="ascii")
        command = re.search(r"^ExecStart=(.*)$", (SHIPPED / self.file).read_text(encoding="utf-8"), re.M)[1]
        command = command.replace("%i", self.unit.partition("@")[2])
        (self.drop_ins / "record.conf").write_text(f"[Service]\nExecStart=\nExecStart={command} --record {self.recording}\n", encoding="ascii")
        run("systemctl", "daemon-reload", timeout=120)
        run("systemctl", "start", self.unit, timeout=seconds)
        self.follow()
        return self

    def reload(self, configuration):
        """Give it another configuration."""
        self.configure(configuration)
        run("systemctl", "reload", self.unit, timeout=60)

    def log_tail(self, lines=25):
        return run("journalctl", "--no-pager", f"--lines={lines}", "--unit", self.unit, check=False)

    def panics(self):
        lines = run("journalctl", "--output=cat", "--unit", self.unit, f"--since=@{self.since:.0f}", check=False).splitlines()
        return [line for line in lines if "panicked at" in line]

    def stop(self, seconds=60):
        """Stop it and take away all of it; that it did not end well is an error."""
        run("systemctl", "stop", self.unit, timeout=seconds)
        result = run("systemctl", "show", "--property=Result", "--value", self.unit).strip()
        run("systemctl", "reset-failed", self.unit, check=False)
        if os.path.exists(self.recording):
            shutil.copy(self.recording, self.kept)
        for path in (self.drop_ins, STATE, CONFIGURATION):
            shutil.rmtree(path, ignore_errors=True)
        (UNITS / self.file).unlink()
        run("systemctl", "daemon-reload", timeout=120)
        if result != "success":
            raise RuntimeError(f"the result of {self.unit} is {result}")
        return 0
