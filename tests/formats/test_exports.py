"""Exports that are read as text or run: Markdown, notebooks, scripts."""

from __future__ import annotations

import ast
import base64
from typing import Any

import nbformat
import pytest
from markdown_it import MarkdownIt

from oi_tui.formats.exports import export
from oi_tui.formats.messages import chat_messages
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import HistoryChange, RunStatus
from oi_tui.protocol.sessions import ExportFormat
from tests.formats.sample import (
    FENCED,
    HIDDEN,
    PNG,
    code,
    everything,
    exported,
    exported_json,
    numbered,
    prose,
    rejected,
)
from tests.formats.test_messages import FLAT

PYTHON, BASH, JAVASCRIPT = ".py", ".sh", ".js"


@pytest.mark.parametrize("form", list(ExportFormat))
def test_no_export_holds_what_was_taken_back_or_run_again(form: ExportFormat) -> None:
    data = b"".join(file.data for file in export(form, everything()))
    assert b"math" in data
    assert b"undone" not in data
    assert b"secret plan" not in data
    assert b"again" not in data


@pytest.mark.parametrize("form", [form for form in ExportFormat if form is not ExportFormat.SCRIPT])
def test_an_empty_session_is_an_export_too(form: ExportFormat) -> None:
    (file,) = export(form, [])
    assert file.data


def test_loaded_messages_are_exported_with_their_outputs() -> None:
    loaded = numbered([ev.HistoryReplaced(chat_messages(FLAT), "Loaded.", HistoryChange.LOADED)])
    text = exported(ExportFormat.MARKDOWN, loaded)
    assert "```shell\nls | wc -l\n```" in text
    assert "*Output:*\n\n```text\n7\n```" in text
    assert "Not run" not in text
    assert export(ExportFormat.SCRIPT, loaded) == ()  # nobody knows how it ended


# -- Markdown -------------------------------------------------------------------------------------
def fences() -> list[tuple[str, str]]:
    """What a Markdown reader sees as code: the word behind the fence, and the text."""
    tokens = MarkdownIt("commonmark").parse(exported(ExportFormat.MARKDOWN))
    return [(token.info, token.content) for token in tokens if token.type == "fence"]


def test_markdown_keeps_code_to_the_byte_whatever_is_in_it() -> None:
    found = fences()
    assert ("python", FENCED + "\n") in found
    assert ("python", HIDDEN) in found
    assert ("python", "plot()\n") in found  # a fence that the model left open is closed
    assert ("text", "3.91 m\nnew\n") in found
    assert ("text", "a\n\n… 7 bytes were not recorded …\nz\n") in found


def test_markdown_tells_what_became_of_code() -> None:
    text = exported(ExportFormat.MARKDOWN)
    assert text.startswith("# Tides \\<i\\>of\\</i\\> 港口\n\n*2026-")
    assert "Edited by you before it was decided." in text
    assert "> *Not run: you rejected it. You said: Use the \\*other\\* folder*" in text
    assert "> *The run failed. Exit code 3.*" in text
    assert "> *The provider asks to wait.*" in text
    assert f"![picture](data:image/png;base64,{base64.b64encode(PNG).decode()})" in text
    assert "\x1b" not in text


def test_markdown_shows_a_long_prompt_whole_below_its_heading() -> None:
    text = exported(ExportFormat.MARKDOWN)
    assert "## Plot the \\*tides\\*. import os Then" in text
    assert "\n> Plot the *tides*.\n> import os\n> Then </script><b>tell</b> me more\n" in text
    assert "## Clean up\n\n```bash" in text  # a short one is not said twice


# -- notebooks ------------------------------------------------------------------------------------
def cells() -> list[Any]:
    """The cells of the session's notebook, which is one that Jupyter takes."""
    notebook = nbformat.reads(exported(ExportFormat.NOTEBOOK), as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    return list(notebook.cells)


def test_a_notebook_is_valid_and_always_the_same() -> None:
    first = cells()
    names = [cell.id for cell in first]
    assert len(set(names)) == len(names)
    assert exported(ExportFormat.NOTEBOOK) == exported(ExportFormat.NOTEBOOK)
    nbformat.validate(nbformat.from_dict(exported_json(ExportFormat.NOTEBOOK, [])))


def test_a_notebook_runs_only_what_ran() -> None:
    sources = [cell.source for cell in cells() if cell.cell_type == "code"]
    assert sources == [
        "import math\nprint(3.91)",
        FENCED,
        "%%bash\nexit 3",
        "1/0",
        "%%script node\nconst a = 1;\n",
        HIDDEN,
        "%%bash\necho mine",
    ]
    told = "\n".join(cell.source for cell in cells() if cell.cell_type == "markdown")
    assert "```bash\nrm -rf ./old\n```\n\n*Not run" in told


def test_a_notebook_has_outputs_pictures_and_errors() -> None:
    runs = [cell for cell in cells() if cell.cell_type == "code"]
    assert [run.execution_count for run in runs] == [1, 2, 3, 4, 5, 6, 7]
    assert runs[0].outputs[0] == {
        "output_type": "stream",
        "name": "stdout",
        "text": "3.91 m\nnew\n",
    }
    assert base64.b64decode(runs[1].outputs[0].data["image/png"]) == PNG
    assert runs[2].outputs[1].ename == "Error"
    assert (runs[3].outputs[1].ename, runs[3].outputs[1].evalue) == (
        "ZeroDivisionError",
        "division by zero",
    )
    kinds = [next(iter(output.data)) for output in runs[4].outputs[1:]]
    assert kinds == ["text/html", "image/svg+xml", "text/plain"]


def test_a_language_without_a_magic_is_text_in_a_notebook() -> None:
    told = numbered([ev.TurnStarted("go"), *code("c00001001", "r", "x <- 1", b"[1] 1\n")])
    value: Any = exported_json(ExportFormat.NOTEBOOK, told)
    nbformat.validate(nbformat.from_dict(value))
    assert "".join(value["cells"][-1]["source"]) == "```r\nx <- 1\n```\n\n```text\n[1] 1\n```"


def test_many_cells_that_ask_for_one_name_have_their_own_soon() -> None:
    told: list[ev.Event] = [ev.TurnStarted("go")]
    for _ in range(30_000):  # compared pair by pair, they would take minutes
        told += [ev.MessageStarted("m"), ev.MessageFinished("m", "x", True)]
    value: Any = exported_json(ExportFormat.NOTEBOOK, numbered(told))
    names = [cell["id"] for cell in value["cells"]]
    assert len(set(names)) == len(names) > 30_000


# -- scripts --------------------------------------------------------------------------------------
def scripts(events: list[ev.Envelope] | None = None) -> dict[str, str]:
    """The scripts of a session by suffix."""
    files = export(ExportFormat.SCRIPT, everything() if events is None else events)
    assert len({file.suffix for file in files}) == len(files)
    return {file.suffix: file.data.decode("utf-8") for file in files}


def test_scripts_hold_what_ran_well_in_its_order() -> None:
    told = scripts()
    assert list(told) == [PYTHON, JAVASCRIPT, BASH]
    places = [told[PYTHON].index(text) for text in ("print(3.91)", FENCED, HIDDEN)]
    assert places == sorted(places)
    assert "1/0" not in told[PYTHON]
    first, _, title = told[BASH].splitlines()[:3]
    assert (first, title[:7]) == ("#!/usr/bin/env bash", "# Tides")
    assert told[BASH].endswith("\n\necho mine\n")
    assert "rm -rf" not in told[BASH]
    assert "const a = 1;" in told[JAVASCRIPT]


def test_no_prompt_becomes_code() -> None:
    tree = ast.parse(scripts()[PYTHON])
    imported = [
        name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names
    ]
    assert imported == ["math"]  # the prompt says `import os` behind a line separator
    assert "# Plot the *tides*.\n# import os\n# Then" in scripts()[PYTHON]
    for line in scripts()[JAVASCRIPT].splitlines()[1:]:
        assert line.startswith("//") or line in ("", "const a = 1;")


@pytest.mark.parametrize(
    ("language", "suffix", "prompt", "trap"),
    [
        ("java", ".java", r"Say \u000a hi", r"\u"),  # Java reads such escapes in comments too
        ("php", ".php", "Close ?> it", "?>"),  # which ends code within a comment
    ],
)
def test_no_comment_is_left_by_what_is_in_it(
    language: str, suffix: str, prompt: str, trap: str
) -> None:
    told = [ev.SessionRenamed(prompt), ev.TurnStarted(prompt), *code("c1", language, "f();")]
    written = scripts(numbered(told))[suffix]
    assert prompt[:3] in written
    assert trap not in written


def test_no_title_chooses_how_a_script_is_read() -> None:
    told = [ev.TurnStarted("go"), *code("c1", "python", "x = 1")]
    (file,) = export(ExportFormat.SCRIPT, numbered(told), "coding: utf-7 +AAo-y = 2")
    tree = ast.parse(file.data)
    assert [ast.unparse(one) for one in tree.body] == ["x = 1"]


def test_languages_have_files_of_their_own() -> None:
    told: list[ev.Event] = [ev.TurnStarted("go")]
    for number, language in enumerate(("sh", "bash", "zsh", "r", "shell", "Brain F*ck", "!"), 1):
        told += code(f"c0000100{number}", language, f"say {number}")
    written = scripts(numbered(told))
    assert list(written) == [".posix.sh", ".sh", ".zsh", ".R", ".brainfck", ".txt"]
    assert "say 2\n\nsay 5\n" in written[".sh"]


def test_without_code_that_ran_well_there_is_no_script() -> None:
    told = [
        ev.TurnStarted("go"),
        *prose("m1", "no"),
        *rejected("c00001001", "python", "x"),
        *code("c00001002", "python", "y", status=RunStatus.INTERRUPTED),
    ]
    assert scripts(numbered(told)) == {}
