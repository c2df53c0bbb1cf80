"""tests/lab/demo, without its VM: whatever goes wrong is told in plain words and by the exit status, and never by a traceback."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import demo  # noqa: E402: the path to it is set above
from library.failure import Wrong  # noqa: E402
from library.follower import LineMissing  # noqa: E402


class InTheVm(unittest.TestCase):
    """The program that the VM runs."""

    def play(self, problem):
        def play(_lab):
            if problem:
                raise problem
        with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as share:
            kept, output = (demo.WORK, demo.SHARE, demo.play), io.StringIO()
            demo.WORK, demo.SHARE, demo.play = work, share, play
            try:
                with contextlib.redirect_stdout(output):
                    status = demo.main()
            finally:
                demo.WORK, demo.SHARE, demo.play = kept
            self.assertNotIn("Traceback", output.getvalue())
            self.assertEqual(os.listdir(share), ["problem.txt"] if problem else [])
        return status, output.getvalue()

    def test_as_it_should_be(self):
        self.assertEqual(self.play(None), (0, ""))

    def test_late(self):
        for problem in (LineMissing("no line 'established' within 90 s; the last were:\nx"), TimeoutError(),
                        subprocess.TimeoutExpired("ip", 60)):
            status, said = self.play(problem)
            self.assertEqual(status, 75)
            self.assertIn("did not come in time", said)

    def test_wrong(self):
        for problem in (Wrong("sa-missing did not close"), KeyError("a"), AssertionError()):
            self.assertEqual(self.play(problem)[0], 1)


class Outside(unittest.TestCase):
    """The script, beside stand-ins for what it starts."""

    def run_demo(self, prepare="exit 0", vm="exit 0", program=True):
        with tempfile.TemporaryDirectory() as root:
            lab = f"{root}/tests/lab"
            os.makedirs(lab)
            shutil.copy(f"{HERE}/demo", lab)
            for name, text in (("prepare", prepare), ("vm", vm), ("guest", "")):
                with open(f"{lab}/{name}", "w", encoding="ascii") as file:
                    file.write(f"#!/bin/bash\n{text}\n")
                os.chmod(f"{lab}/{name}", 0o755)
            # No cargo on this path: what is missing is not built.
            environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SWANWATCH": "/bin/true" if program else f"{root}/none"}
            done = subprocess.run([f"{lab}/demo"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def test_statuses(self):
        for status, told in ((0, "that is all"), (75, "too slow or too busy"), (124, "did not come to an end"), (1, "it went wrong")):
            with self.subTest(status=status):
                code, said = self.run_demo(vm=f"echo shown; exit {status}")
                self.assertEqual(code, {124: 75}.get(status, status), said)
                self.assertIn(told, said)
                self.assertIn("shown", said)
                self.assertTrue(said.startswith("demo: prepares a virtual machine"), said)

    def test_a_lab_that_cannot_run_here(self):
        code, said = self.run_demo(prepare="echo 'the lab cannot run here: it is not Debian 12' >&2; exit 3")
        self.assertEqual(code, 3)
        self.assertTrue(said.endswith("the lab cannot run here: it is not Debian 12\n"), said)

    @unittest.skipIf(shutil.which("cargo", path="/usr/sbin:/usr/bin:/sbin:/bin"), "cargo is where it cannot be hidden")
    def test_no_program(self):
        code, said = self.run_demo(program=False)
        self.assertEqual(code, 2)
        self.assertIn("no cargo to build it with", said)


if __name__ == "__main__":
    unittest.main()
