"""Leads a client of the real Cloud API to a sandbox, by httpx's own means: a transport for one host.

pywa writes ``https://graph.facebook.com`` into the session it is given, and takes any session.
"""

from __future__ import annotations

import httpx

NUMBER = "106540352242922"
SECRET = "the-secret-of-both-sides"
VERIFY_TOKEN = "the-word-of-both-sides"
_HOSTS = ("https://graph.facebook.com", "https://lookaside.fbsbx.com")


class ToSandbox(httpx.HTTPTransport):
    """Sends every request to the sandbox instead of the host it names."""

    def __init__(self, url: str) -> None:
        super().__init__(trust_env=False)
        self._url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = self._url
        request.url = request.url.copy_with(scheme=there.scheme, host=there.host, port=there.port)
        # The sandbox builds the addresses of files from it, as seen by whoever asks.
        request.headers["Host"] = there.netloc.decode()
        return super().handle_request(request)


def session(url: str) -> httpx.Client:
    """A session in which Meta's hosts are the sandbox at ``url``."""
    return httpx.Client(mounts={host: ToSandbox(url) for host in _HOSTS}, trust_env=False)
