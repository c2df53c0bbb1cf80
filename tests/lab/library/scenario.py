"""What a scenario declares, and the list of them all."""

import dataclasses
import importlib
import pkgutil
import types

from .daemons import DAEMONS, PLUTO

SCENARIOS = {}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One scenario: `body(lab)` sets up, breaks, and says what must be found."""

    name: str
    body: object
    systemd: bool
    # Seconds of the VM's time that it may take.
    longest: int = 600
    # Played only where it is named.
    by_name: bool = False
    # What its gateways run (DAEMONS, of daemons.py), where it does not say otherwise itself.
    daemon: str = PLUTO
    # What of ABILITIES (kernel.py) the kernel must have; where it has not, the scenario is listed and not played.
    needs: tuple = ()

    @property
    def says(self):
        """The first line of the body's doc string."""
        return (self.body.__doc__ or "").strip().split("\n")[0]

    def strings(self):
        """Every string that stands in the body, or in what it calls of the scenarios' files: the codes that it speaks of are among them."""
        return _strings(self.body, set())


def _strings(function, seen):
    package = function.__module__.partition(".")[0]
    found, codes = set(), [function.__code__]
    seen.add(function)
    while codes:
        code = codes.pop()
        codes += [one for one in code.co_consts if isinstance(one, types.CodeType)]
        constants = [one for one in code.co_consts if not isinstance(one, types.CodeType)]
        for name in code.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, types.FunctionType) and value.__module__.partition(".")[0] == package and value not in seen:
                found |= _strings(value, seen)
            constants.append(value)
        for value in (*constants, *(function.__defaults__ or ())):
            found |= {one for one in (value if isinstance(value, (tuple, list, frozenset, set, dict)) else (value,)) if isinstance(one, str)}
    return found


def scenario(body=None, *, systemd=False, either=None, **options):
    """Registers a function as a scenario named after it; `systemd`: it needs systemd as pid 1; `options` are the fields of `Scenario`.

    `either`: its fault is none of the daemon's, and it can be played with any of DAEMONS, as NAME@DAEMON. Here stand those, beside pluto, with
    which a run of all plays it.
    """
    def register(function):
        name = function.__name__.replace("_", "-")
        SCENARIOS[name] = Scenario(name, function, systemd, **options)
        for daemon in sorted(DAEMONS.keys() - {PLUTO}) if either is not None else ():
            SCENARIOS[f"{name}@{daemon}"] = Scenario(f"{name}@{daemon}", function, systemd, daemon=daemon, **{**options, "by_name": daemon not in either})
        return function
    return register if body is None else register(body)


def load_all():
    """Import every file of scenarios, and give the scenarios in their order."""
    package = importlib.import_module("scenarios")
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"scenarios.{module}")
    return SCENARIOS
