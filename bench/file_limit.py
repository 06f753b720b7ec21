"""How many sockets a process may have open."""

from __future__ import annotations

import resource

_OTHERS = 100  # logs, Redis, libraries


def room_for(sockets: int) -> None:
    """Let this process, and those it starts from now on, have so many. Raises RuntimeError where it must not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + _OTHERS
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(
            f"{sockets} sockets need {wanted} open files, and this system allows {hard}: "
            f"raise it with `ulimit -Hn {wanted}`, or ask for fewer with --count."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
