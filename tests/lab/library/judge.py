"""What swanwatch said in a scenario, against what the scenario declares: what was untrue, and what was late."""

from . import recording
from .check import LENIENCE, describe, reaction
from .failure import Late, Wrong


def compare(lab):
    """At the end of a scenario: everything that opened at any end was expected, in time, and says what it has to."""
    untrue, late = _expected(lab)
    for name, event in _unexpected(lab):
        untrue.append(_tell_unexpected(lab, name, event))
    untrue += _ended(lab)
    if untrue:
        raise Wrong("; ".join(untrue + late))
    if late:
        raise Late("; ".join(late))


def untrue_so_far(lab, codes):
    """What was untrue in a scenario that something late has cut short; it went no further, and would have spoken of these `codes`."""
    untrue, _ = _expected(lab)
    for name, event in _unexpected(lab):
        missed = [one for one in lab.missed if one.end == name and one.code == event.data["code"]]
        before = event.data.get("at", 0) < lab.broken_at
        if any(one.fits(event.data) for one in missed):
            continue  # it came, but late
        if before or missed or event.data["code"] not in codes:
            untrue.append(_tell_unexpected(lab, name, event))
    return untrue + _ended(lab)


def _expected(lab):
    untrue, late = [], []
    for one in lab.expected:
        try:
            seconds = reaction(recording.read(lab.watchers[one.end].recording), one, lab.broken_at)
        except Wrong as problem:
            seconds = None
            untrue.append(str(problem))
        lab.report += describe(one.end, one.event.data, seconds)
        if seconds is not None and seconds > LENIENCE * one.bound:
            late.append(f"{one} came after {seconds:.3f} s, allowed are {LENIENCE} x {one.bound} s")
        untrue += [f"{one} {difference}" for difference in one.differences()]
    return untrue, late


def _unexpected(lab):
    """The end and the event of each finding that opened and that was not waited for."""
    allowed = {(one.end, one.event.data["id"]) for one in lab.expected}
    for name, watcher in lab.watchers.items():
        for event in list(watcher.events):
            if event.kind == "opened" and (name, event.data["id"]) not in allowed:
                allowed.add((name, event.data["id"]))
                yield name, event


def _tell_unexpected(lab, name, event):
    lab.report += describe(name, event.data)
    return f"{event.data['code']} opened at {name}, which was not expected"


def _ended(lab):
    ended = [(name, watcher.process.poll()) for name, watcher in lab.watchers.items() if watcher.process]
    return [f"swanwatch {name} ended with status {status}" for name, status in ended if status not in (None, 0)] + panics(lab)


def panics(lab):
    """Every panic that a swanwatch has logged."""
    return [f"swanwatch {name}: {line}" for name, watcher in lab.watchers.items() for line in watcher.panics()]
