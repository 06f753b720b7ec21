"""Writes the tables of the docs, and ``.env.example``, from the code they describe.

``python docs/tables.py`` from the checkout rewrites what has changed; ``--check`` only says whether anything
would. A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; the words around it are a person's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

from api.resources.metrics import counts, families  # noqa: E402
from api.security.log import MEANINGS  # noqa: E402
from health.vitals import OK, QUEUES, RedisVitals, Vitals  # noqa: E402
from models.drain_leases import Standing  # noqa: E402
from models.workload import Workload  # noqa: E402
from queues.inbox import Backlog  # noqa: E402
from schema import views  # noqa: E402
from schema.close_codes import CLOSE_CODES  # noqa: E402
from schema.errors import CODES  # noqa: E402
from schema.events import EVENTS  # noqa: E402
from settings import Option, Settings  # noqa: E402
from settings.option import options_of  # noqa: E402
from settings.tree import groups_of_settings  # noqa: E402
from whatsapp.errors import ADVICE, CLASS_OF, RETRIED, ErrorClass  # noqa: E402
from wsgateway.protocol import REQUESTS  # noqa: E402

_MARK = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Not Parley's own: docker-compose.yml, the Caddyfile and bin/flower read these.
COMPOSE = """\
# Read by docker-compose.yml and bin/flower, not by Parley itself.
# Host name of this server; Caddy gets a certificate for it by itself.
#SITE_ADDRESS=parley.example.org
# Long random words, as `openssl rand -base64 32` makes them; in single quotes where one has a $ or a #.
#POSTGRES_PASSWORD=
#VALKEY_PASSWORD=
# Whose X-Forwarded-For counts, where a load balancer stands in front of Caddy.
#TRUSTED_PROXIES=127.0.0.1/32
# user:password of Celery's dashboard.
#FLOWER_BASIC_AUTH=
"""


def table(headings: str, rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; ``headings`` are separated by commas."""
    names = headings.split(", ")
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|")


def grouped() -> Iterator[tuple[str, list[Option]]]:
    """The options under their headings, which are what their groups say they are."""
    yield "General", list(options_of(Settings))
    for _, group in groups_of_settings():
        yield (group.__doc__ or "").rstrip("."), list(options_of(group))


def settings_tables() -> str:
    parts = []
    for name, group in grouped():
        rows = [(f"`{option.variable}`", _default(option), option.help) for option in group]
        parts.append(f"\n### {name}\n\n{table('variable, default, what', rows)}")
    return "".join(parts) + "\n"


def _default(option: Option) -> str:
    return f"`{option.default}`" if option.default != "" else "empty"


def env_example() -> str:
    lines = ["# Copy to .env and fill in. Each line shows the default; what is left out or empty has it.\n"]
    for name, group in grouped():
        lines.append(f"\n# {name}\n")
        for option in group:
            mark = "" if option.variable in _TO_FILL_IN else "#"
            lines.append(f"\n# {option.help}\n{mark}{option.variable}={_shown(option)}\n")
    return "".join([*lines, "\n", COMPOSE])


# What production does not start, or cannot send, without.
_TO_FILL_IN = {
    "WHATSAPP_APP_SECRET": "",
    "WHATSAPP_VERIFY_TOKEN": "",
    "WHATSAPP_WEBHOOK_URL": "https://parley.example.org/api/v1/whatsapp",
    "WHATSAPP_ACCESS_TOKEN": "",
    "WHATSAPP_PHONE_NUMBER_ID": "",
}


def _shown(option: Option) -> str:
    return _TO_FILL_IN.get(option.variable, str(option.default))


def error_table() -> str:
    return table("code, status, when", ((f"`{code}`", *columns) for code, columns in CODES.items()))


def graph_table() -> str:
    rows = []
    for kind in ErrorClass:
        codes = _ranges([code for code, its in CLASS_OF.items() if its is kind])
        again = "yes" if kind in RETRIED else "no"
        rows.append((f"`{kind}`", codes or "none: it was lost", again, ADVICE[kind]))
    return table("class, Meta's codes, tried again by itself, what a person is told", rows)


def _ranges(codes: list[int]) -> str:
    """Codes in order, long runs as a range."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][-1] + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def event_table() -> str:
    return table("type, fields, when", ((_tag(event), _fields(event), _first(event)) for event in EVENTS))


def request_table() -> str:
    return table(
        "type, fields, what", ((_tag(request), _fields(request), _doc(request)) for request in REQUESTS)
    )


def close_table() -> str:
    rows = (
        (close_code.code, f"`{close_code.name}`", "yes" if close_code.reconnect else "no", close_code.meaning)
        for close_code in CLOSE_CODES
    )
    return table("code, reason, come back, what it means", rows)


def _tag(struct: Any) -> str:
    return f"`{struct.__struct_config__.tag}`"


def _fields(struct: Any, common: frozenset[str] = frozenset({"conversation_id", "at", "ref"})) -> str:
    """The fields of its own; a question mark where one may be left out."""
    hidden = common if struct in EVENTS else common & {"ref"}
    fields = [field for field in msgspec.structs.fields(struct) if field.name not in hidden]
    return ", ".join(f"`{field.encode_name}`{'' if field.required else '?'}" for field in fields) or "none"


def _doc(struct: Any) -> str:
    return _first(struct) if struct.__doc__ and not struct.__doc__.startswith(struct.__name__) else ""


def _first(struct: Any) -> str:
    return " ".join((struct.__doc__ or "").replace("``", "`").split())


def view_table() -> str:
    """Those that events carry."""
    _, carried = msgspec.json.schema_components(EVENTS)
    kinds = [view for name, view in vars(views).items() if name in carried]
    rows = ((view.__name__.removesuffix("View").lower(), _fields(view), _first(view)) for view in kinds)
    return table("thing, fields, what", rows)


def metrics_table() -> str:
    """From the metrics of a house in which nothing waits."""
    idle = RedisVitals(Backlog(0, 0.0), 0.0, dict.fromkeys(QUEUES, 0), {})
    drain = Standing(0, 1, True, "host", 12, datetime.now(UTC), 0.0, False, True)
    quiet = Vitals(OK, OK, idle, Workload(drains=(drain,)))
    every_family = [*families(quiet, 0), *counts({"2xx": 0}, {"accepted": 0})]
    return table("metric, type, labels, what", map(_metric, every_family))


def _metric(family: Any) -> tuple[str, str, str, str]:
    counted = family.type == "counter"
    values: dict[str, list[str]] = {}
    for sample in family.samples:
        for label, value in sample.labels.items():
            values.setdefault(label, []).append(f"`{value}`")
    # What a counter counts apart is found out as it comes.
    labels = [f"`{label}`" if counted else f"`{label}`: {', '.join(some)}" for label, some in values.items()]
    return f"`{family.name}{'_total' * counted}`", family.type, ", ".join(labels), family.documentation


def security_table() -> str:
    rows = (
        (
            f"`{kind.value}`",
            meaning.level,
            ", ".join(f"`{name}`" for name in meaning.fields.split(", ")),
            meaning.told,
        )
        for kind, meaning in MEANINGS.items()
    )
    return table("line, level, fields, when", rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": settings_tables,
    "errors": error_table,
    "graph": graph_table,
    "events": event_table,
    "requests": request_table,
    "closecodes": close_table,
    "views": view_table,
    "metrics": metrics_table,
    "security-log": security_table,
}


def written() -> dict[Path, str]:
    """Every file with a table, as it should be."""
    texts = {DOCS.parent / ".env.example": env_example()}
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text()
        if _MARK.search(text):
            texts[path] = _MARK.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)
    return texts


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` only look; 1 where a look found something out of date."""
    stale = [path for path, text in written().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'out of date' if '--check' in arguments else 'written'}: {path.relative_to(DOCS.parent)}")
        if "--check" not in arguments:
            path.write_text(written()[path])
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
