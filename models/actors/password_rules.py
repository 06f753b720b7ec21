"""Which passwords are refused when one is set: those a guesser tries first. (NIST SP 800-63B, 3.1.1.2)

Length counts and composition does not. zxcvbn counts the guesses a cracker needs who knows common passwords, words,
names, keyboards, sequences, repeats and dates; what it cannot know are the words of this house and of the person.
"""

from __future__ import annotations

import re

SHORTEST, LONGEST = 10, 1000
# Far past what the throttle lets anybody try, and two months of a core for a stolen argon2 hash.
_LEAST_GUESSES = 1e8
_LEAST_BESIDE_WORDS = 8
_HOUSE = ("parley", "whatsapp")
# zxcvbn's time grows with the length, and what is strong so far gets no weaker.
_LOOKED_AT = 72


def problem(password: str, email: str, name: str = "") -> str | None:
    """Why this agent may not have this password, as a sentence; None where they may."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"The password has {len(password)} characters; it takes {SHORTEST} to {LONGEST}."
    words = _words(email, name)
    if _beside(password, words) < _LEAST_BESIDE_WORDS:
        return (
            "The password is little more than your name or address, or Parley's; add words that are neither."
        )
    return _guessable(password, words)


def _guessable(password: str, words: list[str]) -> str | None:
    from zxcvbn import zxcvbn  # its word lists take half a second, which no other command should wait for

    estimate = zxcvbn(password[:_LOOKED_AT], user_inputs=words)
    if float(estimate["guesses"]) >= _LEAST_GUESSES:
        return None
    why = estimate["feedback"]["warning"] or "It follows a pattern that is guessed early."
    return f"The password is easy to guess. {why} Four or five words that have nothing to do with each other are good."


def _words(email: str, name: str) -> list[str]:
    """The words of this house and of the person that a guesser tries: whole, and in their parts."""
    parts = re.split(r"[^\w]+|_", f"{email} {name}".lower())
    return sorted({*_HOUSE, *(part for part in parts if len(part) > 2)}, key=len, reverse=True)


def _beside(password: str, words: list[str]) -> int:
    """How many characters are left without those words."""
    left = password.lower()
    for word in words:
        left = left.replace(word, "")
    return len(left)
