"""Which scenarios are played a second time, and what a whole run comes to.

`ok`, `late`, `FAILED` and `absent` are what a VM says of a scenario; the last of one that its kernel cannot play.
"""

import dataclasses

OK, LATE, FAILED, ABSENT = "ok", "late", "FAILED", "absent"
# More of them, and the run says more about the machine than about swanwatch.
FLAKY_ALLOWED = 2


@dataclasses.dataclass
class Tally:
    """The names of a whole run."""

    passed: list
    flaky: list
    failed: list
    absent: list = dataclasses.field(default_factory=list)

    @property
    def holds(self):
        return not self.failed and len(self.flaky) <= FLAKY_ALLOWED

    def __str__(self):
        flaky = len(self.flaky)
        lines = []
        if flaky:
            too_many = "" if flaky <= FLAKY_ALLOWED else f": more than {FLAKY_ALLOWED} fail the run, and count as failed"
            lines.append(f"{flaky} flaky{too_many}")
        counted = flaky if flaky <= FLAKY_ALLOWED else 0
        skipped = f", {len(self.absent)} skipped" if self.absent else ""
        lines.append(f"{len(self.passed) + counted} passed, {len(self.failed) + flaky - counted} failed{skipped}")
        return "\n".join(lines)


def to_play_again(wanted, first):
    """Those in which something did not come in time; so it was, too, where the VM ended before it said anything."""
    return [name for name in wanted if first.get(name, LATE) == LATE]


def tally(wanted, first, again, whole=True):
    """`first` and `again` map names to what was said of the two tries; nothing untrue gets a second one.

    `whole`: the kernel is one that plays everything, so that what is absent there has been lost.
    """
    result = Tally([], [], [])
    for name in wanted:
        said = first.get(name, LATE)
        if said == OK:
            result.passed.append(name)
        elif ABSENT in (said, again.get(name)) and not whole:
            result.absent.append(name)
        elif said == LATE and again.get(name) == OK:
            result.flaky.append(name)
        else:
            result.failed.append(name)
    return result
