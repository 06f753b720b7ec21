"""Settings: the groups of options, and what follows from several of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from settings import addresses, checks, env_file, groups, names, reading
from settings.meta import Meta
from settings.option import Option, option, options_of
from settings.problems import Problem, SettingsError

DEVELOPMENT = "development"
PRODUCTION = "production"
WEBHOOK_SECRETS = frozenset({"WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"})
BUCKET_SECRETS = frozenset({"S3_ACCESS_KEY", "S3_SECRET_KEY"})

_ENV_FILE = Path(__file__).resolve().parents[1] / ".env"


@dataclass(frozen=True)
class Settings:
    """Every option of Parley, in groups."""

    app_env: str = option(
        "APP_ENV",
        PRODUCTION,
        "`production` or `development`; `bin/dev` sets development.",
        choices=(PRODUCTION, DEVELOPMENT),
    )
    logging: groups.Logging = field(default_factory=groups.Logging)
    meta: Meta = field(default_factory=Meta)
    security: groups.Security = field(default_factory=groups.Security)
    database: groups.Database = field(default_factory=groups.Database)
    redis: groups.Redis = field(default_factory=groups.Redis)
    web: groups.Web = field(default_factory=groups.Web)
    gateway: groups.Gateway = field(default_factory=groups.Gateway)
    inbox: groups.Inbox = field(default_factory=groups.Inbox)
    drain: groups.Drain = field(default_factory=groups.Drain)
    sending: groups.Sending = field(default_factory=groups.Sending)
    media: groups.Media = field(default_factory=groups.Media)
    storage: groups.Storage = field(default_factory=groups.Storage)
    retention: groups.Retention = field(default_factory=groups.Retention)
    limits: groups.Limits = field(default_factory=groups.Limits)

    # What these settings can be used with, and somebody should look at.
    doubts: tuple[Problem, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        dotenv: Path | None = None,
        *,
        without: frozenset[str] = frozenset(),
    ) -> Settings:
        """Read, check and freeze the settings.

        ``environ`` defaults to the process environment and ``dotenv`` to the ``.env`` of the checkout, which is only
        read where ``environ`` is not given. ``without`` names secrets that this process does not use and need not be
        given (WEBHOOK_SECRETS, BUCKET_SECRETS). Raises SettingsError with every problem.
        """
        known = [setting.variable for setting in options()]
        problems: list[Problem] = []
        in_file: dict[str, str] = {}
        if environ is None:
            environ = os.environ
            in_file, problems = env_file.read(dotenv or _ENV_FILE, known)
        read = _build(in_file | dict(environ), problems)
        problems += _problems(read, without)
        if problems:
            raise SettingsError(problems)
        return replace(
            read,
            database=addresses.with_password(read.database),
            redis=addresses.with_password(read.redis),
            doubts=tuple(names.doubts(environ, known)),
        )

    @property
    def development(self) -> bool:
        return self.app_env == DEVELOPMENT

    @property
    def signature_bypassed(self) -> bool:
        """Development only, and only while no real app secret is set."""
        return self.development and not self.meta.has_app_secret

    @property
    def open_house(self) -> bool:
        """Whether requests and sockets without credentials act as the development agent."""
        return self.signature_bypassed

    @property
    def origins(self) -> frozenset[str]:
        """The origins browsers may come from: those configured, else the public base's own."""
        named = {origin.rstrip("/") for origin in reading.listed(self.security.allowed_origins)}
        if named:
            return frozenset(named)
        public = urlsplit(self.meta.webhook_url)
        return frozenset({f"{public.scheme}://{public.netloc}"})

    def value_of(self, setting: Option) -> Any:
        """What an option is set to."""
        return getattr(getattr(self, setting.group) if setting.group else self, setting.name)


def options() -> Iterator[Option]:
    """Every option, group after group, for the checks, the docs and ``doctor``."""
    yield from options_of(Settings)
    for name, group in groups_of_settings():
        yield from options_of(group, name)


def groups_of_settings() -> Iterator[tuple[str, type]]:
    """Each group's name in Settings, and its class."""
    hints = get_type_hints(Settings)
    for declared in fields(Settings):
        if declared.default_factory is not MISSING:
            yield declared.name, hints[declared.name]


def _build(texts: Mapping[str, str], problems: list[Problem]) -> Settings:
    """Settings of these texts; a text that cannot be read is a problem, and has its default here."""
    own = reading.values(options_of(Settings), texts, problems)
    for name, group in groups_of_settings():
        own[name] = group(**reading.values(options_of(group, name), texts, problems))
    return Settings(**own)


def _problems(read: Settings, without: frozenset[str]) -> Iterator[Problem]:
    for setting in options():
        yield from checks.of_value(setting, read.value_of(setting))
    yield from checks.of_addresses(read.meta, read.database, read.redis)
    yield from addresses.problems("DATABASE", read.database)
    yield from addresses.problems("REDIS", read.redis)
    yield from checks.of_keys(read.security)
    yield from checks.of_store(read.media, read.storage, without)
    if not read.development:
        yield from checks.of_production(read.meta, without)
