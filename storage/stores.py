"""Which store the settings ask for."""

from __future__ import annotations

import importlib
from pathlib import Path

from settings import Problem, Settings, SettingsError
from storage.store import DirectoryStore, Store


def open_store(settings: Settings) -> Store:
    """The store of MEDIA_STORE. Opens no connection. Raises SettingsError where its client is not installed."""
    if settings.media.bucket is None:
        return DirectoryStore(Path(settings.media.directory))
    try:
        store: Store = importlib.import_module("storage.bucket").BucketStore(settings)
    except ModuleNotFoundError as error:
        raise SettingsError(
            [
                Problem(
                    f"MEDIA_STORE needs the package {error.name}",
                    "Run `pip install minio`, or set directory.",
                )
            ]
        ) from None
    return store
