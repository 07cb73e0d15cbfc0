"""What an export consists of, and how a file of another format can be wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export; `suffix` follows the name that the person chose: `.py`, `.ipynb`."""

    suffix: str
    data: bytes


class FormatError(Exception):
    """Bytes are not of the format they should be; the text is for a person."""
