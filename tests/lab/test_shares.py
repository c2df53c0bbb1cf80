"""How a whole run is shared out among its VMs."""

import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from library.scenario import load_all  # noqa: E402: the path to it is set above

loader = importlib.machinery.SourceFileLoader("run", f"{HERE}/run")
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


class Shares(unittest.TestCase):
    def setUp(self):
        self.scenarios = load_all()
        self.wanted = [name for name, one in self.scenarios.items() if not one.by_name]

    def test_each_scenario_is_played_once_and_where_it_can_be(self):
        for most in range(1, run.MOST + 1):
            boots = run.shared_out(self.wanted, self.scenarios, most)
            played = [name for _, names in boots.values() for name in names]
            self.assertEqual(sorted(played), sorted(self.wanted))
            for systemd, names in boots.values():
                self.assertEqual({self.scenarios[name].systemd for name in names} - {systemd}, set())
                self.assertEqual(names, [name for name in self.wanted if name in names], "in their own order")
            self.assertLessEqual(set(boots), set(run.FOLDERS))

    def test_the_shares_take_about_as_long(self):
        takes = run.durations()
        boots = run.shared_out(self.wanted, self.scenarios)
        seconds = [sum(takes.get(name, run.A_SHORT_ONE) for name in names) for systemd, names in boots.values() if not systemd]
        self.assertEqual(len(seconds), run.MOST)
        self.assertLess(max(seconds) - min(seconds), 60, seconds)

    def test_few_get_one_boot(self):
        boots = run.shared_out(["link-set-down", "killed-by-hand"], self.scenarios)
        self.assertEqual(boots, {"plain-1": (False, ["link-set-down", "killed-by-hand"]), "systemd": (True, [])})

    def test_every_duration_is_a_scenarios(self):
        names = [name for name in run.durations() if name not in self.scenarios or self.scenarios[name].systemd]
        self.assertEqual(names, [])

    def test_there_is_always_one_boot(self):
        self.assertIn(run.boots_that_fit(), range(1, run.MOST + 1))


class Ahead(unittest.TestCase):
    def test_what_is_built_during_the_lab_is_what_the_tiers_behind_it_build(self):
        with open(f"{HERE}/../run", encoding="utf-8") as file:
            text = file.read()
        ahead = re.search(r"^ahead\(\) \{.*?^\}", text, re.M | re.S)[0]
        debian12 = re.search(r"^debian12\(\) \{.*?^\}", text, re.M | re.S)[0]
        prepare = re.search(r"tests/lab/prepare --kernel \S+", debian12)[0]
        self.assertIn(prepare.rstrip(";"), ahead)
        self.assertIn("tests/fuzz/run --build", ahead)
        order = re.search(r"^tiers=\((.*?)\)", text, re.M)[1].split()
        self.assertLess(order.index("lab"), min(order.index("debian12"), order.index("fuzz")))


if __name__ == "__main__":
    unittest.main()
