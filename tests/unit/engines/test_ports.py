"""Ports on the loopback address."""

from __future__ import annotations

import socket
import subprocess
import sys

from engines import ports
from engines.formation import ROOT

# Another process that is given a port out of these, and says which.
_OTHER = """
import sys
from engines import ports
print(ports.free_port(range(int(sys.argv[1]), int(sys.argv[2]))))
"""


def given_elsewhere(choice: range) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _OTHER, str(choice.start), str(choice.stop)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_free_port_can_be_listened_on_and_is_given_once() -> None:
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == 50
    assert all(ports.is_free(port) for port in given)


def test_a_port_of_one_process_is_given_to_no_other_though_nobody_listens_there_yet() -> None:
    port = ports.free_port()
    refused = given_elsewhere(range(port, port + 1))
    assert "no free port" in refused.stderr, refused.stdout


def test_a_port_of_a_process_that_ended_is_given_again() -> None:
    port = int(given_elsewhere(ports.RANGE).stdout)
    assert ports.free_port(range(port, port + 1)) == port


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.answers(port)


def test_a_port_nobody_listens_on_does_not_answer() -> None:
    assert not ports.answers(ports.free_port())
