"""The settings screen: what it shows, what its keys do, and what follows from a change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from oi_tui.config.errors import Origin, Source, broken_file
from oi_tui.config.fields import setting_fields
from oi_tui.config.loading import LoadedSettings, load_settings
from oi_tui.config.schema import Effect, Settings
from oi_tui.engine.changes import CHANGEABLE
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.ui.screens.confirm import Confirm
from oi_tui.ui.screens.settings import SettingsScreen
from oi_tui.ui.screens.settings_entries import Entry, change_words, origin_words, setting_entries
from oi_tui.ui.screens.settings_list import SettingList
from oi_tui.ui.screens.settings_row import SettingRow
from tests.ui.settings_plays import FILE, WORK, go_to, opened, row_keys
from tests.ui.support import Running, running


@asynccontextmanager
async def settings_open() -> AsyncIterator[tuple[Running, SettingsScreen]]:
    async with running(size=(120, 36)) as run:
        yield run, await opened(run)


def row(screen: SettingsScreen, name: str) -> Entry:
    return next(row.entry for row in screen.query(SettingRow) if row.entry.key == name)


def said(screen: SettingsScreen) -> str:
    return str(screen.query_one("#settings-said").render())


def chosen(screen: SettingsScreen) -> str:
    return screen.query_one(SettingList).chosen


def asked(run: Running) -> list[ops.Op]:
    return run.session.fake.ops


async def until_written(run: Running, name: str, value: object) -> None:
    await run.until(lambda: (name, value) in run.opener.written, f"{name} to be written")
    await run.pilot.pause()


# -- what it says ------------------------------------------------------------------------------
async def test_every_setting_has_a_row_and_keys_are_never_shown() -> None:
    async with settings_open() as (_, screen):
        assert set(row_keys(screen)) >= set(setting_fields())
        assert row(screen, "key:OpenAI").value == "OPENAI_API_KEY is set"


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin(Source.FLAG, name="--model"), "--model"),
        (Origin(Source.ENVIRONMENT, name="OI_TUI_MODEL"), "OI_TUI_MODEL"),
        (Origin(Source.PROFILE, WORK, 3), "profile work:3"),
        (Origin(Source.FILE, FILE, 2), "config.toml:2"),
        (Origin(Source.FILE, FILE), "config.toml"),
        (Origin(Source.DEFAULT, name="default"), "default"),
        (Origin(Source.FILE, Path("/x/\x1b[31mred.toml"), 1), "red.toml:1"),
    ],
)
def test_an_origin_is_told_in_few_words(origin: Origin, words: str) -> None:
    assert origin_words(origin) == words


async def test_what_a_flag_hides_is_told() -> None:
    async with settings_open() as (run, screen):
        assert "config.toml:2 says gpt-4o, but --model" in row(screen, "model").about[1]
        await go_to(run, "max_budget")
        meaning = str(screen.query_one("#settings-meaning").render())
        assert meaning == setting_fields()["max_budget"].meaning.text
        assert str(FILE) in str(screen.query_one("#settings-origin").render())


def test_a_value_changed_for_now_is_told_as_such() -> None:
    loaded = LoadedSettings(Settings(model="kept"), {})
    entries = setting_entries(loaded, Settings(model="for-now"), ())
    assert (entries[0].value, entries[0].origin) == ("for-now", "for now")


def test_hostile_values_are_shown_as_plain_text() -> None:
    settings = Settings(system_message="[red]\x1b]0;x\x07\nsecond")
    entries = {one.key: one for one in setting_entries(LoadedSettings(settings, {}), settings, ())}
    entry = entries["system_message"]
    assert entry.value == "[red] second"


def test_a_change_that_counts_at_once_is_one_that_a_session_can_be_told_of() -> None:
    at_once = {n for n, f in setting_fields().items() if f.meaning.effect is Effect.AT_ONCE}
    told_by_ops = {"model", "api_base", "auto_run", "system_message", "theme"}
    assert at_once == set(CHANGEABLE) | told_by_ops


@pytest.mark.parametrize(
    ("text", "name", "value", "words"),
    [
        ("auto_run = true\nsafe_mode = 'ask'", "auto_run", True, "safe_mode goes before it"),
        ("auto_run = true\nmodle = 1", "auto_run", True, "something in the file is wrong"),
        ("auto_run = true", "auto_run", True, "Kept in config.toml:1."),
        ("debug = true", "debug", True, "from the next start on"),
        ("", "ephemeral", None, "Taken out of the file. It counts from the next session on."),
    ],
)
def test_what_became_of_a_change_is_true(
    tmp_path: Path, text: str, name: str, value: object, words: str
) -> None:
    (tmp_path / "config.toml").write_text(text)
    loaded = load_settings({}, {}, tmp_path / "config.toml")
    assert words in change_words(loaded, name, value)


# -- moving and filtering ------------------------------------------------------------------------
async def test_the_cursor_stays_on_the_list() -> None:
    async with settings_open() as (run, screen):
        await run.press("up", "k")
        assert chosen(screen) == "model"
        await run.press("end", "down", "j")
        assert chosen(screen) == row_keys(screen)[-1]
        await run.press("home", "j", "down", "k")
        assert chosen(screen) == "api_base"


async def test_the_filter_finds_names_and_meanings_and_esc_takes_it_back() -> None:
    async with settings_open() as (run, screen):
        all_rows = row_keys(screen)
        await run.press("slash", *"dollars")
        assert row_keys(screen) == ["max_budget"]
        await run.press("enter", "enter")
        assert (
            screen.query_one(
                SettingRow,
            )
            is not None
        )
        await run.until(lambda: screen.query("SettingRow Input"), "the line")
        await run.press("escape", "escape")
        assert row_keys(screen) == all_rows
        await run.press("slash", *"zzz")
        assert row_keys(screen) == []
        await run.press("escape", "escape")
        assert run.app.screen is run.main


@pytest.mark.parametrize("key", ["f9", "q", "escape", "ctrl+c"])
async def test_it_is_left(key: str) -> None:
    async with settings_open() as (run, _):
        await run.press(key)
        assert run.app.screen is run.main


# -- changing ------------------------------------------------------------------------------------
async def test_a_number_is_written_and_the_session_is_told() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "max_budget")
        await run.press("enter", *"1.75", "enter")
        await until_written(run, "max_budget", 1.75)
        assert ops.SetSetting("max_budget", "1.75") in asked(run)
        assert row(screen, "max_budget").value == "1.75"
        assert "Kept in config.toml:7" in said(screen)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("max_tokens", "lots", "whole number"),
        ("max_tokens", "0", "at least 1"),
        ("temperature", "2.5", "at most 2"),
        ("temperature", "nan", "a number"),
    ],
)
async def test_a_wrong_value_is_told_and_not_written(name: str, text: str, problem: str) -> None:
    async with settings_open() as (run, screen):
        await go_to(run, name)
        await run.press("enter", *text, "enter")
        assert problem in said(screen)
        assert screen.query("SettingRow Input")
        await run.press("escape")
        assert not run.opener.written
        assert run.app.screen is screen


async def test_an_empty_line_means_the_default() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "temperature")
        await run.press("enter", "delete", "enter")
        await until_written(run, "temperature", None)
        assert row(screen, "temperature").origin == "default"
        assert ops.SetSetting("temperature", "") in asked(run)


async def test_d_takes_a_value_out_of_the_file() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "max_budget")
        await run.press("d")
        await until_written(run, "max_budget", None)
        assert row(screen, "max_budget").value == "no limit"
        assert "Taken out" in said(screen)


async def test_choices_go_round_and_say_when_they_count() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "safe_mode")
        await run.press("enter")
        await run.until(lambda: row(screen, "safe_mode").value == "ask", "the next choice")
        assert "next session" in said(screen)
        await run.press("left")
        await run.until(lambda: row(screen, "safe_mode").value == "off", "the choice before")


async def test_a_theme_is_seen_at_once() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "theme")
        before = run.app.theme
        await run.press("right")
        await run.until(lambda: run.app.theme != before, "another theme")
        assert run.opener.written == [("theme", run.app.theme)]
        assert "textual-dark" not in row(screen, "theme").choices


async def test_auto_run_is_switched_on_only_after_a_question() -> None:
    async with settings_open() as (run, screen):
        await go_to(run, "auto_run")
        await run.press("enter")
        await run.until(lambda: run.asks(Confirm), "the question")
        await run.press("enter")
        assert not run.opener.written
        await run.press("enter")
        await run.until(lambda: run.asks(Confirm), "the question")
        await run.press("y")
        await run.until(lambda: ops.SetAutoRun(True) in asked(run), "auto-run")
        assert row(screen, "auto_run").value == "true"
        await run.press("enter")
        await run.until(lambda: ops.SetAutoRun(False) in asked(run), "asking again")


async def test_what_was_switched_on_for_now_is_shown_and_can_be_switched_off() -> None:
    async with running(size=(120, 36)) as run:
        run.session.emit(ev.AutoRunChanged(True))
        await run.until(lambda: run.main.facts.auto_run, "auto-run")
        run.app.theme = "lantern"
        screen = await opened(run)
        assert (row(screen, "auto_run").value, row(screen, "auto_run").origin) == (
            "true",
            "for now",
        )
        assert (row(screen, "theme").value, row(screen, "theme").origin) == ("lantern", "for now")
        await go_to(run, "auto_run")
        await run.press("enter")
        await run.until(lambda: ops.SetAutoRun(False) in asked(run), "asking again")
        await run.until(lambda: row(screen, "auto_run").value == "false", "the row")
        assert run.app.theme == "lantern"


async def test_what_a_flag_holds_is_kept_in_the_file_and_changes_nothing_now() -> None:
    async with settings_open() as (run, screen):
        await run.press("enter", *"other", "enter")
        await until_written(run, "model", "other")
        assert "--model goes before it" in said(screen)
        assert row(screen, "model").value == "anthropic/claude-sonnet-4-5"
        assert not any(isinstance(op, ops.SetModel) for op in asked(run))


async def test_another_model_is_used_at_once() -> None:
    async with settings_open() as (run, _):
        sources = {"model": Origin(Source.DEFAULT, name="default")}
        run.opener.loaded = replace(run.opener.loaded, sources=sources)
        await run.press("enter", *"other", "enter")
        await run.until(lambda: ops.SetModel("other", "") in asked(run), "the other model")


async def test_a_failing_disk_is_told_and_nothing_changes() -> None:
    async with settings_open() as (run, screen):
        run.opener.disk_error = OSError("No space left on device")
        await go_to(run, "max_steps")
        await run.press("enter", *"7", "enter")
        await run.until(lambda: "No space left" in said(screen), "the error")
        assert row(screen, "max_steps").value == "40"


async def test_a_key_of_a_provider_is_not_changed_here() -> None:
    async with settings_open() as (run, screen):
        await run.press("end", "enter", "d")
        assert "%model" in said(screen)
        assert not run.opener.written


@pytest.mark.parametrize("name", ["keymap", "system_message"])
async def test_an_editor_that_cannot_be_used_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    async with settings_open() as (run, screen):
        await go_to(run, name)
        await run.press("enter")
        await run.until(lambda: said(screen), "a word about it")
        assert not run.opener.written


async def test_what_is_wrong_with_the_file_is_told_when_the_screen_opens() -> None:
    async with settings_open() as (run, _):
        await run.press("escape")
        problem = broken_file(FILE, "Invalid value", 2)
        run.opener.loaded = replace(run.opener.loaded, notices=(problem,))
        await run.press("f9")
        again = run.app.screen
        assert isinstance(again, SettingsScreen)
        await run.until(lambda: "config.toml:2" in said(again), "the problem")


async def test_the_mouse_chooses_a_row_and_then_changes_it() -> None:
    async with settings_open() as (run, screen):
        rows = {one.entry.key: one for one in screen.query(SettingRow)}
        await run.pilot.click(rows["max_steps"])
        await run.until(lambda: chosen(screen) == "max_steps", "the row")
        assert not screen.query("SettingRow Input")
        await run.pilot.click(rows["max_steps"])
        await run.until(lambda: screen.query("SettingRow Input"), "the line")
        await run.pilot.click(rows["max_time"])
        await run.until(lambda: chosen(screen) == "max_time", "another row")
        await run.until(lambda: not screen.query("SettingRow Input"), "no line")
        assert not run.opener.written
