"""Become another program that ends when its parent ends: ``tether.py PARENT SIGNAL UID:GID|- COMMAND...``

Run as a script, by a path, with ``python -I -S``: it stands between fork and exec, where a
``preexec_fn`` is not safe in a process with threads. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, signal_number, account, *command = arguments
    if account != "-":
        _become(*(int(number) for number in account.split(":")))
    # After the change of user: the kernel forgets the wish when credentials change.
    _follow_parent(int(parent), int(signal_number))
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _follow_parent(parent: int, signal_number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that asked for this one is gone")


if __name__ == "__main__":
    main(sys.argv[1:])
