"""One house for all tests here, with secrets of its own, so that signatures are checked."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from engines.formation import Formation
from tests.integration.cli.doctorhouse import SECRET, VERIFY_TOKEN


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Formation]:
    environment = {
        "PATH": os.environ["PATH"],
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
    }
    with Formation(tmp_path_factory.mktemp("house"), environment) as formation:
        yield formation
