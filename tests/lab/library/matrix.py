"""What the matrix plays, and its table in the documents: a cell for each kernel, release of libreswan and scenario."""

import dataclasses
import re

from .kernels import kernels

# What a row shows, the daemon at the watched end (a release of libreswan, where no name stands before it; - where there is none), and the scenario that
# is played.
ROWS = (
    ("source: XFRM's events", "4.10", "outbound-deleted"),
    ("source: XFRM's dumps", "4.10", "events-lost-in-a-flood"),
    ("source: links", "4.10", "link-set-down"),
    ("source: routes", "-", "route-of-packet-mode-moves"),
    ("source: tracefs, kernel's log", "-", "trace-tells-refusals"),
    ("source: daemon's log alone", "4.10", "trace-unavailable"),
    ("source: sockets", "4.10", "hung-with-traffic-waiting"),
    ("source: counters of kernel and SAs", "4.10", "traffic-inbound-deleted"),
    ("source: counters of the NIC", "4.10", "offloaded-on-paper"),
    ("source: systemd, journal", "4.10", "unit-killed"),
    ("reason: ESN, cipher, ICV", "4.10", "refusals-and-their-reasons"),
    ("reason: the same without tracefs", "4.10", "refusals-without-tracefs"),
    ("reason: no room", "4.10", "device-full"),
    ("reason: a module is missing", "4.10", "offload-module-missing"),
    ("reason: no ESP in the kernel", "4.10", "kernel-without-esp"),
    ("reason: a device that cannot", "4.10", "not-offloaded-over-a-vlan"),
    ("reason: a bond's slave that cannot", "4.10", "bond-whose-slave-cannot"),
    ("reason: unknown words", "4.10", "nic-refuses-what-pluto-asks"),
    ("reason: the daemon fell back", "4.10", "fell-back-to-software"),
    ("healthy over rekeys", "4.10", "healthy-rekeyed-three-times"),
    ("healthy over rekeys", "5.2", "libreswan-5-healthy"),
    ("healthy, refused, killed", "4.3", "libreswan-4-3"),
    ("refused", "4.10", "offload-refused-initiator-alone"),
    ("refused", "5.2", "libreswan-5-refused"),
    ("killed", "4.10", "killed-by-hand"),
    ("deleted, killed", "5.2", "libreswan-5-deleted-and-killed"),
    ("IKEv1", "4.10", "ikev1-refusals"),
    ("IKEv1", "5.2", "ikev1-refusals-of-libreswan-5"),
    ("NICs at both ends", "4.10", "nic-carries-both-ends-offloaded"),
    ("remedy: rekey", "4.10", "deleted-sa-is-rekeyed"),
    ("remedy: reinstall", "4.10", "reinstall-onto-the-nic"),
    ("remedy: evacuate", "4.10", "evacuate-and-back"),
    ("remedy: restart", "4.10", "restart-by-command"),
    ("fence", "4.10", "fence-stands"),
    ("probe", "4.10", "probe-netdevsim-cell-by-cell"),
    ("healthy over rekeys, reauthentication", "strongSwan 5.9.8", "charon-healthy"),
    ("healthy over rekeys, reauthentication", "strongSwan 6.0.1", "charon-6-healthy"),
    ("refused", "strongSwan 5.9.8", "charon-refused"),
    ("refused", "strongSwan 6.0.1", "charon-6-refused"),
    ("a NIC without room", "strongSwan 5.9.8", "charon-full-nic"),
    ("links", "strongSwan 5.9.8", "link-set-down@charon"),
    ("remedy: rekey", "strongSwan 5.9.8", "charon-healed-by-rekey"),
    ("killed, orphans", "strongSwan 5.9.8", "charon-killed-by-hand"),
    ("systemd, journal", "strongSwan 5.9.8", "charon-unit-killed"),
    ("measure", "4.10", "measure-in-software"),
    ("measure", "-", "measure-on-the-nic"),
)
NOT_PLAYED = "-"
HEAD, RULE = ("shows", "daemon", "scenario"), "---"
BEGIN, END = "<!-- written by tests/run matrix -->", "<!-- end of what it writes -->"
NOTE = re.compile(r"- (?P<kernel>\S+), `(?P<name>\S+)`: (?P<why>.*)")
# A reason is told in a line.
LONGEST = 300


@dataclasses.dataclass(frozen=True)
class Cell:
    """What came of a scenario: `ok`, `late`, `FAILED`, or `absent` where that kernel cannot play it; and why."""

    word: str
    why: str = ""


def names():
    """Every scenario of the table, once."""
    return list(dict.fromkeys(name for _, _, name in ROWS))


def table(cells):
    """The table in Markdown, and below it why a cell is not ok; `cells` by (kernel, scenario)."""
    columns = list(kernels())
    lines = [(*HEAD, *columns), (RULE,) * (len(HEAD) + len(columns))]
    for shows, libreswan, name in ROWS:
        lines.append((shows, libreswan, f"`{name}`", *(cells[kernel, name].word if (kernel, name) in cells else NOT_PLAYED for kernel in columns)))
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    notes = [f"- {kernel}, `{name}`: {cells[kernel, name].why[:LONGEST]}" for kernel in columns for name in names()
             if (kernel, name) in cells and cells[kernel, name].why]
    return "\n".join([text, "", *notes]) if notes else text


def written(document, cells):
    """The document with another table."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{begin}\n\n{table(cells)}\n\n{end}{after}"


def read(document):
    """The cells of a document's table, by (kernel, scenario), as far as there still are such."""
    part = document.partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    whys = {(note["kernel"], note["name"]): note["why"] for note in map(NOTE.fullmatch, part.splitlines()) if note}
    cells = {}
    for row in rows[2:]:
        name = row[2].strip("`")
        for kernel, word in zip(rows[0][len(HEAD):], row[len(HEAD):]):
            if word != NOT_PLAYED and name in names() and kernel in kernels():
                cells[kernel, name] = Cell(word, whys.get((kernel, name), ""))
    return cells


class Listener:
    """Takes what ./run prints of the scenarios that it was told to play; `cells` holds what came of each."""

    WORDS = ("ok", "late", "FAILED", "absent", "FLAKY")

    def __init__(self, wanted):
        self.wanted, self.cells = set(wanted), {}

    def take(self, line):
        """A line that it printed; whether a cell changed."""
        known = dict(self.cells)
        word, _, rest = line.partition(" ")
        name = (rest.split() or [""])[0]
        if word in self.WORDS and name in self.wanted:
            self.cells[name] = Cell("ok" if word == "FLAKY" else word)
        told = re.fullmatch(r"(?:failed|not on \S+): (\S+): (.*)", line)
        if told and told[1] in self.cells:
            self.cells[told[1]] = Cell(self.cells[told[1]].word, told[2])
        return self.cells != known


def differences(before, now):
    """What is otherwise than it was, a line for each scenario; both by scenario."""
    return [f"{name}: {before[name].word if name in before else 'not played'} before, {cell.word} now{f': {cell.why}' if cell.why else ''}"
            for name, cell in now.items() if before.get(name, Cell("")).word != cell.word]
