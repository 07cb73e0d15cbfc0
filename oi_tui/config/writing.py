"""Write settings: one value at a time, comments kept, never a half-written file.

Owns the text of `config.toml`. A file that is no TOML is never touched, and a change that would
mean anything but the one new value is refused. Knows no type of any setting.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from oi_tui.config.errors import ConfigError, broken_file
from oi_tui.config.fields import SettingField, setting_fields
from oi_tui.config.files import is_yaml, parse_toml, read_text
from oi_tui.config.private_files import ensure_folder, write_atomically
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_WIDTH = 88
_HEADER = re.compile(r"\s*\[")


def default_text(title: str = "") -> str:
    """Return a settings file that explains every setting and sets none."""
    parts = [f"{title or _title()}\n{_comment('Remove the # in front of a line to set it.')}"]
    tables = []
    for field in setting_fields().values():
        if not field.meaning.in_file:
            continue
        if field.kind is dict:
            tables.append(f"{_comment(field.meaning.text)}\n[{field.name}]\n")
        else:
            parts.append(f"{_comment(field.meaning.text)}\n# {_line(field.name, _example(field))}")
    return "\n\n".join([*parts, *tables])


def create_settings_file(path: Path, title: str = "") -> None:
    """Make the commented settings file if there is none; `title` is its first line.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists():
        return
    if not path.parent.exists():  # one that is there may be anything, such as the working folder
        ensure_folder(path.parent)
    first = _comment(title) if title else _title()
    text = first + "\n" if is_yaml(path) else default_text(first)
    write_atomically(path, text.encode())


def set_value(path: Path, name: str, value: object, table: str = "") -> None:
    """Set one value in the file, made if it is missing; None takes the value out.

    Everything else stays as it is, comments and order included. With `table`, the value is in
    that table.

    Raises:
        ConfigError: the file is no TOML (it is not touched).
        OSError: it cannot be written (it is not touched).
    """
    text = _text_to_change(path)
    write_atomically(path, _with_value(path, text, name, value, table).encode())


def set_values(
    path: Path, values: Mapping[str, object], notes: Mapping[str, str] | None = None
) -> None:
    """Set some values at once: all of them or, on an error, none; see `set_value`.

    `notes` become comments behind values that get a line of their own.

    Raises:
        ConfigError, OSError: as for `set_value`.
    """
    text = _text_to_change(path)
    for name, value in values.items():
        text = _with_value(path, text, name, value, note=(notes or {}).get(name, ""))
    write_atomically(path, text.encode())


def _text_to_change(path: Path) -> str:
    create_settings_file(path)
    return read_text(path)


def _with_value(
    path: Path, text: str, name: str, value: object, table: str = "", note: str = ""
) -> str:
    """Return the text with one value changed, if that changes nothing else."""
    before = parse_toml(path, text)
    after = _changed(text, name, value, table, note)
    if parse_toml(path, after) != _wanted(before, name, value, table):
        raise ConfigError(
            broken_file(path, tr("{name} cannot be set without changing more", name=name))
        )
    return after


def _wanted(before: dict[str, object], name: str, value: object, table: str) -> dict[str, object]:
    wanted = dict(before)
    target = wanted
    if table:
        old = wanted.get(table)
        target = dict(old) if isinstance(old, dict) else {}
        if target or value is not None or table in wanted:
            wanted[table] = target
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value
    return wanted


def _changed(text: str, name: str, value: object, table: str, note: str = "") -> str:
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    start, end = _section(lines, table)
    if start < 0:
        if value is not None:
            while lines and not lines[-1].strip():
                lines.pop()
            lines += ["", f"[{table}]", _line(name, value), ""]
        return ending.join(lines)
    for first, last in _statements(lines, start, end):
        found = _parse(lines[first:last])
        if found is not None and list(found) == [name]:
            kept = _trailing_comment(lines[first:last])
            lines[first:last] = [] if value is None else [_line(name, value) + kept]
            return ending.join(lines)
    if value is not None:
        comment = f"  # {one_line(note)}" if note and not isinstance(value, dict) else ""
        lines.insert(_place(lines, start, end, name), _line(name, value) + comment)
    return ending.join(lines)


def _section(lines: list[str], table: str) -> tuple[int, int]:
    """Return the range of lines of a table (empty: before the first); (-1, -1) if absent."""
    start = 0 if not table else -1
    position = 0
    for first, last in _statements(lines, 0, len(lines)):
        position = last
        if not _HEADER.match(lines[first]) or last - first > 1:
            continue
        if start >= 0:
            return start, first
        if _parse(lines[first:last]) == {table: {}}:
            start = last
    return (start, max(start, position)) if start >= 0 else (-1, -1)


def _statements(lines: list[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines that make one statement each; a value may span lines."""
    first = start
    while first < end:
        last = first + 1
        while last < end and _parse(lines[first:last]) is None:
            last += 1
        yield first, last
        first = last


def _place(lines: list[str], start: int, end: int, name: str) -> int:
    """Return where a new value goes: below its commented example, else at the section's end."""
    example = re.compile(rf"#\s*{re.escape(name)}\s*=")
    for number in range(start, end):
        if example.match(lines[number]):
            return number + 1
    # What stands right above the next table belongs to that table.
    if end < len(lines):
        while end > start and lines[end - 1].startswith("#"):
            end -= 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _parse(lines: list[str]) -> dict[str, object] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _trailing_comment(lines: list[str]) -> str:
    whole = _parse(lines)
    if len(lines) != 1:
        return ""
    line = lines[0]
    for match in re.finditer(r"\s*#", line):
        if _parse([line[: match.start()]]) == whole:
            return line[match.start() :]
    return ""


def _line(name: str, value: object) -> str:
    import tomli_w

    return tomli_w.dumps({name: value}).strip("\n")


def _example(field: SettingField) -> object:
    example = field.default if field.meaning.example is None else field.meaning.example
    return str(example) if isinstance(example, str) else example


def _title() -> str:
    return _comment("Settings of oi-tui.")


def _comment(text: str) -> str:
    return textwrap.fill(tr(text), _WIDTH, initial_indent="# ", subsequent_indent="# ")
