"""Who may drive the sandbox: programs and pages of this machine that call it by a name of its own.

It has no login, and a browser lets any page send requests to localhost: unread ones at once, and readable ones
under a name of the page's that leads here (DNS rebinding). So the control paths and the phone look at who is
called (Host) and at whose page asks (Origin). The Cloud API's paths ask for a token: in a header no foreign page
may set it; in the query it may, so there no page at all may ask.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import falcon

_CLOUD_API = re.compile(r"/v\d+\.\d+/|/whatsapp_business/")
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class OwnPages:
    """Falcon middleware: 403 for requests to another name, or of another origin's page."""

    def __init__(self, host: str) -> None:
        """``host`` is the address to listen on, which is a name of the sandbox's too."""
        self._names = _OWN_NAMES | {host.lower()}

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        host, origin = req.get_header("Host") or "", req.get_header("Origin")
        if _CLOUD_API.match(req.path) and (origin is None or req.get_header("Authorization")):
            return
        if _name(f"//{host}") not in self._names:
            raise falcon.HTTPForbidden(
                title="Not a name of the sandbox's.",
                description=f"It was called {host[:100]!r}; call it localhost.",
            )
        if origin is not None and origin.lower() != f"http://{host}".lower():
            raise falcon.HTTPForbidden(
                title="A page of another origin may not drive the sandbox.",
                description=f"The page is of {origin[:100]!r}; programs send no Origin.",
            )


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
