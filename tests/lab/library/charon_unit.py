"""charon under Debian's strongswan.service, in the machine's own namespace."""

import os
import select
import signal

from . import swanctl
from .charon import MODULES, Charon
from .commands import run
from .follower import Follower
from .gateway import SECRET

UNIT = "strongswan"
FOLDER = "/etc/swanctl/conf.d"


class CharonUnit(Charon):
    """A gateway whose charon systemd runs, whose log is the journal, and with everything in its usual place."""

    view = ()

    def __init__(self, network, end, connections):
        self.network, self.end, self.namespace = network, end, None
        self.directory, self.control, self.log_path = FOLDER, "/run/charon.vici", None
        self.identities = ["a", "b"]
        # The unit of the release is found where systemd looks for it.
        for folder in ("usr", "etc"):
            run("cp", "-a", f"/opt/strongswan-{self.version}/{folder}/.", f"/{folder}/")
        run("systemctl", "daemon-reload", timeout=120)
        for module in MODULES:
            run("modprobe", "--quiet", module, check=False)
        self.log = Follower(["journalctl", "--follow", "--lines=0", "--output=cat", f"--unit={UNIT}.service"])
        self.configure(connections)
        self._share()

    def _write(self, name, text):
        with open(f"/etc/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def _share(self):
        self._write("swanctl/conf.d/secrets.conf", swanctl.secrets(SECRET, *self.identities))
        os.chmod(f"{FOLDER}/secrets.conf", 0o600)

    def start(self):
        """systemctl start; returns when the unit has loaded its connections."""
        run("systemctl", "start", UNIT, timeout=300)
        return self

    @property
    def pid(self):
        return int(run("systemctl", "show", "--property=MainPID", "--value", UNIT))

    def watch_configuration(self):
        """None: a charon in its usual place needs none."""
        return None

    def kill(self, number=signal.SIGKILL):
        """End it by a signal, and wait until the process is gone."""
        pid = self.pid
        end = os.pidfd_open(pid)
        os.kill(pid, number)
        select.select([end], [], [])
        os.close(end)

    def save(self, prefix):
        """Write the journal since the lab's start to a file."""
        with open(f"{prefix}journal.txt", "w", encoding="utf-8") as file:
            file.write(run("journalctl", "--output=short-precise", "--boot", timeout=120))

    def close(self):
        """Stop the unit and take its connections away."""
        run("systemctl", "stop", UNIT, timeout=300)
        run("systemctl", "reset-failed", UNIT, check=False)
        # A charon that was killed leaves its SAs, and this namespace is the next scenario's too.
        for kind in ("state", "policy"):
            run("ip", "xfrm", kind, "flush")
        for name in ("lab.conf", "secrets.conf"):
            os.unlink(f"{FOLDER}/{name}")
        self.log.stop()
