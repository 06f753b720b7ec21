"""The file ``.env``: one NAME=value a line, read as it stands.

Nothing is expanded, so that a token may hold a $; what cannot be read is told with its line, and never skipped.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from settings.names import nearest
from settings.problems import Problem

_SAVE_AS = "Save it as UTF-8."


def read(path: Path, known: Iterable[str]) -> tuple[dict[str, str], list[Problem]]:
    """What the file sets, and what is wrong with it; a missing file sets nothing."""
    # A directory of this name is somebody's virtual environment.
    if path.is_dir():
        return {}, []
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [Problem(f"{path} cannot be read ({error.strerror})", "See whose file it is.")]
    text, undecoded = _decode(path, raw)
    if undecoded:
        return {}, [undecoded]
    known = list(known)
    bindings = list(parse_stream(io.StringIO(text, newline="")))
    values = {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}
    problems = [problem for binding in bindings for problem in _problems(path, binding, known)]
    return values, problems


def _decode(path: Path, raw: bytes) -> tuple[str, Problem | None]:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        return "", Problem(f"{path} is written in UTF-16, or is no text", _SAVE_AS)
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", Problem(f"{path}, line {line}: a letter there is not UTF-8", _SAVE_AS)


def _problems(path: Path, binding: Binding, known: list[str]) -> list[Problem]:
    """What is wrong with one line. Shows nothing of its value: it may be a secret."""
    where = f"{path}, line {_line(binding)}"
    if binding.error:
        return [Problem(f"{where}: cannot be read", "Write NAME=value, and close each quote that is opened.")]
    if binding.key is None:
        return []
    near = nearest(binding.key, known)
    if near:
        return [Problem(f"{where}: {binding.key} is not known", f"Write {near}, or take it out.")]
    if binding.key in known and "\n" in (binding.value or "").strip():
        return [
            Problem(
                f"{where}: the value of {binding.key} goes on over the line's end",
                "Close the quote that is opened there.",
            )
        ]
    return []


def _line(binding: Binding) -> int:
    """The line its name stands in; the parser counts the empty ones before it to it."""
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]
    return binding.original.line + len(before.replace("\r\n", "\n").replace("\r", "\n").splitlines())
