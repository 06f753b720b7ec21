"""Whose delivery it is: the signature over the raw bytes."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.inbound.signature import MALFORMED, MISMATCH, MISSING, REJECTIONS, check

SECRET = b"0123456789abcdef0123456789abcdef"
OLD = b"fedcba9876543210fedcba9876543210"
BODY = b'{"object":"whatsapp_business_account","note":"\xf0\x9f\x91\x8b"}'


def digest(body: bytes = BODY, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def signed(body: bytes = BODY, secret: bytes = SECRET) -> str:
    return f"sha256={digest(body, secret)}"


def test_metas_own_signature_passes() -> None:
    assert check(BODY, signed(), [SECRET]) is None


def test_an_empty_body_can_be_signed() -> None:
    assert check(b"", signed(b""), [SECRET]) is None


def test_a_known_digest_passes() -> None:
    # RFC 4231, test case 2.
    known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert check(b"what do ya want for nothing?", known, [b"Jefe"]) is None


def test_during_a_rotation_both_secrets_count() -> None:
    assert check(BODY, signed(secret=OLD), [SECRET, OLD]) is None
    assert check(BODY, signed(), [SECRET, OLD]) is None


def test_after_a_rotation_the_old_secret_counts_no_more() -> None:
    assert check(BODY, signed(secret=OLD), [SECRET]) is MISMATCH


def test_without_a_secret_nothing_passes() -> None:
    assert check(BODY, signed(), []) is MISMATCH


@pytest.mark.parametrize("header", [None, ""])
def test_a_signature_that_is_missing_is_told_as_missing(header: str | None) -> None:
    assert check(BODY, header, [SECRET]) is MISSING


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], BODY.replace(b"w", b"W", 1), b""])
def test_a_body_changed_by_one_byte_is_refused(body: bytes) -> None:
    assert check(body, signed(), [SECRET]) is MISMATCH


@pytest.mark.parametrize(
    "header",
    [
        digest(),
        f"sha1={digest()[:40]}",
        f"sha1={digest()}",
        f"SHA256={digest()}",
        f"sha256={digest().upper()}",
        f"sha256={digest()[:63]}",
        f"sha256={digest()}0",
        f" sha256={digest()}",
        f"sha256={digest()}\n",
        f"sha256={digest()},sha256={digest()}",
        f"sha256={digest()}, sha256={'0' * 64}",
        "sha256=",
        "sha256=" + "é" * 64,
        "sha256=" + "\uff10" * 64,
        "\ud800",
    ],
)
def test_a_signature_of_another_form_is_refused(header: str) -> None:
    assert check(BODY, header, [SECRET]) is MALFORMED


@given(st.binary(), st.text() | st.none(), st.lists(st.binary(min_size=1), max_size=2))
def test_nothing_at_all_makes_it_raise(body: bytes, header: str | None, secrets: list[bytes]) -> None:
    assert check(body, header, secrets) in REJECTIONS


def test_no_reason_shows_a_digest_or_a_secret() -> None:
    for rejection in REJECTIONS:
        assert digest() not in rejection.sentence
        assert SECRET.decode() not in rejection.sentence
