"""tests/failures: what is told of a tier's output, whoever wrote it."""

import os
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "failures")

RUST = """
running 3 tests
.F.
failures:

---- bundle::a_service stdout ----
left out: something that it said before

thread 'bundle::a_service' (27075) panicked at tests/cli/bundle.rs:54:46:
called `Result::unwrap()` on an `Err` value: NotFound
stack backtrace:
   0: __rustc::rust_begin_unwind
thread 'another' (1) panicked at tests/cli/bundle.rs:55:1:
a second one

---- src/lib.rs - escape (line 3) stdout ----
Test executable failed (exit status: 1).

failures:
    bundle::a_service
    src/lib.rs - escape (line 3)

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 76.98s

error: test failed, to rerun pass `--test cli`
"""
PYTHON = """
..F.
======================================================================
FAIL: test_untrue (test_second_try.OneScenario.test_untrue)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "x.py", line 3, in test_untrue
    self.assertEqual(1, 2)
AssertionError: 1 != 2

======================================================================
ERROR: test_panic (test_second_try.OneScenario.test_panic)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "x.py", line 3, in test_panic
KeyError: 'a'

----------------------------------------------------------------------
Ran 25 tests in 6.143s

FAILED (failures=1, errors=1)
"""
COMPILER = """
error[E0599]: no variant named `Refused` found
   --> src/engine/x.rs:114:80
    |
error: could not compile `swanwatch` (lib test) due to 1 previous error
"""
LAB = """
FAILED link-set-down                        11 s  ip link set DEV down: the kernel drops every offloaded SA.
  daemon-hung opened at a, which was not expected
failed: link-set-down: daemon-hung opened at a, which was not expected
115 passed, 1 failed
"""


class Told(unittest.TestCase):
    """What is told of each kind of output."""

    def told(self, text):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            return subprocess.run([PROGRAM, file.name], capture_output=True, text=True, check=True).stdout.splitlines()

    def test_each_kind(self):
        for text, expected in (
                (RUST, ["bundle::a_service (tests/cli/bundle.rs:54:46): called `Result::unwrap()` on an `Err` value: NotFound",
                        "src/lib.rs - escape (line 3): Test executable failed (exit status: 1)."]),
                (PYTHON, ["test_untrue: AssertionError: 1 != 2", "test_panic: KeyError: 'a'"]),
                (COMPILER, ["error[E0599]: no variant named `Refused` found (src/engine/x.rs:114:80)"]),
                (LAB, ["link-set-down: daemon-hung opened at a, which was not expected"]),
                ("Diff in /src/x.rs:1:\n-a\n+b\n", ["Diff in /src/x.rs:1:"]),
                ("a row  1.000  0.5  TOO MUCH\n", ["a row  1.000  0.5  TOO MUCH"]),
                ("\nthere is no network\n\n", ["there is no network"]),
                ("x" * 1000, ["x" * 300])):
            with self.subTest(text=text[:60]):
                self.assertEqual(self.told(text), expected)


if __name__ == "__main__":
    unittest.main()
