"""The groups of options that are Parley's own. A group's docstring is its heading in the docs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from settings.option import option
from settings.reading import listed

HOLD, RESEND = "hold", "resend"


@dataclass(frozen=True)
class Logging:
    """Logs."""

    level: str = option(
        "LOG_LEVEL",
        "info",
        "debug, info, warning or error.",
        choices=("debug", "info", "warning", "error"),
        any_case=True,
    )
    format: str = option(
        "LOG_FORMAT", "json", "`json` for machines, `console` for people.", choices=("json", "console")
    )


@dataclass(frozen=True)
class Security:
    """Keys and logins."""

    secret_key: str = option(
        "SECRET_KEY",
        "",
        "Encrypts stored access tokens; `parley secret` makes one. Comma separated while rotating, new one first.",
        secret=True,
    )
    allowed_origins: str = option(
        "ALLOWED_ORIGINS",
        "",
        "Origins, comma separated, from which browsers may use the API and sockets; empty: own host only.",
    )
    session_days: int = option("SESSION_DAYS", 14, "Days an agent stays logged in.")

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys of stored access tokens: the first encrypts, all of them decrypt."""
        return listed(self.secret_key)


@dataclass(frozen=True)
class Database:
    """Postgres."""

    url: str = option(
        "DATABASE_URL", "postgresql://parley@localhost:5432/parley", "PostgreSQL 15 or later.", secret=True
    )
    password: str = option(
        "DATABASE_PASSWORD", "", "Its password, of any characters, where DATABASE_URL has none.", secret=True
    )
    pool_size: int = option("DATABASE_POOL_SIZE", 24, "Most database connections one process opens.")
    timeout_s: float = option(
        "DATABASE_TIMEOUT_S", 8.0, "Seconds Postgres may take for a statement of a request; past it 503."
    )


@dataclass(frozen=True)
class Redis:
    """Valkey or Redis."""

    url: str = option("REDIS_URL", "redis://localhost:6379/0", "Valkey or Redis 7 or later.", secret=True)
    password: str = option(
        "REDIS_PASSWORD", "", "Its password, of any characters, where REDIS_URL has none.", secret=True
    )


@dataclass(frozen=True)
class Web:
    """The web process."""

    host: str = option("WEB_HOST", "127.0.0.1", "Address the web process listens on (behind Caddy).")
    port: int = option("WEB_PORT", 8001, "Port the web process listens on.", port=True)
    workers: int = option("WEB_WORKERS", 1, "gunicorn worker processes.")
    threads: int = option("WEB_THREADS", 16, "Threads in each gunicorn worker.")


@dataclass(frozen=True)
class Gateway:
    """The socket gateway."""

    host: str = option("WS_HOST", "127.0.0.1", "Address the socket gateway listens on.")
    port: int = option("WS_PORT", 8002, "Port the socket gateway listens on.", port=True)
    buffer_bytes: int = option(
        "SOCKET_BUFFER_BYTES",
        1024 * 1024,
        "Unsent bytes a socket may have before it is closed as a slow consumer.",
    )
    heartbeat_s: float = option("SOCKET_HEARTBEAT_S", 20.0, "Seconds between pings on an idle socket.")
    drain_s: float = option("SOCKET_DRAIN_S", 10.0, "Seconds a stopping gateway gives its sockets to leave.")


@dataclass(frozen=True)
class Inbox:
    """Webhooks held."""

    max_entries: int = option(
        "INBOX_MAX_ENTRIES",
        1_000_000,
        "Most webhooks held undrained; past it 503, and Meta holds the rest.",
    )
    alarm_s: float = option(
        "INBOX_ALARM_S",
        60.0,
        "Age of the oldest undrained webhook, in seconds, past which `/readyz` raises an alarm.",
    )


@dataclass(frozen=True)
class Drain:
    """Webhooks persisted."""

    batch: int = option("DRAIN_BATCH", 200, "Webhooks persisted in one transaction.")
    batch_bytes: int = option(
        "DRAIN_BATCH_BYTES", 8 * 1024 * 1024, "Raw bytes of webhooks read for one transaction."
    )
    linger_s: float = option(
        "DRAIN_LINGER_S",
        5.0,
        "Seconds a drain waits for more once the inbox is empty, which spares the next webhook its wake-up.",
    )
    attempts: int = option("DRAIN_ATTEMPTS", 3, "Times a webhook is tried alone before it is a dead letter.")


@dataclass(frozen=True)
class Sending:
    """Messages out."""

    rate: float = option(
        "SEND_RATE",
        80.0,
        "Messages a second a number sends, where it has no rate of its own; Meta's default limit is 80.",
    )
    person_interval_s: float = option(
        "SEND_PERSON_INTERVAL_S",
        6.0,
        "Seconds between messages to the same person, past the burst; Meta's limit is 6.",
    )
    person_burst: int = option(
        "SEND_PERSON_BURST", 45, "Messages to the same person that may go at once; Meta's limit is 45."
    )
    concurrency: int = option("SEND_CONCURRENCY", 64, "Calls to Meta that one sender process makes at once.")
    timeout_s: float = option("SEND_TIMEOUT_S", 20.0, "Total deadline of one call to Meta, in seconds.")
    lease_s: float = option(
        "SEND_LEASE_S", 60.0, "After this a send whose sender fell silent counts as unconfirmed."
    )
    unconfirmed_grace_s: float = option(
        "UNCONFIRMED_GRACE_S",
        300.0,
        "Seconds that a status of Meta's may take to settle a send whose answer was lost.",
    )
    unconfirmed_policy: str = option(
        "UNCONFIRMED_POLICY",
        HOLD,
        "After that: `hold` leaves the decision to a person, `resend` sends it once more, marked.",
        choices=(HOLD, RESEND),
    )
    give_up_s: float = option(
        "SEND_GIVE_UP_S",
        86400.0,
        "Age at which a message that Meta keeps refusing for a passing reason is failed, in seconds.",
    )
    retry_base_s: float = option(
        "SEND_RETRY_BASE_S", 1.0, "First retry delay, in seconds; doubles each time, with jitter."
    )
    retry_cap_s: float = option(
        "SEND_RETRY_CAP_S", 300.0, "Longest retry delay, in seconds, unless Meta asks for more."
    )
    alarm_s: float = option(
        "OUTBOX_ALARM_S", 300.0, "Seconds a message may be due and not sent before `/readyz` raises an alarm."
    )


@dataclass(frozen=True)
class Media:
    """Files."""

    store: str = option(
        "MEDIA_STORE", "directory", "Where files are kept: `directory`, or `s3://bucket/prefix`."
    )
    directory: str = option(
        "MEDIA_DIR",
        ".data/media",
        "Directory of files, shared by web and worker; with S3, of files on their way there.",
    )
    max_bytes: int = option("MEDIA_MAX_BYTES", 100 * 1024 * 1024, "Largest file fetched from Meta, in bytes.")
    timeout_s: float = option("MEDIA_TIMEOUT_S", 120.0, "Total deadline of fetching one file, in seconds.")

    @property
    def bucket(self) -> tuple[str, str] | None:
        """Bucket and prefix ("" or "a/b/") of an S3 media store; None where files are in a directory."""
        url = urlsplit(self.store)
        if url.scheme != "s3":
            return None
        prefix = url.path.strip("/")
        return url.netloc, f"{prefix}/" if prefix else ""


@dataclass(frozen=True)
class Storage:
    """The S3 service, where files are in a bucket."""

    endpoint: str = option(
        "S3_ENDPOINT", "https://s3.amazonaws.com", "Address of the S3 service that MEDIA_STORE is in."
    )
    region: str = option("S3_REGION", "us-east-1", "Region of the bucket.")
    access_key: str = option("S3_ACCESS_KEY", "", "Access key of the bucket.", secret=True)
    secret_key: str = option("S3_SECRET_KEY", "", "Secret key of the bucket.", secret=True)


@dataclass(frozen=True)
class Retention:
    """How long things are kept."""

    events: int = option("EVENT_HISTORY", 100_000, "Events kept in Redis for clients that come back.")
    event_days: int = option("EVENT_LOG_DAYS", 30, "Days for which events are kept in Postgres.")
    media_days: int = option(
        "MEDIA_RETENTION_DAYS",
        0,
        "Days after which received and uploaded files are deleted; 0 keeps them.",
        zero=True,
    )


@dataclass(frozen=True)
class Limits:
    """Limits of requests."""

    webhook_bytes: int = option(
        "WEBHOOK_MAX_BYTES", 4 * 1024 * 1024, "Largest webhook body accepted, in bytes; past it 413."
    )
    request_bytes: int = option(
        "REQUEST_MAX_BYTES", 256 * 1024, "Largest body of any other request, in bytes; past it 413."
    )
    login_attempts: int = option(
        "LOGIN_ATTEMPTS",
        10,
        "Failed logins an account may have from one address in 15 minutes before 429.",
    )
    request_rate: float = option(
        "REQUEST_RATE",
        100.0,
        "Requests a second of one session, and 20 seconds' worth at once, before 429; 0: no limit.",
        zero=True,
    )
    stranger_rate: float = option(
        "STRANGER_RATE",
        50.0,
        "The same of one address for requests without a login; Meta's webhook is not limited.",
        zero=True,
    )
    send_quota: int = option(
        "SEND_QUOTA",
        6000,
        "Messages one agent may ask to be sent in a minute, before 429; 0: no limit.",
        zero=True,
    )
    upload_quota_bytes: int = option(
        "UPLOAD_QUOTA_BYTES",
        2 * 1024**3,
        "Bytes one agent may upload in an hour, before 429; 0: no limit.",
        zero=True,
    )
