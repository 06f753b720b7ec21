"""What references need and Parley does not: installed on first use under .data/bench/, versions pinned beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measures.pairs import say
from engines.formation import ROOT

_REFERENCES = Path(__file__).parent / "references"
_TARGET = ROOT / ".data" / "bench"
_LONGEST_S = 300.0
SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
"""PATH, and where Debian keeps nginx."""


class Missing(Exception):
    """A reference cannot run here: why, and what to do."""


def node_modules() -> Path:
    """The directory for NODE_PATH. Raises Missing."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool} on PATH; install Node.js 20 or newer")
    target = _TARGET / "node"
    wanted = _REFERENCES / "node" / "package.json"
    if not _is_installed(target, wanted):
        _begin(target)
        shutil.copy(wanted, target / "package.json")
        _run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], target)
        _finish(target, wanted)
    return target / "node_modules"


def channels_python() -> Path:
    """The interpreter that has Django Channels. Raises Missing."""
    target = _TARGET / "channels"
    wanted = _REFERENCES / "channels" / "requirements.txt"
    python = target / "bin" / "python"
    if not _is_installed(target, wanted):
        _begin(target)
        _run([sys.executable, "-m", "venv", str(target)], target)
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(wanted)], target)
        _finish(target, wanted)
    return python


def nchan_module() -> Path:
    """nginx's module, of the nginx on PATH. Raises Missing."""
    advice = "as root on Debian: apt-get install -y nginx-light libnginx-mod-nchan"
    nginx = shutil.which("nginx", path=SYSTEM_PATH)
    if nginx is None:
        raise Missing(f"there is no nginx; {advice}")
    output = subprocess.run([nginx, "-V"], capture_output=True, text=True, timeout=10, check=True).stderr
    match = re.search(r"--modules-path=(\S+)", output)
    module = Path(match[1] if match else "/usr/lib/nginx/modules") / "ngx_nchan_module.so"
    if not module.exists():
        raise Missing(f"nginx has no nchan ({module}); {advice}")
    return module


def _is_installed(target: Path, wanted: Path) -> bool:
    """Whether the last installation ended well and was of what is wanted now."""
    done = target / f"installed-{wanted.name}"
    return done.exists() and done.read_bytes() == wanted.read_bytes()


def _begin(target: Path) -> None:
    say(f"installing what the reference needs into {target}")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)


def _finish(target: Path, wanted: Path) -> None:
    shutil.copy(wanted, target / f"installed-{wanted.name}")


def _run(command: Sequence[str], directory: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{' '.join(command[:3])} took longer than {_LONGEST_S:.0f} s; run it again") from None
    if done.returncode != 0:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise Missing(f"{' '.join(command[:3])} failed in {directory}:\n{end}")
