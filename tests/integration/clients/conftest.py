"""The document of a house that runs, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faults.house import House


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory, guarded_house: House) -> Path:
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(guarded_house.request("GET", "/openapi.json").content)
    return path
