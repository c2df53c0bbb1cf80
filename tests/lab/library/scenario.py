"""What a scenario declares, and the list of them all."""

import dataclasses
import importlib
import pkgutil

SCENARIOS = {}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One scenario: `body(lab)` sets up, breaks, and says what must be found."""

    name: str
    body: object
    systemd: bool

    @property
    def says(self):
        """The first line of the body's doc string."""
        return (self.body.__doc__ or "").strip().split("\n")[0]


def scenario(body=None, *, systemd=False):
    """Registers a function as a scenario named after it; `systemd`: it needs systemd as pid 1."""
    def register(function):
        name = function.__name__.replace("_", "-")
        SCENARIOS[name] = Scenario(name, function, systemd)
        return function
    return register if body is None else register(body)


def load_all():
    """Import every file of scenarios, and give the scenarios in their order."""
    package = importlib.import_module("scenarios")
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"scenarios.{module}")
    return SCENARIOS
