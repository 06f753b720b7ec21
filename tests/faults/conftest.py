"""One house for all that is broken here, mended before each row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.home import Home, home


@pytest.fixture(scope="session")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home(tmp_path_factory.mktemp("fragile")) as place:
        yield place
