"""Both stores by the same tests: a directory, and a bucket of a real S3 server."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from settings import Settings, SettingsError, groups
from storage.store import DirectoryStore, Store, StoreUnavailable, delete_leftovers
from storage.stores import open_store

NO_CLIENT = "no S3 client: pip install minio"
ACCESS, SECRET, BUCKET = "parley", "not-a-real-secret-key", "files"
OLD = -3600.0  # older than an hour from now: everything
WORDS = b"to be or not to be, " * 10_000


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of an S3 server, with one bucket."""
    moto = pytest.importorskip(
        "moto.server", reason="no S3 server to test against: pip install 'moto[s3,server]'"
    )
    minio = pytest.importorskip("minio", reason=NO_CLIENT)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    minio.Minio(
        f"{host}:{port}", access_key=ACCESS, secret_key=SECRET, secure=False, region="eu-west-1"
    ).make_bucket(BUCKET)
    yield f"http://{host}:{port}"
    server.stop()


def bucket(endpoint: str, directory: Path, name: str = f"{BUCKET}/a/prefix") -> Settings:
    pytest.importorskip("minio", reason=NO_CLIENT)
    return Settings(
        media=groups.Media(store=f"s3://{name}", directory=str(directory)),
        storage=groups.Storage(endpoint=endpoint, region="eu-west-1", access_key=ACCESS, secret_key=SECRET),
    )


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "directory":
        return open_store(Settings(media=groups.Media(directory=str(tmp_path))))
    return open_store(bucket(request.getfixturevalue("service"), tmp_path))


def kept(store: Store, content: bytes) -> str:
    with store.incoming() as file:
        file.write(content)
        file.keep()
    return file.digest


def test_what_is_kept_is_read_back_under_its_digest(store: Store) -> None:
    digest = kept(store, WORDS)
    assert digest == hashlib.sha256(WORDS).hexdigest()
    with store.open(digest) as file:
        assert file.read() == WORDS


def test_a_part_is_read_from_where_it_begins(store: Store) -> None:
    with store.open(kept(store, WORDS)) as file:
        file.seek(100_003)
        assert (file.read(5), file.read(7)) == (WORDS[100_003:100_008], WORDS[100_008:100_015])


def test_a_file_of_several_parts_comes_back_whole(store: Store) -> None:
    content = os.urandom(11 * 1024 * 1024)
    digest = kept(store, content)
    with store.open(digest) as file:
        assert hashlib.sha256(file.read()).hexdigest() == digest


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    first, second = kept(store, b"the same"), kept(store, b"the same")
    assert list(store.digests(first[:2])) == [second]


def test_what_is_not_kept_is_nowhere(store: Store) -> None:
    with store.incoming() as file:
        file.write(b"half of someth")
    with pytest.raises(FileNotFoundError):
        store.open(file.digest)
    assert list(store.directory.glob("incoming-*")) == []


def test_nothing_is_seen_before_it_is_kept(store: Store) -> None:
    with store.incoming() as file:
        file.write(b"whole soon")
        assert list(store.digests(file.digest[:2])) == []
        file.keep()
        assert list(store.digests(file.digest[:2])) == [file.digest]
    assert list(store.directory.glob("incoming-*")) == []


def test_what_is_written_can_be_read_before_it_is_kept(store: Store) -> None:
    with store.incoming() as file:
        file.write(b"look at me")
        assert (file.head(4), file.head(4096)) == (b"look", b"look at me")
        file.write(b" again")
        assert file.head(4096) == b"look at me again"


def test_an_unknown_digest_is_no_file(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        store.open("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "a" * 63 + "/", "é" * 64])
def test_a_name_that_is_no_digest_is_refused(store: Store, name: str) -> None:
    for use in (store.open, lambda digest: store.delete(digest, OLD)):
        with pytest.raises(ValueError, match="not a digest"):
            use(name)


def test_a_file_is_deleted_once_it_is_old_enough(store: Store) -> None:
    digest = kept(store, b"not for ever")
    assert not store.delete(digest, 3600)
    assert store.delete(digest, OLD)
    assert not store.delete(digest, OLD)
    assert list(store.digests(digest[:2])) == []


def test_leftovers_of_killed_processes_go_after_a_while(tmp_path: Path) -> None:
    old, new = tmp_path / "incoming-old", tmp_path / "incoming-new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    assert delete_leftovers(tmp_path, 86_400) == 1
    assert (old.exists(), new.exists()) == (False, True)


def test_a_directory_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "none")
    assert list(store.digests("ab")) == []
    assert delete_leftovers(store.directory, 0) == 0


USES: list[Callable[[Store], object]] = [
    lambda store: store.open("0" * 64),
    lambda store: kept(store, b"lost"),
    lambda store: store.delete("0" * 64, OLD),
    lambda store: list(store.digests("00")),
]


@pytest.mark.parametrize("use", USES)
def test_a_service_that_is_away_is_told_as_such(tmp_path: Path, use: Callable[[Store], object]) -> None:
    store = open_store(bucket("http://127.0.0.1:9", tmp_path))
    with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
        use(store)
    assert SECRET not in str(caught.value)
    assert list(tmp_path.glob("incoming-*")) == []


def test_a_bucket_that_is_not_there_is_told_as_such(tmp_path: Path, service: str) -> None:
    store = open_store(bucket(service, tmp_path, "nobodys"))
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        kept(store, b"lost")


def test_without_its_client_a_bucket_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name="minio")

    settings = bucket("http://127.0.0.1:9", tmp_path)
    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(SettingsError, match="pip install minio"):
        open_store(settings)
