"""The one reader of the environment: every option with its type, default and one line of help.

``Settings.from_env()`` reads ``.env`` beside this file and the process environment (which wins), checks
everything, and raises one ``SettingsError`` that names all that is wrong at once. Nothing else in the
house reads ``os.environ``, and importing this module reads nothing.
"""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values

PLACEHOLDER_APP_SECRET = "development-app-secret"  # noqa: S105 - a placeholder, refused in production
PLACEHOLDER_VERIFY_TOKEN = "development-verify-token"  # noqa: S105 - a placeholder, refused in production
DEVELOPMENT = "development"
PRODUCTION = "production"
HOLD, RESEND = "hold", "resend"
WEBHOOK_SECRETS = frozenset({"WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"})
BUCKET_SECRETS = frozenset({"S3_ACCESS_KEY", "S3_SECRET_KEY"})

_ROOT = Path(__file__).resolve().parent


class SettingsError(Exception):
    """The settings cannot be used; ``problems`` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        listing = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"Parley cannot start, {len(problems)} setting(s) to mend:\n{listing}")


def option(default: Any, help: str, *, secret: bool = False, zero: bool = False) -> Any:
    """A settings field: its default, one line of help for the docs, and whether it must never be shown.

    Numbers must be above 0, except where ``zero`` has a meaning.
    """
    return field(default=default, repr=not secret, metadata={"help": help, "secret": secret, "zero": zero})


@dataclass(frozen=True)
class Settings:
    """Every option of Parley. The environment variable is the field's name in capitals."""

    app_env: str = option(PRODUCTION, "`production` or `development`; `bin/dev` sets development.")

    whatsapp_app_secret: str = option(
        PLACEHOLDER_APP_SECRET, "The Meta app's secret; signs every webhook.", secret=True
    )
    whatsapp_app_secret_previous: str = option(
        "", "The secret before the last rotation, accepted too while it is set.", secret=True
    )
    whatsapp_app_secrets_more: str = option(
        "", "Secrets, comma separated, of further Meta apps whose webhooks come here.", secret=True
    )
    whatsapp_verify_token: str = option(
        PLACEHOLDER_VERIFY_TOKEN, "The word you type at Meta as the verify token.", secret=True
    )
    whatsapp_webhook_url: str = option(
        "http://localhost:8000/api/v1/whatsapp",
        "Public base of the webhook; the callback to paste at Meta is this plus `/webhook`.",
    )
    whatsapp_access_token: str = option(
        "",
        "System-user token of every number that has none of its own; empty: those send nothing.",
        secret=True,
    )
    whatsapp_phone_number_id: str = option("", "The number that sends where a request names none.")
    whatsapp_account_id: str = option(
        "", "The WhatsApp Business Account whose templates are fetched before its first webhook names it."
    )
    whatsapp_graph_url: str = option("https://graph.facebook.com", "Where the Cloud API lives.")
    whatsapp_graph_version: str = option("v26.0", "Graph API version.")

    secret_key: str = option(
        "",
        "Encrypts stored access tokens; `parley secret` makes one. Comma separated while rotating, new one first.",
        secret=True,
    )

    whatsapp_media_hosts: str = option(
        "lookaside.fbsbx.com", "Hosts, comma separated, from which media may be fetched with the token."
    )

    database_url: str = option(
        "postgresql://parley@localhost:5432/parley", "PostgreSQL 15 or later.", secret=True
    )
    database_password: str = option(
        "", "Its password, of any characters, where DATABASE_URL has none.", secret=True
    )
    redis_url: str = option("redis://localhost:6379/0", "Valkey or Redis 7 or later.", secret=True)
    redis_password: str = option(
        "", "Its password, of any characters, where REDIS_URL has none.", secret=True
    )
    database_pool_size: int = option(24, "Most database connections one process opens.")
    database_timeout_s: float = option(
        8.0, "Seconds Postgres may take for a statement of a request; past it 503."
    )

    allowed_origins: str = option(
        "", "Origins, comma separated, from which browsers may use the API and sockets; empty: own host only."
    )
    web_host: str = option("127.0.0.1", "Address the web process listens on (behind Caddy).")
    web_port: int = option(8001, "Port the web process listens on.")
    web_workers: int = option(1, "gunicorn worker processes.")
    web_threads: int = option(16, "Threads in each gunicorn worker.")
    ws_host: str = option("127.0.0.1", "Address the socket gateway listens on.")
    ws_port: int = option(8002, "Port the socket gateway listens on.")

    webhook_max_bytes: int = option(4 * 1024 * 1024, "Largest webhook body accepted, in bytes; past it 413.")
    request_max_bytes: int = option(256 * 1024, "Largest body of any other request, in bytes; past it 413.")
    inbox_max_entries: int = option(
        1_000_000, "Most webhooks held undrained; past it 503, and Meta holds the rest."
    )
    inbox_alarm_s: float = option(
        60.0, "Age of the oldest undrained webhook, in seconds, past which `/readyz` raises an alarm."
    )
    drain_batch: int = option(200, "Webhooks persisted in one transaction.")
    drain_batch_bytes: int = option(8 * 1024 * 1024, "Raw bytes of webhooks read for one transaction.")
    drain_linger_s: float = option(
        1.0,
        "Seconds a drain waits for more once the inbox is empty, which spares the next webhook its wake-up.",
    )
    drain_attempts: int = option(3, "Times a webhook is tried alone before it is a dead letter.")

    send_rate: float = option(
        80.0, "Messages a second a number sends, where it has no rate of its own; Meta's default limit is 80."
    )
    send_person_interval_s: float = option(
        6.0, "Seconds between messages to the same person, past the burst; Meta's limit is 6."
    )
    send_person_burst: int = option(
        45, "Messages to the same person that may go at once; Meta's limit is 45."
    )
    send_concurrency: int = option(64, "Calls to Meta that one sender process makes at once.")
    send_timeout_s: float = option(20.0, "Total deadline of one call to Meta, in seconds.")
    send_lease_s: float = option(60.0, "After this a send whose sender fell silent counts as unconfirmed.")
    unconfirmed_grace_s: float = option(
        300.0, "Seconds that a status of Meta's may take to settle a send whose answer was lost."
    )
    unconfirmed_policy: str = option(
        "hold", "After that: `hold` leaves the decision to a person, `resend` sends it once more, marked."
    )
    send_give_up_s: float = option(
        86400.0, "Age at which a message that Meta keeps refusing for a passing reason is failed, in seconds."
    )
    send_retry_base_s: float = option(1.0, "First retry delay, in seconds; doubles each time, with jitter.")
    send_retry_cap_s: float = option(300.0, "Longest retry delay, in seconds, unless Meta asks for more.")

    outbox_alarm_s: float = option(
        300.0, "Seconds a message may be due and not sent before `/readyz` raises an alarm."
    )

    media_store: str = option("directory", "Where files are kept: `directory`, or `s3://bucket/prefix`.")
    media_dir: str = option(
        ".data/media", "Directory of files, shared by web and worker; with S3, of files on their way there."
    )
    media_retention_days: int = option(
        0, "Days after which received and uploaded files are deleted; 0 keeps them.", zero=True
    )
    media_max_bytes: int = option(100 * 1024 * 1024, "Largest file fetched from Meta, in bytes.")
    media_timeout_s: float = option(120.0, "Total deadline of fetching one file, in seconds.")

    s3_endpoint: str = option("https://s3.amazonaws.com", "Address of the S3 service that MEDIA_STORE is in.")
    s3_region: str = option("us-east-1", "Region of the bucket.")
    s3_access_key: str = option("", "Access key of the bucket.", secret=True)
    s3_secret_key: str = option("", "Secret key of the bucket.", secret=True)

    session_days: int = option(14, "Days an agent stays logged in.")
    login_attempts: int = option(
        10, "Failed logins an account may have from one address in 15 minutes before 429."
    )

    request_rate: float = option(
        100.0,
        "Requests a second of one session, and 20 seconds' worth at once, before 429; 0: no limit.",
        zero=True,
    )
    stranger_rate: float = option(
        50.0,
        "The same of one address for requests without a login; Meta's webhook is not limited.",
        zero=True,
    )
    send_quota: int = option(
        6000, "Messages one agent may ask to be sent in a minute, before 429; 0: no limit.", zero=True
    )
    upload_quota_bytes: int = option(
        2 * 1024**3, "Bytes one agent may upload in an hour, before 429; 0: no limit.", zero=True
    )

    event_history: int = option(100_000, "Events kept in Redis for clients that come back.")
    event_log_days: int = option(30, "Days for which events are kept in Postgres.")
    socket_buffer_bytes: int = option(
        1024 * 1024, "Unsent bytes a socket may have before it is closed as a slow consumer."
    )
    socket_heartbeat_s: float = option(20.0, "Seconds between pings on an idle socket.")
    socket_drain_s: float = option(10.0, "Seconds a stopping gateway gives its sockets to leave.")

    log_level: str = option("info", "debug, info, warning or error.")
    log_format: str = option("json", "`json` for machines, `console` for people.")

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        dotenv: Path | None = None,
        *,
        without: frozenset[str] = frozenset(),
    ) -> Settings:
        """Read, check and freeze the settings.

        ``environ`` defaults to the process environment and ``dotenv`` to the ``.env`` file beside this
        module, which is only read where ``environ`` is not given. ``without`` names secrets that this process does
        not use and need not be given (WEBHOOK_SECRETS, BUCKET_SECRETS). Raises SettingsError with every problem.
        """
        if environ is None:
            found = dotenv_values(dotenv or _ROOT / ".env")
            environ = {key: value for key, value in found.items() if value is not None} | dict(os.environ)
        problems: list[str] = []
        values = dict(_read_fields(cls, environ, problems))
        settings = cls(**values)
        problems += _check(settings, without)
        if problems:
            raise SettingsError(problems)
        return replace(
            settings,
            database_url=_with_password(settings.database_url, settings.database_password),
            redis_url=_with_password(settings.redis_url, settings.redis_password),
        )

    @property
    def development(self) -> bool:
        return self.app_env == DEVELOPMENT

    @property
    def has_app_secret(self) -> bool:
        """Whether a real app secret is set, so that signatures can be checked."""
        return self.whatsapp_app_secret not in ("", PLACEHOLDER_APP_SECRET)

    @property
    def signature_bypassed(self) -> bool:
        """Development only, and only while no real app secret is set."""
        return self.development and not self.has_app_secret

    @property
    def open_house(self) -> bool:
        """Whether requests and sockets without credentials act as the development agent."""
        return self.signature_bypassed

    @property
    def uses_sandbox(self) -> bool:
        """Whether Meta is stood in for by something on this machine."""
        return _is_loopback(self.whatsapp_graph_url)

    @property
    def app_secrets(self) -> tuple[bytes, ...]:
        """The secrets a signature may be made with: the current one, the one being rotated out, other apps'.

        Meta signs with the secret of the app that is subscribed, and several apps may deliver to one address.
        """
        more = _listed(self.whatsapp_app_secrets_more)
        secrets = (self.whatsapp_app_secret, self.whatsapp_app_secret_previous, *more)
        return tuple(secret.encode() for secret in secrets if secret not in ("", PLACEHOLDER_APP_SECRET))

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys of stored access tokens: the first encrypts, all of them decrypt."""
        return _listed(self.secret_key)

    @property
    def bucket(self) -> tuple[str, str] | None:
        """Bucket and prefix ("" or "a/b/") of an S3 media store; None where files are in a directory."""
        url = urlsplit(self.media_store)
        if url.scheme != "s3":
            return None
        prefix = url.path.strip("/")
        return url.netloc, f"{prefix}/" if prefix else ""

    @property
    def callback_url(self) -> str:
        """What to paste at Meta as the callback URL."""
        return self.whatsapp_webhook_url.rstrip("/") + "/webhook"

    @property
    def media_hosts(self) -> frozenset[str]:
        """Hosts that may be sent the token for a file: those configured, and the Graph host itself."""
        return frozenset({*_listed(self.whatsapp_media_hosts), urlsplit(self.whatsapp_graph_url).netloc})

    @property
    def origins(self) -> frozenset[str]:
        """The origins browsers may come from: those configured, else the public base's own."""
        named = {origin.rstrip("/") for origin in _listed(self.allowed_origins)}
        if named:
            return frozenset(named)
        public = urlsplit(self.whatsapp_webhook_url)
        return frozenset({f"{public.scheme}://{public.netloc}"})


def options() -> Iterator[tuple[str, Field[Any], type]]:
    """Every option as (environment variable, dataclass field, type), for the docs and ``doctor``."""
    hints = get_type_hints(Settings)
    for each in fields(Settings):
        yield each.name.upper(), each, hints[each.name]


def _read_fields(
    cls: type[Settings], environ: Mapping[str, str], problems: list[str]
) -> Iterator[tuple[str, Any]]:
    for variable, each, kind in options():
        text = environ.get(variable, "").strip()
        if not text:
            assert each.default is not MISSING
            yield each.name, each.default
            continue
        try:
            yield each.name, kind(text)
        except ValueError:
            problems.append(
                f"{variable} is {text!r}, which is not a number; write for example {each.default}."
            )


def _with_password(url: str, password: str) -> str:
    """``url`` with the password in it, each of its characters written as URLs want it."""
    if not password:
        return url
    scheme, _, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user if at else ''}:{quote(password, safe='')}@{place}"


def _check_server(variable: str, url: str, password: str) -> list[str]:
    """What is wrong with the address of a server that takes a password. Shows nothing of it: it may be in there."""
    beside = variable.replace("_URL", "_PASSWORD")
    split = urlsplit(url)
    # A / ? or # in a password ends the part of an address in which passwords stand.
    if "@" in split.path + split.query + split.fragment:
        return [
            f"{variable} has an @ behind its host: a password with / ? # @ or % in it cuts the address in two. "
            f"Leave it out, and put it into {beside} as it is."
        ]
    try:
        given = split.password
        _ = split.port
    except ValueError:
        return [
            f"{variable} has a port that is no number; write for example {variable}={_EXAMPLE_OF[variable]}."
        ]
    if password and given:
        return [f"{variable} has a password, and {beside} another; keep one of the two."]
    return []


_EXAMPLE_OF = {
    "DATABASE_URL": "postgresql://parley@localhost:5432/parley",
    "REDIS_URL": "redis://localhost:6379/0",
}


def _check(settings: Settings, without: frozenset[str]) -> list[str]:
    problems = []
    if settings.app_env not in (PRODUCTION, DEVELOPMENT):
        problems.append(f"APP_ENV is {settings.app_env!r}; write production or development.")
    if settings.unconfirmed_policy not in (HOLD, RESEND):
        problems.append(f"UNCONFIRMED_POLICY is {settings.unconfirmed_policy!r}; write hold or resend.")
    if settings.log_format not in ("json", "console"):
        problems.append(f"LOG_FORMAT is {settings.log_format!r}; write json or console.")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        problems.append(f"LOG_LEVEL is {settings.log_level!r}; write debug, info, warning or error.")
    for variable, each, kind in options():
        value = getattr(settings, each.name)
        if kind in (int, float) and not (0 < value < math.inf or (value == 0 and each.metadata["zero"])):
            least = "of 0 or more" if each.metadata["zero"] else "above 0"
            problems.append(f"{variable} is {value}; write a number {least}.")
    for variable, url, schemes in (
        ("WHATSAPP_WEBHOOK_URL", settings.whatsapp_webhook_url, ("http", "https")),
        ("WHATSAPP_GRAPH_URL", settings.whatsapp_graph_url, ("http", "https")),
        ("DATABASE_URL", settings.database_url, ("postgres", "postgresql")),
        ("REDIS_URL", settings.redis_url, ("redis", "rediss", "unix")),
    ):
        if urlsplit(url).scheme not in schemes:
            problems.append(f"{variable} does not start with {' or '.join(s + '://' for s in schemes)}.")
    problems += _check_server("DATABASE_URL", settings.database_url, settings.database_password)
    problems += _check_server("REDIS_URL", settings.redis_url, settings.redis_password)
    problems += _check_keys(settings) + _check_store(settings, without)
    if settings.app_env != DEVELOPMENT:
        problems += _check_production(settings, without)
    return problems


def _check_keys(settings: Settings) -> list[str]:
    if all(map(_is_key, settings.secret_keys)):
        return []
    return [
        "SECRET_KEY holds something else than keys made by `parley secret`; make one, and see it is whole."
    ]


def _is_key(text: str) -> bool:
    """Whether this is a Fernet key: 32 bytes in URL-safe base64."""
    try:
        return len(base64.b64decode(text, b"-_", validate=True)) == 32
    except ValueError:
        return False


def _check_store(settings: Settings, without: frozenset[str]) -> list[str]:
    problems = []
    if settings.bucket is None:
        if settings.media_store != "directory":
            problems.append(
                f"MEDIA_STORE is {settings.media_store!r}; write directory or s3://bucket/prefix."
            )
        return problems
    if not settings.bucket[0]:
        problems.append("MEDIA_STORE names no bucket; write s3://bucket/prefix.")
    if urlsplit(settings.s3_endpoint).scheme not in ("http", "https"):
        problems.append("S3_ENDPOINT does not start with http:// or https://.")
    for variable in ("S3_ACCESS_KEY", "S3_SECRET_KEY"):
        if variable not in without and not getattr(settings, variable.lower()):
            problems.append(f"{variable} is missing; MEDIA_STORE={settings.media_store} needs it.")
    return problems


def _check_production(settings: Settings, without: frozenset[str]) -> list[str]:
    problems = []
    if not settings.has_app_secret:
        if "WHATSAPP_APP_SECRET" not in without:
            problems.append(
                "WHATSAPP_APP_SECRET is missing or still the placeholder; copy it from Meta: App settings > Basic."
            )
    elif len(settings.whatsapp_app_secret) < 16:
        problems.append("WHATSAPP_APP_SECRET is shorter than 16 characters; Meta's has 32. Copy it whole.")
    if any(len(secret) < 16 for secret in _listed(settings.whatsapp_app_secrets_more)):
        problems.append("WHATSAPP_APP_SECRETS_MORE has one shorter than 16 characters; Meta's have 32.")
    if settings.whatsapp_verify_token in ("", PLACEHOLDER_VERIFY_TOKEN):
        if "WHATSAPP_VERIFY_TOKEN" not in without:
            problems.append(
                "WHATSAPP_VERIFY_TOKEN is missing or still the placeholder; make up a long random word."
            )
    elif len(settings.whatsapp_verify_token) < 12:
        problems.append("WHATSAPP_VERIFY_TOKEN is shorter than 12 characters; make up a longer one.")
    if not settings.whatsapp_webhook_url.startswith("https://"):
        problems.append(
            f"WHATSAPP_WEBHOOK_URL is {settings.whatsapp_webhook_url!r}; Meta insists on https://. "
            "Write https://your-host/api/v1/whatsapp."
        )
    if not settings.whatsapp_graph_url.startswith("https://") and not _is_loopback(
        settings.whatsapp_graph_url
    ):
        problems.append("WHATSAPP_GRAPH_URL must start with https:// (only a local sandbox may be http).")
    return problems


def _listed(text: str) -> tuple[str, ...]:
    """The parts of a comma separated value, without empty ones."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1", "sandbox")
