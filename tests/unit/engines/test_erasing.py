"""Deleting a formation's data."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.erasing import erase
from engines.errors import AlreadyRunning
from engines.lock import DirectoryLock


def test_only_what_a_formation_made_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "logs").mkdir()
    (tmp_path / "sandbox-journal.jsonl").touch()
    (tmp_path / "thesis.txt").touch()
    deleted = erase(tmp_path)
    assert deleted == [str(tmp_path / name) for name in ("postgres", "logs", "sandbox-journal.jsonl")]
    assert (tmp_path / "thesis.txt").exists()


def test_the_cluster_that_lies_elsewhere_goes_too(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "postgres" / "location").write_text(f"{elsewhere}\n")
    erase(tmp_path)
    assert not elsewhere.exists()


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    lock = DirectoryLock(tmp_path)
    lock.acquire("http://localhost:8000")
    with pytest.raises(AlreadyRunning, match="http://localhost:8000"):
        erase(tmp_path)
    lock.release()
    assert (tmp_path / "logs").exists()
    assert erase(tmp_path) == [str(tmp_path / "logs")]
