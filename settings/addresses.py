"""The addresses of Postgres and Redis, and the passwords beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote, urlsplit

from settings.groups import Database, Redis
from settings.problems import Problem

Server = TypeVar("Server", Database, Redis)


def with_password(server: Server) -> Server:
    """The server with the password in its address, each of its characters written as URLs want it."""
    if not server.password:
        return server
    scheme, _, rest = server.url.partition("://")
    user, at, place = rest.rpartition("@")
    url = f"{scheme}://{user if at else ''}:{quote(server.password, safe='')}@{place}"
    return replace(server, url=url)


def problems(name: str, server: Database | Redis) -> list[Problem]:
    """What is wrong with the address of a server that takes a password. Shows nothing of it: it may be in there."""
    variable, beside = f"{name}_URL", f"{name}_PASSWORD"
    split = urlsplit(server.url)
    # A / ? or # in a password ends the part of an address in which passwords stand.
    if "@" in split.path + split.query + split.fragment:
        return [
            Problem(
                f"{variable} has an @ behind its host: a password with / ? # @ or % in it cuts the address in two",
                f"Leave it out, and put it into {beside} as it is.",
            )
        ]
    try:
        given = split.password
        _ = split.port
    except ValueError:
        example = type(server)().url
        return [
            Problem(f"{variable} has a port that is no number", f"Write for example {variable}={example}.")
        ]
    if server.password and given:
        return [Problem(f"{variable} has a password, and {beside} another", "Keep one of the two.")]
    return []
