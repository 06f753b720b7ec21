"""Deliveries that are signed rightly and make no sense: each is taken, and kept somewhere."""

from __future__ import annotations

from collections.abc import Callable

from faults.people.meta import Meta

Garbage = Callable[[Meta, str, str], bytes]


def _around(meta: Meta, phone: str, words: str) -> bytes:
    """A good delivery whose text is these bytes of JSON."""
    return meta.said(meta.text(phone, "WORDS")).replace(b'"WORDS"', words.encode("utf-8", "surrogatepass"))


# name -> (where it ends up, how it is made of Meta, a phone and a mark)
GARBAGE: dict[str, tuple[set[str], Garbage]] = {
    "bad UTF-8": ({"message"}, lambda m, p, k: _around(m, p, f'"{k}!"').replace(b"!", b"\xff\xfe")),
    "100,000 deep": ({"dead letter"}, lambda m, p, k: _deep(k)),
    "5,000 digits": ({"message"}, lambda m, p, k: _around(m, p, f'"{k}", "n": {"9" * 5000}')),
    "NaN": ({"message"}, lambda m, p, k: _around(m, p, f'"{k}", "n": NaN')),
    "infinite": ({"message"}, lambda m, p, k: _around(m, p, f'"{k}", "n": 1e999')),
    "duplicate keys": ({"message"}, lambda m, p, k: _around(m, p, f'"x", "body": "{k}"')),
    "BOM": ({"message"}, lambda m, p, k: b"\xef\xbb\xbf" + _around(m, p, f'"{k}"')),
    "NUL": ({"message"}, lambda m, p, k: _around(m, p, f'"{k} \\u0000"')),
    "lone surrogate": ({"message"}, lambda m, p, k: _around(m, p, f'"{k} \\ud83d"')),
    "encoded surrogate": ({"message"}, lambda m, p, k: _around(m, p, f'"{k} \ud83d"')),
    "NUL in a name": ({"message", "contact"}, lambda m, p, k: m.said(m.text(p, k), name=f"{k}\0")),
    "NUL in an id": ({"message"}, lambda m, p, k: m.said(m.text(p, k, id=f"wamid.{k}\0"))),
    "huge id": ({"other"}, lambda m, p, k: m.said(m.text(p, k, id="x" * 100_000))),
    "huge text": ({"message"}, lambda m, p, k: _around(m, p, f'"{k} {"x" * 3_000_000}"')),
    "other object": ({"other"}, lambda m, p, k: f'{{"object": "page", "entry": [{{"id": "{k}"}}]}}'.encode()),
    "no entries": ({"other"}, lambda m, p, k: f'{{"object": "{k}"}}'.encode()),
    "entries of numbers": (
        {"other"},
        lambda m, p, k: f'{{"object": "whatsapp_business_account", "entry": [1, "{k}"]}}'.encode(),
    ),
    "an array": ({"other"}, lambda m, p, k: f'["{k}"]'.encode()),
    "a string": ({"other"}, lambda m, p, k: f'"{k}"'.encode()),
    "no JSON": ({"dead letter"}, lambda m, p, k: k.encode()),
    "cut short": ({"dead letter"}, lambda m, p, k: _around(m, p, f'"{k}"')[:-5]),
    "a form": ({"dead letter"}, lambda m, p, k: f"entry={k}&object=x".encode()),
    "UTF-16": (set(), lambda m, p, k: _around(m, p, f'"{k}"').decode().encode("utf-16")),
    "empty": (set(), lambda m, p, k: b""),
    "zeros": (set(), lambda m, p, k: bytes(1000)),
    "null": (set(), lambda m, p, k: b"null"),
}


def _deep(mark: str) -> bytes:
    return b'{"object": "whatsapp_business_account", "mark": "%s", "entry": %s1%s}' % (
        mark.encode(),
        b"[" * 100_000,
        b"]" * 100_000,
    )
