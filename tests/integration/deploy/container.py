"""A container without Docker: the image on a read-only root, an ordinary user, no capabilities (Linux, as root)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from engines.child import Child, Command
from engines.formation import ROOT
from tests.integration.deploy.composed import Composed

_PATH = f"{os.defpath}:/usr/local/bin:/usr/sbin:/sbin"
_NO_PRIVILEGES = "--no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all --pdeathsig=keep"
# In a mount namespace of its own: a root of memory, and into it, read-only, what the image has of the same names.
_ENTER = r"""
set -eu
root=$1 image=$2 user=$3 group=$4 writable=$5 places=$6
shift 6
put() {
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
}
mount -t tmpfs -o mode=755 root "$root"
for place in $writable; do
    mkdir -p "$root$place"
    mount -t tmpfs -o "mode=755,uid=$user,gid=$group" writable "$root$place"
done
for place in /usr /bin /sbin /lib /lib64 /etc $places; do
    if [ -L "$place" ]; then cp -P "$place" "$root$place"; elif [ -d "$place" ]; then put "$place" "$place"; fi
done
for file in passwd group; do
    mount --bind "$image/$file" "$root/etc/$file"
    mount -o remount,bind,ro "$root/etc/$file"
done
put "$image/parley" /srv/parley
mkdir "$root/proc" "$root/dev"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot "$root" /bin/sh -c 'cd /srv/parley; exec "$@"' sh "$@"
"""


def why_not() -> str:
    """Why there can be no such container on this machine: empty where there can."""
    if not sys.platform.startswith("linux"):
        return "read-only roots are played on Linux only"
    if os.geteuid() != 0:
        return "only root may make a read-only root and become another user"
    missing = [
        tool for tool in ("unshare", "nsenter", "setpriv", "chroot") if not shutil.which(tool, path=_PATH)
    ]
    return f"there is no {' and no '.join(missing)} (util-linux)" if missing else ""


def build(directory: Path, user: int, without: str = "") -> Path:
    """The files the Dockerfile puts into an image: what .dockerignore lets in, less a room, and its user's name."""
    image = directory / "image"
    (image / "parley").mkdir(parents=True)
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name in set(let_in) - {without}:
        source, target = ROOT / name, image / "parley" / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, target)
    subprocess.run([sys.executable, "-m", "compileall", "-q", image / "parley"], check=True)
    (image / "passwd").write_text(f"parley:x:{user}:{user}::/nonexistent:/usr/sbin/nologin\n")
    (image / "group").write_text(f"parley:x:{user}:\n")
    for path in (image / "parley", image / "passwd", image / "group"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return image


class Container:
    """A service's command as compose would start it, from the files of ``image``."""

    def __init__(self, directory: Path, service: Composed, image: Path) -> None:
        self._service = service
        self._image = image
        self._root = directory / "root"
        self._root.mkdir(parents=True)
        self._child = Child(service.name, directory)
        # The Dockerfile's.
        venv = Path(sys.prefix)
        self._env = {
            "PATH": f"{venv}/bin:{os.defpath}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **service.environment,
        }
        # The packages where their scripts say they are, and the Python they were made with.
        self._places = " ".join({str(venv), sys.base_prefix} - {"/usr"})

    @property
    def _user(self) -> list[str]:
        user, group = self._service.user, self._service.group
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *_NO_PRIVILEGES.split()]

    def start(self) -> None:
        user, group = str(self._service.user), str(self._service.group)
        enter = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", _ENTER, "container"]
        places = [
            str(self._root),
            str(self._image),
            user,
            group,
            " ".join(self._service.writable),
            self._places,
        ]
        command = [*enter, *places, *self._user, *self._service.command]
        self._child.start(Command(command, self._env | {"PATH": f"{self._env['PATH']}:{_PATH}"}, Path("/")))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command beside it, as ``docker exec`` runs one."""
        within = ["nsenter", "--target", str(self._child.pid), "--mount", "--root", "--wd"]
        return subprocess.run(
            [*within, *self._user, *command],
            env=self._env | {"PATH": f"{self._env['PATH']}:{_PATH}"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def is_well(self) -> bool:
        """Whether its health check passes; raises where there is nothing left to be well."""
        assert self._child.running, self.said
        return self.run(*self._service.check).returncode == 0

    def wait(self, seconds: float) -> int:
        return self._child.wait(seconds)

    def stop(self) -> int | None:
        """Its exit code, after as much time as compose gives it; then it is killed."""
        return self._child.stop(self._service.grace_s)

    def kill(self) -> None:
        self._child.kill()

    @property
    def status(self) -> dict[str, str]:
        """What the kernel says of its process; raises where there is none left."""
        assert self._child.running, self.said
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def heeds(self, number: int) -> bool:
        return self._child.heeds(number)

    @property
    def said(self) -> str:
        return self._child.log.read_text(errors="replace")
