"""docker-compose.yml as compose reads it: what a service is given, with the values of an .env filled in."""

from __future__ import annotations

import re
import shlex
import socket
from base64 import b64encode
from collections.abc import Mapping
from os import urandom
from typing import Any, NamedTuple

import yaml
from dotenv import dotenv_values

from engines.formation import ROOT
from engines.ports import free_port
from faults.house import PRODUCTION

ROLE = "house"
DATABASE_PASSWORD = "p@ss/w0rd#%41?x=+1 'q\"\\:"
QUEUE_PASSWORD = "ab+c/d@e#f%41?=g&h:i$(j)"

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# A dollar that is doubled stands for itself; a variable may say what is put where it is not set, or is empty.
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<when>:?[-?])(?P<word>[^}]*))?\}")


class Servers(NamedTuple):
    """Where the two servers are, with and without their passwords, and Postgres' superuser."""

    database_url: str
    redis_url: str
    superuser_url: str
    redis_whole_url: str


def filled_in(postgres: str, valkey: str) -> dict[str, str]:
    """.env.example with its empty lines filled in, as an operator does, and nobody at the other end of the line."""
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    return example | {
        **PRODUCTION,
        "WHATSAPP_ACCESS_TOKEN": "a-token-of-a-system-user",
        "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
        "WHATSAPP_GRAPH_URL": "http://127.0.0.1:9",
        "SITE_ADDRESS": "parley.example",
        "POSTGRES_PASSWORD": postgres,
        "VALKEY_PASSWORD": valkey,
        "FLOWER_BASIC_AUTH": f"ada:{b64encode(urandom(32)).decode()}",
    }


class Composed:
    """One service, its ports replaced by free ones: others may run here, a whole deployment too."""

    def __init__(self, name: str, dotenv: Mapping[str, str], servers: Mapping[str, str]) -> None:
        self.name = name
        self._service = SERVICES[name]
        self._dotenv = dotenv
        self._ports = {
            port: str(free_port()) for port in re.findall(r"\b(?:8001|8002|8090|5555)\b", str(self._service))
        }
        own = {key: self._read(value) for key, value in self._service["environment"].items()}
        given = {**(dotenv if self._service.get("env_file") else {}), **own}
        # The names of hosts are compose's; what a service is not to have it does not get here either.
        self.environment = given | {key: url for key, url in servers.items() if given.get(key)}
        self.environment["HOSTNAME"] = socket.gethostname()
        self.user, self.group = map(int, self._service["user"].split(":"))

    @property
    def image(self) -> str:
        return str(self._service["image"])

    @property
    def command(self) -> list[str]:
        return shlex.split(self._read(self._service["command"]))

    @property
    def check(self) -> list[str]:
        """What compose runs to see whether it is well."""
        kind, *words = (self._read(word) for word in self._service["healthcheck"]["test"])
        return ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words

    @property
    def grace_s(self) -> float:
        """How long it may take to end before compose kills it."""
        return float(self._service.get("stop_grace_period", "10s").removesuffix("s"))

    @property
    def writable(self) -> list[str]:
        """Where it may write: its memory file systems and its volumes."""
        volumes = [volume.split(":")[1] for volume in self._service.get("volumes", [])]
        return [mount.split(":")[0] for mount in self._service["tmpfs"]] + volumes

    def _read(self, text: Any) -> str:
        value = _VARIABLE.sub(self._value, str(text))
        return re.sub("|".join(self._ports) or r"\Z\A.", lambda port: self._ports[port[0]], value)

    def _value(self, match: re.Match[str]) -> str:
        if match["name"] is None:
            return "$"
        value, when = self._dotenv.get(match["name"]), match["when"] or ""
        missing = not value if ":" in when else value is None
        if missing and "?" in when:
            raise LookupError(f"{match['name']}: {match['word']}")
        return (match["word"] or "") if missing else value or ""
