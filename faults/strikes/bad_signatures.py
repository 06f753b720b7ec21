"""Every way a signature can be wrong: each is refused with 401."""

from __future__ import annotations

from collections.abc import Callable

Headers = list[str | bytes]

# name -> (code, the headers made of the right signature)
BAD_SIGNATURES: dict[str, tuple[str, Callable[[str], Headers]]] = {
    "missing": ("signature_missing", lambda right: []),
    "empty": ("signature_missing", lambda right: [""]),
    "twice": ("signature_malformed", lambda right: [right, right]),
    "sha1": ("signature_malformed", lambda right: [f"sha1={right[7:47]}"]),
    "named sha1": ("signature_malformed", lambda right: [f"sha1={right[7:]}"]),
    "upper case": ("signature_malformed", lambda right: [right[:7] + right[7:].upper()]),
    "upper case name": ("signature_malformed", lambda right: ["SHA256=" + right[7:]]),
    "no name": ("signature_malformed", lambda right: [right[7:]]),
    "only a name": ("signature_malformed", lambda right: ["sha256="]),
    "63 digits": ("signature_malformed", lambda right: [right[:-1]]),
    "65 digits": ("signature_malformed", lambda right: [right + "0"]),
    "not hex": ("signature_malformed", lambda right: [right[:-1] + "g"]),
    "not ASCII": ("signature_malformed", lambda right: [right[:-1].encode() + b"\xe9"]),
    "not ASCII digits": ("signature_malformed", lambda right: [f"sha256={'١' * 64}".encode()]),
    "two in one": ("signature_malformed", lambda right: [f"{right},{right}"]),
    "one digit off": ("signature_mismatch", lambda right: [right[:-1] + ("0" if right[-1] != "0" else "1")]),
    "all zeros": ("signature_mismatch", lambda right: [f"sha256={'0' * 64}"]),
}


def altered(body: bytes) -> dict[str, bytes]:
    """Bodies that are not the one that was signed, by how."""
    return {
        "one byte more": body + b"\n",
        "one byte less": body[:-1],
        "one bit": body[:-3] + bytes([body[-3] ^ 1]) + body[-2:],
        "a space": body.replace(b'": ', b'":  ', 1),
        "other line ends": b"\r\n" + body,
    }
