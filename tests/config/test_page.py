"""The page about settings says what the schema says."""

from __future__ import annotations

from oi_tui.config.fields import setting_fields
from oi_tui.config.loading import PREFIX
from oi_tui.config.old_settings import _LEFT_OUT, _RENAMED
from tests.config.settings_table import ACTION_NAMES, PAGE, SETTINGS, made_anew


def test_the_tables_are_those_of_the_program() -> None:
    text = PAGE.read_text(encoding="utf-8")
    made = "make them anew: python -m tests.config.settings_table"
    assert all(text.count(mark) == 1 for mark in (*SETTINGS, *ACTION_NAMES))
    assert made_anew(text) == text, made


def test_settings_without_a_variable_are_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    without = [n for n, field in setting_fields().items() if not field.meaning.in_environment]
    assert without == ["auto_run", "keymap"]
    assert "`auto_run` and `keymap` have no variable" in text
    assert f"`{PREFIX}" in text


def test_what_becomes_of_old_names_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for old, new in _RENAMED.items():
        assert f"| `{old}` | `{new}`" in text
    assert not set(_LEFT_OUT) & set(setting_fields()), "a setting of ours would never be taken over"
