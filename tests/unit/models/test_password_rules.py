"""Which passwords an agent may not have."""

from __future__ import annotations

import pytest

from models.actors.password_rules import problem

EMAIL = "ada.lovelace@engines.example"


@pytest.mark.parametrize(
    "password",
    [
        *(
            "1234567890",
            "password12",
            "qwertyuiop",
            "Password123!",
            "P@ssw0rd123",
            "iloveyou2024",
            "1q2w3e4r5t",
        ),
        *(
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "welcome123",
            "football2024",
            "19841984198",
            "zaq12wsxcde3",
        ),
    ],
)
def test_what_a_guesser_tries_first_is_refused(password: str) -> None:
    refused = problem(password, EMAIL)
    assert refused is not None
    assert "easy to guess" in refused
    assert password not in refused


@pytest.mark.parametrize(
    "password",
    ["ada.lovelace1", "AdaLovelace2026", "engines.example", "parley2026!", "whatsappada1", "Countess of1"],
)
def test_the_words_of_the_house_and_the_person_are_refused(password: str) -> None:
    assert problem(password, EMAIL, "Countess Ada") is not None


def test_a_short_one_and_an_endless_one_are_refused_with_their_length() -> None:
    assert "9 characters" in (problem("kx9Qv-tLr", EMAIL) or "")
    assert "1001 characters" in (problem("x" * 1001, EMAIL) or "")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "correct horse battery",
            "another long password",
            "kx9Qv-tLr2wQ",
            "gr\u00fcne \u00c4pfel am Montag",
        ),
        *("\u0628\u0627\u0628 \u0623\u0632\u0631\u0642 \u0642\u062f\u064a\u0645", "ada and the seven looms"),
    ],
)
def test_what_is_long_and_nobodys_word_is_taken(password: str) -> None:
    assert problem(password, EMAIL) is None
