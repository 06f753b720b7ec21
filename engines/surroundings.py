"""The environment and the addresses a formation gives its processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engines.ports import LOOPBACK

# The number the sandbox plays, from Meta's own examples.
SANDBOX_NUMBER = "106540352242922"
# What a shell beside a running house must agree on with it: parley doctor asks this house, and no other.
SHARED_WITH_SHELLS = (
    *("APP_ENV", "LOG_FORMAT", "DATABASE_URL", "REDIS_URL", "MEDIA_DIR", "WEB_HOST", "WEB_PORT", "WS_HOST"),
    *(
        "WS_PORT",
        "WHATSAPP_WEBHOOK_URL",
        "WHATSAPP_APP_SECRET",
        "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_GRAPH_URL",
    ),
    *("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"),
)
SANDBOX_TOKEN = "sandbox-access-token"  # noqa: S105 - opens a stand-in on this machine


@dataclass(frozen=True)
class Ports:
    """Where each part listens on the loopback address."""

    site: int
    phone: int
    web: int
    ws: int
    flower: int


@dataclass(frozen=True)
class Urls:
    """Where people and tests find each part. ``phone`` is empty where there is no sandbox."""

    site: str
    phone: str
    database: str
    redis: str

    @property
    def api(self) -> str:
        return f"{self.site}/api/v1"

    @property
    def webhook(self) -> str:
        return f"{self.api}/whatsapp/webhook"

    @property
    def ready(self) -> str:
        return f"{self.site}/readyz"


def wants_sandbox(given: Mapping[str, str]) -> bool:
    """A stand-in for Meta is needed where there is no token for the real one."""
    return not given.get("WHATSAPP_ACCESS_TOKEN")


def base(given: Mapping[str, str], ports: Ports) -> dict[str, str]:
    """What every process gets: what was given, development, and the ports; without the servers' URLs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH') or os.defpath}"
    return {
        "WHATSAPP_WEBHOOK_URL": f"http://localhost:{ports.site}/api/v1/whatsapp",
        "LOG_FORMAT": "console",
        **{name: value for name, value in given.items() if value},
        "APP_ENV": "development",
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
        "WEB_HOST": LOOPBACK,
        "WEB_PORT": str(ports.web),
        "WS_HOST": LOOPBACK,
        "WS_PORT": str(ports.ws),
        "FLOWER_PORT": str(ports.flower),
    }


def towards_sandbox(phone_port: int) -> dict[str, str]:
    """What points the house to the sandbox instead of Meta."""
    return {
        "WHATSAPP_GRAPH_URL": f"http://{LOOPBACK}:{phone_port}",
        "WHATSAPP_ACCESS_TOKEN": SANDBOX_TOKEN,
        "WHATSAPP_PHONE_NUMBER_ID": SANDBOX_NUMBER,
    }
