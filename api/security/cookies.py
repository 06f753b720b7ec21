"""The console's session cookie: out of reach for scripts, for other sites, and for whoever can set cookies nearby.

Over https its name begins with ``__Host-``: a browser then takes it from this very host alone, over https, for
the whole of it. Development is plain http, where a browser would drop such a cookie. (RFC 6265bis, 4.1.3.2)
"""

from __future__ import annotations

from datetime import UTC, datetime

import falcon

from settings import Settings

NAME = "parley_session"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def token_of(req: falcon.Request, settings: Settings) -> str | None:
    """The token in the cookie of a request, or None."""
    token: str | None = req.cookies.get(name(settings))
    return token or None


def give(resp: falcon.Response, settings: Settings, token: str, ends: datetime) -> None:
    """Have the browser keep a token until its session ends."""
    resp.set_cookie(
        name(settings),
        token,
        expires=ends,
        path="/",
        secure=not settings.development,
        http_only=True,
        same_site="Strict",
    )


def take_back(resp: falcon.Response, settings: Settings) -> None:
    """Have the browser forget it. With the same attributes, without which it would not touch a ``__Host-`` cookie."""
    give(resp, settings, "", _LONG_AGO)


def name(settings: Settings) -> str:
    return NAME if settings.development else f"__Host-{NAME}"
