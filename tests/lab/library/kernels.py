"""The kernels that the lab boots: the table `kernels`."""

import dataclasses
import os

TABLE = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "kernels")


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A row of the table: which Debian's, and its pinned packages."""

    series: str
    suite: str
    release: str
    version: str
    own_nic: bool


def kernels():
    """The table, in its order; the first is the one that is meant where none is named."""
    with open(TABLE, encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {row[0]: Kernel(*row[:4], row[4] == "yes") for row in rows}


def series():
    """The names under which kernels are asked for."""
    return list(kernels())
