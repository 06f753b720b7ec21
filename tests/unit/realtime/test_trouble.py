"""What is said of a server that cannot be used, and of its TLS, whoever spoke to it."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis._parsers.base import BaseParser
from websockets.sync.client import connect as open_socket

from engines.ports import LOOPBACK
from realtime import trouble
from realtime.connection import connect

_UNSAVED = "cannot save to its disk and takes no writes (MISCONF)"
_REFUSED = "has a TLS certificate that is not accepted: self-signed certificate"


def _self_signed(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cache.example")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            client.settimeout(5)
            with contextlib.suppress(OSError):
                context.wrap_socket(client, server_side=True).close()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server whose certificate nobody signed but itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path_factory.mktemp("tls")))
    listening = socket.create_server((LOOPBACK, 0))
    thread = threading.Thread(target=_shake_hands, args=(listening, context), daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


def test_a_redis_with_a_certificate_of_its_own_making_is_told(port: int) -> None:
    with pytest.raises(redis.ConnectionError) as caught:
        connect(f"rediss://{LOOPBACK}:{port}/0", 5).ping()
    problem = trouble.of_redis(caught.value)
    assert problem.text == _REFUSED
    assert "ssl_ca_certs" in problem.mend


def test_the_same_is_told_of_a_web_server_and_of_sockets(port: int) -> None:
    with pytest.raises(requests.exceptions.SSLError) as refused:
        requests.get(f"https://{LOOPBACK}:{port}/", timeout=5)
    assert trouble.of_certificate(refused.value) == _REFUSED
    with pytest.raises(ssl.SSLError) as closed:
        open_socket(f"wss://{LOOPBACK}:{port}/", proxy=None, open_timeout=5)
    assert trouble.of_certificate(closed.value) == _REFUSED


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            "READONLY You can't write against a read only replica.",
            "is a read-only replica and takes no writes",
        ),
        ("OOM command not allowed when used memory > 'maxmemory'.", "is out of memory and takes no writes"),
        ("MISCONF Errors writing to the AOF file: No space left", _UNSAVED),
        ("ERR Error running script: @user_script:2: -MISCONF Valkey is configured to save", _UNSAVED),
        ("CROSSSLOT Keys in request don't hash to the same slot", "is a Cluster, or part of one"),
        ("MOVED 3999 127.0.0.1:6381", "is a Cluster, or part of one"),
        ("CLUSTERDOWN Hash slot not served", "is a Cluster, or part of one"),
        ("NOAUTH Authentication required.", "wants a password"),
        ("WRONGPASS invalid username-password pair", "refuses the password"),
        ("NOPERM this user has no permissions", "does not let its user do what Parley needs (NOPERM)"),
        ("ERR something else", "cannot be used: something else"),
    ],
)
def test_what_a_redis_answers_is_told_in_words(answer: str, says: str) -> None:
    assert trouble.of_redis(BaseParser.parse_error(answer)).text == says
