"""The reference pages against the code they describe: what is missing there, or there and gone from here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from api.security.log import MEANINGS
from schema import requests, views
from schema.errors import CODES
from schema.events import EVENTS
from schema.requests import Request
from schema.views import View
from settings import Settings, options
from whatsapp.errors import CLASS_OF, ErrorClass

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
VIEWS = [each for each in vars(views).values() if isinstance(each, type) and issubclass(each, View)]
REQUESTS = [each for each in vars(requests).values() if isinstance(each, type) and issubclass(each, Request)]


def table(page: str, name: str) -> dict[str, list[str]]:
    """The rows of a page's marked table (all tables between the marks): first cell -> the other cells."""
    marked = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", (DOCS / page).read_text(), re.DOTALL)
    assert marked, f"docs/{page} has no table {name}"
    rows = {}
    for line in marked[1].splitlines():
        if line.startswith("| `"):
            first, *others = (cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|")))
            rows[first.strip("`")] = [cell.replace("\\|", "|") for cell in others]
    return rows


def example() -> dict[str, tuple[str, str]]:
    """The variables of .env.example, commented out or not: variable -> its value, and the line above it."""
    rows, before = {}, ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := re.fullmatch(r"#?([A-Z][A-Z0-9_]+)=(.*)", line):
            rows[match[1]] = (match[2], before)
        before = line
    return rows


def test_every_option_is_in_the_configuration_page_with_its_default_and_its_help() -> None:
    listed = table("configuration.md", "settings")
    for option in options():
        shown = f"`{option.default}`" if option.default != "" else "empty"
        assert (option.variable, listed.get(option.variable)) == (option.variable, [shown, option.help])


def test_the_configuration_page_has_no_option_that_is_gone() -> None:
    assert set(table("configuration.md", "settings")) == {option.variable for option in options()}


def test_every_option_is_in_the_example_with_its_help_above_it() -> None:
    lines = example()
    for option in options():
        assert option.variable in lines
        assert lines[option.variable][1] == f"# {option.help}"


def test_a_line_of_the_example_that_is_commented_out_shows_the_default() -> None:
    text = (ROOT / ".env.example").read_text()
    for option in options():
        commented = re.search(rf"^#{option.variable}=(.*)$", text, re.MULTILINE)
        assert commented is None or commented[1] == str(option.default)


def test_the_example_as_it_stands_is_told_what_is_missing_and_nothing_else() -> None:
    settings = Settings()
    filled = {
        "WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef",
        "WHATSAPP_VERIFY_TOKEN": "a-long-made-up-word",
        "WHATSAPP_ACCESS_TOKEN": "EAAtoken",
    }
    set_there = [line for line in (ROOT / ".env.example").read_text().splitlines() if re.match("[A-Z]", line)]
    environ = dict(line.split("=", 1) for line in set_there)
    read = Settings.from_env(environ | filled)
    assert (read.app_env, read.web.port) == (settings.app_env, settings.web.port)
    assert all(len(shlex.split(line)) == 1 for line in set_there)


def test_every_error_is_in_the_errors_page_with_its_status_and_meaning() -> None:
    listed = table("errors.md", "errors")
    assert listed == {code: [str(status), meaning] for code, (status, meaning) in CODES.items()}


@pytest.mark.parametrize("kind", list(ErrorClass))
def test_every_class_of_metas_errors_is_in_the_errors_page_with_its_codes(kind: ErrorClass) -> None:
    shown = table("errors.md", "graph")[kind][0]
    codes: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", shown):
        codes.update(range(int(first), int(last or first) + 1))
    assert codes == {code for code, its in CLASS_OF.items() if its is kind}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_is_in_the_events_page_with_its_fields(event: type[msgspec.Struct]) -> None:
    listed = table("events.md", "events")[str(event.__struct_config__.tag)][0]
    shown = set(re.findall(r"`(\w+)`", listed))
    assert shown == {field.encode_name for field in msgspec.structs.fields(event)} - {"conversation_id", "at"}


def test_the_events_page_has_no_event_that_is_gone() -> None:
    assert set(table("events.md", "events")) == {str(event.__struct_config__.tag) for event in EVENTS}


def test_the_events_page_says_what_all_events_have() -> None:
    text = (DOCS / "events.md").read_text()
    for field in ("id", "conversation_id", "at"):
        assert f"`{field}`" in text


def test_every_line_of_the_security_log_is_in_the_security_page_with_its_level_and_fields() -> None:
    listed = table("security.md", "security-log")
    assert {kind: row[::2] for kind, row in listed.items()} == {
        kind.value: [meaning.level, meaning.told] for kind, meaning in MEANINGS.items()
    }
    for kind, meaning in MEANINGS.items():
        assert set(re.findall(r"`(\w+)`", listed[kind][1])) == set(meaning.fields.split(", "))


def code_of(*pages: str) -> set[str]:
    """Every word that stands as code in one of the pages."""
    return {
        word
        for page in pages
        for code in re.findall(r"```.*?```|`[^`]+`", (DOCS / page).read_text(), re.DOTALL)
        for word in re.findall(r"\w+", code)
    }


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request_: request_.__name__)
def test_every_field_of_a_request_is_in_the_api_page(request_: type[Request]) -> None:
    """The contents of a message stand there as its types."""
    fields = {field.encode_name for field in msgspec.structs.fields(request_)}
    assert fields - code_of("http-api.md") == set()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_field_of_an_answer_is_in_the_pages_of_the_api(view: type[View]) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(view)}
    assert fields - code_of("http-api.md", "events.md", "errors.md") == set()
