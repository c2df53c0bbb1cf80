"""Two network namespaces joined by a pair of linked NICs: netdevsim, our own (see nic.py), or veth, which cannot offload."""

import itertools
import os
import subprocess

from . import kernel
from .commands import run
from .nic import MODULE, Nic

BUS = "/sys/bus/netdevsim"
numbers = itertools.count(1)


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Network:
    """Namespaces `a` and `b`. `device` is the NIC's name in both, `address` maps a namespace to its address.

    `link`: "netdevsim" (33 SAs, GCM only, no ESN, encrypts nothing), "vlan" (on top of that), "nic" (encrypts, crypto and
    packet mode; `nic` maps an end to its NIC), "veth", or "bond" (at a, on top of veth).
    `names`: None as a name stands for the namespace we are in. `user_namespace`: a's namespace belongs to a user namespace of
    its own, whose root may do with the network what it likes, but not force the size of a receive buffer.
    """

    def __init__(self, link="netdevsim", names=("a", "b"), user_namespace=False):
        if link == "nic":
            kernel.require("own-nic")
        self.link, self.names = link, names
        self.address = {"a": "10.9.0.1", "b": "10.9.0.2"}
        self.namespace = dict(zip(("a", "b"), names))
        self.devices, self.nic = [], {}
        self.holder = None
        for name in filter(None, names):
            if user_namespace and name == "a":
                self._owned_namespace(name)
            else:
                run("ip", "netns", "add", name)
        if link in ("veth", "bond"):
            self.device = "veth0"
            self._veth()
        elif link == "nic":
            self.device = "nic0"
            self._nics()
        else:
            self.device = "nsim0"
            self._netdevsims()
        for end in ("a", "b"):
            self.ip(end, "link", "set", "lo", "up")
            self.ip(end, "link", "set", self.device, "up")
        if link == "vlan":
            for end in ("a", "b"):
                self.ip(end, "link", "add", "link", "nsim0", "name", "nsim0.7", "type", "vlan", "id", "7")
                self.ip(end, "link", "set", "nsim0.7", "up")
            self.device = "nsim0.7"
        if link == "bond":
            self._bond()
        self._addresses()

    def _addresses(self):
        for end in ("a", "b"):
            device = self.device if end == "a" or self.link != "bond" else "veth0"
            self.ip(end, "addr", "add", self.address[end] + "/24", "dev", device)

    def reload_nics(self):
        """New NICs in the place of those that went with their module."""
        self._nics()
        for end in ("a", "b"):
            self.ip(end, "link", "set", self.device, "up")
        self._addresses()

    def ip(self, end, *arguments, check=True):
        """Run `ip` at one end."""
        namespace = self.namespace[end]
        return run("ip", *(["-n", namespace] if namespace else []), *arguments, check=check)

    def _owned_namespace(self, name):
        # The holder says a word when unshare has done its work, and then keeps the namespaces alive by reading for ever.
        self.holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--net", "bash", "-c", "echo ready; read"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.holder.stdout.readline()
        run("ip", "netns", "attach", name, str(self.holder.pid))

    def inside_user_namespace(self):
        """What to put before a command to run it as root of the user namespace that owns a's network."""
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--preserve-credentials"]

    def _move(self, name, end):
        namespace = self.namespace[end]
        where = ["netns", namespace] if namespace else []
        run("ip", "link", "set", name, *where, "name", self.device)

    def _veth(self):
        run("ip", "link", "add", "lab-a", "type", "veth", "peer", "name", "lab-b")
        for end in ("a", "b"):
            self._move(f"lab-{end}", end)

    def _bond(self):
        self.ip("a", "link", "add", "bond0", "type", "bond", "mode", "active-backup", "miimon", "100")
        self.ip("a", "link", "set", "veth0", "down")
        self.ip("a", "link", "set", "veth0", "master", "bond0")
        self.ip("a", "link", "set", "bond0", "up")
        self.device = "bond0"

    def _nics(self):
        # Loaded anew each time: no fault, no count is left of the scenario before.
        run("modprobe", MODULE)
        for number, end in enumerate(("a", "b")):
            self.nic[end] = Nic(number)
            self._move(self.nic[end].name, end)

    def _netdevsims(self):
        for end in ("a", "b"):
            number = next(numbers)
            write(f"{BUS}/new_device", f"{number} 1")
            self.devices.append(number)
            self._move(os.listdir(f"{BUS}/devices/netdevsim{number}/net")[0], end)
        files = {end: os.open(self._namespace_file(end), os.O_RDONLY) for end in ("a", "b")}
        ends = [f"{files[end]}:{self._index(end)}" for end in ("a", "b")]
        write(f"{BUS}/link_device", " ".join(ends))
        for file in files.values():
            os.close(file)

    def _namespace_file(self, end):
        namespace = self.namespace[end]
        return f"/run/netns/{namespace}" if namespace else "/proc/self/ns/net"

    def _index(self, end):
        return self.ip(end, "-o", "link", "show", self.device).split(":")[0]

    def remove(self):
        """Delete NICs and namespaces; what still runs in them must have been ended before."""
        for number in self.devices:
            write(f"{BUS}/del_device", str(number))
        if self.nic:
            run("rmmod", MODULE)
        for name in filter(None, self.names):
            run("ip", "netns", "del", name)
        if self.holder:
            self.holder.communicate("")
