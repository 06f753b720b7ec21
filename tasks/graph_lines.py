"""What each number speaks to Meta through: its own token where it has one, WHATSAPP_ACCESS_TOKEN otherwise.

The token is looked up for every use, with the claim of a message or by primary key, so that a new one counts
from the moment it is committed; connections and the decrypted token are kept for as long as it stays the same.
"""

from __future__ import annotations

from typing import NamedTuple

from models.numbers import numbers
from models.numbers.keyring import Keyring, KeyringFault
from models.numbers.numbers import Credential
from settings import Settings
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.graph.client import GraphClient
from whatsapp.graph.files import FileClient, Limits
from whatsapp.graph.templates import TemplateClient
from whatsapp.graph.transport import Refused, Transport


class Line(NamedTuple):
    """The edges of the Cloud API, under one token."""

    graph: GraphClient
    files: FileClient
    templates: TemplateClient


class Lines:
    """The lines of this process. Threads may share it. Opens no connection by itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keyring = Keyring(settings.security.secret_keys)
        self._common = self._make(settings.meta.access_token)
        self._own: dict[str, tuple[str, Line]] = {}

    def of(self, phone_number_id: str) -> Line:
        """The line of a number. Raises Refused, of the class auth, where its token cannot be had."""
        return self.under(phone_number_id, numbers.credential(phone_number_id))

    def under(self, phone_number_id: str, credential: Credential) -> Line:
        """The same, with what was read before. Reads nothing."""
        sealed, removed = credential
        if removed:
            raise Refused(_no_token("The number was removed; add it again, and what waits goes out."))
        if sealed is None:
            return self._common
        known = self._own.get(phone_number_id)
        if known is None or known[0] != sealed:
            known = self._own[phone_number_id] = sealed, self._make(self._open(sealed))
        return known[1]

    def _open(self, sealed: str) -> str:
        try:
            return self._keyring.open(sealed)
        except KeyringFault as fault:
            raise Refused(_no_token(str(fault))) from None

    def _make(self, token: str) -> Line:
        settings = self._settings
        # A connection for each call at once: one that finds no room is closed after the call, and made again.
        transport = Transport(
            settings.meta.graph_url, settings.meta.graph_version, token, settings.sending.concurrency
        )
        limits = Limits(
            settings.media.timeout_s,
            settings.media.max_bytes,
            settings.meta.token_hosts,
            guarded=not settings.meta.stood_in_for,
        )
        return Line(
            GraphClient(transport, settings.sending.timeout_s),
            FileClient(transport, limits),
            TemplateClient(transport, settings.sending.timeout_s),
        )


def _no_token(details: str) -> GraphProblem:
    return GraphProblem(None, "No access token", details, ErrorClass.AUTH)
