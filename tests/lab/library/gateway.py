"""A gateway: a real pluto in a network namespace, with a configuration of its own."""

import os
import re
import select
import shutil
import signal

from .commands import run
from .follower import follow_file

BASE = "/run/lab"
# Nothing but this lab ever uses it; a constant so that a search for it in what swanwatch wrote can find it.
SECRET = "x" * 48
# What pluto says of a Child SA that it asked for: IKEv2 from 4.7 on; before, and of IKEv1.
UP = "(?:initiator established Child SA|IPsec SA established )"


def connection(name="t1", local="a", **options):
    """The ipsec.conf text of one connection, seen from `local`. Options replace the defaults; None drops one."""
    remote = "b" if local == "a" else "a"
    address = {"a": "10.9.0.1", "b": "10.9.0.2"}
    settings = {
        "left": address[local], "right": address[remote], "leftid": f"@{local}", "rightid": f"@{remote}",
        "authby": "secret", "ikev2": "yes", "type": "transport", "ike": "aes_gcm256-sha2_512-dh31",
        "esp": "aes_gcm128-null", "esn": "no", "nic-offload": "yes", "auto": "add",
        # pluto stands still while its script runs, which under emulation takes ten seconds; transport mode needs none.
        "leftupdown": "/bin/true",
    }
    settings.update({key.replace("_", "-"): value for key, value in options.items()})
    lines = [f"\t{key}={value}\n" for key, value in settings.items() if value is not None]
    return f"conn {name}\n" + "".join(lines)


class Gateway:
    """One end, "a" or "b". `start` returns when pluto listens and has loaded every connection of its configuration."""

    # What a command of libreswan's is run with, and a swanwatch at this end; and what asks for a rekey of the Child SA.
    prefix = view = ()
    # Whether the next packet makes a new pair where the kernel has lost the old one.
    heals_on_demand = True
    rekey_option = "--rekey-ipsec"

    def __init__(self, network, end, connections, setup=""):
        self.network, self.end = network, end
        self.namespace = network.namespace[end]
        self.directory = f"{BASE}/{end}"
        self.log_path = f"{self.directory}/pluto.log"
        self.control = f"{self.directory}/run/pluto.ctl"
        self.loaded = re.findall(r"^conn (\S+)", connections, re.M)
        self.log = None
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(f"{self.directory}/nss")
        os.makedirs(f"{self.directory}/run")
        self.setup = setup
        self.configure(connections)
        with open(f"{self.directory}/ipsec.secrets", "w", encoding="ascii") as file:
            file.write(f'@a @b : PSK "{SECRET}"\n')
        os.chmod(f"{self.directory}/ipsec.secrets", 0o600)
        self.ipsec("initnss", "--nssdir", f"{self.directory}/nss")

    def ipsec(self, *arguments, **options):
        """Run one of libreswan's commands at this end."""
        return run(*self.prefix, "ipsec", *arguments, namespace=self.namespace, **options)

    def configure(self, connections):
        """Write ipsec.conf."""
        with open(f"{self.directory}/ipsec.conf", "w", encoding="ascii") as file:
            file.write(f"config setup\n\tlogfile={self.log_path}\n{self.setup}{connections}")

    def share_secret(self, one, other):
        """Two more identities have the lab's secret; before it starts."""
        with open(f"{self.directory}/ipsec.secrets", "a", encoding="ascii") as file:
            file.write(f'{one} {other} : PSK "{SECRET}"\n')

    def reload(self, connections):
        """Give a running pluto these connections instead of those with the same names."""
        self.configure(connections)
        for name in self.loaded:
            self.ipsec("auto", "--config", f"{self.directory}/ipsec.conf", "--ctlsocket", self.control, "--replace", name)

    def command(self):
        """What starts pluto."""
        return [*self.prefix, "ipsec", "pluto", "--config", f"{self.directory}/ipsec.conf", "--secretsfile", f"{self.directory}/ipsec.secrets",
                "--nssdir", f"{self.directory}/nss", "--rundir", f"{self.directory}/run", "--logfile", self.log_path]

    def start(self):
        """Start pluto, detached, as an administrator would by hand."""
        if self.log is None:
            open(self.log_path, "ab").close()
            self.log = follow_file(self.log_path)
        since = self.log.mark()
        run(*self.command(), namespace=self.namespace)
        self.log.wait_for(r"listening for IKE messages", 60, since)
        self.log.wait_for(r": added IKEv", 60, since, count=len(self.loaded))
        return self

    def watch_configuration(self):
        """The text of a swanwatch.yaml for this pluto, which is not in its usual place."""
        return f"daemon: {{ kind: libreswan, socket: {self.control}, log: {self.log_path} }}\n"

    def told_as(self, name):
        """What swanwatch calls a connection."""
        return name

    @property
    def pid(self):
        with open(f"{self.directory}/run/pluto.pid", encoding="ascii") as file:
            return int(file.read())

    def whack(self, *arguments, check=False, timeout=60):
        """Speak to this pluto and return what it answered."""
        return self.ipsec("whack", "--ctlsocket", self.control, *arguments, check=check, timeout=timeout)

    def up(self, name="t1"):
        """Bring a connection up and wait until it is established; raises where it is not."""
        since = self.log.mark()
        self.whack("--initiate", "--asynchronous", "--name", name)
        self.log.wait_for(rf'"{name}" #\d+: {UP}', 60, since)

    def initiate(self, name="t1"):
        """Ask for a connection and do not wait for what comes of it."""
        return self.whack("--initiate", "--asynchronous", "--name", name)

    def route(self, name="t1"):
        """Have a connection's policy installed: `start` does not wait until auto=ondemand has done so."""
        self.whack("--route", "--name", name)

    def rekey(self, name="t1"):
        """Rekey the Child SA and wait until its predecessor is gone."""
        since = self.log.mark()
        self.whack(self.rekey_option, "--asynchronous", "--name", name)
        self.log.wait_for(r"ESP traffic information", 60, since)

    def states(self):
        """The kernel's SAs here: a list of dictionaries with src, dst, spi, reqid and the offload's device."""
        text = run("ip", "xfrm", "state", "list", "nokeys", namespace=self.namespace)
        found = []
        for block in re.split(r"^(?=src )", text, flags=re.M)[1:]:
            sa = re.match(r"src (?P<src>\S+) dst (?P<dst>\S+)\s+proto \S+ spi (?P<spi>0x[0-9a-f]+) reqid (?P<reqid>\d+)", block)
            device = re.search(r"offload parameters: dev (\S+)", block)
            found.append({**sa.groupdict(), "device": device and device[1]})
        return found

    def keys(self):
        """The keys of all SAs that the kernel has here, in hexadecimal: the lab's own, used nowhere else."""
        return set(re.findall(r"(0x[0-9a-f]{32,})", run("ip", "xfrm", "state", "list", namespace=self.namespace)))

    def delete_state(self, direction):
        """Delete this gateway's first SA of a direction behind pluto's back; gives its SPI."""
        own = self.network.address[self.end]
        one = next(sa for sa in self.states() if sa["dst" if direction == "in" else "src"] == own)
        run("ip", "xfrm", "state", "delete", "src", one["src"], "dst", one["dst"], "proto", "esp", "spi", one["spi"],
            namespace=self.namespace)
        return one["spi"]

    def ping(self, count, interval=0.2, deadline=60):
        """Ping the peer; nothing is made of the answers (netdevsim encrypts nothing, so the peer drops what comes)."""
        peer = self.network.address["b" if self.end == "a" else "a"]
        return run("ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-W", "1", peer, namespace=self.namespace,
                   check=False, timeout=deadline)

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """End it without ceremony and wait until it is gone."""
        try:
            pid = self.pid
            file = os.pidfd_open(pid)
        except (FileNotFoundError, ProcessLookupError):
            return
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGKILL)
        select.select([file], [], [])
        os.close(file)

    def forget(self):
        """Remove the files that a killed pluto leaves; it would refuse to start."""
        for name in ("pluto.pid", "pluto.ctl"):
            try:
                os.unlink(f"{self.directory}/run/{name}")
            except FileNotFoundError:
                pass

    def save(self, prefix):
        """Copy log and configuration to files whose names begin so."""
        for path in (self.log_path, f"{self.directory}/ipsec.conf"):
            if os.path.exists(path):
                shutil.copy(path, prefix + os.path.basename(path))

    def close(self):
        """End pluto and the log's follower."""
        self.kill()
        self.forget()
        if self.log:
            self.log.stop()
            self.log = None
