"""The lab's own NIC, module swnic: its faults, and what it says itself of what it holds and does."""

from .commands import run

MODULE = "swnic"


class Nic:
    """One of the pair; `number` 0 or 1. The files are described in tests/lab/nic/faults.c."""

    def __init__(self, number):
        self.name = f"swnic{number}"
        self.directory = f"/sys/kernel/debug/swnic/{self.name}"

    def set(self, fault, value=1):
        """Switch a fault on, or with 0 off."""
        with open(f"{self.directory}/{fault}", "w", encoding="ascii") as file:
            file.write(str(value))

    def refuse(self, count, errno, text="", what="states"):
        """The next `count` SAs (or policies) are refused so."""
        self.set(f"refuse_{what}", f"{count} {errno} {text}")

    def _read(self, name):
        with open(f"{self.directory}/{name}", encoding="ascii") as file:
            return file.read().splitlines()

    def held(self, kind="sa", **wanted):
        """The SAs (or policies) in the NIC, as dictionaries of text, those that have the wanted values."""
        found = []
        for line in self._read("held"):
            first, *pairs = line.split()
            one = dict(pair.split("=", 1) for pair in pairs)
            if first == kind and all(one.get(key) == str(value) for key, value in wanted.items()):
                found.append(one)
        return found

    def counts(self):
        """What really passed, by the names of `ethtool -S`."""
        return {name: int(value) for name, value in map(str.split, self._read("counts"))}


def statistics(namespace, device):
    """What `ethtool -S` shows of a device."""
    lines = run("ethtool", "-S", device, namespace=namespace).splitlines()
    return {name.strip(): int(value) for name, _, value in (line.partition(":") for line in lines) if value.strip()}
