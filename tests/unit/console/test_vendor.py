"""The libraries of the console: each file is what its lock says, and bare imports become addresses."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli import vendor

PACKAGES = vendor.read_lock()
FILES = [file for package in PACKAGES for file in package.files]


@pytest.mark.parametrize("file", FILES, ids=[file.kept_as for file in FILES])
def test_each_file_is_the_one_that_was_recorded(file: vendor.File) -> None:
    assert vendor.sha256((vendor.DIRECTORY / file.kept_as).read_bytes()) == file.sha256_kept


def test_nothing_lies_there_that_nobody_recorded() -> None:
    here = {path.name for path in vendor.DIRECTORY.iterdir()}
    types = {file.kept_as.replace(".js", ".d.ts") for file in FILES if file.kept_as.endswith(".js")}
    assert here == {file.kept_as for file in FILES} | types | {"lock.json"}


def test_each_package_has_its_licence_beside_it() -> None:
    for package in PACKAGES:
        assert package.license in ("MIT", "Apache-2.0")
        assert any(file.source == "LICENSE" for file in package.files), package.name


def test_no_module_names_what_a_browser_cannot_find() -> None:
    for file in FILES:
        if file.imported_as:
            text = (vendor.DIRECTORY / file.kept_as).read_bytes()
            assert vendor.rewritten(text, {}) == text, file.kept_as


def test_bare_imports_become_addresses_and_others_stay() -> None:
    module = (
        b'import{h}from"preact";import"preact/hooks";import x from"./near.js";\n//# sourceMappingURL=a.map\n'
    )
    kept = vendor.rewritten(module, {"preact": "preact.js", "preact/hooks": "hooks.js"})
    assert kept == b'import{h}from"./preact.js";import"./hooks.js";import x from"./near.js";\n'


def test_a_package_that_is_not_kept_is_no_import() -> None:
    with pytest.raises(KeyError):
        vendor.rewritten(b'import"left-pad"', {})


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "https://registry.npmjs.org"),
        ({"npm_config_registry": "https://npm.example/"}, "https://npm.example"),
        ({"NPM_CONFIG_REGISTRY": "https://npm.example/all/"}, "https://npm.example/all"),
    ],
)
def test_it_asks_where_npm_would(environment: dict[str, str], address: str) -> None:
    assert vendor.registry(environment) == address


class Registry(BaseHTTPRequestHandler):
    """Has of every release the same tarball."""

    def do_GET(self) -> None:
        if not self.path.endswith(".tgz"):
            tarball = f"http://{self.headers['Host']}/a.tgz"
            return self._answer(json.dumps({"dist": {"tarball": tarball}, "license": "MIT"}).encode())
        return self._answer(b"something else")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_tarball_that_is_not_the_locks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(vendor.Mismatch, match="the lock says"):
            vendor.fetch(PACKAGES[0], moved=False)
        server.shutdown()
