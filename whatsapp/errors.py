"""Every Cloud API error Parley knows, once: its class decides what is done, its advice what a person reads.

The same table serves the answer to a send and the ``errors`` of a failed status. Keyed on codes, and on the subcode
where one code says two things; never on titles, which Meta rewords. Codes and classes after Meta's page "WhatsApp
error codes" (2026-06).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from whatsapp.fields import number as whole_number


class ErrorClass(StrEnum):
    """What an error means for the message and for those behind it."""

    TRANSIENT = "transient"
    THROTTLED_NUMBER = "throttled_number"
    THROTTLED_PAIR = "throttled_pair"
    QUALITY = "quality"
    MEDIA = "media"
    AUTH = "auth"
    WINDOW_CLOSED = "window_closed"
    LATER = "later"
    RECIPIENT = "recipient"
    CONTENT = "content"
    ACCOUNT = "account"
    UNCONFIRMED = "unconfirmed"


ADVICE: Mapping[ErrorClass, str] = {
    ErrorClass.TRANSIENT: "Meta had a passing fault. Parley tries again by itself.",
    ErrorClass.THROTTLED_NUMBER: "The number sends faster than Meta allows. Parley slows down and tries again.",
    ErrorClass.THROTTLED_PAIR: "Too many messages to this person in a short time. Parley waits and tries again.",
    ErrorClass.QUALITY: "Meta limits this number because of its quality rating, so it pauses and tries again by"
    " itself. See it in WhatsApp Manager.",
    ErrorClass.MEDIA: "Meta could not process the file. Check its type and size, then send it again.",
    ErrorClass.AUTH: "Meta refused the access token. Set a valid one; queued messages then go out by themselves.",
    ErrorClass.WINDOW_CLOSED: "More than 24 hours since the customer last wrote. Send a template message instead.",
    ErrorClass.LATER: "Meta holds this message back to protect the person. Do not send it again within 24 hours.",
    ErrorClass.RECIPIENT: "This person cannot receive it on WhatsApp. Check the number or reach them otherwise.",
    ErrorClass.CONTENT: "Meta refused what the message contains. Change it as the details say, then send it anew.",
    ErrorClass.ACCOUNT: "The number may not send at present. See the alerts of its account in WhatsApp Manager; what"
    " is queued goes out once it may.",
    ErrorClass.UNCONFIRMED: "Meta's answer was lost. Parley waits for a status of Meta's, which settles it. A retry"
    " sends it again, and the customer may get it twice.",
}

CODES_OF: Mapping[ErrorClass, tuple[int, ...]] = {
    ErrorClass.TRANSIENT: (1, 2, 131000, 131016, 131057, 133004),
    ErrorClass.THROTTLED_NUMBER: (4, 80007, 130429),
    ErrorClass.THROTTLED_PAIR: (131056,),
    ErrorClass.QUALITY: (131048,),
    ErrorClass.MEDIA: (131052, 131053),
    ErrorClass.AUTH: (0, 3, 10, 190, 131005, *range(200, 300)),
    ErrorClass.WINDOW_CLOSED: (131047,),
    ErrorClass.LATER: (131049,),
    # 130497: not allowed in this person's country, so it is theirs alone and must not hold the whole number.
    ErrorClass.RECIPIENT: (131026, 131050, 130472, 130497, 131021, 131030, 131062, 137000),
    ErrorClass.CONTENT: (
        *(100, 131008, 131009, 131051, 130501, 132000, 132001, 132005, 132007, 132008),
        *(132012, 132015, 132016, 132018, 132068, 131063),
    ),
    ErrorClass.ACCOUNT: (
        *(33, 368, 131031, 131037, 131042, 131044, 131045, 131058, 131064, 132069, 133010, 134011, 135000),
    ),
}
CLASS_OF: Mapping[int, ErrorClass] = {code: kind for kind, codes in CODES_OF.items() for code in codes}
SUBCLASS_OF: Mapping[tuple[int, int], ErrorClass] = {(100, 33): ErrorClass.ACCOUNT}
"""Where the subcode says more than the code does."""

_NO_SUCH_NUMBER = (
    "Meta knows no number with this id, or the token may not use it. Compare it with the Phone number ID in WhatsApp"
    " Manager (it is not the number itself), and give the system user this account."
)
_NUMBER_ADVICE: Mapping[int, str] = {
    33: _NO_SUCH_NUMBER,
    100: _NO_SUCH_NUMBER,
    131037: "Its display name is not approved yet. See the name in WhatsApp Manager.",
    131042: "Its account has a problem with the payment. Mend the payment method in the billing of WhatsApp Manager.",
    131045: "Its registration is broken. Register it anew (POST /{Phone number ID}/register with its PIN).",
    131058: "It is no public test number, which alone may send hello_world. Send a template of your own.",
    132069: "Meta throttles the flow to ten messages an hour. See the flow's health in WhatsApp Manager.",
    133010: "It is not registered with the Cloud API. Register it (POST /{Phone number ID}/register with its PIN, or"
    " Add phone number in WhatsApp Manager).",
    134011: "The terms of WhatsApp Payments are not accepted. Accept them in WhatsApp Manager.",
    135000: "Meta does not say why. See the alerts of its account in WhatsApp Manager, and compare what was sent with"
    " Meta's reference.",
}
_MENDED_BY_PEOPLE = frozenset({33, 100, 131045, 133010})
_PERHAPS_OF_THE_MESSAGE = frozenset({131058, 132069, 134011, 135000})

RETRIED = frozenset(
    {
        ErrorClass.TRANSIENT,
        ErrorClass.THROTTLED_NUMBER,
        ErrorClass.THROTTLED_PAIR,
        ErrorClass.QUALITY,
        ErrorClass.AUTH,
        ErrorClass.ACCOUNT,
    }
)
"""Classes after which the same message is tried again by itself: Meta certainly did not take it."""


@dataclass(frozen=True)
class GraphProblem:
    """One error from Meta, or from the way there, in one shape.

    ``code`` is Meta's, or None where the fault lies before Meta (a name that does not resolve, say). ``number`` is
    the phone_number_id it concerns, where that is known: the advice names it.
    """

    code: int | None
    title: str
    details: str
    kind: ErrorClass
    number: str = ""

    @property
    def advice(self) -> str:
        if self.kind is not ErrorClass.ACCOUNT:
            return ADVICE[self.kind]
        advice = _NUMBER_ADVICE.get(self.code or 0)
        if advice is None:
            return ADVICE[self.kind].replace("The number", self._whose, 1)
        return f"{self._whose} is held, and what is queued goes out once it may send. {advice}"

    @property
    def _whose(self) -> str:
        return f"The number {self.number}" if self.number else "The number"

    def of(self, phone_number_id: str) -> GraphProblem:
        """The same, of this number."""
        return replace(self, number=phone_number_id)

    @property
    def unlisted(self) -> bool:
        """Whether Meta gave a code that the table here does not have."""
        return self.code is not None and self.code not in CLASS_OF

    @property
    def no_such_object(self) -> bool:
        """Whether Meta knows no such number, account or file, or not for this token."""
        return self.kind is ErrorClass.ACCOUNT and self.code in (33, 100)

    @property
    def mended_by_people(self) -> bool:
        """Whether the number sends again as soon as somebody has mended it, without Meta's doing."""
        return self.kind is ErrorClass.ACCOUNT and self.code in _MENDED_BY_PEOPLE

    @property
    def perhaps_of_the_message(self) -> bool:
        """Whether the message alone may be to blame, which shows once the number has sent another."""
        return self.kind is ErrorClass.ACCOUNT and self.code in _PERHAPS_OF_THE_MESSAGE

    def of_the_message(self) -> GraphProblem:
        """The same, now that the number is known to be innocent."""
        return replace(self, kind=ErrorClass.CONTENT)

    @property
    def retried(self) -> bool:
        return self.kind in RETRIED


def classify(
    code: int | None,
    http_status: int | None = None,
    transient: bool = False,
    subcode: int | None = None,
) -> ErrorClass:
    """The class of an error: by its code and subcode where Meta lists them, else by the HTTP status.

    ``transient`` is Graph's own ``is_transient``. Unknown codes: 429 throttles, 401 is the token, another
    4xx is the content and the rest transient; without an HTTP status (a failed status) it is the content.
    """
    if code is not None and subcode is not None and (code, subcode) in SUBCLASS_OF:
        return SUBCLASS_OF[code, subcode]
    if code is not None and code in CLASS_OF:
        return CLASS_OF[code]
    if http_status == 429:
        return ErrorClass.THROTTLED_NUMBER
    if http_status == 401:
        return ErrorClass.AUTH
    if transient or (http_status is not None and http_status >= 500):
        return ErrorClass.TRANSIENT
    return ErrorClass.CONTENT


def from_error(error: Mapping[str, Any], http_status: int | None = None) -> GraphProblem:
    """A problem from an ``error`` of a Graph answer or one of ``errors`` of a status, whatever it lacks.

    A code is a code also where it comes as text.
    """
    fields = dict(error)
    code, subcode = whole_number(fields, "code"), whole_number(fields, "error_subcode")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else None
    message = str(error.get("message") or "")
    return GraphProblem(
        code=code,
        title=str(error.get("title") or message or "Unknown error")[:500],
        details=str(details or message)[:2000],
        kind=classify(code, http_status, error.get("is_transient") is True, subcode),
    )
