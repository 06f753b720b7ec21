"""Deleting a formation's data."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines import account
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


def test_the_cluster_that_lies_elsewhere_goes_too_and_no_other_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, house = tmp_path / "outside", tmp_path / "house"
    monkeypatch.setattr(account, "OUTSIDE", outside)
    for noted, stays in ((outside / "cluster", False), (tmp_path / "thesis", True)):
        noted.mkdir(parents=True)
        (house / "postgres").mkdir(parents=True)
        (house / "postgres" / "location").write_text(f"{noted}\n")
        erase(house)
        assert noted.exists() == stays


def test_a_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    lock = DirectoryLock(tmp_path)
    lock.acquire("http://localhost:8000")
    with pytest.raises(AlreadyRunning, match="http://localhost:8000"):
        erase(tmp_path)
    lock.release()
    assert (tmp_path / "logs").exists()
    assert erase(tmp_path) == [str(tmp_path / "logs")]
