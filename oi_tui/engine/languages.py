"""Which words after a fence mean code that a person might want to run, and the tool's schema.

Knows no shell: which languages can run here is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from oi_tui.models.base import ToolSchema

TOOL_NAME = "execute"

# Words that models put on blocks that are data, markup or something to read.
_READ_NOT_RUN = frozenset(
    word
    for words in (
        "text txt plain plaintext output stdout stderr log logs none traceback pycon pytb doctest",
        "json jsonc json5 jsonl ndjson yaml yml toml ini cfg conf properties env dotenv csv tsv",
        "xml html xhtml svg css scss sass less markdown md mdx rst asciidoc adoc latex tex bibtex",
        "diff patch git gitignore dockerfile makefile cmake nginx apache http url graphql proto",
        "mermaid plantuml dot graphviz ascii tree table math katex regex ebnf bnf protobuf",
        "prompt message email quote poem example result response answer chat title note",
    )
    for word in words.split()
)


def is_code_word(language: str) -> bool:
    """Return True if a fence with this word is code, whether or not anything here runs it."""
    word = language.lower()
    return bool(word) and word[0].isalpha() and word not in _READ_NOT_RUN


def run_tool(languages: Sequence[str]) -> ToolSchema:
    """Return the one function that a model may call."""
    return ToolSchema(
        TOOL_NAME,
        "Propose code to run on the person's computer. They see it first and may edit or reject"
        " it. Variables, imports and the working folder last from one run to the next.",
        {
            "type": "object",
            "properties": {
                "language": {
                    "type": "string",
                    "enum": list(languages),
                    "description": "What runs the code.",
                },
                "code": {"type": "string", "description": "The code, complete."},
            },
            "required": ["language", "code"],
            "additionalProperties": False,
        },
    )
