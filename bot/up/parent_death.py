"""Become another program that dies with its parent; run as a script with nothing but the standard library.

    python -I -S parent_death.py PARENT SIGNAL USER NICE -- PROGRAM ARGUMENT...

PARENT is the pid whose end ends the program, SIGNAL the number it then receives, USER `uid:gid` or `-`.
The kernel forgets a death signal when the user changes, so the user changes first.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _become(user: str) -> None:
    uid, _, gid = user.partition(":")
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))


def _tie_to(parent: int, death_signal: int) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    # The parent may have died before the call above: then no signal will come.
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Take on user, niceness and death signal, then become the program."""
    parent, death_signal, user, nice, _, *program = arguments
    os.nice(int(nice))
    if user != "-":
        _become(user)
    _tie_to(int(parent), int(death_signal))
    # Python ignores SIGPIPE, and exec would pass that on.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(program[0], program)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
