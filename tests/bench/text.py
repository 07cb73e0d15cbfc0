"""The Markdown that measurements stream, as models write it, and marks to find in it."""

from __future__ import annotations

import random

TOKEN = 4  # characters
_WORDS = ["model", "proposes", "code", "編輯", "which", "the", "user", "approves", "執行", "shell"]


def mark(number: int) -> str:
    """Return a word that occurs once in a reply."""
    return f"zq{number}qz"


def end_mark(count: int) -> str:
    """Return the last word of a reply of so many tokens."""
    return f"zqend{count}qz"


def reply(characters: int, seed: int = 1) -> str:
    """Return Markdown as models write it: headings, prose, lists, code, tables."""
    choose = random.Random(seed)
    parts: list[str] = []
    size = number = 0

    def words(count: int) -> str:
        return " ".join(choose.choices(_WORDS, k=count))

    while size < characters:
        kind = number % 8
        if kind == 0:
            part = f"## Section {number}\n\n"
        elif kind == 4:
            part = "".join(f"- item {i} {words(8)}\n" for i in range(6)) + "\n"
        elif kind == 6:
            lines = "".join(f"def f{i}(x):\n    return x * {i}  # {words(1)}\n" for i in range(8))
            part = f"```python\n{lines}```\n\n"
        elif kind == 7:
            part = "| a | b |\n|---|---|\n" + "".join(f"| {i} | {words(1)} |\n" for i in range(5))
            part += "\n"
        else:
            part = f"{words(60)} with `code {number}` and **bold** text, [link](http://x.org).\n\n"
        parts.append(part)
        size += len(part)
        number += 1
    return "".join(parts)[:characters]
