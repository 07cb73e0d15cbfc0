"""Models that were used here before and the person's favorites, in one small private file.

Owns the file's form and its bounds. Knows no model: only names and addresses. A damaged file is
kept beside the new one; nothing here ever stands in the way of a conversation.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from oi_tui.config.private_files import changing, read_private, write_atomically

MOST_RECENT = 20
MOST_FAVORITES = 100
_MOST_BYTES = 256 * 1024
_MOST_NAME = 500  # characters of a name or an address


@dataclass(frozen=True, slots=True)
class Used:
    """A model by the name and address it was used with."""

    model: str
    api_base: str = ""
    is_favorite: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """What makes it the same model."""
        return self.model, self.api_base


class UsedModels:
    """Reads and changes the list; each change is in the file before the call returns."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> tuple[Used, ...]:
        """Return favorites first, then the others, what was used last first.

        A file that is missing or cannot be read counts as empty.
        """
        with contextlib.suppress(OSError):
            return _ordered(_parsed(read_private(self._file, _MOST_BYTES + 1)) or ())
        return ()

    def note(self, model: str, api_base: str = "") -> None:
        """Remember that a model is used now.

        Raises:
            OSError: it could not be written; what was there is unchanged.
        """
        if not _is_name(model, api_base):
            return
        with self._changing() as rows:
            known = next((row for row in rows if row.place == (model, api_base)), None)
            if known is not None:
                rows.remove(known)
            rows.insert(0, known or Used(model, api_base))

    def mark(self, model: str, api_base: str, favorite: bool) -> None:
        """Make a model a favorite, or no longer.

        Raises:
            OSError: as for `note`.
        """
        if not _is_name(model, api_base):
            return
        with self._changing() as rows:
            for index, row in enumerate(rows):
                if row.place == (model, api_base):
                    rows[index] = replace(row, is_favorite=favorite)
                    return
            if favorite:
                rows.append(Used(model, api_base, is_favorite=True))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Used]]:
        """Lend the rows for a change; two programs change them one after the other."""
        with changing(self._file):
            before = self._read_or_put_aside()
            rows = list(before)
            yield rows
            kept = _bounded(rows)
            if kept != before:
                write_atomically(self._file, _text(kept))

    def _read_or_put_aside(self) -> tuple[Used, ...]:
        try:
            rows = _parsed(read_private(self._file, _MOST_BYTES + 1))
        except FileNotFoundError:
            return ()
        if rows is None:
            os.replace(self._file, self._file.with_name(self._file.name + ".damaged"))
        return rows or ()


def _is_name(model: str, api_base: str) -> bool:
    """An address with a password in it, which is refused elsewhere, is for nobody's list."""
    try:
        holds_secret = "@" in urlsplit(api_base).netloc
    except ValueError:
        return False
    return bool(model) and max(len(model), len(api_base)) <= _MOST_NAME and not holds_secret


def _parsed(data: bytes) -> tuple[Used, ...] | None:
    """Return the rows that can be understood; None: this is no file of ours."""
    if len(data) > _MOST_BYTES:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    rows = value.get("models") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        return None
    return tuple(used for row in rows if (used := _used(row)))


def _used(row: object) -> Used | None:
    if not isinstance(row, dict):
        return None
    model, api_base = row.get("model"), row.get("api_base", "")
    if not isinstance(model, str) or not isinstance(api_base, str):
        return None
    return Used(model, api_base, row.get("favorite") is True) if _is_name(model, api_base) else None


def _bounded(rows: list[Used]) -> tuple[Used, ...]:
    """Return the rows with the oldest left out; favorites stay."""
    favorites = [row for row in rows if row.is_favorite][:MOST_FAVORITES]
    others = [row for row in rows if not row.is_favorite][:MOST_RECENT]
    return tuple(row for row in rows if row in favorites or row in others)


def _ordered(rows: tuple[Used, ...]) -> tuple[Used, ...]:
    return tuple(sorted(rows, key=lambda row: not row.is_favorite))


def _text(rows: tuple[Used, ...]) -> bytes:
    entries = [
        {"model": row.model, "api_base": row.api_base, "favorite": row.is_favorite} for row in rows
    ]
    return (json.dumps({"models": entries}, indent=1, ensure_ascii=False) + "\n").encode()
