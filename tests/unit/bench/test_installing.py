"""A reference that cannot be had is left out aloud, with what to do, and never invented."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import file_limit, installing
from bench.installing import Missing
from bench.rows import fanout
from bench.rows.fanout import Reference
from bench.servers import Server


def test_without_nginx_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "SYSTEM_PATH", str(tmp_path))
    with pytest.raises(Missing, match="apt-get install -y nginx-light libnginx-mod-nchan"):
        installing.nchan_module()


def test_an_nginx_without_nchan_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nginx = tmp_path / "nginx"
    nginx.write_text(f"#!/bin/sh\necho 'configure arguments: --modules-path={tmp_path}/modules' >&2\n")
    nginx.chmod(0o755)
    monkeypatch.setattr(installing, "SYSTEM_PATH", str(tmp_path))
    with pytest.raises(Missing, match=f"nginx has no nchan .{tmp_path}/modules/ngx_nchan_module.so"):
        installing.nchan_module()


def test_without_node_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="there is no node on PATH"):
        installing.node_modules()


def test_the_rows_of_a_missing_reference_are_left_out_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    @contextlib.contextmanager
    def start(home: Any) -> Iterator[Server]:
        raise Missing("there is none here")
        yield

    nobody: Any = None
    assert list(fanout.against(nobody, nobody, Reference("Another", start), pairs=1, frames=1)) == []
    assert "!! LEFT OUT: the rows of Another: there is none here" in capsys.readouterr().err


def test_more_sockets_than_the_system_allows_are_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, 4096))
    with pytest.raises(RuntimeError, match=r"this system allows 4096: raise it with `ulimit -Hn 10100`"):
        file_limit.room_for(10_000)
