"""A gateway with strongSwan: a real charon in a network namespace, with a configuration of its own.

Where it runs, in a mount namespace, its release lies over /usr and its configuration over /etc, as if it were installed: `view` brings a
program there, and a swanwatch beside it is started so.
"""

import os
import shutil
import subprocess
import threading

from . import swanctl
from .commands import in_namespace, run
from .follower import follow_file
from .gateway import BASE, SECRET, Gateway
from .vici import Vici

VIEW = """#!/bin/sh
mount -t overlay overlay -o lowerdir={root}/usr:/usr /usr && mount -t overlay overlay -o lowerdir={directory}/etc:{root}/etc:/etc /etc && exec "$@"
"""
# What gcm(aes) needs. Asked for by the kernel in the midst of a negotiation, each takes a slow machine so long that the peer gives up.
MODULES = ("aes_generic", "ctr", "ghash-generic", "gf128mul", "gcm", "seqiv", "authenc", "cbc", "echainiv")


class Charon(Gateway):
    """The twin of `Gateway`. `settings`: lines of strongswan.conf, in its section charon-systemd; `name`: of one beside another at that end."""

    version = "5.9.8"
    heals_on_demand = False

    def __init__(self, network, end, connections, settings="", name=None):
        self.network, self.end = network, end
        self.namespace = network.namespace[end]
        self.directory = f"{BASE}/{name or end}"
        self.log_path = f"{self.directory}/charon.log"
        self.control = f"{self.directory}/run/charon.vici"
        self.settings, self.log, self.process = settings, None, None
        self.identities = ["a", "b"]
        shutil.rmtree(self.directory, ignore_errors=True)
        for folder in ("etc/strongswan.d", "etc/swanctl/conf.d", "run"):
            os.makedirs(f"{self.directory}/{folder}")
        self.view_path = f"{self.directory}/view"
        with open(self.view_path, "w", encoding="ascii") as file:
            file.write(VIEW.format(root=f"/opt/strongswan-{self.version}", directory=self.directory))
        os.chmod(self.view_path, 0o755)
        self._write("strongswan.d/lab.conf", self.daemon_settings())
        self.configure(connections)
        self._share()

    def _write(self, name, text):
        # In place: what lies below an overlay is not to be changed for another file.
        with open(f"{self.directory}/etc/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def _share(self):
        self._write("swanctl/conf.d/secrets.conf", swanctl.secrets(SECRET, *self.identities))
        os.chmod(f"{self.directory}/etc/swanctl/conf.d/secrets.conf", 0o600)

    def daemon_settings(self):
        """What it says of itself in strongswan.conf."""
        milliseconds = "time_add_ms" if self.version < "6" else "time_precision"
        log = {"path": self.log_path, "default": 1, "time_format": "%b %e %T", milliseconds: "yes" if self.version < "6" else "ms", "flush_line": "yes"}
        body = {"filelog": {"lab": log}, "plugins": {"vici": {"socket": f"unix://{self.control}"}}}
        own = swanctl.section("charon-systemd", body).removesuffix("}\n") + self.settings + "}\n"
        return own + swanctl.section("swanctl", {"socket": f"unix://{self.control}"})

    @property
    def view(self):
        """What to put before a program at this end, a swanwatch's too, to have it find this strongSwan in its usual places."""
        return (*(() if self.namespace else ("unshare", "--mount")), self.view_path)

    def swanctl(self, *arguments, check=True, timeout=120):
        """Run swanctl at this end."""
        return run(*self.view, "swanctl", *arguments, namespace=self.namespace, check=check, timeout=timeout)

    def configure(self, connections):
        """Write swanctl.conf: `connections` are ipsec.conf's, as for a pluto."""
        self.owners = swanctl.owners(connections)
        self._write("swanctl/conf.d/lab.conf", swanctl.configuration(connections, self.version))

    def share_secret(self, one, other):
        self.identities += [name.removeprefix("@") for name in (one, other)]
        self._share()

    def load(self):
        """swanctl --load-all, as the unit does it."""
        said = self.swanctl("--load-all", "--noprompt")
        if swanctl.loaded(said) != len(set(self.owners.values())):
            raise AssertionError(f"not every connection was loaded:\n{said}")

    def reload(self, connections):
        """Give a running charon these connections instead of those that it has."""
        self.configure(connections)
        self.load()

    def command(self):
        """What starts charon."""
        return [*self.view, "/usr/sbin/charon-systemd"]

    def start(self, load=True):
        """Start charon, as an administrator would by hand; and load its connections."""
        for module in MODULES:
            run("modprobe", "--quiet", module, check=False)
        if self.log is None:
            open(self.log_path, "ab").close()
            self.log = follow_file(self.log_path)
        since = self.log.mark()
        with open(f"{self.directory}/out", "ab") as out:
            self.process = subprocess.Popen(in_namespace(self.namespace, self.command()), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        # Nobody else would, and a process that has ended must be gone.
        threading.Thread(target=self.process.wait, daemon=True).start()
        self.log.wait_for(r"spawning \d+ worker threads", 60, since)
        if load:
            self.load()
        return self

    def watch_configuration(self):
        """The text of a swanwatch.yaml for this charon, whose socket and log are not in their usual places."""
        return f"daemon: {{ kind: strongswan, socket: {self.control}, log: {self.log_path} }}\n"

    def told_as(self, name):
        """What swanwatch calls a connection."""
        return f"{self.owners[name]}/{name}" if name in self.owners else name

    @property
    def pid(self):
        if self.process is None:
            raise ProcessLookupError
        return self.process.pid

    def vici(self, command, seconds=60, **arguments):
        """Ask it something over VICI: its answer, and the events that belong to it."""
        with Vici(self.control, seconds) as line:
            return line.call(command, **arguments)

    def initiate(self, name="t1"):
        """Ask for a connection and do not wait for what comes of it."""
        self.vici("initiate", child=name, ike=self.owners[name], timeout=-1)

    def up(self, name="t1"):
        """Bring a connection up and wait until it is established; raises where it is not."""
        since = self.log.mark()
        self.initiate(name)
        self.log.wait_for(rf"CHILD_SA {name}\{{\d+\}} established", 60, since)

    def route(self, name="t1"):
        """Have a connection's policy installed: start_action has done so."""

    def rekey(self, name="t1"):
        """Rekey the Child SA and wait until its predecessor is on its way out."""
        since = self.log.mark()
        self.vici("rekey", child=name, ike=self.owners[name])
        self.log.wait_for(rf"closing CHILD_SA {name}\{{", 60, since)

    def rekey_ike(self, name="gw", reauth=False):
        """Rekey the IKE SA, or make it anew with all that is below it, and wait for it."""
        since = self.log.mark()
        self.vici("rekey", ike=name, **({"reauth": "yes"} if reauth else {}))
        self.log.wait_for(rf"IKE_SA {name}\[\d+\] {'established' if reauth else 'rekeyed'}", 60, since)

    def terminate(self, name="gw"):
        """Take an IKE SA down, with all that is below it, in order."""
        since = self.log.mark()
        self.vici("terminate", ike=name, timeout=-1)
        self.log.wait_for("IKE_SA deleted", 60, since)

    def sas(self):
        """Its own table: the IKE SAs by name, the last of each name."""
        return {name: one for told in self.vici("list-sas", noblock="yes")[1] for name, one in told.items()}

    def forget(self):
        """Nothing that a killed charon leaves keeps another from starting."""

    def save(self, prefix):
        """Copy log and configuration to files whose names begin so."""
        for path in (self.log_path, f"{self.directory}/etc/swanctl/conf.d/lab.conf", f"{self.directory}/etc/strongswan.d/lab.conf", f"{self.directory}/out"):
            if os.path.exists(path):
                shutil.copy(path, prefix + path.removeprefix(f"{self.directory}/").removeprefix("etc/").replace("/", "-"))


class Charon6(Charon):
    """The same with strongSwan 6.0.1, of Debian 13."""

    version = "6.0.1"
