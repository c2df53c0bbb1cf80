"""The two ways in which a scenario fails, and the one in which it cannot be played."""

# Beside its recordings: why.
PROBLEM = "problem.txt"


class Wrong(Exception):
    """Something untrue was said, or something was done that must not be: it fails at once, however slow the machine is."""


class Late(Exception):
    """Something did not come in time, which a slow machine can cause: the scenario may be tried once more."""


class Absent(Exception):
    """This kernel has not what the scenario is about: there is nothing to fail."""
