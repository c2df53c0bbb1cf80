"""What swanwatch has to find, and the comparison with what it found."""

import dataclasses
import re

from . import recording
from .failure import Wrong

# The lab is slower than a machine; a reaction may take so many times its bound.
LENIENCE = 5
# Seconds that kernel and daemon may take under emulation before the deciding observation; not swanwatch's time.
PATIENCE = 90


@dataclasses.dataclass
class Expected:
    """One finding that has to open. `matches` maps a path in the finding (`subject.direction`) to what must stand there."""

    end: str
    code: str
    bound: float
    deciding: str = None
    reason: str = None
    subject: dict = dataclasses.field(default_factory=dict)
    says: tuple = ()
    event: object = None

    def fits(self, data):
        """Whether a finding is the one meant: code and subject; its other fields are compared by `differences`."""
        if data.get("code") != self.code:
            return False
        subject = data.get("subject") or {}
        return all(subject.get(key) == value for key, value in self.subject.items())

    def differences(self):
        """What is wrong with the finding that came, as sentences."""
        data = self.event.data
        wrong = []
        if self.reason is not None and data.get("reason") != self.reason:
            wrong.append(f"reason is {data.get('reason')!r}, not {self.reason!r}")
        text = " ".join([data.get("summary", ""), data.get("advice", ""),
                         *(one.get("text", "") for one in data.get("evidence", []))])
        for pattern in self.says:
            if not re.search(pattern, text):
                wrong.append(f"nowhere says /{pattern}/")
        for key in ("summary", "advice"):
            if not data.get(key):
                wrong.append(f"has no {key}")
        return wrong

    def __str__(self):
        where = " ".join(f"{key}={value}" for key, value in self.subject.items())
        return f"{self.code} at {self.end}" + (f" ({where})" if where else "")


def reaction(observations, expected, since):
    """Seconds from the deciding observation to the finding, or None where the scenario names no deciding observation.

    Raises Wrong where the named observation is not in the recording.
    """
    if expected.deciding is None:
        return None
    at = expected.event.data["at"]
    found = recording.deciding(observations, expected.deciding, since, at)
    if found is None:
        raise Wrong(f"{expected}: its deciding observation /{expected.deciding}/ is not in the recording")
    return (at - found.at) / 1e6


def describe(end, finding, seconds=None):
    """A finding in the lines that a scenario prints."""
    subject = finding.get("subject") or {}
    where = " ".join(str(subject[key]) for key in ("connection", "instance", "direction", "device") if subject.get(key))
    time = "" if seconds is None else f" after {seconds:.3f} s"
    return [f"  {end}: {finding.get('code')} [{finding.get('reason')}] {finding.get('severity')} {where}{time}",
            f"     {finding.get('summary')}", f"     advice: {finding.get('advice')}"]
