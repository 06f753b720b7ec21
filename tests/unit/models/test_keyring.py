"""Tokens at rest: unreadable without the key, and a key can be changed."""

from __future__ import annotations

import pytest

from models.numbers.keyring import KeyMissing, Keyring, KeyWrong, new_key

TOKEN = "EAAone1two2three3"


def test_a_sealed_token_shows_nothing_of_itself_and_opens_again() -> None:
    ring = Keyring([new_key()])
    sealed = ring.seal(TOKEN)
    assert TOKEN not in sealed
    assert ring.open(sealed) == TOKEN


def test_the_same_token_never_looks_the_same() -> None:
    ring = Keyring([new_key()])
    assert ring.seal(TOKEN) != ring.seal(TOKEN)


def test_without_a_key_nothing_is_sealed_or_opened() -> None:
    sealed = Keyring([new_key()]).seal(TOKEN)
    for use in (lambda: Keyring([]).seal(TOKEN), lambda: Keyring([]).open(sealed)):
        with pytest.raises(KeyMissing, match="parley secret"):
            use()


def test_another_key_does_not_open_it() -> None:
    sealed = Keyring([new_key()]).seal(TOKEN)
    other = Keyring([new_key()])
    for use in (other.open, other.reseal):
        with pytest.raises(KeyWrong):
            use(sealed)


def test_a_changed_byte_is_noticed() -> None:
    ring = Keyring([new_key()])
    sealed = ring.seal(TOKEN)
    with pytest.raises(KeyWrong):
        ring.open(sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:])


def test_a_key_is_rotated_by_putting_the_new_one_first() -> None:
    old, new = new_key(), new_key()
    sealed = Keyring([old]).seal(TOKEN)
    both = Keyring([new, old])
    assert both.open(sealed) == TOKEN
    assert Keyring([new]).open(both.reseal(sealed)) == TOKEN
    assert Keyring([new]).open(both.seal(TOKEN)) == TOKEN
