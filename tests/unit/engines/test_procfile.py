"""Reading the Procfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.errors import EngineError
from engines.procfile import Procfile


def test_a_line_becomes_a_shell_that_becomes_the_program(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("# comment\nweb: serve 'a b' --port $PORT\n")
    assert Procfile(path).lines == {"web": "serve 'a b' --port $PORT"}
    assert Procfile(path).arguments("web") == ["/bin/sh", "-c", "exec serve 'a b' --port $PORT"]


def test_a_missing_line_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("web: serve\n")
    with pytest.raises(EngineError, match="no line 'worker'; it has web"):
        Procfile(path).arguments("worker")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="No such file"):
        Procfile(tmp_path / "Procfile")
