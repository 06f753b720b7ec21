"""What doctor looks at: the settings, the engines they name, and the doors to the running processes."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
import requests

from realtime import trouble
from realtime.connection import connect
from realtime.presence import PresenceReader
from settings import Settings

REDIS_TIMEOUT_S = 2.0
HTTP_TIMEOUT_S = 2.4
# When the last test delivery entered the inbox, so that it is not taken for one of Meta's.
_PROBED = "parley:doctor:probed"
_PROBED_LIFE_S = 90 * 86_400
_LONGEST = 64 * 1024


class Door(NamedTuple):
    """One way into the house: what to call it, the URL of the webhook, the URL under which sockets open."""

    name: str
    webhook: str
    sockets: str


class Answer(NamedTuple):
    """An HTTP answer, cut after 64 KiB."""

    status: int
    body: bytes
    location: str


class Unreachable(Exception):
    """No HTTP answer; the text says how it failed, without URL or headers."""


class Patient:
    """One installation, and what earlier checks learnt of it. Opens no connection by itself."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis: redis.Redis = connect(settings.redis.url, REDIS_TIMEOUT_S)
        self.webhook_door: Door | None = None
        self.migrated = False
        self.clocks: dict[str, float] = {}
        self._session = requests.Session()
        # As for the Graph client: secrets go to the hosts that are configured, not to a proxy of the shell.
        self._session.trust_env = False

    @property
    def doors(self) -> tuple[Door, Door]:
        """The public way in, as Meta and browsers take it, and the local one behind the front door."""
        settings = self.settings
        url = urlsplit(settings.meta.callback_url)
        scheme = "wss" if url.scheme == "https" else "ws"
        public = Door(url.netloc, settings.meta.callback_url, f"{scheme}://{url.netloc}")
        web = f"{_reachable(settings.web.host)}:{settings.web.port}"
        ws = f"{_reachable(settings.gateway.host)}:{settings.gateway.port}"
        return public, Door(web, f"http://{web}/api/v1/whatsapp/webhook", f"ws://{ws}")

    def gateways(self) -> list[str]:
        """Where each gateway that is alive says it listens, as host:port; of an older version, or where none is, what
        the settings say. Raises redis.RedisError."""
        addresses = [gateway.address for gateway in PresenceReader(self.redis).gateways() if gateway.address]
        return sorted(set(addresses)) or [urlsplit(self.doors[1].sockets).netloc]

    def get(self, url: str, params: dict[str, str], headers: dict[str, str] | None = None) -> Answer:
        """Raises Unreachable."""
        return self._call("GET", url, params=params, headers=headers or {})

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Raises Unreachable."""
        return self._call("POST", url, data=body, headers=headers)

    def last_probe(self) -> datetime | None:
        """When doctor's own test was the newest delivery; None where it never was. Raises redis.RedisError."""
        value: Any = self.redis.get(_PROBED)
        return datetime.fromisoformat(value.decode()) if value else None

    def note_probe(self, entered: datetime) -> None:
        self.redis.set(_PROBED, entered.isoformat(), ex=_PROBED_LIFE_S)

    def _call(self, method: str, url: str, **request: object) -> Answer:
        try:
            with self._session.request(
                method,
                url,
                timeout=HTTP_TIMEOUT_S,
                allow_redirects=False,
                stream=True,
                **request,  # type: ignore[arg-type]
            ) as response:
                self._note_date(urlsplit(url).netloc, response.headers.get("Date"))
                body = response.raw.read(_LONGEST, decode_content=True)
                return Answer(response.status_code, body, response.headers.get("Location", ""))
        except (requests.RequestException, OSError) as error:
            raise Unreachable(_reason(error)) from None

    def note_time(self, host: str, at: float) -> None:
        """How far a host's clock, which shows ``at``, is ahead of ours, in seconds."""
        self.clocks[host] = at - time.time()

    def _note_date(self, host: str, date: str | None) -> None:
        with contextlib.suppress(TypeError, ValueError):
            self.note_time(host, parsedate_to_datetime(date or "").timestamp())


def _reachable(host: str) -> str:
    """An address to connect to for one to listen on."""
    address = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{address}]" if ":" in address else address


def _reason(error: Exception) -> str:
    """Never the error's own text: it holds the URL, and that may hold the verify token."""
    text = str(error)
    if "NameResolution" in text or "getaddrinfo" in text:
        return "its host name does not resolve"
    if isinstance(error, requests.exceptions.SSLError):
        return f"it {trouble.of_certificate(error) or 'cannot be spoken to by TLS'}"
    if isinstance(error, requests.exceptions.Timeout):
        return f"it gave no answer within {HTTP_TIMEOUT_S:g} s"
    if "refused" in text:
        return "the connection was refused"
    return f"the connection failed ({type(error).__name__})"
