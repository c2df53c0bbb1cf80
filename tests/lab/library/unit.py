"""pluto under Debian's ipsec.service, in the machine's own namespace."""

import os
import select
import signal

from .commands import run
from .follower import Follower
from .gateway import SECRET, Gateway

CONNECTIONS, SECRETS = "/etc/ipsec.d/lab.conf", "/etc/ipsec.d/lab.secrets"


class Unit(Gateway):
    """A gateway whose pluto systemd runs and whose log is the journal."""

    def __init__(self, network, end, connections):
        self.network, self.end, self.namespace = network, end, None
        self.directory, self.control, self.log_path = "/etc/ipsec.d", "/run/pluto/pluto.ctl", None
        self.log = Follower(["journalctl", "--follow", "--lines=0", "--output=cat", "--unit=ipsec.service"])
        for path, text in ((CONNECTIONS, connections), (SECRETS, f'@a @b : PSK "{SECRET}"\n')):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        os.chmod(SECRETS, 0o600)

    def start(self):
        """systemctl start; returns when pluto says that it is ready."""
        run("systemctl", "start", "ipsec", timeout=300)
        return self

    @property
    def pid(self):
        return int(run("systemctl", "show", "--property=MainPID", "--value", "ipsec"))

    def watch_configuration(self):
        """None: a pluto in its usual place needs none."""
        return None

    def kill(self):
        """SIGKILL, and wait until the process is gone."""
        pid = self.pid
        end = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([end], [], [])
        os.close(end)

    def save(self, prefix):
        """Write the journal since the lab's start to a file."""
        with open(f"{prefix}journal.txt", "w", encoding="utf-8") as file:
            file.write(run("journalctl", "--output=short-precise", "--boot", timeout=120))

    def close(self):
        """Stop the unit and take its connections away."""
        run("systemctl", "stop", "ipsec", timeout=300)
        run("systemctl", "reset-failed", "ipsec", check=False)
        # A pluto that was killed leaves its SAs, and this namespace is the next scenario's too.
        for kind in ("state", "policy"):
            run("ip", "xfrm", kind, "flush")
        os.unlink(CONNECTIONS)
        os.unlink(SECRETS)
        self.log.stop()
