"""The Graph client: one call, one outcome.

An exception here says what is known of the message, which is all that decides what happens next:

- Refused: Meta certainly did not take it (it said so, or no byte reached it); ``problem`` has the class;
- Unconfirmed: nobody can know (the answer was lost, or makes no sense); it must not be sent again blindly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from whatsapp.deadline import Deadline, DeadlineAdapter
from whatsapp.errors import ErrorClass, GraphProblem, classify, from_error

ANSWER_LONGEST = 256 * 1024
_CHUNK = 64 * 1024
_CONNECT_TIMEOUT_S = 5.0


_NO_TOKEN = GraphProblem(
    190, "No access token", "WHATSAPP_ACCESS_TOKEN is not set, so nothing can be sent.", ErrorClass.AUTH
)


class Accepted(NamedTuple):
    """Meta took the message: its wamid, and accepted | held_for_quality_assessment | paused."""

    wamid: str
    message_status: str


class FetchLimit(NamedTuple):
    """What one file may cost: total seconds, bytes, and the hosts (with port, if any) it may come from."""

    seconds: float
    most_bytes: int
    hosts: frozenset[str]


class Refused(Exception):
    """Meta did not take it. ``retry_after_s`` is what Meta asked for, if it did."""

    def __init__(self, problem: GraphProblem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.code}: {problem.details or problem.title}")
        self.problem = problem
        self.retry_after_s = retry_after_s


class Unconfirmed(Exception):
    """The answer was lost; the text says how."""


class GraphClient:
    """The Cloud API of one Graph host. Threads may share it; connections are kept alive."""

    def __init__(
        self, base_url: str, version: str, access_token: str, timeout_s: float, connections: int = 32
    ) -> None:
        self._base = f"{base_url.rstrip('/')}/{version}"
        self._timeout_s = timeout_s
        self._has_token = bool(access_token)
        self._session = requests.Session()
        # The environment may name proxies and .netrc credentials: the token goes to the configured host alone.
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Authorization": f"Bearer {access_token}",
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
            }
        )
        adapter = DeadlineAdapter(pool_connections=4, pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def send(self, phone_number_id: str, body: dict[str, Any]) -> Accepted:
        """POST a message. Raises Refused or Unconfirmed."""
        status, headers, answer = self._post(f"{phone_number_id}/messages", msgspec.json.encode(body))
        return _read_answer(status, headers, answer)

    def mark_read(self, phone_number_id: str, body: dict[str, Any]) -> None:
        """POST a read receipt. Raises Refused or Unconfirmed; both may be tried again: it changes nothing twice."""
        status, headers, answer = self._post(f"{phone_number_id}/messages", msgspec.json.encode(body))
        if status != 200:
            raise _refusal(status, headers, answer)

    def fetch(self, media_id: str, write: Callable[[bytes], object], limit: FetchLimit) -> str:
        """Stream a received file into ``write``; returns its type as Meta gives it.

        The file's address is asked for each time, because it lives for 5 minutes only. The token goes to
        ``limit.hosts`` alone, and no redirect is followed. Raises Refused, whose problem says whether to try again.
        """
        with Deadline(limit.seconds) as deadline:
            try:
                info = self._media_info(media_id)
                self._stream(_checked(str(info.get("url") or ""), limit), write, limit.most_bytes)
                return str(info.get("mime_type") or "")
            except Unconfirmed as lost:
                raise Refused(_passing(str(lost))) from None
            except (requests.RequestException, HTTPError, OSError) as error:
                late = (
                    f"not complete within {limit.seconds:g} s" if deadline.expired else type(error).__name__
                )
                raise Refused(_passing(f"The file could not be fetched: {late}.")) from None

    def _media_info(self, media_id: str) -> dict[str, Any]:
        address = f"{self._base}/{quote(media_id, safe='')}"
        with self._session.get(
            address, timeout=self._timeout_s, allow_redirects=False, stream=True
        ) as response:
            answer = response.raw.read(ANSWER_LONGEST, decode_content=True)
            if response.status_code != 200:
                raise _refusal(response.status_code, response.headers, answer)
        try:
            info = msgspec.json.decode(answer, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Refused(
                _passing(f"Meta's answer about the file makes no sense: {type(error).__name__}.")
            ) from None
        return info

    def _stream(self, address: str, write: Callable[[bytes], object], most_bytes: int) -> None:
        with self._session.get(
            address, timeout=self._timeout_s, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != 200:
                raise _refusal(response.status_code, response.headers, b"")
            left = most_bytes
            while chunk := response.raw.read(_CHUNK, decode_content=True):
                left -= len(chunk)
                if left < 0:
                    raise Refused(_too_large(most_bytes))
                write(chunk)

    def _post(self, path: str, data: bytes) -> tuple[int, Any, bytes]:
        if not self._has_token:
            raise Refused(_NO_TOKEN)
        with Deadline(self._timeout_s) as deadline:
            try:
                with self._session.post(
                    f"{self._base}/{path}",
                    data=data,
                    timeout=(min(_CONNECT_TIMEOUT_S, self._timeout_s), self._timeout_s),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    answer = response.raw.read(ANSWER_LONGEST + 1, decode_content=True)
                    if len(answer) > ANSWER_LONGEST:
                        raise Unconfirmed(f"the answer is longer than {ANSWER_LONGEST} bytes")
                    return response.status_code, response.headers, answer
            except (requests.RequestException, HTTPError, OSError) as error:
                if _never_left(error):
                    raise Refused(_unreachable(error)) from None
                late = f"no whole answer within {self._timeout_s:g} s" if deadline.expired else ""
                raise Unconfirmed(late or f"the connection broke: {type(error).__name__}") from None


def _passing(details: str) -> GraphProblem:
    return GraphProblem(None, "Media not fetched", details, ErrorClass.TRANSIENT)


def _too_large(most_bytes: int) -> GraphProblem:
    details = f"The file is larger than {most_bytes} bytes; see MEDIA_MAX_BYTES."
    return GraphProblem(None, "Media too large", details, ErrorClass.MEDIA)


def _checked(address: str, limit: FetchLimit) -> str:
    """The address of a file, if the token may be sent there."""
    parts = urlsplit(address)
    if parts.netloc not in limit.hosts:
        details = f"The file is at {parts.netloc[:100]!r}, which WHATSAPP_MEDIA_HOSTS does not list."
        raise Refused(GraphProblem(None, "Media host refused", details, ErrorClass.MEDIA))
    return address


def _never_left(error: Exception) -> bool:
    """Whether no byte of the request can have reached Meta: DNS, connect and TLS handshake failures."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _unreachable(error: Exception) -> GraphProblem:
    title = f"Meta could not be reached ({type(error).__name__})"
    return GraphProblem(None, title, title, ErrorClass.TRANSIENT)


def _read_answer(status: int, headers: Any, answer: bytes) -> Accepted:
    if status != 200:
        raise _refusal(status, headers, answer)
    try:
        message = msgspec.json.decode(answer)["messages"][0]
        return Accepted(str(message["id"]), str(message.get("message_status") or "accepted"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError, AttributeError):
        raise Unconfirmed("Meta answered 200 with something that names no message") from None


def _refusal(status: int, headers: Any, answer: bytes) -> Refused | Unconfirmed:
    """What an answer other than 200 says. A bare 5xx or an odd 2xx says nothing of the message."""
    envelope = _error_of(answer)
    if envelope is not None:
        return Refused(from_error(envelope, status), _retry_after(headers))
    if status >= 500 or 200 <= status < 300:
        return Unconfirmed(f"Meta answered {status} without saying why")
    title = f"HTTP {status} without an error from Meta; is WHATSAPP_GRAPH_URL right?"
    kind = ErrorClass.TRANSIENT if 300 <= status < 400 else classify(None, status)
    return Refused(GraphProblem(None, title, title, kind), _retry_after(headers))


def _error_of(answer: bytes) -> dict[str, Any] | None:
    try:
        error = msgspec.json.decode(answer)["error"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return None
    return error if isinstance(error, dict) else None


def _retry_after(headers: Any) -> float | None:
    """Retry-After in seconds; its date form, which Graph does not use, is ignored."""
    text = str(headers.get("Retry-After") or "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
