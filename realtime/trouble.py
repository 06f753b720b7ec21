"""Why a server cannot be used, in words, and what mends it: for logs, ``/readyz``, alarms and ``parley doctor``.

Never an error's own text where an address or a password could stand in it.
"""

from __future__ import annotations

import ssl

import redis

from ground.trouble import Trouble

_START = "Start it, or mend REDIS_URL; webhooks get 503 meanwhile."
_NO_CLUSTER = (
    "Use one without cluster mode: Parley's steps take several keys at once, which lie apart in a Cluster."
)
_CLUSTER = Trouble("is a Cluster, or part of one", _NO_CLUSTER)
_READ_ONLY = Trouble(
    "is a read-only replica and takes no writes",
    "Point REDIS_URL at the primary, or make this one the primary (REPLICAOF NO ONE).",
)
_PASSWORD = Trouble("refuses the password", "Put the right one into REDIS_URL.")
_REFUSALS = {
    "READONLY": _READ_ONLY,
    "MASTERDOWN": _READ_ONLY,
    "OOM": Trouble(
        "is out of memory and takes no writes",
        "Raise its maxmemory, and see whether the worker and Postgres run: webhooks that wait fill it.",
    ),
    "MISCONF": Trouble(
        "cannot save to its disk and takes no writes (MISCONF)",
        "Make room on its disk and see that it may write there; its log says what failed.",
    ),
    "NOREPLICAS": Trouble(
        "has too few replicas and takes no writes (NOREPLICAS)",
        "Start its replicas again, or lower min-replicas-to-write.",
    ),
    "NOPERM": Trouble(
        "does not let its user do what Parley needs (NOPERM)",
        "Let the user of REDIS_URL use all keys and channels, with every command but those of @dangerous.",
    ),
    "CROSSSLOT": _CLUSTER,
    "MOVED": _CLUSTER,
    "ASK": _CLUSTER,
    "CLUSTERDOWN": _CLUSTER,
    "LOADING": Trouble("is still reading its data", "Wait until it has read its file."),
    "NOAUTH": Trouble("wants a password", "Put it into REDIS_URL: redis://:PASSWORD@HOST:PORT/0."),
    "WRONGPASS": _PASSWORD,
}
"""By the first word of its answer."""


def of_redis(error: BaseException) -> Trouble:
    """What an error of a command, or of connecting, says of Redis."""
    if (refusal := _REFUSALS.get(_code(error))) is not None:
        return refusal
    if isinstance(error, redis.AuthenticationError):
        return _PASSWORD
    if (certificate := of_certificate(error)) is not None:
        return Trouble(
            certificate,
            "Name the authority that signed it in REDIS_URL (rediss://...?ssl_ca_certs=FILE), or mend the certificate.",
        )
    return Trouble(f"cannot be used: {why_unreachable(error)}", _START)


def why_unreachable(error: BaseException) -> str:
    """Why no connection came about, or ended, in few words."""
    if isinstance(error, redis.TimeoutError | TimeoutError):
        return "no answer"
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, ssl.SSLError):
            return cause.strerror.lower()
    return str(error).split("\n")[0][:200] or type(error).__name__


def of_certificate(error: BaseException) -> str | None:
    """What is wrong with the other side's TLS; None where that is not the trouble."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a TLS certificate that is not accepted: {cause.verify_message.rstrip('.')}"
        if isinstance(cause, ssl.SSLError):
            reason = (cause.reason or "the handshake failed").replace("_", " ").lower()
            return f"cannot be spoken to by TLS: {reason}"
    return None


def _code(error: BaseException) -> str:
    if not isinstance(error, redis.RedisError):
        return ""
    if isinstance(error, redis.BusyLoadingError):
        return "LOADING"
    # redis-py takes the words it knows out of the text; a script's error may stand behind others.
    known = getattr(error, "status_code", None)
    words = str(error).replace("-", " ").split() if isinstance(error, redis.ResponseError) else []
    return known if known in _REFUSALS else next((word for word in words if word in _REFUSALS), "")


def _causes(error: BaseException) -> list[BaseException]:
    """The error, what it came of, and so on; an error may also carry another among its arguments, as urllib3's do."""
    causes: list[BaseException] = []
    ahead = [error]
    while ahead:
        one = ahead.pop(0)
        if any(one is cause for cause in causes):
            continue
        causes.append(one)
        inner = [getattr(one, "reason", None), *one.args, one.__cause__, one.__context__]
        ahead += [item for item in inner if isinstance(item, BaseException)]
    return causes
