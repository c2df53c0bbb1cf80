"""What a scenario works with: gateways, watchers, faults, expectations. Torn down when the scenario ends."""

import os
import shutil
import time

from . import recording
from .check import LENIENCE, PATIENCE, Expected
from .daemons import DAEMONS, PLUTO
from .failure import Late, Wrong
from .network import Network
from .swanwatch import Swanwatch
from .unit import Unit


def boot_time():
    """CLOCK_BOOTTIME in microseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


class Lab:
    """One scenario's world. `daemon`, one of DAEMONS, is what its gateways run where it does not say otherwise."""

    def __init__(self, name, results, daemon=PLUTO):
        self.daemon, self.name, self.directory = daemon, name, f"{results}/{name}"
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        self.network, self.gateways, self.watchers = None, {}, {}
        self.expected, self.missed, self.report, self.helpers, self.endings = [], [], [], [], []
        self.broken_at = boot_time()

    # --- set-up

    def connect(self, link="netdevsim", **options):
        """Make the two namespaces and their link."""
        self.network = Network(link, **options)
        return self.network

    def gateway(self, end, connections, start=True, kind=None, **options):
        """Give `end` a daemon with these connections; `kind` is `Gateway5` for a pluto of libreswan 5, `Charon` for a charon."""
        gateway = (kind or DAEMONS[self.daemon])(self.network, end, connections, **options)
        self.gateways[end] = gateway
        return gateway.start() if start else gateway

    def unit(self, connections, kind=Unit):
        """Give end a, which must be the machine itself, a daemon under its unit; not started yet."""
        self.gateways["a"] = kind(self.network, "a", connections)
        return self.gateways["a"]

    def watch(self, end, configuration=True, wait=True, name=None, **options):
        """Start swanwatch at `end` and wait until it has joined everything. `configuration`: True names that end's daemon."""
        if configuration is True:
            configuration = self.gateways[end].watch_configuration()
        name = name or end
        options["prefix"] = (*options.get("prefix", ()), *getattr(self.gateways.get(end), "view", ()))
        watcher = Swanwatch(self.directory, name, self.network.namespace[end], configuration, **options)
        self.watchers[name] = watcher
        watcher.start(PATIENCE, wait)
        return watcher

    def keep(self, follower):
        """A helper program (a ping, a monitor) that ends with the scenario."""
        self.helpers.append(follower)
        return follower

    def at_end(self, action):
        """Something to be undone when the scenario has ended."""
        self.endings.append(action)

    # --- the fault

    def note(self, text):
        """Write down what is done; it is printed with the result of a scenario that fails."""
        self.report.append(f"  [{boot_time() / 1e6:.3f}] {text}")

    def fault(self, text):
        """From here on findings count as answers to the fault."""
        self.broken_at = boot_time()
        self.note(text)

    # --- what must be seen

    def expect(self, end, code, bound, deciding=None, reason=None, says=(), patience=PATIENCE, **subject):
        """Wait for a finding to open at `end`; remember it for the final comparison. `bound`: the allowed seconds."""
        if "connection" in subject and end in self.gateways:
            subject["connection"] = self.gateways[end].told_as(subject["connection"])
        wanted = Expected(end, code, bound, deciding, reason, subject, tuple(says))
        watcher = self.watchers[end]
        taken = [one.event for one in self.expected]
        wanted.event = watcher.wait_event(
            lambda event: event.kind in ("opened", "changed") and wanted.fits(event.data) and event not in taken
            and event.data.get("at", 0) >= self.broken_at, patience + LENIENCE * bound)
        if wanted.event is None:
            self.missed.append(wanted)
            raise Late(f"{wanted} did not open within {patience + LENIENCE * bound:.0f} s")
        self.expected.append(wanted)
        self.note(f"seen: {wanted}")
        return wanted.event.data

    def require(self, holds, text):
        """Anything else that must be so."""
        if not holds:
            raise Wrong(text)

    def require_in_time(self, holds, text):
        """Anything else that was waited for, and that a slow machine may not have come to."""
        if not holds:
            raise Late(text)

    def expect_change(self, end, code, holds, bound, patience=PATIENCE):
        """Wait until an open finding's data satisfies `holds`."""
        event = self.watchers[end].wait_event(
            lambda event: event.kind in ("opened", "changed") and event.data.get("code") == code and holds(event.data),
            patience + LENIENCE * bound)
        if event is None:
            raise Late(f"{code} at {end} never came to hold what was expected")
        return event.data

    def expect_closed(self, end, code, bound, deciding=None, patience=PATIENCE):
        """Wait for that finding to close; `deciding` is what allowed it to."""
        watcher = self.watchers[end]
        closed = watcher.wait_event(
            lambda event: event.kind == "closed" and event.data.get("code") == code and event.data.get("at", 0) >= self.broken_at,
            patience + LENIENCE * bound)
        if closed is None:
            raise Late(f"{code} at {end} did not close within {patience + LENIENCE * bound:.0f} s")
        if deciding is not None:
            seen = recording.deciding(recording.read(watcher.recording), deciding, self.broken_at, closed.data["at"])
            if seen is None:
                raise Wrong(f"{code} at {end} closed without /{deciding}/ in the recording")
            took = (closed.data["at"] - seen.at) / 1e6
            self.report.append(f"  {end}: {code} closed {took:.3f} s after /{deciding}/")
            if took > LENIENCE * bound:
                raise Late(f"{code} at {end} closed after {took:.3f} s, allowed are {LENIENCE} x {bound} s")
        self.note(f"closed: {code} at {end}")
        return closed.data

    def quiet(self, seconds):
        """For so long nothing may open anywhere that has not been expected."""
        deadline = time.monotonic() + seconds
        for watcher in self.watchers.values():
            known = {one.event.data["id"] for one in self.expected}
            event = watcher.wait_event(lambda event: event.kind == "opened" and event.data["id"] not in known,
                                       max(0, deadline - time.monotonic()))
            if event is not None:
                raise Wrong(f"{event.data['code']} opened at {watcher.name}, which nothing explains: {event.data['summary']}")

    # --- the end

    def look_around(self):
        """After a failure: what every end says now, and the last lines of its logs."""
        for name, watcher in self.watchers.items():
            self.report.append(f"  {name}: recording {watcher.recording}")
            for text in (lambda: watcher.get("/v1/status")[1], watcher.log_tail):
                try:
                    self.report.append("    " + text().rstrip().replace("\n", "\n    "))
                except Exception as problem:  # it may be the very thing that is broken
                    self.report.append(f"    {problem}")
        for end, gateway in self.gateways.items():
            if gateway.log:
                self.report += [f"  {end}: {line}" for line in gateway.log.lines[-12:]]

    def save(self):
        """Copy what helps to understand this scenario to the results."""
        for end, gateway in self.gateways.items():
            gateway.save(f"{self.directory}/{end}.")
        for name, watcher in self.watchers.items():
            with open(f"{self.directory}/{name}.events.txt", "w", encoding="utf-8") as file:
                file.writelines(f"{event.number} {event.kind} {event.data}\n" for event in watcher.events)

    def close(self):
        """End everything this scenario started; every step is tried, the first problem is raised at the end."""
        problems = []
        steps = [helper.stop for helper in self.helpers]
        steps += [watcher.stop for watcher in self.watchers.values()]
        steps += [gateway.close for gateway in self.gateways.values()]
        steps += self.endings
        steps += [self.save, *([self.network.remove] if self.network else [])]
        for step in steps:
            try:
                step()
            except Exception as problem:  # whatever one step does, the next scenario needs the rest undone
                problems.append(problem)
        if problems:
            raise problems[0]
