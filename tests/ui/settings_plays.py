"""What happens in the scenes of the settings screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oi_tui.config.errors import Origin, Source
from oi_tui.config.fields import setting_fields
from oi_tui.config.loading import LoadedSettings
from oi_tui.ui.screens.settings import SettingsScreen
from oi_tui.ui.screens.settings_row import SettingRow
from tests.ui.fakes import FakeOpener
from tests.ui.support import Running

FOLDER = Path("/home/ada/.config/oi-tui")
FILE = FOLDER / "config.toml"
WORK = FOLDER / "profiles" / "work.toml"


def use_sources(opener: FakeOpener) -> None:
    """Settings as a person has them after a while: from everywhere."""
    opener.settings = replace(
        opener.settings,
        model="anthropic/claude-sonnet-4-5",
        temperature=0.2,
        max_budget=2.5,
        max_steps=40,
        python="/opt/venv/bin/python",
    )
    opener.file = FILE
    opener.loaded = LoadedSettings(
        opener.settings,
        {
            "model": Origin(Source.FLAG, name="--model"),
            "theme": Origin(Source.FILE, FILE, 31, "theme"),
            "max_budget": Origin(Source.FILE, FILE, 12, "max_budget"),
            "max_steps": Origin(Source.PROFILE, WORK, 3, "max_steps"),
            "temperature": Origin(Source.FILE, FILE, 4, "temperature"),
            "python": Origin(Source.ENVIRONMENT, name="OI_TUI_PYTHON"),
        },
        in_files={"model": ("gpt-4o", Origin(Source.FILE, FILE, 2, "model"))},
        file=FILE,
    )
    opener.with_key = ["openai", "anthropic"]


async def opened(run: Running) -> SettingsScreen:
    """The screen with all its rows."""
    use_sources(run.opener)
    await run.press("f9")
    screen = run.app.screen
    assert isinstance(screen, SettingsScreen)
    count = len(setting_fields())
    await run.until(lambda: len(row_keys(screen)) > count, "the keys of providers")
    return screen


def row_keys(screen: SettingsScreen) -> list[str]:
    return [row.entry.key for row in screen.query(SettingRow) if row.display]


async def go_to(run: Running, name: str) -> None:
    """Put the cursor on a setting."""
    screen = run.app.screen
    assert isinstance(screen, SettingsScreen)
    await run.press("home", *["down"] * row_keys(screen).index(name))


async def settings(run: Running) -> None:
    await opened(run)


async def wrong_number(run: Running) -> None:
    await opened(run)
    await go_to(run, "max_tokens")
    await run.press("enter", *"lots")


async def kept(run: Running) -> None:
    await opened(run)
    await go_to(run, "safe_mode")
    await run.press("left")
    await go_to(run, "max_budget")
    await run.press("enter", *"1.75", "enter")


async def filtered(run: Running) -> None:
    await opened(run)
    await run.press("slash", *"most")
