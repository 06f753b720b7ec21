"""A store in a bucket of any S3-compatible service. Imported only where MEDIA_STORE asks for it.

A PUT shows an object when it is whole, in one part or many, so nothing half written is ever read.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from settings import Settings
from storage.store import Incoming, StoreUnavailable, check_digest, is_digest

# A service that hangs must not hold a thread of the web process for long; minio's own limit is 5 minutes.
_TIMEOUT = urllib3.Timeout(connect=5, read=30)
_RETRIES = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
_CONNECTIONS = 16
_MISSING = frozenset({"NoSuchKey", "NoSuchObject"})


class BucketStore:
    """The store that Settings.bucket names; files on their way there are in MEDIA_DIR."""

    def __init__(self, settings: Settings) -> None:
        assert settings.media.bucket is not None
        self._bucket, self._prefix = settings.media.bucket
        self._directory = Path(settings.media.directory).absolute()
        service = urlsplit(settings.storage.endpoint)
        self._client = Minio(
            service.netloc,
            access_key=settings.storage.access_key,
            secret_key=settings.storage.secret_key,
            region=settings.storage.region,
            secure=service.scheme == "https",
            http_client=urllib3.PoolManager(
                maxsize=_CONNECTIONS, timeout=_TIMEOUT, retries=_RETRIES, ca_certs=certifi.where()
            ),
        )

    @property
    def directory(self) -> Path:
        return self._directory

    def open(self, digest: str) -> BinaryIO:
        name = self._name(digest)
        with _reaching():
            self._client.stat_object(self._bucket, name)
        return cast(BinaryIO, _Object(self._client, self._bucket, name))

    def incoming(self) -> Incoming:
        return Incoming(self)

    def keep(self, written: Path, digest: str) -> None:
        with _reaching():
            self._client.fput_object(self._bucket, self._name(digest), str(written))

    def delete(self, digest: str, older_than_s: float) -> bool:
        name = self._name(digest)
        with contextlib.suppress(FileNotFoundError), _reaching():
            kept = self._client.stat_object(self._bucket, name).last_modified
            if kept is not None and kept.timestamp() < time.time() - older_than_s:
                self._client.remove_object(self._bucket, name)
                return True
        return False

    def digests(self, prefix: str) -> Iterator[str]:
        with _reaching():
            for item in self._client.list_objects(self._bucket, f"{self._prefix}{prefix}/"):
                name = str(item.object_name).rpartition("/")[2]
                if is_digest(name):
                    yield name

    def _name(self, digest: str) -> str:
        check_digest(digest)
        return f"{self._prefix}{digest[:2]}/{digest}"


class _Object(io.RawIOBase):
    """An object as a file, asked for at the first read, from where it was sought to."""

    def __init__(self, client: Minio, bucket: str, name: str) -> None:
        self._client = client
        self._place = bucket, name
        self._offset = 0
        self._answer: Any = None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Once, from the beginning, before the first read: all that serving a range takes."""
        if whence != io.SEEK_SET or self._answer is not None:
            raise io.UnsupportedOperation("seek")
        self._offset = offset
        return offset

    def read(self, size: int | None = -1) -> bytes:
        with _reaching():
            if self._answer is None:
                self._answer = self._client.get_object(*self._place, offset=self._offset)
            return bytes(self._answer.read(None if size is None or size < 0 else size))

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._answer is not None:
            # Not given back to the pool: what was not read of it would come first in the next answer.
            self._answer.close()
        super().close()


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """Tell the service's errors as a store's. The texts name no key."""
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise FileNotFoundError("no such object") from None
        raise StoreUnavailable(f"S3 refuses: {error.code}; see S3_* and MEDIA_STORE.") from None
    except (MinioException, HTTPError, OSError) as error:
        raise StoreUnavailable(f"S3 cannot be reached ({type(error).__name__}).") from None
