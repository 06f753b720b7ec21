"""Fetches the libraries the console stands on, and keeps them as it needs them: `bin/vendor` calls this.

console/vendor/lock.json names them. Their modules import each other by bare names, which a browser resolves only by an
import map, and an inline one breaks the console's Content-Security-Policy: each such name becomes the address of the
file beside it, once, here. The lock holds the SHA-256 of each file as it came and as it is kept.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import re
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import requests

DIRECTORY = Path(__file__).resolve().parents[1] / "console" / "vendor"
LOCK = DIRECTORY / "lock.json"
_REGISTRY = "https://registry.npmjs.org"
_TIMEOUT_S = 60
_IMPORT = re.compile(rb'(\bfrom ?|\bimport ?)"([^"./][^"]*)"')
_SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


class File(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One file of a package: where it lies there, what it is called here, and what other modules call it."""

    source: str
    kept_as: str
    imported_as: str = ""
    sha256_fetched: str = ""
    sha256_kept: str = ""


class Package(msgspec.Struct, kw_only=True):
    """One release; ``integrity`` is npm's own: the SHA-512 of the tarball."""

    name: str
    version: str
    license: str
    integrity: str
    files: list[File]


class Mismatch(Exception):
    """Something is not what the lock says."""


def registry(environment: Mapping[str, str] = os.environ) -> str:
    """Where npm itself would ask."""
    names = ("npm_config_registry", "NPM_CONFIG_REGISTRY")
    return next((environment[name] for name in names if environment.get(name)), _REGISTRY).rstrip("/")


def read_lock() -> list[Package]:
    return msgspec.json.decode(LOCK.read_bytes(), type=list[Package])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def rewritten(module: bytes, addresses: Mapping[str, str]) -> bytes:
    """A module whose bare imports are addresses. Raises KeyError for a package that is not kept here."""

    def address(match: re.Match[bytes]) -> bytes:
        return match[1] + b'"./%s"' % addresses[match[2].decode()].encode()

    return _IMPORT.sub(address, _SOURCE_MAP.sub(b"\n", module))


def fetch(package: Package, moved: bool) -> dict[str, bytes]:
    """The files of a release by their path in it. ``moved``: it is another than the lock's integrity is of."""
    release = _get(f"{registry()}/{package.name.replace('/', '%2f')}/{package.version}").json()
    tarball = _get(release["dist"]["tarball"]).content
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if not moved and integrity != package.integrity:
        raise Mismatch(
            f"{package.name} {package.version} is {integrity}, and the lock says {package.integrity}"
        )
    package.integrity, package.license = integrity, release["license"]
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        return {name: _read(archive, f"package/{name}") for name in (file.source for file in package.files)}


def _get(url: str) -> requests.Response:
    answer = requests.get(url, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return answer


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file, name
    return file.read()


def vendor(packages: list[Package], moved: set[str]) -> dict[str, bytes]:
    """Every file as it is to be kept; fills in what the lock says of those that moved. Raises Mismatch."""
    addresses = {file.imported_as: file.kept_as for package in packages for file in package.files}
    kept = {}
    for package in packages:
        fetched = fetch(package, package.name in moved)
        for file in package.files:
            data = fetched[file.source]
            result = rewritten(data, addresses) if file.imported_as else data
            hashes = (sha256(data), sha256(result))
            if package.name not in moved and hashes != (file.sha256_fetched, file.sha256_kept):
                raise Mismatch(f"{file.kept_as} of {package.name} is not what the lock says")
            file.sha256_fetched, file.sha256_kept = hashes
            kept[file.kept_as] = result
    return kept


def differing(kept: Mapping[str, bytes]) -> list[str]:
    """The names of the files that are not here, or not as they were just fetched."""
    here = {name: DIRECTORY / name for name in kept}
    return [name for name, path in here.items() if not path.is_file() or path.read_bytes() != kept[name]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bin/vendor", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="fetch and compare; change nothing")
    parser.add_argument(
        "moves", nargs="*", metavar="PACKAGE@VERSION", help="take another release of a package"
    )
    asked = parser.parse_args(arguments)
    moves = dict(move.rsplit("@", 1) for move in asked.moves)
    packages = read_lock()
    for package in packages:
        package.version = moves.get(package.name, package.version)
    try:
        kept = vendor(packages, set(moves))
    except (Mismatch, requests.RequestException) as problem:
        print(f"bin/vendor: {problem}", file=sys.stderr)
        return 1
    return _compare(kept) if asked.check else _write(kept, packages)


def _compare(kept: Mapping[str, bytes]) -> int:
    others = differing(kept)
    print(f"Not as fetched: {', '.join(others)}" if others else f"{len(kept)} files are as fetched.")
    return int(bool(others))


def _write(kept: Mapping[str, bytes], packages: list[Package]) -> int:
    for name, data in kept.items():
        (DIRECTORY / name).write_bytes(data)
    lock: Any = msgspec.json.encode(packages)
    LOCK.write_bytes(msgspec.json.format(lock, indent=2) + b"\n")
    print(f"{len(kept)} files in {DIRECTORY.name}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
