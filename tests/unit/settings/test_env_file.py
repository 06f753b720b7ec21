"""The file .env as people write it, and as their editors save it."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import Settings, SettingsError, options

DEVELOPMENT = b"APP_ENV=development\n"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process environment that names none of our options."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def read(file: Path, *lines: bytes) -> Settings:
    file.write_bytes(DEVELOPMENT + b"\n".join(lines))
    return Settings.from_env(dotenv=file)


def problem(file: Path, *lines: bytes) -> str:
    with pytest.raises(SettingsError) as caught:
        read(file, *lines)
    (complaint,) = caught.value.problems
    return str(complaint)


@pytest.mark.parametrize(
    ("line", "token"),
    [
        (b"WHATSAPP_ACCESS_TOKEN=EAA$x${HOME}$$y", "EAA$x${HOME}$$y"),
        (b'WHATSAPP_ACCESS_TOKEN="EAA${HOME:-none}"', "EAA${HOME:-none}"),
        (b"WHATSAPP_ACCESS_TOKEN='EAA$APP_ENV'", "EAA$APP_ENV"),
        (b"export WHATSAPP_ACCESS_TOKEN = EAA#1 # behind", "EAA#1"),
        (b"WHATSAPP_ACCESS_TOKEN='EAA # inside'\r", "EAA # inside"),
        ("WHATSAPP_ACCESS_TOKEN=Schlüssel".encode(), "Schlüssel"),
    ],
)
def test_a_value_is_what_stands_there(file: Path, line: bytes, token: str) -> None:
    assert read(file, line).meta.access_token == token


def test_a_byte_order_mark_is_no_part_of_the_first_name(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + DEVELOPMENT)
    assert Settings.from_env(dotenv=file).development


def test_a_line_that_sets_nothing_and_somebody_elses_name_are_left_alone(file: Path) -> None:
    assert read(file, b"BARE", b"# WEB_PROT=1", b"", b"SITE_ADDRESS=parley.example").web.port == 8001


def test_the_last_of_two_lines_counts(file: Path) -> None:
    assert read(file, b"WEB_PORT=9001", b"WEB_PORT=9002").web.port == 9002


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_told_with_what_to_do(file: Path, encoding: str) -> None:
    file.write_bytes("APP_ENV=development\n".encode(encoding))
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(dotenv=file)
    sentence = str(caught.value.problems[0])
    assert sentence == f"{file} is written in UTF-16, or is no text. Save it as UTF-8."


def test_a_letter_in_latin_1_is_told_with_its_line(file: Path) -> None:
    file.write_bytes(DEVELOPMENT + b"\nWHATSAPP_VERIFY_TOKEN=Schl\xfcssel\n")
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(dotenv=file)
    sentence = str(caught.value.problems[0])
    assert sentence == f"{file}, line 3: a letter there is not UTF-8. Save it as UTF-8."


@pytest.mark.parametrize(
    "lines",
    [
        (b'WHATSAPP_ACCESS_TOKEN="EAAhush',),
        (b"WHATSAPP_ACCESS_TOKEN='EAAhush", b"WEB_PORT=9001"),
        (b'WHATSAPP_ACCESS_TOKEN="EAAhush', b'WHATSAPP_VERIFY_TOKEN="word"'),
        (b'WHATSAPP_ACCESS_TOKEN="EAA"hush"',),
    ],
)
def test_a_quote_that_is_not_closed_is_told_with_its_line(file: Path, lines: tuple[bytes, ...]) -> None:
    sentence = problem(file, b"", b"# A comment.", *lines)
    assert sentence.startswith(f"{file}, line 4: cannot be read. ")
    assert sentence.endswith("close each quote that is opened.")
    assert "hush" not in sentence


def test_a_quote_that_another_line_closes_is_told_too(file: Path) -> None:
    sentence = problem(file, b'WHATSAPP_ACCESS_TOKEN="EAAhush', b'LOG_FORMAT=json"')
    assert sentence.startswith(
        f"{file}, line 2: the value of WHATSAPP_ACCESS_TOKEN goes on over the line's end. "
    )
    assert "hush" not in sentence


def test_a_misspelt_name_is_told_with_its_line_and_the_one_it_is_near(file: Path) -> None:
    sentence = problem(file, b"WEB_PORT=9001", b"WHATSAPP_ACCES_TOKEN=EAAhush")
    assert (
        sentence
        == f"{file}, line 3: WHATSAPP_ACCES_TOKEN is not known. Write WHATSAPP_ACCESS_TOKEN, or take it out."
    )


def test_a_misspelt_name_does_not_hide_what_else_is_wrong(file: Path) -> None:
    file.write_bytes(DEVELOPMENT + b"WEB_PROT=1\nWS_PORT=x\n")
    with pytest.raises(SettingsError, match=r"2 setting\(s\) to mend"):
        Settings.from_env(dotenv=file)


def test_a_directory_of_that_name_is_somebodys_virtual_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.mkdir()
    monkeypatch.setenv("APP_ENV", "development")
    assert Settings.from_env(dotenv=file).development


def test_a_file_that_cannot_be_read_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A link to itself, for nothing is unreadable to root.
    file.symlink_to(file)
    monkeypatch.setenv("APP_ENV", "development")
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(dotenv=file)
    assert str(caught.value.problems[0]).startswith(f"{file} cannot be read (")
