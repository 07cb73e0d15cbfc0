"""The catalogue of scenes: what the picture tests compare, and which ones `screenshots/` shows.

`python -m tests.ui.scenes FOLDER` draws those of `screenshots/` into a folder; names after the
folder draw these scenes instead, and `all` draws every one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from oi_tui.config.schema import Settings
from tests.ui import command_plays, model_plays, plays, session_plays, settings_plays
from tests.ui.drawing import Scene, draw

WIDE, MEDIUM, NARROW, HUGE = (150, 42), (120, 36), (80, 24), (200, 50)
LISTED = "Why is the build slow?"  # the last session of the list
ASKS = "7 lines"
RUNS = "running 3.2 s"
GOES_ON = "python runs · 3 s"
DONE = ("48.2 MB", "6 rows", "0.2 s")
FIRST_RUN = Settings()
ON_FILE = Settings(model=plays.LOCAL_MODEL)

SCENES = (
    Scene(
        "welcome",
        MEDIUM,
        plays.welcome,
        ("Guided tour",),
        settings=FIRST_RUN,
        providers=("openai",),
        has_session=False,
    ),
    Scene(
        "welcome-address",
        MEDIUM,
        plays.welcome_address,
        ("Ask http://localhost:11434/v1",),
        settings=FIRST_RUN,
        providers=(),
        has_session=False,
    ),
    Scene("idle", WIDE, plays.nothing, (LISTED, "Talk to gpt-4o. It works in ~/harbor.")),
    Scene("streaming", WIDE, plays.streaming, (LISTED, "ten largest")),
    Scene("proposal", WIDE, plays.proposal, (LISTED, ASKS)),
    Scene("editing", WIDE, plays.editing, (LISTED, "keeps the edit")),
    Scene("difference", WIDE, plays.difference, (LISTED, "+++ edited")),
    Scene("hidden", WIDE, plays.hidden, (LISTED, "hidden characters")),
    Scene("running", WIDE, plays.running_code, (LISTED, RUNS, GOES_ON)),
    Scene("waiting", WIDE, plays.waiting, (LISTED, "Name of the harbor?", "waits for input")),
    Scene("typing", WIDE, plays.typing, (LISTED, "Keelung", "typing into python")),
    Scene("password", WIDE, plays.password, (LISTED, "••••••", "typing into bash")),
    Scene("finished", WIDE, plays.finished, (LISTED, *DONE)),
    Scene("error", WIDE, plays.failed, (LISTED, "did not accept the key")),
    Scene("error-narrow", NARROW, plays.failed, ("did not accept the key",), theme="harbor-light"),
    Scene("key", NARROW, plays.entering_key, ("Key for OpenAI", "••••")),
    Scene("loading", WIDE, plays.loading, (LISTED, "43 %", "offline"), settings=ON_FILE),
    Scene("loading-narrow", NARROW, plays.loading, ("43 %", "offline"), settings=ON_FILE),
    Scene("reading-light", MEDIUM, plays.reading, ("71 %", "local server"), theme="harbor-light"),
    Scene("limit", WIDE, plays.limited, (LISTED, "Continue")),
    Scene("auto-run", WIDE, plays.auto_run, (LISTED, RUNS, GOES_ON, "AUTO")),
    Scene("help", WIDE, plays.helping, ("Keys", "Send")),
    Scene("palette", WIDE, plays.palette, ("Undo last turn",)),
    Scene("completion", MEDIUM, plays.completing, ("%undo",)),
    Scene("sidebar", (110, 34), plays.sidebar, (LISTED, "48 MB")),
    Scene("narrow", NARROW, plays.proposal, (ASKS,)),
    Scene("scanned", NARROW, plays.scanned, ("line 4: The sizes",)),
    Scene("scanned-light", MEDIUM, plays.scanned, ("line 4: The sizes",), theme="harbor-light"),
    Scene("narrow-running", NARROW, plays.running_code, (RUNS, GOES_ON)),
    Scene("huge", HUGE, plays.proposal, (LISTED, ASKS)),
    Scene("too-small", (50, 12), plays.proposal, ("too small",)),
    Scene("light", WIDE, plays.finished, (LISTED, *DONE), theme="harbor-light"),
    Scene("light-proposal", WIDE, plays.proposal, (LISTED, ASKS), theme="harbor-light"),
    Scene("high-contrast", MEDIUM, plays.finished, DONE, theme="high-contrast"),
    Scene("lantern", MEDIUM, plays.proposal, (ASKS,), theme="lantern"),
    Scene("models", MEDIUM, model_plays.models, ("Favorites and recent", "Qwen2.5 Coder 7B")),
    Scene("models-narrow", NARROW, model_plays.filtered, ("What you typed",)),
    Scene("models-light", MEDIUM, model_plays.filtered, ("What you typed",), theme="harbor-light"),
    Scene("models-fetch", MEDIUM, model_plays.fetching, ("45 %", "left")),
    Scene("settings", MEDIUM, settings_plays.settings, ("goes before it",)),
    Scene("settings-narrow", NARROW, settings_plays.wrong_number, ("whole number",)),
    Scene(
        "settings-light",
        HUGE,
        settings_plays.kept,
        ("Kept in config.toml:7.",),
        theme="harbor-light",
    ),
    Scene("settings-filter", NARROW, settings_plays.filtered, ("max_time", "Most seconds")),
    Scene("commands", MEDIUM, command_plays.commands, ("%save_message", "%redo")),
    Scene("commands-narrow", NARROW, command_plays.commands, ("%save_message",)),
    Scene("command", MEDIUM, command_plays.one_command, ("messages.json", "%save")),
    Scene("tokens", NARROW, command_plays.tokens, ("Together", "191,710")),
    Scene("tokens-light", MEDIUM, command_plays.tokens, ("Together",), theme="harbor-light"),
    Scene("debug", MEDIUM, command_plays.debugging, ("What the model will be sent",)),
    Scene("spending", WIDE, command_plays.spending, ("$0.0509 left", "turn $0.11")),
    Scene("spending-narrow", NARROW, command_plays.spending, ("$0.0509 left",)),
    Scene("spending-light", MEDIUM, command_plays.spending, ("left",), theme="harbor-light"),
    Scene("verbose", WIDE, command_plays.verbose, ("SHA-256", "1,240 tokens in")),
    Scene("compacted", WIDE, command_plays.compacted, ("now a summary", "more rows")),
    Scene("compacted-narrow", NARROW, command_plays.compacted, ("more rows",)),
    Scene(
        "compacted-light",
        MEDIUM,
        command_plays.compacted,
        ("now a summary",),
        theme="harbor-light",
    ),
    Scene("compacting", MEDIUM, command_plays.compacting, ("Sum up 6 older turns?",)),
    Scene("sessions", WIDE, session_plays.browsing, ("48.2 MB", "Waits for your approval")),
    Scene(
        "sessions-light",
        WIDE,
        session_plays.doomed,
        ("48.2 MB", "again deletes it"),
        theme="harbor-light",
    ),
    Scene("sessions-filter", WIDE, session_plays.filtering, ("In the texts · 4", "of March")),
    Scene("sessions-preview", WIDE, session_plays.previewing, ("Folder", "212")),
    Scene("sessions-rename", MEDIUM, session_plays.renaming, ("be called?",)),
    Scene("sessions-deleted", MEDIUM, session_plays.deleted, ("takes it back",)),
    Scene("sessions-export", MEDIUM, session_plays.exporting, ("Export it as what?",)),
    Scene("sessions-narrow", NARROW, session_plays.filtering, ("In the texts · 4",)),
    Scene("sessions-narrow-preview", NARROW, session_plays.previewing, ("Folder",)),
    Scene("reopened", WIDE, session_plays.reopened, ("run 3 blocks",)),
    Scene("undone", MEDIUM, session_plays.undone, ("taken back",)),
    Scene(
        "tour",
        MEDIUM,
        plays.tour,
        ("GUIDED TOUR", "3 lines"),
        settings=Settings(model="tour"),
        is_tour=True,
    ),
    Scene(
        "chinese",
        WIDE,
        plays.chinese,
        (LISTED, "三個", "5 rows"),
        question=plays.ZH_QUESTION,
    ),
)
SHOWN = (
    "welcome",
    "proposal",
    "difference",
    "running",
    "finished",
    "narrow",
    "light",
    "models",
    "sessions-filter",
    "chinese",
)


def main(folder: Path, names: Sequence[str]) -> None:
    """Draw scenes into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        if scene.name in names or "all" in names:
            path = folder / f"{scene.name}.svg"
            path.write_text(asyncio.run(draw(scene)) + "\n", encoding="utf-8")
            print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"), sys.argv[2:] or SHOWN)
