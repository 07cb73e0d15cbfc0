"""The table of actions: ids are unique, keys are real and mean one thing in one place."""

from __future__ import annotations

import pytest

from oi_tui.commands.actions import (
    ACTIONS,
    APPROVING,
    NEVER_APPROVING,
    Clash,
    Where,
    action,
    actions_for,
    clashes,
    keys_for,
    unknown_actions,
)
from oi_tui.commands.keymap_check import keymap_problems


def test_ids_are_unique_and_found() -> None:
    assert len({entry.action_id for entry in ACTIONS}) == len(ACTIONS)
    assert all(action(entry.action_id) is entry for entry in ACTIONS)
    assert action("no.such") is None


def test_every_action_can_be_explained() -> None:
    for entry in ACTIONS:
        assert entry.title
        assert entry.help.endswith(".")
        assert entry.keys


def test_the_default_keys_do_not_clash() -> None:
    assert clashes({}) == ()


def test_a_remapped_key_that_clashes_is_named() -> None:
    assert clashes({"session.new": "ctrl+p"}) == (Clash("ctrl+p", "palette.open", "session.new"),)


def test_a_key_of_one_pane_clashes_with_a_key_that_counts_anywhere() -> None:
    assert clashes({"output.copy": "ctrl+q"}) == (Clash("ctrl+q", "quit", "output.copy"),)


def test_swapping_two_keys_is_no_clash() -> None:
    assert clashes({"session.new": "ctrl+p", "palette.open": "ctrl+n"}) == ()


def test_a_keymap_replaces_all_keys_of_an_action() -> None:
    assert keys_for("approval.run", {}) == ("y", "1")
    assert keys_for("approval.run", {"approval.run": "f10, ctrl+y"}) == ("f10", "ctrl+y")
    assert keys_for("approval.run", {"approval.run": ""}) == ()
    assert keys_for("no.such", {}) == ()


def test_unknown_ids_in_a_keymap_are_found() -> None:
    assert unknown_actions({"quit": "f10", "qit": "f8"}) == ("qit",)


@pytest.mark.parametrize("where", list(Where))
def test_each_place_has_a_heading_and_actions(where: Where) -> None:
    assert where.heading
    assert actions_for(where)


def test_typing_never_approves() -> None:
    """Space, Enter and paste keys must not be among the keys that run code."""
    for name in APPROVING:
        assert action(name)
        assert not (NEVER_APPROVING | {"ctrl+v"}) & set(keys_for(name, {}))


def test_single_letters_count_only_in_a_focused_pane() -> None:
    for entry in actions_for(Where.ANYWHERE):
        assert all(len(key) > 1 for key in entry.keys), entry.action_id


# -- what is said about a keymap ---------------------------------------------------------------
def test_a_sound_keymap_is_no_problem() -> None:
    assert keymap_problems({}) == ()
    assert keymap_problems({"session.new": "f10, ctrl+y"}) == ()


def test_a_misspelled_action_names_the_nearest() -> None:
    (problem,) = keymap_problems({"sesion.new": "f10"})
    assert "session.new" in problem.hint


def test_a_clash_names_key_and_actions() -> None:
    (problem,) = keymap_problems({"session.new": "ctrl+p"})
    assert "ctrl+p" in problem.title
    assert "Command palette" in problem.detail


@pytest.mark.parametrize("name", sorted(APPROVING))
@pytest.mark.parametrize("key", sorted(NEVER_APPROVING))
def test_no_keymap_lets_ordinary_text_approve(name: str, key: str) -> None:
    keymap = {name: f"f10, {key}"}
    assert keys_for(name, keymap) == ("f10",)
    assert "approve" in keymap_problems(keymap)[0].title
