"""The rule of the second try, without a VM: what is late may be tried again, what is untrue may not."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import guest  # noqa: E402: the path to it is set above
from library import kernel  # noqa: E402
from library.check import Expected  # noqa: E402
from library.commands import run as command  # noqa: E402
from library.failure import PROBLEM, Absent, Late, Wrong  # noqa: E402
from library.follower import Follower  # noqa: E402
from library.scenario import Scenario, load_all  # noqa: E402
from library.swanwatch import Event, Swanwatch  # noqa: E402

loader = importlib.machinery.SourceFileLoader("run", f"{HERE}/run")
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


class Watcher:
    """A swanwatch that says what it is told to say."""

    recording, name, process = os.devnull, "a", None

    def __init__(self, *events, log=()):
        self.events, self.log = list(events), list(log)

    def wait_event(self, wanted, _seconds, since=0):
        return next((event for event in self.events[since:] if wanted(event)), None)

    def panics(self):
        return [line for line in self.log if "panicked at" in line]

    def get(self, _path):
        return 200, ""

    def log_tail(self):
        return ""

    def stop(self):
        return 0


def opened(code, at, **subject):
    """A finding that opens `at` microseconds after boot."""
    data = {"code": code, "id": f"{code}:{subject}", "subject": subject, "at": at, "summary": "s", "advice": "a", "reason": "r"}
    return Event(1, "opened", data)


LATER, BEFORE = 1 << 62, 0


class OneScenario(unittest.TestCase):
    """What a VM says of one scenario."""

    def setUp(self):
        self.work = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.work)

    def verdict(self, body, *events, log=(), needs=()):
        def scenario(lab):
            lab.watchers["a"] = Watcher(*events, log=log)
            lab.fault("one")
            body(lab)
        one = types.SimpleNamespace(name="one", longest=600, needs=needs, daemon="pluto", body=scenario, strings=Scenario("one", body, False).strings)
        verdict, problem, _ = guest.play(one, self.work)
        self.assertEqual(problem is None, verdict == "ok", problem)
        return verdict

    def test_nothing_wrong(self):
        self.assertEqual(self.verdict(lambda lab: lab.expect("a", "sa-missing", 1), opened("sa-missing", LATER)), "ok")

    def test_missing_in_time(self):
        def line_missing(lab):
            lab.keep(Follower(["true"])).wait_for("never", 5)

        def program_too_slow(_lab):
            command("sleep", "60", timeout=0.01)

        def swanwatch_not_ready(_lab):
            watcher = Swanwatch.__new__(Swanwatch)  # without the folders that one has in the VM
            watcher.name, watcher.notices, watcher.log_tail = "a", [], lambda: ""
            watcher.notify, other = socket.socketpair()
            with watcher.notify, other, subprocess.Popen(["sleep", "60"]) as watcher.process:
                try:
                    watcher.wait_notice("READY=1", 0.01)
                finally:
                    watcher.process.kill()

        def no_answer(_lab):
            raise TimeoutError("the socket does not answer")

        for body in (line_missing, program_too_slow, swanwatch_not_ready, no_answer, lambda lab: lab.expect("a", "sa-missing", 1),
                     lambda lab: lab.expect_closed("a", "sa-missing", 1), lambda lab: lab.expect_change("a", "sa-missing", lambda _: False, 1),
                     lambda lab: lab.require_in_time(False, "nothing came")):
            with self.subTest(body=body):
                self.assertEqual(self.verdict(body), "late")

    def test_came_when_it_was_waited_for_no_more(self):
        def waits_for_another(lab):
            lab.watchers["a"].wait_event = lambda *_: None
            lab.expect("a", "sa-missing", 1)
        self.assertEqual(self.verdict(waits_for_another, opened("sa-missing", LATER)), "late")

        def cut_short(lab):
            lab.require_in_time(False, "the ping did not end")
            lab.expect("a", "sa-missing", 1)
        self.assertEqual(self.verdict(cut_short, opened("sa-missing", LATER)), "late")

    def test_untrue(self):
        late = lambda lab: lab.require_in_time(False, "too slow")  # noqa: E731
        for body, events in (
                (lambda lab: None, [opened("sa-missing", LATER)]),
                (lambda lab: lab.require(False, "a remedy was started"), []),
                (lambda lab: lab.quiet(0), [opened("daemon-hung", LATER)]),
                (lambda lab: lab.expect("a", "sa-missing", 1, reason="deleted"), [opened("sa-missing", LATER)]),
                (lambda lab: lab.expect("a", "sa-missing", 1, says=["another"]), [opened("sa-missing", LATER)]),
                (lambda lab: lab.expect("a", "sa-missing", 1, direction="out"), [opened("sa-missing", LATER, direction="in")]),
                (late, [opened("sa-missing", LATER)]),
                (late, [opened("sa-missing", BEFORE)]),
                (lambda lab: late(lab) or "sa-missing", [opened("sa-missing", BEFORE)])):
            with self.subTest(events=events):
                self.assertEqual(self.verdict(body, *events), "FAILED")

    def test_late_and_not_to_be_judged(self):
        def without_recording(lab):
            lab.watchers["a"].recording = f"{self.work}/none"
            lab.expect("a", "sa-missing", 1, deciding="sa-deleted")
            lab.require_in_time(False, "slow")
        self.assertEqual(self.verdict(without_recording, opened("sa-missing", LATER)), "FAILED")

    def test_panic(self):
        log = ["thread 'main' panicked at src/main.rs:1:1:"]
        self.assertEqual(self.verdict(lambda lab: None, log=log), "FAILED")
        self.assertEqual(self.verdict(lambda lab: lab.require_in_time(False, "slow"), log=log), "FAILED")

    def test_a_kernel_that_cannot(self):
        def asks(_lab):
            raise Absent("this kernel has none")
        self.assertEqual(self.verdict(asks), "absent")
        self.assertEqual(self.verdict(asks, log=["thread 'main' panicked at src/main.rs:1:1:"]), "FAILED")
        with unittest.mock.patch.dict(kernel.ABILITIES, {"wings": (lambda: False, "it has no wings"), "legs": (lambda: True, "")}):
            self.assertEqual(self.verdict(self.fail, needs=("legs", "wings")), "absent")
            self.assertEqual(self.verdict(lambda _lab: None, needs=("legs",)), "ok")

    def test_what_scenarios_need_can_be_asked(self):
        self.assertEqual({need for one in load_all().values() for need in one.needs} - set(kernel.ABILITIES), set())

    def test_a_scenario_that_is_broken(self):
        self.assertEqual(self.verdict(lambda lab: lab.gateways["nobody"]), "FAILED")

    def test_both_kinds_cannot_be_confused(self):
        self.assertFalse(issubclass(Late, Wrong) or issubclass(Wrong, Late))

    def test_codes_of_a_scenario(self):
        strings = load_all()["link-set-down"].strings()
        self.assertIn("offload-lost", strings)
        self.assertNotIn("daemon-crashed", strings)


class WholeRun(unittest.TestCase):
    """What tests/lab/run makes of it: each VM's answers are given, `tries` says which scenarios went into which."""

    def play(self, first, again=(), problem="too slow\nfar too slow", options=()):
        tries = {}
        names = [name for name in load_all() if name not in first]
        wanted = list(first) + names[:20 - len(first)]

        def boot(results, _systemd, names, _binary, _kernel, _printed):
            folder = os.path.basename(results)
            tries[folder] = names
            said = dict(again) if folder.startswith("again") else first
            for name in names:
                os.makedirs(f"{results}/{name}")
                if said.get(name, "ok") not in ("ok", "died"):
                    with open(f"{results}/{name}/{PROBLEM}", "w", encoding="utf-8") as file:
                        file.write(f"{problem} in {folder}" if problem.startswith("Traceback") else problem)
            return {name: said.get(name, "ok") for name in names if said.get(name) != "died"}

        output, kept = io.StringIO(), (run.boot, sys.argv, os.environ.get("SWANWATCH"))
        with tempfile.TemporaryDirectory() as results, contextlib.redirect_stdout(output):
            run.boot, sys.argv = boot, ["run", *options, "--results", results, *wanted]
            os.environ["SWANWATCH"] = "/bin/true"
            try:
                status = run.main()
            finally:
                run.boot, sys.argv = kept[:2]
                del os.environ["SWANWATCH"]
                os.environ.update({"SWANWATCH": kept[2]} if kept[2] else {})
        self.tries = {folder: names for folder, names in tries.items() if folder.startswith("again")}
        self.folder = {name: folder for folder, names in tries.items() for name in names}
        return status, output.getvalue().splitlines()

    def test_all_pass(self):
        self.assertEqual(self.play({}), (0, ["20 passed, 0 failed"]))
        self.assertEqual(self.tries, {})

    def test_untrue_gets_no_second_try(self):
        status, lines = self.play({"link-set-down": "FAILED"})
        self.assertEqual((status, lines[-1], self.tries), (1, "19 passed, 1 failed", {}))

    def test_what_a_kernel_cannot_play_is_listed(self):
        first = {"link-set-down": "absent", "unit-stopped": "late"}
        status, lines = self.play(first, {"unit-stopped": "absent"}, options=["--kernel", "5.10"])
        self.assertEqual((status, lines[-3:]), (0, ["not on 5.10: link-set-down: too slow", "not on 5.10: unit-stopped: too slow",
                                                    "18 passed, 0 failed, 2 skipped"]))

    def test_nothing_is_absent_from_the_usual_kernel(self):
        for options in ([], ["--kernel", "5.10", "--whole"]):
            status, lines = self.play({"link-set-down": "absent"}, options=options)
            self.assertEqual((status, lines[-2:]), (1, ["failed: link-set-down: too slow", "19 passed, 1 failed"]))

    def test_late_is_played_by_itself_and_told(self):
        status, lines = self.play({"link-set-down": "late", "unit-stopped": "died"})
        self.assertEqual(self.tries, {"again-plain": ["link-set-down"], "again-systemd": ["unit-stopped"]})
        self.assertEqual((status, lines[-2:]), (0, ["2 flaky", "20 passed, 0 failed"]))
        self.assertEqual([line.split()[1] for line in lines if line.startswith("FLAKY ")], ["link-set-down", "unit-stopped"])

    def test_late_twice_fails(self):
        for said in ("late", "FAILED", "died"):
            status, lines = self.play({"link-set-down": "late"}, {"link-set-down": said})
            self.assertEqual((status, lines[-2:]), (1, ["failed: link-set-down: too slow", "19 passed, 1 failed"]))

    def test_died_twice_fails(self):
        status, lines = self.play({"link-set-down": "died"}, {"link-set-down": "died"})
        self.assertEqual((status, lines[-1]), (1, "19 passed, 1 failed"))
        self.assertEqual(lines[-2], "failed: link-set-down: it never ended: the VM died, or its time was over")

    def test_each_that_fails_is_told_with_its_reason(self):
        status, lines = self.play({"link-set-down": "FAILED", "unit-stopped": "FAILED"}, problem="Traceback (most recent call last):\n  x\nKeyError: 'a'")
        self.assertEqual(status, 1)
        # Of the last try, and of a traceback what it ends with.
        names = ("link-set-down", "unit-stopped")
        self.assertEqual(lines[-3:], [*(f"failed: {name}: KeyError: 'a' in {self.folder[name]}" for name in names), "18 passed, 2 failed"])

    def test_more_than_two_flaky_fail_the_run(self):
        status, lines = self.play({"link-set-down": "late", "unit-stopped": "late", "outbound-deleted": "late"})
        self.assertEqual((status, lines[-1]), (1, "17 passed, 3 failed"))
        self.assertTrue(lines[-2].startswith("3 flaky"))
        self.assertEqual(lines[-3], "failed: outbound-deleted: flaky, late at the first try: too slow")


if __name__ == "__main__":
    unittest.main()
