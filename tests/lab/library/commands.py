"""Running programs, in a network namespace or outside of one."""

import shlex
import subprocess

from .failure import Late


class CommandFailed(Exception):
    """A program that had to succeed did not."""


class CommandLate(CommandFailed, Late):
    """It did not end in time."""


def in_namespace(namespace, arguments):
    """The argument list that runs `arguments` in `namespace` (None: in the namespace we are in)."""
    if namespace is None:
        return list(arguments)
    return ["ip", "netns", "exec", namespace, *arguments]


def run(*arguments, namespace=None, check=True, timeout=60, stdin=None):
    """Run a program to its end and return what it printed, standard output and standard error together.

    `timeout` is in seconds. Raises CommandFailed when the program fails and `check` is set, CommandLate when it takes too long.
    """
    argv = in_namespace(namespace, [str(argument) for argument in arguments])
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, input=stdin, text=True,
                              errors="replace", timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        raise CommandLate(f"{shlex.join(argv)}: no end after {timeout} s") from late
    if check and done.returncode != 0:
        raise CommandFailed(f"{shlex.join(argv)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def shell(line, namespace=None, check=True, timeout=60):
    """Run one shell line."""
    return run("bash", "-c", line, namespace=namespace, check=check, timeout=timeout)
