"""Files come from public addresses only, whatever a host's name resolves to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.whatsapp.graphstand import GraphStand, answer, saying, sending
from whatsapp.errors import ErrorClass
from whatsapp.graph.addresses import is_public
from whatsapp.graph.files import FileClient, Limits
from whatsapp.graph.transport import Refused, Transport


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "224.0.0.1", "::"),
        # Behind a gateway or a tunnel: NAT64, 6to4, IPv4-compatible.
        *("64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::224.0.0.1"),
        *("64:ff9b:1::10.0.0.1", "64:ff9b:1:a00::1", "64:ff9b:1::157.240.0.35"),
        *(
            "2002:a00:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "::10.0.0.1",
            "::127.0.0.1",
            "::192.168.1.1",
        ),
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("157.240.0.35", "2a03:2880:f12d::1", "::ffff:157.240.0.35", "::157.240.0.35"),
        *("64:ff9b::157.240.0.35", "2002:9df0:23::1"),
    ],
)
def test_metas_addresses_are_public(address: str) -> None:
    assert is_public(address)


def fetch(graph: GraphStand, host: str, *, guarded: bool = True) -> bytes:
    """Fetch a file that Meta says is at ``host``; what came of it."""
    got: list[bytes] = []
    limits = Limits(5, 1000, frozenset({host}), guarded)
    FileClient(Transport(graph.url, "v26.0", "EAAtoken"), limits).fetch("1", got.append)
    return b"".join(got)


def refusal(graph: GraphStand, host: str) -> Refused:
    with pytest.raises(Refused) as caught:
        fetch(graph, host)
    return caught.value


def test_a_host_that_resolves_to_this_machine_gets_no_byte_and_no_token() -> None:
    with GraphStand(sending(answer(200, b"a secret of this network"))) as inside:
        host = inside.url.removeprefix("http://").replace("127.0.0.1", "localhost")
        with GraphStand(saying(200, {"url": f"https://{host}/file"})) as graph:
            refused = refusal(graph, host)
        assert inside.asked == []
    assert refused.problem.kind is ErrorClass.MEDIA
    assert "private address" in refused.problem.details


def test_a_file_over_plain_http_is_not_asked_for() -> None:
    with GraphStand(sending(answer(200, b"file"))) as elsewhere:
        host = elsewhere.url.removeprefix("http://")
        with GraphStand(saying(200, {"url": f"http://{host}/file"})) as graph:
            refused = refusal(graph, host)
        assert elsewhere.asked == []
    assert "https://" in refused.problem.details


def test_beside_a_sandbox_both_are_allowed() -> None:
    with GraphStand(sending(answer(200, b"file"))) as elsewhere:
        host = elsewhere.url.removeprefix("http://")
        with GraphStand(saying(200, {"url": f"http://{host}/file"})) as graph:
            assert fetch(graph, host, guarded=False) == b"file"


def test_the_name_is_resolved_once_and_that_address_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a public answer first, a private one later. There is no first."""
    import socket

    asked: list[Any] = []
    resolve = socket.getaddrinfo

    def noted(host: Any, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return resolve("127.0.0.1" if host == "files.example" else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    with GraphStand(sending(answer(200, b"inside"))) as inside:
        host = f"files.example:{inside.url.rpartition(':')[2]}"
        with GraphStand(saying(200, {"url": f"https://{host}/file"})) as graph:
            refusal(graph, host)
        assert inside.asked == []
    assert asked.count("files.example") == 1
