"""A gateway: a real pluto in a network namespace, with a configuration of its own."""

import os
import re
import shutil
import signal

from .commands import run
from .follower import follow_file

BASE = "/run/lab"
# Nothing but this lab ever uses it; a constant so that a search for it in what swanwatch wrote can find it.
SECRET = "x" * 48


def connection(name="t1", local="a", **options):
    """The ipsec.conf text of one connection, seen from `local`. Options replace the defaults; None drops one."""
    remote = "b" if local == "a" else "a"
    address = {"a": "10.9.0.1", "b": "10.9.0.2"}
    settings = {
        "left": address[local], "right": address[remote], "leftid": f"@{local}", "rightid": f"@{remote}",
        "authby": "secret", "ikev2": "yes", "type": "transport", "ike": "aes_gcm256-sha2_512-dh31",
        "esp": "aes_gcm128-null", "esn": "no", "nic-offload": "yes", "auto": "add",
    }
    settings.update({key.replace("_", "-"): value for key, value in options.items()})
    lines = [f"\t{key}={value}\n" for key, value in settings.items() if value is not None]
    return f"conn {name}\n" + "".join(lines)


class Gateway:
    """One end, "a" or "b". `start` returns when pluto listens and has loaded every connection of its configuration."""

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
        with open(f"{self.directory}/ipsec.conf", "w", encoding="ascii") as file:
            file.write(f"config setup\n\tlogfile={self.log_path}\n{setup}{connections}")
        with open(f"{self.directory}/ipsec.secrets", "w", encoding="ascii") as file:
            file.write(f'@a @b : PSK "{SECRET}"\n')
        os.chmod(f"{self.directory}/ipsec.secrets", 0o600)
        run("ipsec", "initnss", "--nssdir", f"{self.directory}/nss")

    def start(self):
        """Start pluto, detached, as an administrator would by hand."""
        if self.log is None:
            open(self.log_path, "ab").close()
            self.log = follow_file(self.log_path)
        since = self.log.mark()
        run("ipsec", "pluto", "--config", f"{self.directory}/ipsec.conf", "--secretsfile", f"{self.directory}/ipsec.secrets",
            "--nssdir", f"{self.directory}/nss", "--rundir", f"{self.directory}/run", "--logfile", self.log_path,
            namespace=self.namespace)
        self.log.wait_for(r"listening for IKE messages", 60, since)
        self.log.wait_for(r": added IKEv", 60, since, count=len(self.loaded))
        return self

    @property
    def pid(self):
        with open(f"{self.directory}/run/pluto.pid", encoding="ascii") as file:
            return int(file.read())

    def whack(self, *arguments, check=False, timeout=60):
        """Speak to this pluto and return what it answered."""
        return run("ipsec", "whack", "--ctlsocket", self.control, *arguments, namespace=self.namespace, check=check,
                   timeout=timeout)

    def initiate(self, name="t1"):
        return self.whack("--initiate", "--name", name)

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
        import select
        select.select([file], [], [])
        os.close(file)

    def close(self):
        """End pluto and the log's follower."""
        self.kill()
        try:
            os.unlink(f"{self.directory}/run/pluto.pid")
        except FileNotFoundError:
            pass
        if self.log:
            self.log.stop()
            self.log = None
