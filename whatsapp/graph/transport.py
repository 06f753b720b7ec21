"""One HTTP call to Graph: bounded in time and bytes, to the configured host alone, and what its answer says.

GraphFault
├── Refused      Meta certainly did not take it: it said so, or no byte reached it; ``problem`` has the class
└── Unconfirmed  nobody can know: the answer was lost, or makes no sense
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from whatsapp.errors import ErrorClass, GraphProblem, classify, from_error
from whatsapp.graph.deadline import Deadline, DeadlineAdapter

ANSWER_LONGEST = 256 * 1024
_CONNECT_TIMEOUT_S = 5.0
_NO_TOKEN = GraphProblem(
    190,
    "No access token",
    "The number has no token of its own and WHATSAPP_ACCESS_TOKEN is not set, so nothing can be sent.",
    ErrorClass.AUTH,
)


class GraphFault(Exception):
    """A call that did not succeed."""


class Refused(GraphFault):
    """Meta did not take it. ``retry_after_s`` is what Meta asked for, if it did."""

    def __init__(self, problem: GraphProblem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.code}: {problem.details or problem.title}")
        self.problem = problem
        self.retry_after_s = retry_after_s


class Unconfirmed(GraphFault):
    """The answer was lost; the text says how."""


class Answer(NamedTuple):
    """A whole answer: HTTP status, headers, and the body, which is bounded."""

    status: int
    headers: Any
    body: bytes


class Transport:
    """The connections to one Graph host, kept alive. Threads may share it."""

    def __init__(self, base_url: str, version: str, access_token: str, connections: int = 32) -> None:
        self.base = f"{base_url.rstrip('/')}/{version}"
        self._has_token = bool(access_token)
        self.session = requests.Session()
        # The environment may name proxies and .netrc credentials: the token goes to the configured host alone.
        self.session.trust_env = False
        self.session.headers.update(
            {"Authorization": f"Bearer {access_token}", "Accept-Encoding": "identity"}
        )
        adapter = DeadlineAdapter(pool_connections=4, pool_maxsize=connections)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    def call(
        self,
        method: str,
        path: str,
        timeout_s: float,
        data: Any = None,
        content_type: str = "",
        *,
        longest: int = ANSWER_LONGEST,
    ) -> Answer:
        """One call below the API's version, with an answer of at most ``longest`` bytes.

        Raises Refused or Unconfirmed where no whole answer came.
        """
        if not self._has_token:
            raise Refused(_NO_TOKEN)
        headers = {"Content-Type": content_type} if content_type else None
        with Deadline(timeout_s) as deadline:
            try:
                with self.session.request(
                    method,
                    f"{self.base}/{path}",
                    data=data,
                    headers=headers,
                    timeout=(min(_CONNECT_TIMEOUT_S, timeout_s), timeout_s),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = response.raw.read(longest + 1, decode_content=True)
            except (requests.RequestException, HTTPError, OSError) as error:
                if never_left(error) or not deadline.sending:
                    late = deadline.expired and not never_left(error)
                    raise Refused(_too_late(timeout_s) if late else _unreachable(error)) from None
                if deadline.expired or isinstance(error, requests.Timeout):
                    raise Unconfirmed(f"no whole answer within {timeout_s:g} s") from None
                raise Unconfirmed(f"the connection broke: {type(error).__name__}") from None
        if len(body) > longest:
            raise Unconfirmed(f"the answer is longer than {longest} bytes")
        return Answer(response.status_code, response.headers, body)


def never_left(error: Exception) -> bool:
    """Whether no byte of the request can have reached Meta: DNS, connect and TLS handshake failures."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _unreachable(error: Exception) -> GraphProblem:
    title = f"Meta could not be reached ({type(error).__name__})"
    return GraphProblem(None, title, title, ErrorClass.TRANSIENT)


def _too_late(timeout_s: float) -> GraphProblem:
    details = (
        f"The {timeout_s:g} s for the call were over before anything was sent. Parley tries again by itself."
    )
    return GraphProblem(None, "Not sent in time", details, ErrorClass.TRANSIENT)


def refusal(answer: Answer) -> GraphFault:
    """What an answer other than 200 says. A bare 5xx or an odd 2xx says nothing of what was asked."""
    status = answer.status
    envelope = _error_of(answer.body)
    if envelope is not None:
        return Refused(from_error(envelope, status), _retry_after(answer.headers))
    if status >= 500 or 200 <= status < 300:
        return Unconfirmed(f"Meta answered {status} without saying why")
    title = f"HTTP {status} without an error from Meta; is WHATSAPP_GRAPH_URL right?"
    kind = ErrorClass.TRANSIENT if 300 <= status < 400 else classify(None, status)
    return Refused(GraphProblem(None, title, title, kind), _retry_after(answer.headers))


def _error_of(body: bytes) -> dict[str, Any] | None:
    try:
        error = msgspec.json.decode(body)["error"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return None
    return error if isinstance(error, dict) else None


def _retry_after(headers: Any) -> float | None:
    """Retry-After in seconds; its date form, which Graph does not use, is ignored."""
    text = str(headers.get("Retry-After") or "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
